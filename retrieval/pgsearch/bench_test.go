package pgsearch_test

import (
	"flag"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"townclerk/internal/pgtest"
	"townclerk/knowledge"
	"townclerk/retrieval"
	"townclerk/retrieval/hybrid"
	"townclerk/retrieval/pgsearch"
)

// The benchmarks' library. Small as it stands; -passages 100000 takes minutes.
var (
	passages = flag.Int("passages", 3000, "passages of the benchmarks' library")
	dims     = flag.Int("dims", 384, "dimensions of its vectors")
)

func library() topics { return topics{dims: *dims, passages: *passages, words: 60} }

// BenchmarkSearch reports what the index finds of the exact ten, and how long both
// ways take: the middle and the 99th of a hundred, in milliseconds, by clients that
// ask without a pause.
func BenchmarkSearch(b *testing.B) {
	c := library()
	began := time.Now()
	n := c.apply(b, pgsearch.Options{})
	b.Logf("applied, index and all, in %v", time.Since(began).Round(time.Millisecond))
	all := c.vectors()
	for way, index := range map[string]*hybrid.Index{"memory": n.memory, "hnsw": n.hnsw} {
		for _, x := range scaleFilters {
			b.Run(fmt.Sprintf("recall/%s/%s", way, x.name), func(b *testing.B) {
				b.ReportMetric(c.found(b, index, all, x.f, 200), "recall@10")
			})
		}
		for _, mode := range []retrieval.Mode{retrieval.Hybrid, retrieval.Dense, retrieval.Lexical} {
			for _, clients := range []int{1, 8, 64} {
				b.Run(fmt.Sprintf("latency/%s/%s/clients=%d", way, name(mode), clients), func(b *testing.B) {
					latency(b, clients, func(i int) error {
						res, err := index.Search(b.Context(), retrieval.Query{Text: c.question(i), Mode: mode})
						if err == nil && (res.Degraded != "" || len(res.Hits) == 0) {
							return fmt.Errorf("%d hits %s", len(res.Hits), res.Degraded)
						}
						return err
					})
				})
			}
		}
	}
}

func name(m retrieval.Mode) string {
	if m == retrieval.Hybrid {
		return "hybrid"
	}
	return string(m)
}

// latency asks b.N questions from so many clients and reports percentiles.
func latency(b *testing.B, clients int, ask func(i int) error) {
	took := make([]time.Duration, max(b.N, clients))
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	for range clients {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(took); i = int(next.Add(1)) - 1 {
				began := time.Now()
				if err := ask(i); err != nil {
					b.Error(err)
					return
				}
				took[i] = time.Since(began)
			}
		})
	}
	wg.Wait()
	slices.Sort(took)
	for _, p := range []int{50, 99} {
		b.ReportMetric(float64(took[len(took)*p/100].Microseconds())/1000, fmt.Sprintf("p%d-ms", p))
	}
}

// BenchmarkApply brings the library in at once, and compares the time with that of
// the least that could be done (floor_test.go). Both run in turn, the best time of
// each counts.
func BenchmarkApply(b *testing.B) {
	c := library()
	change := knowledge.Change{Encoder: c.Fingerprint(), Publish: c.pages()}
	ours, least := time.Hour, time.Hour
	for b.Loop() {
		least = min(least, floor(b, pgtest.URL(b), change, c.dims))
		s := store(b, connect(b, pgtest.URL(b), 2), pgsearch.Options{MemoryBelow: 1})
		runtime.GC()
		began := time.Now()
		if _, err := s.Apply(b.Context(), change); err != nil {
			b.Fatal(err)
		}
		ours = min(ours, time.Since(began))
	}
	b.ReportMetric(ours.Seconds(), "apply-s")
	b.ReportMetric(least.Seconds(), "floor-s")
	b.ReportMetric(ours.Seconds()/least.Seconds(), "ratio")
}

// BenchmarkChange changes one page of the library with its index, and reports how
// long that takes and how long a server then takes to have the revision in memory.
func BenchmarkChange(b *testing.B) {
	c := library()
	n := c.apply(b, pgsearch.Options{})
	if _, err := n.hnsw.Ready(b.Context()); err != nil {
		b.Fatal(err)
	}
	var applied, loaded []time.Duration
	for b.Loop() {
		edition := len(applied) + 1
		began := time.Now()
		_, err := n.store.Apply(b.Context(), knowledge.Change{
			Base: knowledge.Revision(edition), Encoder: c.Fingerprint(),
			Publish: []knowledge.Page{c.page(uint64(edition*7%(c.passages/perPage)), "Rest", edition)},
		})
		if err != nil {
			b.Fatal(err)
		}
		applied = append(applied, time.Since(began))
		began = time.Now()
		if r, err := n.hnsw.Ready(b.Context()); err != nil || int(r) != edition+1 {
			b.Fatal(r, err)
		}
		loaded = append(loaded, time.Since(began))
	}
	b.ReportMetric(float64(median(applied).Microseconds())/1000, "apply-ms")
	b.ReportMetric(float64(median(loaded).Microseconds())/1000, "reload-ms")
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}
