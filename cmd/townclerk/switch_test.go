package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/evals/datasets/riverton"
	"townclerk/internal/pgtest"
	"townclerk/internal/scripted"
	"townclerk/knowledge/ingest"
	"townclerk/retrieval"
)

// The embedding model is changed twice, from the built-in one to one over HTTP
// and to another, while questions are asked all the time. Each change breaks off
// once. No question fails or is compared with vectors of another model, and no
// passage is encoded twice.
func TestEmbeddingModelIsChangedUnderQuestions(t *testing.T) {
	for engine, database := range map[string]string{"sqlite": "", "postgres": pgtest.URL(t)} {
		t.Run(engine, func(t *testing.T) {
			c := demoConfig()
			c.Data, c.Database = t.TempDir(), database
			h := housed(t, c)
			syncRiverton(t, h)
			first, second := scripted.New(48), scripted.New(96)
			c.Embeddings = embeddingsConfig{BaseURL: address(t, first), Model: "first"}
			change(t, c, first, "builtin/", "openai:first/native")
			former := c.Embeddings
			c.Embeddings = embeddingsConfig{BaseURL: address(t, second), Model: "second", Former: []embeddingsConfig{former}}
			change(t, c, second, "openai:first/native", "openai:second/native")
		})
	}
}

// change syncs with the model that c names, which fails for good after some
// requests, and again; meanwhile a server with the same configuration is asked.
func change(t *testing.T, c config, model *scripted.Server, before, after string) {
	t.Helper()
	asked := questions(t, housed(t, c), before, after)
	fails := slices.Repeat([]scripted.Behaviour{scripted.Honest}, 5)
	model.Script(append(fails, slices.Repeat([]scripted.Behaviour{scripted.BadKey}, 4)...)...)
	clerk := housed(t, c)
	if _, err := ingest.Sync(t.Context(), riverton.Pages{}, clerk.knowledge, clerk.models, ingest.Options{}); err == nil || !strings.Contains(err.Error(), "refused the key") {
		t.Fatal(err)
	}
	if m, err := clerk.knowledge.Manifest(t.Context()); err != nil || !strings.HasPrefix(m.Encoder, before) {
		t.Fatal(m.Encoder, err)
	}
	model.Script()
	clerk = housed(t, c) // another process
	r, err := ingest.Sync(t.Context(), riverton.Pages{}, clerk.knowledge, clerk.models, ingest.Options{})
	if err != nil || r.Encoded == 0 || r.Encoded >= r.Passages {
		t.Fatalf("%+v %v", r, err)
	}
	asked.until(after)
	twice := map[string]int{}
	for _, q := range model.Requests() {
		if q.Played == scripted.Honest && len(q.Input) > 1 { // questions come alone
			for _, text := range q.Input {
				twice[text]++
			}
		}
	}
	for text, n := range twice {
		if n > 1 {
			t.Errorf("encoded %d times: %.60q", n, text)
		}
	}
	if len(twice) == 0 {
		t.Error("nothing was encoded")
	}
}

func housed(t *testing.T, c config) *house {
	t.Helper()
	h, err := openClock(t.Context(), c, slog.New(slog.NewTextHandler(t.Output(), nil)), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

func syncRiverton(t *testing.T, h *house) {
	t.Helper()
	if _, err := ingest.Sync(t.Context(), riverton.Pages{}, h.knowledge, h.models, ingest.Options{}); err != nil {
		t.Fatal(err)
	}
}

func address(t *testing.T, s *scripted.Server) string {
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server.URL
}

// asking are clients that ask all the time.
type asking struct {
	t    *testing.T
	stop context.CancelFunc
	done sync.WaitGroup
	seen [2]atomic.Int64 // questions answered with the former model, the new one
}

func questions(t *testing.T, h *house, before, after string) *asking {
	ctx, stop := context.WithCancel(t.Context())
	a := &asking{t: t, stop: stop}
	for n := range 3 {
		a.done.Go(func() {
			id, _, err := h.store.Create(t.Context(), "en")
			if err != nil {
				t.Error(err)
				return
			}
			for i := 0; ctx.Err() == nil; i++ {
				a.search(h, before, after, fmt.Sprintf("what is the library card fee %d %d", n, i))
				in := bot.Incoming{Conversation: id, Key: fmt.Sprint(i), Text: "how much is a library card"}
				if _, err := h.bot.Ask(t.Context(), in, func(bot.Part) {}); err != nil {
					t.Errorf("a question failed: %v", err)
					return
				}
			}
		})
	}
	for a.seen[0].Load() == 0 && !t.Failed() {
		time.Sleep(time.Millisecond) // until somebody was answered
	}
	return a
}

func (a *asking) search(h *house, before, after, text string) {
	r, err := h.index.Search(a.t.Context(), retrieval.Query{Text: text})
	switch {
	case err != nil || r.Degraded != "" || len(r.Hits) == 0:
		a.t.Errorf("degraded %q, %d hits, %v", r.Degraded, len(r.Hits), err)
		a.stop()
	case strings.HasPrefix(r.Encoder, before):
		a.seen[0].Add(1)
	case r.Encoder == after:
		a.seen[1].Add(1)
	default:
		a.t.Errorf("answered with %s", r.Encoder)
	}
}

// until ends the questions once one was answered with the new model.
func (a *asking) until(encoder string) {
	a.t.Helper()
	for a.seen[1].Load() == 0 && !a.t.Failed() {
		time.Sleep(time.Millisecond)
	}
	a.stop()
	a.done.Wait()
	if a.seen[0].Load() == 0 || a.seen[1].Load() == 0 {
		a.t.Errorf("%d answers before, %d with %s", a.seen[0].Load(), a.seen[1].Load(), encoder)
	}
}
