package store_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/bot/store"
	"townclerk/bot/store/storetest"
	"townclerk/internal/litedb"
)

var update = flag.Bool("update", false, "write schema/*.sql")

var _ store.Database = (*litedb.DB)(nil)

var _ storetest.Contract = (*store.Store)(nil)

var key = store.Key{1, 2, 3}

func TestSuite(t *testing.T) {
	errs := storetest.Errors{Ended: store.ErrEnded, InvalidEvent: store.ErrInvalidEvent}
	storetest.Run(t, errs, func(t *testing.T, now func() time.Time) storetest.Contract {
		s, _ := openAt(t, now)
		return s
	})
}

func TestSchemaIsTheCommittedOne(t *testing.T) {
	_, db := open(t)
	rows, err := db.Read.Query(`
		SELECT sql FROM sqlite_schema
		WHERE sql IS NOT NULL AND tbl_name <> 'bot_migrations' AND name NOT LIKE 'sqlite_%'
		ORDER BY type <> 'table', tbl_name, name`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	got := "-- The schema after all migrations. Written by: go test ./bot/store -run Schema -update\n"
	for rows.Next() {
		var sql string
		if err := rows.Scan(&sql); err != nil {
			t.Fatal(err)
		}
		got += "\n" + sql + ";\n"
	}
	if *update {
		if err := os.WriteFile("schema/sqlite.sql", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("schema/sqlite.sql")
	if err != nil || string(want) != got {
		t.Errorf("schema/sqlite.sql is not what the migrations make (%v); run with -update and read the diff", err)
	}
}

func TestAnotherMasterKeyIsRefused(t *testing.T) {
	_, db := open(t)
	if _, err := store.New(t.Context(), db, key, nil); err != nil {
		t.Errorf("the same key again: %v", err)
	}
	_, err := store.New(t.Context(), db, store.NewKey(), nil)
	if err == nil || !strings.Contains(err.Error(), "not the one that this database was created with") {
		t.Errorf("another key: %v", err)
	}
	if _, err := store.New(t.Context(), db, store.Key{}, nil); err == nil {
		t.Error("the empty key was taken")
	}
}

func TestKey(t *testing.T) {
	k := store.NewKey()
	if got, err := store.ParseKey(" " + k.Encode() + "\n"); err != nil || got != k {
		t.Errorf("parsed %v, %v", got == k, err)
	}
	for _, text := range []string{"", "x", k.Encode()[:40], k.Encode() + k.Encode(), "secret-secret!"} {
		if _, err := store.ParseKey(text); err == nil || text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
		if got := fmt.Sprintf(verb, k); got != "[key]" {
			t.Errorf("%s prints %q", verb, got)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	f.Add(key.Encode())
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, text string) {
		k, err := store.ParseKey(text)
		if err == nil {
			if again, err := store.ParseKey(k.Encode()); err != nil || again != k {
				t.Errorf("%q does not survive a round trip", text)
			}
		}
	})
}

// Two processes on one file are two pools here.
func TestTwoProcessesOpenOneTurn(t *testing.T) {
	s, db := open(t)
	second, err := litedb.Open(db.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	other, err := store.New(t.Context(), second, key, nil)
	if err != nil {
		t.Fatal(err)
	}
	id, _, err := s.Create(t.Context(), "en")
	if err != nil {
		t.Fatal(err)
	}
	var fresh atomic.Int32
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			m := bot.Message{Conversation: id, Key: "k"}
			_, isFresh, err := []*store.Store{s, other}[i%2].Open(t.Context(), m, storetest.Question("q"), time.Now().Add(time.Minute))
			if err != nil {
				t.Error(err)
			}
			if isFresh {
				fresh.Add(1)
			}
		})
	}
	wg.Wait()
	if n := fresh.Load(); n != 1 {
		t.Errorf("%d fresh turns", n)
	}
}

func TestEventsRefuseChange(t *testing.T) {
	s, db := open(t)
	turn := ask(t, s, "q")
	if err := s.Append(t.Context(), turn.ID, storetest.Shown("a"), storetest.Ended(bot.Answered)); err != nil {
		t.Fatal(err)
	}
	var before string
	dump := `SELECT group_concat(turn || seq || kind || at || facts || commitments) FROM events`
	if err := db.Read.QueryRow(dump).Scan(&before); err != nil {
		t.Fatal(err)
	}
	const values = " INTO events (turn, seq, kind, at, facts, commitments) SELECT turn, "
	for _, sql := range []string{
		"UPDATE events SET facts = '{}'",
		"DELETE FROM events",
		"DELETE FROM events WHERE kind = 'ended'",
		"INSERT OR REPLACE" + values + "seq, kind, at, '{}', '{}' FROM events WHERE kind = 'shown'",
		"INSERT OR REPLACE" + values + "4, kind, at, '{}', '{}' FROM events WHERE kind = 'ended'",
		"INSERT" + values + "4, 'shown', at, '{}', '{}' FROM events WHERE seq = 1",
		"INSERT" + values + "5, 'feedback', at, '{}', '{}' FROM events WHERE seq = 1",
		"INSERT" + values + "4, 'opened', at, '{}', '{}' FROM events WHERE seq = 1",
	} {
		if _, err := db.Write.Exec(sql); err == nil || !strings.Contains(err.Error(), "events") {
			t.Errorf("%s: %v", sql, err)
		}
	}
	var after string
	if err := db.Read.QueryRow(dump).Scan(&after); err != nil || after != before {
		t.Errorf("the events changed (%v)", err)
	}
}

func BenchmarkTurn(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) {
		s, _ := open(b)
		benchmarkTurns(b, s)
	})
	b.Run("postgres", func(b *testing.B) {
		s, _ := openPostgres(b)
		benchmarkTurns(b, s)
	})
}

