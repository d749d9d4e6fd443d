package pgsearch_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"townclerk/internal/pgtest"
	"townclerk/knowledge"
	"townclerk/retrieval/pgsearch"
)

// Of the sets of vectors those stay that are in use, that were before, or that are
// being filled. What goes is gone from the disk.
func TestPrune(t *testing.T) {
	address := pgtest.URL(t)
	db := connect(t, address, 4)
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	s, err := pgsearch.NewStore(t.Context(), db, func() time.Time { return now }, pgsearch.Options{MemoryBelow: 1})
	if err != nil {
		t.Fatal(err)
	}
	sets := func() []string {
		t.Helper()
		rows, err := db.Pool.Query(t.Context(), `SELECT encoder FROM vector_sets v JOIN pg_class c ON c.relname = 'vectors_' || v.id ORDER BY encoder`)
		if err != nil {
			t.Fatal(err)
		}
		encoders, err := pgx.CollectRows(rows, pgx.RowTo[string])
		var tables int
		if err == nil {
			err = db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM pg_class WHERE relname ~ '^vectors_\d+$'`).Scan(&tables)
		}
		if err != nil || tables != len(encoders) {
			t.Fatal(tables, encoders, err)
		}
		return encoders
	}
	use := func(encoder string) {
		t.Helper()
		m, err := s.Manifest(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		c := cloud{encoder, 16, 4}
		if _, err := s.Apply(t.Context(), knowledge.Change{Base: m.Revision, Encoder: encoder, Publish: encode(t, c, clouds(20))}); err != nil {
			t.Fatal(err)
		}
	}
	fill := func(encoder string) {
		t.Helper()
		p := encode(t, cloud{encoder, 16, 4}, clouds(10))[0]
		if err := s.Keep(t.Context(), encoder, p.Passages, p.Vectors); err != nil {
			t.Fatal(err)
		}
	}
	const month = 31 * 24 * time.Hour
	unlock := func() {}
	defer func() { unlock() }()
	for i, step := range []struct {
		do   func()
		want string
	}{
		{func() { use("a") }, "a"},
		{func() { use("a") }, "a"},
		{func() { use("b") }, "a b"},
		{func() { use("b") }, "a b"},
		{func() { fill("given-up"); fill("next") }, "a b given-up next"},
		{func() { use("c") }, "b c given-up next"},
		{func() { use("b") }, "b c given-up next"},
		{func() { fill("a"); use("c") }, "a b c given-up next"},
		{func() { now = now.Add(month); fill("next"); use("c") }, "b c next"},
		{func() { use("next") }, "c next"},
		{func() { now = now.Add(month); use("next") }, "c next"},
		{func() { unlock = lock(t, connect(t, address, 1), "vectors_5"); use("d") }, "c d next"}, // c's, that somebody uses
		{func() { unlock(); use("d") }, "d next"},
	} {
		step.do()
		if got := strings.Join(sets(), " "); got != step.want {
			t.Fatalf("step %d: %s, want %s", i, got, step.want)
		}
	}
	kept, err := s.Vectors(t.Context(), "a", []knowledge.Key{{}})
	if err != nil || len(kept) != 0 {
		t.Error(kept, err)
	}
}
