package lexical

import (
	"fmt"
	"runtime"
	"testing"
	"time"
)

// BenchmarkIndex reports what an index takes of memory, once built and at most
// while it is built, and how long building and searching take.
func BenchmarkIndex(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint("passages=", n), func(b *testing.B) {
			w := newWriter(1)
			docs := w.passages(n)
			questions := w.questions(200)
			before := heap()
			peak := watchHeap()
			began := time.Now()
			x := Build(analyzer, docs)
			built := time.Since(began)
			most := peak()
			after := heap()
			m, e := x.Matcher(), NewExpander(analyzer, nil)
			var weighed []float32
			i := 0
			for b.Loop() {
				m.Match(e.Expand("en", questions[i%len(questions)], x))
				i++
				weighed = m.Weigh(weighed, Match{Words: 1, Pairs: 1, Grams: 1, PageWords: 1, PagePairs: 1, Head: 1})
			}
			b.ReportMetric(float64(after-before)/float64(n), "B/passage")
			b.ReportMetric(float64(most-before)/float64(n), "B/passage-peak")
			b.ReportMetric(float64(built.Microseconds())/float64(n), "µs/passage-build")
			runtime.KeepAlive(x)
			runtime.KeepAlive(docs)
		})
	}
}

// heap returns the bytes of what is in use.
func heap() uint64 {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}

// watchHeap looks at the heap, garbage included, until the function that it
// returns is called; that returns the most that it saw.
func watchHeap() func() uint64 {
	done, most := make(chan struct{}), make(chan uint64)
	go func() {
		var s runtime.MemStats
		at := uint64(0)
		for {
			runtime.ReadMemStats(&s)
			at = max(at, s.HeapAlloc)
			select {
			case <-done:
				most <- at
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	return func() uint64 { close(done); return <-most }
}
