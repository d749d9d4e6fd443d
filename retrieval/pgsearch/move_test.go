package pgsearch_test

import (
	"context"
	"encoding/binary"
	"math"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"townclerk/internal/carry"
	"townclerk/internal/litedb"
	"townclerk/internal/pgtest"
	"townclerk/knowledge"
	"townclerk/retrieval/hybrid"
	"townclerk/retrieval/litesearch"
	"townclerk/retrieval/pgsearch"
)

// What SQLite holds after some revisions and a change of models is found alike
// after a move, with vectors in memory and in an index that the move built.
func TestMovedFromSQLite(t *testing.T) {
	lite := liteStore(t)
	all := town(60, 1)
	e := fit(t, all)
	old := fit(t, town(30, 9))
	for revision, c := range []knowledge.Change{
		{Encoder: old.Fingerprint(), Publish: encode(t, old, all)},
		{Encoder: e.Fingerprint(), Publish: encode(t, e, all)},
		{Encoder: e.Fingerprint(), Publish: encode(t, e, town(60, 2))[:20], Retire: []knowledge.DocumentID{all[30].Version.Document}},
	} {
		c.Base, c.Model = knowledge.Revision(revision), []byte("a model")
		if _, err := lite.Apply(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	ahead := encode(t, e, town(90, 3))[80] // no page has these passages yet
	if err := lite.Keep(t.Context(), e.Fingerprint(), ahead.Passages, ahead.Vectors); err != nil {
		t.Fatal(err)
	}
	analyzer, expander := words(t)
	index := func(s hybrid.Engine) *hybrid.Index {
		return hybrid.NewIndex(s, hybrid.Encoders{Models: e, Analyzer: analyzer, Expander: expander})
	}
	compare := func(name string, pg *pgsearch.Store) {
		t.Helper()
		want, got := index(lite), index(pg)
		for _, q := range questions() {
			a, err := want.Search(t.Context(), q)
			b, err2 := got.Search(t.Context(), q)
			if err != nil || err2 != nil || !reflect.DeepEqual(a, b) {
				t.Fatalf("%s, %+v: %v %v\n got %+v\nwant %+v", name, q, err, err2, b, a)
			}
		}
	}
	for _, way := range []struct {
		name string
		o    pgsearch.Options
	}{{"in an index", pgsearch.Options{MemoryBelow: 1, ExactFiltered: 1, EfSearch: 1000}}, {"in memory", pgsearch.Options{}}} {
		name := way.name
		db := connect(t, pgtest.URL(t), 4)
		pg := store(t, db, way.o)
		carryAll(t, lite, pg)
		if r, err := pg.Revision(t.Context()); r != 0 || err != nil {
			t.Errorf("%s: revision %d before the end, %v", name, r, err)
		}
		if err := pg.Finish(t.Context()); err != nil {
			t.Fatal(err)
		}
		compare(name, pg)
		indexed, want := false, way.o.MemoryBelow == 1
		if err := db.Pool.QueryRow(t.Context(), "SELECT indexed FROM vector_sets WHERE encoder = $1", e.Fingerprint()).Scan(&indexed); err != nil || indexed != want {
			t.Errorf("%s: indexed %v, %v", name, indexed, err)
		}
		// The passages that were encoded ahead are published, on both.
		for _, s := range []knowledge.Store{lite, pg} {
			m, err := s.Manifest(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			next := knowledge.Change{Base: m.Revision, Encoder: m.Encoder, Publish: []knowledge.Page{ahead}}
			if _, err := s.Apply(t.Context(), next); err != nil {
				t.Fatal(err)
			}
		}
		compare(name+", afterwards", pg)
		lite = liteStore(t)
		carryAll(t, pg, lite)
		compare(name+", and back", pg)
	}
}

// Every number that float16 has comes back as it was.
func TestVectorsMoveToTheBit(t *testing.T) {
	s := store(t, connect(t, pgtest.URL(t), 4), pgsearch.Options{})
	set, err := s.Tables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	table := set.Tables[len(set.Tables)-1]
	const dims = 1024
	var rows []carry.Row
	var packed []byte
	for h := range math.MaxUint16 + 1 {
		if h&0x7c00 != 0x7c00 { // not infinite, not NaN
			packed = binary.LittleEndian.AppendUint16(packed, uint16(h))
		}
		if len(packed) == 2*dims {
			key := make([]byte, 32)
			key[0] = byte(len(rows))
			rows = append(rows, carry.Row{"encoder", key, packed})
			packed = nil
		}
	}
	if err := table.Add(t.Context(), rows); err != nil || len(packed) > 0 {
		t.Fatal(len(packed), err)
	}
	if got, err := table.Next(t.Context(), nil); err != nil || !reflect.DeepEqual(got, rows) {
		t.Errorf("%d vectors came back, %v, of %d", len(got), err, len(rows))
	}
	if err := table.Amend(t.Context(), rows[:1], nil); err == nil {
		t.Error("a vector was changed")
	}
}

type movable interface {
	Tables(context.Context) (carry.Set, error)
}

func carryAll(t *testing.T, from, to movable) {
	t.Helper()
	a, err := from.Tables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b, err := to.Tables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	pairs, err := carry.Pairs(a.Tables, b.Tables)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pairs {
		if c, err := p.Carry(t.Context(), func(int) {}); err != nil || c.Added == 0 {
			t.Fatalf("%s: %+v, %v", p.To.Shape().Name, c, err)
		}
		x, err := carry.Sum(t.Context(), p.From, func(int) {})
		y, err2 := carry.Sum(t.Context(), p.To, func(int) {})
		if err != nil || err2 != nil || x != y {
			t.Errorf("%s: %+v %v and %+v %v", p.To.Shape().Name, x, err, y, err2)
		}
	}
}

func liteStore(t *testing.T) *litesearch.Store {
	t.Helper()
	db, err := litedb.Open(filepath.Join(t.TempDir(), "t.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s, err := litesearch.NewStore(t.Context(), db, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
