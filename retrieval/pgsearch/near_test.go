package pgsearch_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"townclerk/internal/pgtest"
	"townclerk/knowledge"
	"townclerk/retrieval"
	"townclerk/retrieval/hybrid"
	"townclerk/retrieval/pgsearch"
)

// nearby is a store of clouds that is searched in both ways.
type nearby struct {
	address      string
	store        *pgsearch.Store
	memory, hnsw *hybrid.Index
}

func newNearby(t testing.TB, c cloud, n int, o pgsearch.Options) nearby {
	t.Helper()
	address := pgtest.URL(t)
	analyzer, expander := words(t)
	o.MemoryBelow = 1
	s := store(t, connect(t, address, 8), o)
	if _, err := s.Apply(t.Context(), knowledge.Change{Encoder: c.name, Publish: encode(t, c, clouds(n))}); err != nil {
		t.Fatal(err)
	}
	plain := store(t, connect(t, address, 8), pgsearch.Options{MemoryBelow: 1 << 30})
	return nearby{address, s, hybrid.NewIndex(plain, hybrid.Encoders{Models: c, Analyzer: analyzer, Expander: expander}), hybrid.NewIndex(s, hybrid.Encoders{Models: c, Analyzer: analyzer, Expander: expander})}
}

// compare asks both and returns the share of what was found in memory that the index
// found too. Scores are the same wherever both have a passage.
func (n nearby) compare(t testing.TB, q retrieval.Query) float64 {
	t.Helper()
	want, err := n.memory.Search(t.Context(), q)
	if err != nil || want.Degraded != "" || len(want.Hits) == 0 {
		t.Fatal(want, err)
	}
	got, err := n.hnsw.Search(t.Context(), q)
	if err != nil || got.Degraded != "" || len(got.Hits) < len(want.Hits) {
		t.Fatalf("%d hits, %d in memory: %s %v", len(got.Hits), len(want.Hits), got.Degraded, err)
	}
	found := 0
	for _, hit := range got.Hits {
		if len(q.Filter.Departments) > 0 && !slices.Contains(q.Filter.Departments, hit.Passage.Department) {
			t.Fatalf("%s is of %s", hit.Passage.ID, hit.Passage.Department)
		}
		i := slices.IndexFunc(want.Hits, func(w retrieval.Hit) bool { return w.Passage.ID == hit.Passage.ID })
		if i < 0 {
			continue
		}
		found++
		if w := want.Hits[i].Scores; w.Dense != hit.Scores.Dense || w.Lexical != hit.Scores.Lexical || w.Fused != hit.Scores.Fused {
			t.Fatalf("%s has the scores %+v, in memory %+v", hit.Passage.ID, hit.Scores, w)
		}
	}
	return float64(found) / float64(len(want.Hits))
}

func TestRecall(t *testing.T) {
	for name, n := range map[string]nearby{
		"2,000 with the defaults": newNearby(t, cloud{"clouds", 64, 40}, 2000, pgsearch.Options{}),
		"5,000, looking at few":   newNearby(t, cloud{"clouds", 64, 500}, 5000, pgsearch.Options{EfSearch: 1}),
		"5,000, filters by index": newNearby(t, cloud{"clouds", 64, 500}, 5000, pgsearch.Options{EfSearch: 1, ExactFiltered: 1}),
	} {
		for _, c := range []struct {
			name string
			f    retrieval.Filter
		}{
			{"all", retrieval.Filter{}},
			{"most", retrieval.Filter{Departments: []string{"Most"}}},
			{"a tenth", retrieval.Filter{Departments: []string{"Some"}}},
			{"a hundredth", retrieval.Filter{Departments: []string{"Rare", "\xff"}}},
			{"one language", retrieval.Filter{Languages: []string{"en", "fr", "\x00"}}},
		} {
			sum := 0.0
			const asked = 50
			for i := range asked {
				text := fmt.Sprintf("and #%d", 1_000_000+i)
				sum += n.compare(t, retrieval.Query{Text: text, Mode: retrieval.Dense, Filter: c.f})
				n.compare(t, retrieval.Query{Text: text, Filter: c.f, Limit: 50})
			}
			t.Logf("%s, %s: recall@10 %.4f", name, c.name, sum/asked)
			if sum/asked < 0.95 {
				t.Errorf("%s, %s: recall@10 is %.3f", name, c.name, sum/asked)
			}
		}
	}
}

