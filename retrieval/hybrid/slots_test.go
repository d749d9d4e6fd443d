package hybrid

import (
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
			go r.RankOutside(retrieval.Query{Text: "parking permit"}, []float32{1}, find)
		}
		synctest.Wait()
		if got, want := int(under.Load()), slots(runtime.GOMAXPROCS(0)); got != want {
			t.Errorf("%d searches are under way, want %d", got, want)
		}
		close(proceed)
	})
}
