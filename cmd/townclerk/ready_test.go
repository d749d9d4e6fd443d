package main

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"townclerk/evals/datasets/riverton"
	"townclerk/internal/litedb"
	"townclerk/internal/pgdb"
	"townclerk/internal/pgtest"
	"townclerk/knowledge/ingest"
	"townclerk/retrieval/hybrid"
)

// However many ask, there is one look at a time, and none while the last is fresh.
func TestManyProbesAreOneLook(t *testing.T) {
	var r readiness
	looks, free := 0, make(chan struct{})
	do := func(context.Context) (string, error) {
		looks++
		<-free
		return noPages, nil
	}
	now := time.Unix(1000, 0)
	ask := func(at time.Time) *look {
		l, err := r.look(at, do)
		if err != nil {
			t.Error(err)
		}
		return l
	}
	var all sync.WaitGroup
	for i := range 1000 {
		all.Go(func() { ask(now.Add(time.Duration(i) * time.Minute)) }) // one that takes long is not overtaken
	}
	all.Wait()
	close(free)
	first := r.last
	<-first.done
	if ask(first.at.Add(lookEvery-1)) != first || first.note != noPages || looks != 1 {
		t.Errorf("%d looks, %+v", looks, first)
	}
	second := ask(first.at.Add(lookEvery))
	if <-second.done; second == first || looks != 2 {
		t.Errorf("%d looks after a second", looks)
	}
	if !r.stop() {
		t.Error("nobody has asked")
	}
	if _, err := r.look(now, do); !errors.Is(err, errStopping) {
		t.Errorf("after the end: %v", err)
	}
}

// What /readyz says follows what the database is.
func TestReady(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			c := demoConfig()
			c.Data = t.TempDir()
			if engine == "postgres" {
				c.Database = pgtest.URL(t)
			}
			h, err := open(t.Context(), c, slog.New(slog.NewTextHandler(t.Output(), nil)))
			if err != nil {
				t.Fatal(err)
			}
			defer h.close()
			wantReady(t, h, noPages, nil)
			if _, err := ingest.Sync(t.Context(), riverton.Pages{}, h.knowledge, h.models, ingest.Options{}); err != nil {
				t.Fatal(err)
			}
			wantReady(t, h, "", nil)
			exec := execOn(t, h)
			w, err := h.words()
			if err != nil {
				t.Fatal(err)
			}
			h.revisions = hybrid.NewIndex(h.knowledge, hybrid.Encoders{Analyzer: w.analyzer, Expander: w.expander}) // not loaded yet
			exec("ALTER TABLE versions RENAME TO gone")
			wantReady(t, h, "", errPages)
			exec("ALTER TABLE gone RENAME TO versions")
			wantReady(t, h, "", nil)
			exec("DELETE FROM bot_migrations WHERE version_id > 0")
			wantReady(t, h, "", errSchema)
			exec("INSERT INTO bot_migrations (version_id, is_applied) VALUES (70000, true)") // of a newer program
			wantReady(t, h, "", nil)
			if err := h.close(); err != nil {
				t.Fatal(err)
			}
			wantReady(t, h, "", errDatabase)
		})
	}
}

func wantReady(t *testing.T, h *house, note string, want error) {
	t.Helper()
	if got, err := h.look(t.Context()); got != note || !errors.Is(err, want) || (err == nil) != (want == nil) {
		t.Errorf("%q, %v; want %q, %v", got, err, note, want)
	}
}

// execOn returns what changes a database behind the program's back.
func execOn(t *testing.T, h *house) func(query string) {
	return func(query string) {
		t.Helper()
		var err error
		switch db := h.turns.(type) {
		case *litedb.DB:
			_, err = db.Write.Exec(query)
		case *pgdb.DB:
			_, err = db.SQL.Exec(query)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
