package httpx_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"townclerk/internal/httpx"
)

var now = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

func TestRetryAfter(t *testing.T) {
	date := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	for _, c := range []struct {
		name   string
		header map[string]string
		want   time.Duration
	}{
		{"absent", nil, 0},
		{"seconds", map[string]string{"Retry-After": "7"}, 7 * time.Second},
		{"blanks", map[string]string{"Retry-After": " 7 "}, 7 * time.Second},
		{"a fraction", map[string]string{"Retry-After": "0.5"}, 500 * time.Millisecond},
		{"milliseconds win", map[string]string{"Retry-After": "7", "Retry-After-Ms": "250"}, 250 * time.Millisecond},
		{"a date", map[string]string{"Retry-After": date(9 * time.Second)}, 9 * time.Second},
		{"a date by the server's clock", map[string]string{"Retry-After": date(time.Hour + 3*time.Second), "Date": date(time.Hour)}, 3 * time.Second},
		{"a date that is past", map[string]string{"Retry-After": date(-time.Minute)}, 0},
		{"negative", map[string]string{"Retry-After": "-3"}, 0},
		{"not a number", map[string]string{"Retry-After": "NaN"}, 0},
		{"words", map[string]string{"Retry-After": "later"}, 0},
		{"far", map[string]string{"Retry-After": strings.Repeat("9", 30)}, 24 * time.Hour},
		{"beyond every number", map[string]string{"Retry-After": strings.Repeat("9", 400)}, 24 * time.Hour},
	} {
		h := http.Header{}
		for k, v := range c.header {
			h.Set(k, v)
		}
		if got := httpx.RetryAfter(h, now); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestBackoff(t *testing.T) {
	b := httpx.Backoff{Base: 100 * time.Millisecond, Max: time.Second}
	half := func() float64 { return 0.5 }
	for n, want := range map[int]time.Duration{
		1: 50 * time.Millisecond, 2: 100 * time.Millisecond, 3: 200 * time.Millisecond,
		5: 500 * time.Millisecond, 5000: 500 * time.Millisecond,
	} {
		if got := b.Wait(n, 0, half); got != want {
			t.Errorf("after attempt %d: %v, want %v", n, got, want)
		}
	}
	if got := b.Wait(3, 4*time.Second, half); got != 4050*time.Millisecond {
		t.Errorf("asked for 4 s, waits %v", got)
	}
}

func TestSecretHidesItself(t *testing.T) {
	v := struct{ Key httpx.Secret }{"sk-hush"}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", v.Key, "all", v)
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{fmt.Sprint(v), fmt.Sprintf("%+v %#v %q %x", v, v, v, v.Key), log.String(), string(data)} {
		if strings.Contains(s, "hush") || strings.Contains(s, "68757368") {
			t.Errorf("the secret is in %q", s)
		}
	}
}

func TestReadAll(t *testing.T) {
	if got, err := httpx.ReadAll(strings.NewReader("12345"), 5); err != nil || string(got) != "12345" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := httpx.ReadAll(strings.NewReader("123456"), 5); !errors.Is(err, httpx.ErrTooLarge) {
		t.Errorf("%v", err)
	}
	broken := io.MultiReader(strings.NewReader("1"), errReader{})
	if _, err := httpx.ReadAll(broken, 5); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v", err)
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestRealClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := httpx.Clock{}.OrReal()
		start := c.Now()
		if err := c.Sleep(t.Context(), time.Minute); err != nil || c.Now().Sub(start) != time.Minute {
			t.Errorf("%v after %v", err, c.Now().Sub(start))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := c.Sleep(ctx, time.Minute); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		if r := c.Random(); r < 0 || r >= 1 {
			t.Errorf("random %v", r)
		}
	})
}
