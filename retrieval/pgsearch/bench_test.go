package pgsearch_test

import (
	"fmt"
	"testing"
	"time"

	"townclerk/retrieval"
	"townclerk/retrieval/pgsearch"
)

// BenchmarkSearch compares both ways to vectors on 20,000 passages of 256
// dimensions, and reports what the index finds of the exact ten and hundred.
func BenchmarkSearch(b *testing.B) {
	const passages = 20_000
	began := time.Now()
	n := newNearby(b, cloud{"clouds", 256, passages / 10}, passages, pgsearch.Options{})
	b.Logf("applied, index and all, in %v", time.Since(began).Round(time.Millisecond))
	n.compare(b, retrieval.Query{Text: "and #1"}) // loads the snapshots
	for _, c := range []struct {
		name string
		f    retrieval.Filter
	}{{"all", retrieval.Filter{}}, {"most", retrieval.Filter{Departments: []string{"Most"}}}, {"a hundredth", retrieval.Filter{Departments: []string{"Rare"}}}} {
		q := func(i int) retrieval.Query {
			return retrieval.Query{Text: fmt.Sprintf("word%d and #%d", i%50, 1_000_000+i), Filter: c.f}
		}
		for way, index := range map[string]*pgsearch.Index{"exact": n.exact, "hnsw": n.hnsw} {
			b.Run(c.name+"/"+way, func(b *testing.B) {
				i := 0
				for b.Loop() {
					i++
					if res, err := index.Search(b.Context(), q(i)); err != nil || res.Degraded != "" {
						b.Fatal(res.Degraded, err)
					}
				}
			})
		}
		ten, hundred := 0.0, 0.0
		for i := range 50 {
			ten += n.compare(b, retrieval.Query{Text: q(i).Text, Mode: retrieval.Dense, Filter: c.f}) / 50
			hundred += n.compare(b, retrieval.Query{Text: q(i).Text, Mode: retrieval.Dense, Filter: c.f, Limit: 100}) / 50
		}
		b.Logf("%s: recall@10 %.4f, recall@100 %.4f", c.name, ten, hundred)
	}
}