func benchmarkTurns(b *testing.B, s *store.Store) {
	turns := func(next func() bool) {
		id, _, err := s.Create(b.Context(), "en")
		if err != nil {
			b.Error(err)
			return
		}
		for next() {
			turn, _, err := s.Open(b.Context(), bot.Message{Conversation: id}, storetest.Question("q"), time.Now().Add(time.Minute))
			if err == nil {
				err = s.Append(b.Context(), turn.ID, storetest.Shown("a"), storetest.Ended(bot.Answered))
			}
			if err != nil {
				b.Error(err)
				return
			}
		}
	}
	b.Run("1", func(b *testing.B) { turns(b.Loop) })
	b.Run("64", func(b *testing.B) {
		b.SetParallelism(max(1, 64/runtime.GOMAXPROCS(0)))
		b.RunParallel(func(p *testing.PB) { turns(p.Next) })
	})
}

// open returns a store on a new file.
func open(t testing.TB) (*store.Store, *litedb.DB) { return openAt(t, nil) }

func openAt(t testing.TB, now func() time.Time) (*store.Store, *litedb.DB) {
	t.Helper()
	db, err := litedb.Open(filepath.Join(t.TempDir(), "bot.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s, err := store.New(t.Context(), db, key, now)
	if err != nil {
		t.Fatal(err)
	}
	return s, db
}

// ask opens a turn in a new conversation.
func ask(t testing.TB, s *store.Store, text string) bot.Turn {
	t.Helper()
	id, _, err := s.Create(t.Context(), "en")
	if err != nil {
		t.Fatal(err)
	}
	return askIn(t, s, id, text)
}

func askIn(t testing.TB, s *store.Store, id bot.ConversationID, text string) bot.Turn {
	t.Helper()
	m := bot.Message{Conversation: id, Text: bot.AsRedacted(text)}
	turn, _, err := s.Open(t.Context(), m, storetest.Question(text), time.Now().Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	return turn
}
