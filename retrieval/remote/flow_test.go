package remote_test

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"townclerk/internal/scripted"
	"townclerk/retrieval/remote"
)

func TestConcurrencyIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := scripted.New(8).Then(scripted.Slow), config()
		s.Delay, c.BatchTexts, c.Concurrency = time.Second, 1, 3
		var now, most atomic.Int64
		e := embedder(t, c, bubble(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n := now.Add(1)
			defer now.Add(-1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			s.ServeHTTP(w, r)
		})))
		start, texts := time.Now(), numbered(10)
		got, err := e.Embed(t.Context(), texts)
		if err != nil || most.Load() != 3 || time.Since(start) != 4*time.Second {
			t.Fatalf("%v, %d at once, %v", err, most.Load(), time.Since(start))
		}
		for i := range got {
			if !reflect.DeepEqual(got[i], unit(texts[i], 8)) {
				t.Errorf("text %d has another's vector", i)
			}
		}
	})
}

func TestTheCallersContextEndsIt(t *testing.T) {
	for _, b := range []scripted.Behaviour{scripted.Hang, scripted.RateLimited} {
		synctest.Test(t, func(t *testing.T) {
			s := scripted.New(8).Then(b)
			e := embedder(t, config(), bubble(t, s))
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(5*time.Second, cancel)
			start := time.Now()
			_, err := e.Embed(ctx, numbered(100))
			if !errors.Is(err, remote.Cancelled) || !errors.Is(err, context.Canceled) || time.Since(start) != 5*time.Second || len(s.Requests()) != 1 {
				t.Errorf("%s: %v after %v, %d requests", b, err, time.Since(start), len(s.Requests()))
			}
		})
	}
}

// A wait that the deadline would cut short is not begun.
func TestDeadlines(t *testing.T) {
	for _, c := range []struct {
		name     string
		b        scripted.Behaviour
		deadline time.Duration // of the configuration
		context  time.Duration // of the caller
		want     outcome
	}{
		{"the wait is too long", scripted.RateLimited, 7 * time.Second, time.Hour, outcome{remote.RateLimited, 1, 0}},
		{"for the caller's deadline", scripted.RateLimited, time.Hour, 7 * time.Second, outcome{remote.RateLimited, 1, 0}},
		{"the second attempt is cut short", scripted.Hang, 40 * time.Second, time.Hour, outcome{remote.Timeout, 2, 40 * time.Second}},
		{"so is the first", scripted.Hang, 10 * time.Second, time.Hour, outcome{remote.Timeout, 1, 10 * time.Second}},
	} {
		synctest.Test(t, func(t *testing.T) {
			s, conf := scripted.New(8).Then(c.b), config()
			conf.Deadline = c.deadline
			ctx, cancel := context.WithTimeout(t.Context(), c.context)
			defer cancel()
			start := time.Now()
			_, err := embedder(t, conf, bubble(t, s)).Embed(ctx, []string{"a"})
			e, _ := errors.AsType[*remote.Error](err)
			if got := (outcome{e.Kind, len(s.Requests()), time.Since(start)}); got != c.want {
				t.Errorf("%s: %+v, want %+v (%v)", c.name, got, c.want, err)
			}
		})
	}
}

func TestNothingIsSentForOneWhoHasLeft(t *testing.T) {
	s := scripted.New(8)
	e := local(t, s, config())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Embed(ctx, []string{"a"}); !errors.Is(err, remote.Cancelled) || len(s.Requests()) != 0 {
		t.Errorf("%v, %d requests", err, len(s.Requests()))
	}
}

// After a failure, a batch that waits for its next attempt gives up.
func TestFailureEndsTheWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := scripted.New(8, scripted.RateLimited, scripted.Slow), config()
		s.Delay, c.BatchTexts, c.Concurrency = time.Second, 1, 2
		full, start := errors.New("disk full"), time.Now()
		err := embedder(t, c, bubble(t, s)).Each(t.Context(), numbered(9), func(int, [][]float32) error { return full })
		if err != full || time.Since(start) != time.Second || len(s.Requests()) != 2 {
			t.Errorf("%v after %v, %d requests", err, time.Since(start), len(s.Requests()))
		}
	})
}

func TestStatuses(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		want   remote.Kind
		code   string
		tries  int
	}{
		{402, `{}`, remote.OutOfQuota, "", 1},
		{403, `{"detail":"forbidden"}`, remote.BadKey, "", 1},
		{403, `{"error":{"code":"model_not_found","message":"no access"}}`, remote.ModelMissing, "model_not_found", 1},
		{404, `{"error":{"code":"DeploymentNotFound","message":"x"}}`, remote.ModelMissing, "DeploymentNotFound", 1}, // Azure
		{404, `{"error":"model \"x\" not found, try pulling it first"}`, remote.ModelMissing, "", 1},                 // Ollama
		{404, `{"object":"error","message":"no model","type":"NotFoundError","code":404}`, remote.ModelMissing, "404", 1},
		{404, `{"detail":"Not Found"}`, remote.WrongAddress, "", 1}, // FastAPI: no such path
		{405, ``, remote.WrongAddress, "", 1},
		{408, ``, remote.Timeout, "", 3},
		{413, `{"error":"batch too large","type":"Validation"}`, remote.TooLong, "Validation", 1},
		{422, `{"error":{"type":"a sentence is no code","message":"x"}}`, remote.Refused, "", 1},
		{302, ``, remote.WrongAddress, "", 1},
		{429, `not json`, remote.RateLimited, "", 3},
		{529, ``, remote.ServerFault, "", 3},
	} {
		client := &http.Client{Transport: canned{status: c.status, body: []byte(c.body)}}
		e, err := remote.New(config(), client, still)
		if err != nil {
			t.Fatal(err)
		}
		_, err = e.Embed(t.Context(), []string{"a"})
		got, _ := errors.AsType[*remote.Error](err)
		if got == nil || got.Kind != c.want || got.Code != c.code || got.Status != c.status || got.Attempts != c.tries {
			t.Errorf("%d %s: %#v", c.status, c.body, got)
		}
	}
}
