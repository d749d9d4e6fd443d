package web

import (
	"context"
	"errors"
	"testing"
)

func TestHealth(t *testing.T) {
	for _, test := range []struct {
		ready  func(context.Context) (string, error)
		status int
		text   string
	}{
		{nil, 200, "ready\n"},
		{func(context.Context) (string, error) { return "", nil }, 200, "ready\n"},
		{func(context.Context) (string, error) { return "no pages", nil }, 200, "ready: no pages\n"},
		{func(context.Context) (string, error) { return "no pages", errors.New("stopping") }, 503, "not ready: stopping\n"},
	} {
		w := newWorld(t, func(s *Site) { s.Ready = test.ready })
		if res, got := w.do("GET", "/readyz", ""); res.StatusCode != test.status || got != test.text ||
			res.Header.Get("Cache-Control") != "no-store" || res.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("got %d %q, want %d %q", res.StatusCode, got, test.status, test.text)
		}
		if res, got := w.do("GET", "/healthz", ""); res.StatusCode != 200 || got != "ok\n" {
			t.Errorf("healthz: %d %q", res.StatusCode, got)
		}
	}
}
