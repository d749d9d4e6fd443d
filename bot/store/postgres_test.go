package store_test

import (
	"errors"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/bot/store"
	"townclerk/bot/store/storetest"
	"townclerk/internal/pgdb"
	"townclerk/internal/pgtest"
)

var _ store.Database = (*pgdb.DB)(nil)

func TestSuiteOnPostgres(t *testing.T) {
	errs := storetest.Errors{Ended: store.ErrEnded, InvalidEvent: store.ErrInvalidEvent}
	storetest.Run(t, errs, func(t *testing.T, now func() time.Time) storetest.Contract {
		s, err := store.New(t.Context(), connect(t, pgtest.URL(t)), key, now)
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

// The parts of the schema from Postgres's catalogue, each under a name to sort by.
const schemaQuery = `
	WITH mine AS (
		SELECT c.oid, c.relname FROM pg_class c
		WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE 'bot_migrations%'
	), columns AS (
		SELECT a.attrelid, string_agg('    ' || a.attname || ' ' || upper(format_type(a.atttypid, a.atttypmod)) ||
			CASE WHEN a.attcollation = 'pg_catalog."C"'::regcollation THEN ' COLLATE "C"' ELSE '' END ||
			CASE WHEN a.attstorage <> t.typstorage THEN ' STORAGE ' || CASE a.attstorage WHEN 'e' THEN 'EXTERNAL' ELSE a.attstorage::text END ELSE '' END ||
			CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END, E',\n' ORDER BY a.attnum) AS lines
		FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
		WHERE a.attnum > 0 AND NOT a.attisdropped GROUP BY a.attrelid
	), constraints AS (
		SELECT conrelid, string_agg('    ' || pg_get_constraintdef(oid), E',\n' ORDER BY contype = 'p' DESC, conname) AS lines
		FROM pg_constraint WHERE contype <> 'n' AND contype <> 't' GROUP BY conrelid
	), parts AS (
		SELECT 1 AS part, m.relname::text AS name, 'CREATE TABLE ' || m.relname || E' (\n' || c.lines || E',\n' || k.lines || E'\n)' AS sql
		FROM mine m JOIN columns c ON c.attrelid = m.oid JOIN constraints k ON k.conrelid = m.oid
		UNION ALL
		SELECT 2, i.relname::text, pg_get_indexdef(x.indexrelid)
		FROM pg_index x JOIN mine m ON m.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
		WHERE NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u'))
		UNION ALL
		SELECT 3, p.proname::text, rtrim(pg_get_functiondef(p.oid), E'\n')
		FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
		WHERE p.pronamespace = 'public'::regnamespace AND l.lanname = 'plpgsql'
		UNION ALL
		SELECT 4, t.tgname::text, pg_get_triggerdef(t.oid) || CASE t.tgenabled WHEN 'O' THEN ''
			WHEN 'A' THEN E';\nALTER TABLE ' || m.relname || ' ENABLE ALWAYS TRIGGER ' || t.tgname ELSE ' -- ' || t.tgenabled::text END
		FROM pg_trigger t JOIN mine m ON m.oid = t.tgrelid WHERE NOT t.tgisinternal
	)
	SELECT replace(sql, 'public.', '') FROM parts ORDER BY part, name`

func TestPostgresSchemaIsTheCommittedOne(t *testing.T) {
	_, db := openPostgres(t)
	rows, err := db.SQL.Query(schemaQuery)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	got := "-- The schema after all migrations. Written by: go test ./bot/store -run Schema -update\n"
	for rows.Next() {
		var part string
		if err := rows.Scan(&part); err != nil {
			t.Fatal(err)
		}
		got += "\n" + part + ";\n"
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	const file = "schema/postgres.sql"
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || string(want) != got {
		t.Errorf("%s is not what the migrations make (%v); run with -update and read the diff", file, err)
	}
}

// Both engines have the same tables with the same columns in the same order.
func TestEnginesHaveTheSameColumns(t *testing.T) {
	_, lite := open(t)
	_, postgres := openPostgres(t)
	var a, b string
	err := lite.Read.QueryRow(`SELECT group_concat(c, ' ') FROM (
		SELECT t.name || '.' || c.name AS c FROM sqlite_schema t, pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.name NOT LIKE '%_migrations' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.name, c.cid)`).Scan(&a)
	if err != nil {
		t.Fatal(err)
	}
	err = postgres.SQL.QueryRow(`SELECT string_agg(table_name || '.' || column_name, ' ' ORDER BY table_name COLLATE "C", ordinal_position)
		FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '%_migrations'`).Scan(&b)
	if err != nil || a != b || !strings.Contains(a, "events.commitments") {
		t.Errorf("SQLite has %s\nPostgres has %s (%v)", a, b, err)
	}
}

func TestPostgresEventsRefuseChange(t *testing.T) {
	s, db := openPostgres(t)
	turn := ask(t, s, "q")
	if err := s.Append(t.Context(), turn.ID, storetest.Shown("a"), storetest.Ended(bot.Answered)); err != nil {
		t.Fatal(err)
	}
	const dump = `SELECT string_agg(turn || seq || kind || at || facts || commitments, ' ' ORDER BY turn, seq) FROM events`
	var before, after string
	if err := db.SQL.QueryRow(dump).Scan(&before); err != nil {
		t.Fatal(err)
	}
	const insert, values = "INSERT INTO events (turn, seq, kind, at, facts, commitments) ", "at, '{}', '{}' FROM events WHERE seq = 1"
	for _, query := range []string{
		"UPDATE events SET facts = '{}'",
		"UPDATE events SET facts = '{}' WHERE false",
		"DELETE FROM events",
		"DELETE FROM events WHERE kind = 'ended'",
		"TRUNCATE events CASCADE",
		"TRUNCATE turns CASCADE",
		"TRUNCATE conversations CASCADE",
		"SET LOCAL session_replication_role = replica; DELETE FROM events",
		insert + "SELECT turn, 2, 'shown', " + values + " ON CONFLICT (turn, seq) DO UPDATE SET facts = '{}'",
		insert + "SELECT turn, 4, 'shown', " + values,
		insert + "SELECT turn, 5, 'feedback', " + values,
		insert + "SELECT turn, 4, 'opened', " + values,
		"MERGE INTO events e USING (SELECT 1) AS o ON true WHEN MATCHED THEN DELETE",
	} {
		if _, err := db.SQL.Exec(query); err == nil || !strings.Contains(err.Error(), "events") {
			t.Errorf("%s: %v", query, err)
		}
	}
	if err := db.SQL.QueryRow(dump).Scan(&after); err != nil || after != before {
		t.Errorf("the events changed (%v)", err)
	}
}

func TestPostgresTamperingIsNoticed(t *testing.T) {
	for name, change := range map[string]string{
		"changed text":       `UPDATE openings SET sealed = substr(sealed, 1, length(sealed) - 1) || '\x00'`,
		"cut text":           `UPDATE openings SET sealed = ''`,
		"text taken away":    "DELETE FROM openings WHERE field = 'question'",
		"text moved":         "UPDATE openings SET field = 'answer' WHERE field = 'question'",
		"changed key":        "UPDATE conversation_keys SET wrapped = decode(repeat('00', 60), 'hex')",
		"other conversation": "UPDATE turns SET conversation = (SELECT id FROM conversations WHERE id <> turns.conversation), ordinal = 9",
		"changed commitment": `ALTER TABLE events DISABLE TRIGGER events_keep; UPDATE events SET commitments = replace(commitments, substr(commitments, 20, 1), 'x')`,
	} {
		t.Run(name, func(t *testing.T) {
			s, db := openPostgres(t)
			turn, other := ask(t, s, "one"), ask(t, s, "two")
			if err := s.Append(t.Context(), other.ID, storetest.Ended(bot.Abstained)); err != nil {
				t.Fatal(err)
			}
			if _, err := db.SQL.Exec(change); err != nil {
				t.Fatal(err)
			}
			_, err := s.Transcript(t.Context(), turn.Conversation)
			_, err2 := s.Events(t.Context(), turn.ID)
			for _, err := range []error{err, err2} {
				if !errors.Is(err, store.ErrTampered) || bot.KindOf(err) != bot.Internal {
					t.Errorf("got %v", err)
				}
			}
		})
	}
}

func TestTenServersStartAtOnce(t *testing.T) {
	address := pgtest.URL(t)
	together(10, func(int) {
		db, err := pgdb.Open(t.Context(), address, pgdb.Options{MaxConns: 2})
		if err != nil {
			t.Error(err)
			return
		}
		defer db.Close()
		if _, err := store.New(t.Context(), db, key, nil); err != nil {
			t.Error(err)
		}
	})
	db := connect(t, address)
	if _, err := store.New(t.Context(), db, store.NewKey(), nil); !errors.Is(err, store.ErrWrongKey) {
		t.Errorf("another key: %v", err)
	}
}

func TestTwoPoolsOpenOneTurn(t *testing.T) {
	address := pgtest.URL(t)
	stores := []*store.Store{newPostgres(t, connect(t, address)), newPostgres(t, connect(t, address))}
	for range 10 {
		id, _, err := stores[0].Create(t.Context(), "en")
		if err != nil {
			t.Fatal(err)
		}
		var fresh atomic.Int32
		together(20, func(i int) {
			m := bot.Message{Conversation: id, Key: "k"}
			_, isFresh, err := stores[i%2].Open(t.Context(), m, storetest.Question("q"), time.Now().Add(time.Minute))
			if err != nil {
				t.Error(err)
			}
			if isFresh {
				fresh.Add(1)
			}
		})
		if n := fresh.Load(); n != 1 {
			t.Errorf("%d fresh turns", n)
		}
	}
}

func together(n int, fn func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { fn(i) })
	}
	wg.Wait()
}

// openPostgres returns a store on a new database.
func openPostgres(t testing.TB) (*store.Store, *pgdb.DB) {
	t.Helper()
	db := connect(t, pgtest.URL(t))
	return newPostgres(t, db), db
}

func newPostgres(t testing.TB, db *pgdb.DB) *store.Store {
	t.Helper()
	s, err := store.New(t.Context(), db, key, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func connect(t testing.TB, address string) *pgdb.DB {
	t.Helper()
	db, err := pgdb.Open(t.Context(), address, pgdb.Options{MaxConns: 8})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}
