package hybrid

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"townclerk/retrieval"
)

// Of many searches at once some wait, so that memory does not grow with them.
func TestSearchesTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := New(city(), nil, expander, analyzer)
		var under atomic.Int64
		proceed := make(chan struct{})
		find := func([]int) ([]Near, error) {
			under.Add(1)
			<-proceed
			return nil, nil
		}
		for range 5 * runtime.GOMAXPROCS(0) {
			go r.RankOutside(t.Context(), retrieval.Query{Text: "parking permit"}, []float32{1}, find)
		}
		synctest.Wait()
		if got, want := int(under.Load()), slots(runtime.GOMAXPROCS(0)); got != want {
			t.Errorf("%d searches are under way, want %d", got, want)
		}
		close(proceed)
	})
}

// Who leaves while searches go on, or while waiting for them, gives up the place at
// once: the next one has it.
func TestWhoLeavesGivesUpThePlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := New(city(), nil, expander, analyzer)
		q, full := retrieval.Query{Text: "parking permit"}, cap(r.slots)
		ask := func(ctx context.Context, searching *atomic.Int64) <-chan error {
			left := make(chan error, 1)
			go func() {
				_, err := r.RankOutside(ctx, q, []float32{1}, func([]int) ([]Near, error) {
					searching.Add(1)
					<-ctx.Done()
					return nil, ctx.Err()
				})
				left <- err
			}()
			return left
		}
		var first, second atomic.Int64
		within, leave := context.WithCancel(t.Context())
		for range full {
			ask(within, &first)
		}
		synctest.Wait()
		waits, stop := context.WithCancel(t.Context())
		impatient := ask(waits, &second)
		patient, end := context.WithCancel(t.Context())
		ask(patient, &second)
		synctest.Wait()
		if first.Load() != int64(full) || second.Load() != 0 {
			t.Fatalf("%d of %d search, and %d beside them", first.Load(), full, second.Load())
		}
		stop()
		synctest.Wait()
		select {
		case err := <-impatient:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("who left while waiting got %v", err)
			}
		default:
			t.Error("who left is still waiting")
		}
		leave()
		synctest.Wait()
		if second.Load() != 1 || len(r.slots) != 1 {
			t.Errorf("%d of the waiting search, %d places are taken", second.Load(), len(r.slots))
		}
		end()
		synctest.Wait()
		if len(r.slots) != 0 {
			t.Errorf("%d places are taken and nobody searches", len(r.slots))
		}
	})
}

// A search of the index that is left takes no place either: neither where vectors are
// outside nor to rank by the words instead.
func TestALeftSearchEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		snap := &snapshot{ranker: New(city(), nil, expander, analyzer)}
		snap.Passages = city()
		for range cap(snap.ranker.slots) {
			snap.ranker.slots <- struct{}{}
		}
		ctx, leave := context.WithCancel(t.Context())
		ended := make(chan retrieval.Result, 1)
		go func() {
			ended <- (&Index{}).search(ctx, snap, &asked{query: retrieval.Query{Text: "parking permit", Mode: retrieval.Lexical}})
		}()
		synctest.Wait()
		leave()
		synctest.Wait()
		select {
		case out := <-ended:
			if len(out.Hits) != 0 {
				t.Errorf("%+v", out)
			}
		default:
			t.Fatal("the search waits for nobody")
		}
	})
}
