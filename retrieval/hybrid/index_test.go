package hybrid

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"townclerk/knowledge"
	"townclerk/retrieval"
	"townclerk/retrieval/searchtest"
)

// shelf is an engine whose revisions take their time to load.
type shelf struct {
	revision atomic.Int64
	loads    atomic.Int64
	takes    time.Duration
	fails    error
}

func (s *shelf) Revision(context.Context) (knowledge.Revision, error) {
	return knowledge.Revision(s.revision.Load()), nil
}

func (s *shelf) Load(context.Context) (Loaded, error) {
	s.loads.Add(1)
	r := knowledge.Revision(s.revision.Load())
	time.Sleep(s.takes)
	return Loaded{
		Manifest: knowledge.Manifest{Revision: r, Live: map[knowledge.DocumentID]knowledge.VersionID{"d": "v"}},
		Passages: []knowledge.Passage{{ID: "v.0", Source: knowledge.Source{Language: "en"}, Text: "Dogs pay a fee."}},
	}, s.fails
}

// A revision that takes long is waited for once; then searches go on with the one
// before it until it is there. It is loaded once, whoever asks, also when who asked
// has left.
func TestOldRevisionServesWhileTheNewOneLoads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{takes: time.Minute}
		x := NewIndex(s, Encoders{Models: &searchtest.Models{Name: "m"}, Analyzer: analyzer, Expander: expander})
		search := func(want knowledge.Revision, within time.Duration) {
			t.Helper()
			start := time.Now()
			r, err := x.Search(t.Context(), retrieval.Query{Text: "dog fee"})
			if err != nil || r.Revision != want || len(r.Hits) != 1 || time.Since(start) > within {
				t.Errorf("revision %d after %v, want %d within %v: %v", r.Revision, time.Since(start), want, within, err)
			}
		}
		s.revision.Store(1)
		search(1, time.Minute) // there is no other
		s.revision.Store(2)
		gone, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		if _, err := x.Search(gone, retrieval.Query{Text: "dog fee"}); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		search(1, 2*time.Second)
		for range 20 {
			search(1, 0)
		}
		time.Sleep(time.Minute)
		search(2, 0)
		if n := s.loads.Load(); n != 2 {
			t.Errorf("loaded %d times", n)
		}
		s.fails = errors.New("out of order")
		s.takes = 0
		s.revision.Store(3)
		if _, err := x.Search(t.Context(), retrieval.Query{Text: "dog fee"}); !errors.Is(err, s.fails) {
			t.Error(err)
		}
		s.fails = nil
		search(3, time.Second)
	})
}
