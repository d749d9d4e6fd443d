package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/pgvector/pgvector-go"
)

// schema is what the libraries that are measured beside this program expect, too.
const schema = `
	DROP TABLE IF EXISTS floor_passages, floor_turns;
	CREATE TABLE floor_passages (
		id        UUID PRIMARY KEY DEFAULT gen_random_uuid(),
		text      TEXT NOT NULL,
		metadata  JSONB NOT NULL DEFAULT '{}',
		embedding vector(384) NOT NULL
	);
	CREATE TABLE floor_turns (
		id           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
		at           TIMESTAMPTZ NOT NULL DEFAULT now(),
		conversation TEXT NOT NULL,
		question     TEXT NOT NULL
	)`

// batch is how many passages are embedded and copied at once.
const batch = 512

// prepare fills the table from a file of JSON lines and builds its index. Where that
// was done from the same file before, it does nothing.
func (f *floor) prepare(ctx context.Context, path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	sum := fmt.Sprintf("%x", sha256.Sum256(data))
	var have *string
	err = f.pool.QueryRow(ctx, "SELECT obj_description(to_regclass('floor_passages'), 'pg_class')").Scan(&have)
	if err != nil || have != nil && *have == sum {
		return err
	}
	if _, err := f.pool.Exec(ctx, schema); err != nil {
		return err
	}
	for batch := range slices.Chunk(slices.Collect(strings.Lines(string(data))), batch) {
		if err := f.add(ctx, batch); err != nil {
			return err
		}
	}
	return f.finish(ctx, sum)
}

// add copies passages, each a line of JSON.
func (f *floor) add(ctx context.Context, lines []string) error {
	texts := make([]string, len(lines))
	for i, line := range lines {
		var p struct{ Text string }
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			return err
		}
		texts[i] = p.Text
	}
	vectors, err := f.embed(ctx, texts)
	if err != nil {
		return err
	}
	_, err = f.pool.CopyFrom(ctx, pgx.Identifier{"floor_passages"}, []string{"text", "embedding"},
		pgx.CopyFromSlice(len(texts), func(i int) ([]any, error) { return []any{texts[i], pgvector.NewVector(vectors[i])}, nil }))
	return err
}

// finish builds the index and notes, last, what the table was filled from.
func (f *floor) finish(ctx context.Context, sum string) error {
	c, err := f.pool.Acquire(ctx) // one connection: the setting is its own
	if err != nil {
		return err
	}
	defer c.Release()
	for _, statement := range []string{
		"SET maintenance_work_mem = '1GB'",
		"CREATE INDEX ON floor_passages USING hnsw (embedding vector_cosine_ops)",
		"VACUUM ANALYZE floor_passages",
		"COMMENT ON TABLE floor_passages IS '" + sum + "'",
	} {
		if _, err := c.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
