package pgsearch_test

import (
	"context"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"townclerk/internal/pgtest"
	"townclerk/knowledge"
	"townclerk/retrieval/pgsearch"
)

// The parts of the schema from Postgres's catalogue, each under a name to sort by.
const schemaQuery = `
	WITH mine AS (
		SELECT c.oid, c.relname, coalesce(' WITH (' || array_to_string(c.reloptions, ', ') || ')', '') AS options FROM pg_class c
		WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE 'knowledge_migrations%'
	), columns AS (
		SELECT a.attrelid, string_agg('    ' || a.attname || ' ' || upper(format_type(a.atttypid, a.atttypmod)) ||
			CASE WHEN a.attcollation = 'pg_catalog."C"'::regcollation THEN ' COLLATE "C"' ELSE '' END ||
			CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END, E',\n' ORDER BY a.attnum) AS lines
		FROM pg_attribute a WHERE a.attnum > 0 AND NOT a.attisdropped GROUP BY a.attrelid
	), constraints AS (
		SELECT conrelid, string_agg('    ' || pg_get_constraintdef(oid), E',\n' ORDER BY contype = 'p' DESC, conname) AS lines
		FROM pg_constraint WHERE contype <> 'n' AND contype <> 't' GROUP BY conrelid
	), parts AS (
		SELECT 1 AS part, m.relname::text AS name,
			'CREATE TABLE ' || m.relname || E' (\n' || c.lines || E',\n' || k.lines || E'\n)' || m.options AS sql
		FROM mine m JOIN columns c ON c.attrelid = m.oid JOIN constraints k ON k.conrelid = m.oid
		UNION ALL
		SELECT 2, i.relname::text, pg_get_indexdef(x.indexrelid)
		FROM pg_index x JOIN mine m ON m.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
		WHERE NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u'))
	)
	SELECT replace(sql, 'public.', '') FROM parts ORDER BY part, name COLLATE "C"`

// TestSchema keeps schema.sql true to the migrations and to what the first set of
// vectors makes.
func TestSchema(t *testing.T) {
	db := connect(t, pgtest.URL(t), 2)
	s, _ := small(t, db, pgsearch.Options{MemoryBelow: 1})
	if err := s.Prepare(context.Background()); err != nil {
		t.Fatal(err)
	}
	rows, err := db.Pool.Query(t.Context(), schemaQuery)
	if err != nil {
		t.Fatal(err)
	}
	parts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	got := "-- The schema after all migrations and a first set of vectors, of 64 dimensions.\n" +
		"-- Written by: go test ./retrieval/pgsearch -run Schema -update\n"
	for _, part := range parts {
		got += "\n" + part + ";\n"
	}
	if *update {
		if err := os.WriteFile("schema.sql", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("schema.sql")
	if err != nil || string(want) != got {
		t.Errorf("schema.sql is not what the migrations make (%v); run with -update and read the diff", err)
	}
}

// An index that was not needed is built when it is.
func TestPrepare(t *testing.T) {
	db := connect(t, pgtest.URL(t), 4)
	if err := store(t, db, pgsearch.Options{}).Prepare(t.Context()); err != nil {
		t.Fatal("nothing there:", err)
	}
	s, _ := small(t, db, pgsearch.Options{})
	built := func() (is bool) {
		t.Helper()
		if err := db.Pool.QueryRow(t.Context(), "SELECT indexed AND to_regclass('vectors_1_hnsw') IS NOT NULL FROM vector_sets").Scan(&is); err != nil {
			t.Fatal(err)
		}
		return is
	}
	if err := s.Prepare(t.Context()); err != nil || built() {
		t.Fatal("not needed:", built(), err)
	}
	lower := store(t, db, pgsearch.Options{MemoryBelow: 30})
	for range 2 {
		if err := lower.Prepare(t.Context()); err != nil || !built() {
			t.Fatal("needed:", built(), err)
		}
	}
	other := store(t, db, pgsearch.Options{MemoryBelow: 31})
	change := next(t)
	change.Publish[0] = encode(t, cloud{"clouds", 64, 40}, []knowledge.Page{page("more", "T", "en", "Most", "More #1")})[0]
	if _, err := other.Apply(t.Context(), change); err != nil {
		t.Fatal(err)
	}
}
