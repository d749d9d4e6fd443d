package pgsearch

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"townclerk/internal/pgdb"
	"townclerk/internal/pgtest"
	"townclerk/knowledge"
	"townclerk/retrieval"
)

// The index finds what is near, whether the server has statistics or not and
// whatever the filter; where a filter leaves few they are looked up by key.
func TestIndexIsUsed(t *testing.T) {
	s := planStore(t, 3000)
	snap, _, err := s.load(t.Context())
	if err != nil || !snap.outside {
		t.Fatal(snap, err)
	}
	for _, statistics := range []string{"SELECT 1", "ANALYZE"} {
		if _, err := s.pool.Exec(t.Context(), statistics); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			f         retrieval.Filter
			index     string
			iterative string
		}{
			"all":          {retrieval.Filter{}, "vectors_1_hnsw", "off"},
			"a department": {retrieval.Filter{Departments: []string{"Most"}}, "vectors_1_hnsw", "relaxed_order"},
			"both":         {retrieval.Filter{Departments: []string{"Most"}, Languages: []string{"en"}}, "vectors_1_hnsw", "relaxed_order"},
			"few":          {retrieval.Filter{Departments: []string{"Few"}}, "vectors_1_pkey", "off"},
		} {
			p, ok := snap.plan(c.f, []float32{0, 1, 0, 0, 0, 0, 0, 0}, []int{1, 2, 3}, s.o.ExactFiltered)
			if !ok || p.iterative != c.iterative {
				t.Fatalf("%s: %+v", name, p)
			}
			got := explain(t, s, p)
			near, _, _ := strings.Cut(got, "vectors_1_pkey on vectors_1 vectors_1_1") // the words' part comes after
			if strings.Contains(got, "Seq Scan on vectors_1") || !strings.Contains(near, c.index) ||
				c.index == "vectors_1_hnsw" && !strings.Contains(near, "Index Scan using vectors_1_hnsw") || c.index != "vectors_1_hnsw" && strings.Contains(got, "hnsw") {
				t.Errorf("%s after %s:\n%s", name, statistics, got)
			}
			if deep := fmt.Sprintf("rows=%d ", filteredReach); p.iterative != "off" && !strings.Contains(near, deep) {
				t.Errorf("%s after %s: the index did not go as far as %s:\n%s", name, statistics, deep, got)
			}
		}
	}
}

func explain(t *testing.T, s *Store, p plan) string {
	t.Helper()
	var lines []string
	err := s.withConn(t.Context(), "explain", func(c *pgx.Conn) error {
		b := &pgx.Batch{}
		b.Queue(settings, strconv.Itoa(s.o.EfSearch), p.iterative, strconv.Itoa(p.scan))
		b.Queue("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) "+p.query, p.args...).Query(func(rows pgx.Rows) (err error) {
			lines, err = pgx.CollectRows(rows, pgx.RowTo[string])
			return err
		})
		return c.SendBatch(t.Context(), b).Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// What a search sets is gone with it.
func TestSettingsAreOfOneSearch(t *testing.T) {
	s := planStore(t, 30)
	snap, _, err := s.load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	near, revision, err := s.near(t.Context(), snap, retrieval.Filter{}, []float32{1, 0, 0, 0, 0, 0, 0, 0}, []int{2})
	if err != nil || len(near) < 30 || revision != 1 {
		t.Fatal(len(near), revision, err)
	}
	var set string
	err = s.pool.QueryRow(t.Context(), "SELECT current_setting('enable_seqscan') || ' ' || current_setting('hnsw.ef_search')").Scan(&set)
	if err != nil || set != "on 40" {
		t.Errorf("%q %v", set, err)
	}
}

// planStore has n passages; one in thirty is of the department Few.
func planStore(t *testing.T, n int) *Store {
	t.Helper()
	db, err := pgdb.Open(t.Context(), pgtest.URL(t), pgdb.Options{MaxConns: 1, Vector: true, AfterConnect: AfterConnect})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s, err := NewStore(context.Background(), db, time.Now, Options{MemoryBelow: 1, ExactFiltered: 2000})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	var pages []knowledge.Page
	for i := range n {
		p := knowledge.Page{Passages: make([]knowledge.Passage, 1), Vectors: [][]float32{make([]float32, 8)}}
		p.Version = knowledge.Version{ID: knowledge.VersionID(fmt.Sprint(i)), Text: fmt.Sprint("Passage ", i)}
		p.Version.Document, p.Version.Language, p.Version.Department = knowledge.DocumentID(fmt.Sprint(i)), "en", "Most"
		if i%30 == 0 {
			p.Version.Department = "Few"
		}
		p.Passages[0].Range.End = len(p.Version.Text)
		p.Passages[0].Fill(&p.Version)
		for j := range p.Vectors[0] {
			p.Vectors[0][j] = float32(r.NormFloat64())
		}
		pages = append(pages, p)
	}
	if _, err := s.Apply(t.Context(), knowledge.Change{Encoder: "e", Publish: pages}); err != nil {
		t.Fatal(err)
	}
	return s
}