// A model is switched beside the old one, and back, with other pages meanwhile.
func TestModelSwitch(t *testing.T) {
	first, second := cloud{"first", 64, 40}, cloud{"the second", 32, 40}
	n := newNearby(t, first, 500, pgsearch.Options{})
	analyzer, expander := words(t)
	pages := clouds(500)
	moved := page("p000000", "T", "en", "Moved", "Word0 and more #0", "Word1 and more #1")
	retired := pages[3].Version.Document
	for i, c := range []struct {
		cloud
		change knowledge.Change
	}{
		{second, knowledge.Change{Publish: encode(t, second, pages)}},
		{second, knowledge.Change{Retire: []knowledge.DocumentID{retired}, Publish: encode(t, second, []knowledge.Page{moved})}},
		{first, knowledge.Change{Publish: encode(t, first, append(slices.Delete(clouds(500), 3, 4)[1:], moved))}},
	} {
		c.change.Base, c.change.Encoder = knowledge.Revision(i+1), c.name
		if _, err := n.store.Apply(t.Context(), c.change); err != nil {
			t.Fatal(err)
		}
		now := nearby{
			n.address, n.store,
			hybrid.NewIndex(store(t, connect(t, n.address, 4), pgsearch.Options{}), hybrid.Encoders{Models: c.cloud, Analyzer: analyzer, Expander: expander}),
			hybrid.NewIndex(n.store, hybrid.Encoders{Models: c.cloud, Analyzer: analyzer, Expander: expander}),
		}
		for j := range 20 {
			q := retrieval.Query{Text: fmt.Sprintf("and #%d", j), Mode: retrieval.Dense, Limit: 20}
			if r := now.compare(t, q); r < 0.95 {
				t.Errorf("change %d, question %d: recall %v", i, j, r)
			}
		}
		if i > 0 {
			q := retrieval.Query{Text: "and #1", Mode: retrieval.Dense, Filter: retrieval.Filter{Departments: []string{"Moved"}}}
			res, err := now.hnsw.Search(t.Context(), q)
			if err != nil || len(res.Hits) == 0 || res.Hits[0].Passage.Text != "Word1 and more #1" {
				t.Errorf("change %d: %+v %v", i, res, err)
			}
		}
	}
}

// Searches during changes see whole revisions, with candidates from the index that
// belong to theirs.
func TestSearchDuringChanges(t *testing.T) {
	c := cloud{"clouds", 64, 40}
	n := newNearby(t, c, 300, pgsearch.Options{})
	version := func(k int) []knowledge.Page {
		var pages []knowledge.Page
		for i := range 30 {
			var ps []string
			for j := range 10 {
				ps = append(ps, fmt.Sprintf("Round%d and more #%d", k, i*10+j))
			}
			pages = append(pages, page(fmt.Sprintf("p%06d", i*10), "T", "en", "Most", ps...))
		}
		return encode(t, c, pages)
	}
	done := make(chan struct{})
	var wg sync.WaitGroup
	for w := range 6 {
		index, least := n.memory, 50
		if w%2 == 0 {
			index, least = n.hnsw, 45 // among what former revisions left in the index it may miss some
		}
		wg.Go(func() {
			for last := knowledge.Revision(0); ; {
				res, err := index.Search(t.Context(), retrieval.Query{Text: fmt.Sprintf("and #%d", w*7), Mode: retrieval.Dense, Limit: 50})
				if err != nil || res.Degraded != "" || len(res.Hits) < least || res.Revision < last {
					t.Errorf("%d hits at %d after %d: %s %v", len(res.Hits), res.Revision, last, res.Degraded, err)
					return
				}
				last = res.Revision
				for _, hit := range res.Hits {
					if want := fmt.Sprintf("Round%d ", res.Revision); res.Revision > 1 && hit.Passage.Text[:len(want)] != want {
						t.Errorf("at revision %d: %q", res.Revision, hit.Passage.Text)
						return
					}
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for k := 2; k <= 12; k++ {
		if _, err := n.store.Apply(t.Context(), knowledge.Change{Base: knowledge.Revision(k - 1), Encoder: c.name, Publish: version(k)}); err != nil {
			t.Error(err)
			break
		}
	}
	close(done)
	wg.Wait()
}
