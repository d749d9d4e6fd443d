package searchtest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"townclerk/knowledge"
	"townclerk/retrieval"
)

// herd returns n pages that say the same.
func herd(n int) []knowledge.Page {
	var pages []knowledge.Page
	for i := range n {
		pages = append(pages, page(fmt.Sprintf("herd%02d", i), "Every dog needs a license.", "The fee for a dog is five."))
	}
	return pages
}

func order(h *harness) {
	pages := herd(12)
	h.publish(append(slices.Clone(pages[6:]), page("odd", "A dog license is a license for a dog."))...)
	h.publish(pages[:6]...)
	q := retrieval.Query{Text: "dog license fee", Limit: 100}
	first := h.search(q)
	if len(first.Hits) != 25 || first.Pages != 13 {
		h.Fatalf("%d hits of %d pages", len(first.Hits), first.Pages)
	}
	for i := 1; i < len(first.Hits); i++ {
		a, b := first.Hits[i-1], first.Hits[i]
		if a.Scores.Fused < b.Scores.Fused || a.Scores.Fused == b.Scores.Fused &&
			(a.Passage.Document > b.Passage.Document || a.Passage.Document == b.Passage.Document && a.Passage.Ordinal >= b.Passage.Ordinal) {
			h.Fatalf("%v %s stands before %v %s", a.Scores.Fused, a.Passage.ID, b.Scores.Fused, b.Passage.ID)
		}
	}
	for range 5 {
		h.equal("again", h.search(q), first)
		h.equal("another handle", must(h.handle(h.models).Search(h.Context(), q)), first)
	}
	q.Limit = 7
	h.equal("the first of them", ids(h.search(q)), ids(first)[:7])
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err) // ends the test that asked
	}
	return v
}

func ids(r retrieval.Result) []knowledge.PassageID {
	var out []knowledge.PassageID
	for _, hit := range r.Hits {
		out = append(out, hit.Passage.ID)
	}
	return out
}

func filters(h *harness) {
	make := func(name, language, department string) knowledge.Page {
		p := page(name, "Every dog needs a license.")
		p.Version.Language, p.Version.Department = language, department
		return filled(p)
	}
	h.publish(make("a", "en", "Clerk"), make("b", "es", "Clerk"), make("c", "en", "Parks"), make("d", "en", ""))
	for _, c := range []struct {
		filter retrieval.Filter
		want   string
	}{
		{retrieval.Filter{}, "a b c d"},
		{retrieval.Filter{Languages: []string{"en"}}, "a c d"},
		{retrieval.Filter{Departments: []string{"Clerk"}}, "a b"},
		{retrieval.Filter{Departments: []string{"Parks", "Clerk"}, Languages: []string{"en", "fr"}}, "a c"},
		{retrieval.Filter{Departments: []string{""}}, "d"},
		{retrieval.Filter{Departments: []string{"Fire"}}, ""},
	} {
		for _, mode := range []retrieval.Mode{retrieval.Hybrid, retrieval.Dense} {
			got := h.found(retrieval.Query{Text: "dog license", Language: "en", Filter: c.filter, Mode: mode})
			slices.Sort(got)
			h.equal(fmt.Sprint(c.filter, mode), strings.Join(got, " "), c.want)
		}
	}
}

func limits(h *harness) {
	h.publish(herd(15)...)
	for limit, want := range map[int]int{0: 10, -1: 10, math.MinInt: 10, 1: 1, 3: 3, 30: 30, 1000: 30, math.MaxInt: 30} {
		h.equal(fmt.Sprint("limit ", limit), len(h.search(retrieval.Query{Text: "dog", Limit: limit}).Hits), want)
	}
	for _, text := range []string{"", " ", "\x00\xff", "the", strings.Repeat("dog ", 5000)} {
		h.search(retrieval.Query{Text: text, Context: []retrieval.Weighted{{Text: text, Weight: 0.5}, {Text: "x", Weight: -1}}})
	}
}

func modes(h *harness) {
	h.publish(page("dogs", "Every dog needs a license."), page("library", "Books are free."))
	n := h.models.Texts()
	res := h.search(retrieval.Query{Text: "dog", Mode: retrieval.Lexical})
	if len(res.Hits) != 1 || res.Degraded != "" || res.Hits[0].Scores.DenseRank != 0 || res.Hits[0].Scores.LexicalRank != 1 || h.models.Texts() != n {
		h.Fatalf("lexical: %+v, %d texts encoded", res, h.models.Texts()-n)
	}
	res = h.search(retrieval.Query{Text: "dog license", Mode: retrieval.Dense})
	if len(res.Hits) == 0 || res.Hits[0].Scores.DenseRank != 1 || res.Hits[0].Scores.LexicalRank != 0 {
		h.Fatalf("dense: %+v", res)
	}
	res = h.search(retrieval.Query{Text: "dog license"})
	if len(res.Hits) == 0 || res.Hits[0].Scores.DenseRank != 1 || res.Hits[0].Scores.LexicalRank != 1 {
		h.Fatalf("hybrid: %+v", res)
	}
}

func handles(h *harness) {
	h.publish(page("dogs", "Every dog needs a license."))
	other := h.handle(h.models)
	for i, text := range []string{"The dog fee is five.", "The dog fee is six."} {
		for _, e := range []Engine{other, h.e} { // each has a snapshot of what was
			if _, err := e.Search(h.Context(), retrieval.Query{Text: "dog"}); err != nil {
				h.Fatal(err)
			}
		}
		r := h.publish(page("dogs", text))
		for _, e := range []Engine{other, h.e, h.handle(h.models)} {
			res, err := e.Search(h.Context(), retrieval.Query{Text: "dog"})
			if err != nil || res.Revision != r || len(res.Hits) != 1 || res.Hits[0].Passage.Text != text {
				h.Fatalf("%d: %+v %v", i, res, err)
			}
		}
	}
}

// whole: every page of a revision has the revision's word, so that all hits of
// one search must have the same one.
func whole(h *harness) {
	change := func(n int) knowledge.Change {
		var pages []knowledge.Page
		for i := range 8 {
			pages = append(pages, page(fmt.Sprint("page", i), fmt.Sprintf("marker%d dog license %d", n, i), fmt.Sprintf("marker%d dog fee", n)))
		}
		return knowledge.Change{Publish: pages}
	}
	h.apply(change(1))
	other := h.handle(h.models)
	done := make(chan struct{})
	var wg sync.WaitGroup
	for i := range 4 {
		e := []Engine{h.e, other}[i%2]
		wg.Go(func() {
			last := knowledge.Revision(0)
			for {
				res, err := e.Search(h.Context(), retrieval.Query{Text: "dog license fee", Limit: 100})
				if err != nil || len(res.Hits) != 16 || res.Revision < last {
					h.Errorf("%d hits at revision %d after %d: %v", len(res.Hits), res.Revision, last, err)
					return
				}
				last = res.Revision
				for _, hit := range res.Hits {
					if !strings.HasPrefix(hit.Passage.Text, fmt.Sprintf("marker%d ", res.Revision)) {
						h.Errorf("at revision %d: %q", res.Revision, hit.Passage.Text)
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
	for n := 2; n <= 50; n++ {
		h.apply(change(n))
	}
	close(done)
	wg.Wait()
}

func degraded(h *harness) {
	h.publish(page("dogs", "Every dog needs a license."), page("library", "Books are free."))
	q := retrieval.Query{Text: "dog license"}
	want := h.search(retrieval.Query{Text: q.Text, Mode: retrieval.Lexical})
	for name, m := range map[string]*Models{
		"an embedder that fails":   {Fail: func([][]float32) ([][]float32, error) { return nil, errors.New("out of order") }},
		"an embedder that is gone": {FailOpen: errors.New("out of order")},
		"no vector":                {Fail: func([][]float32) ([][]float32, error) { return nil, nil }},
		"another dimension":        {Dims: 32},
		"no numbers": {Fail: func(v [][]float32) ([][]float32, error) {
			v[0][3] = float32(math.NaN())
			return v, nil
		}},
		"infinity": {Fail: func(v [][]float32) ([][]float32, error) {
			v[0][3] = float32(math.Inf(1))
			return v, nil
		}},
	} {
		res, err := h.handle(m).Search(h.Context(), q)
		if err != nil || res.Degraded == "" {
			h.Fatalf("%s: %+v %v", name, res, err)
		}
		res.Degraded = ""
		h.equal(name, res, want)
	}
	m := &Models{FailOpen: errors.New("not yet")}
	e := h.handle(m)
	must(e.Search(h.Context(), q))
	m.FailOpen = nil
	if res := must(e.Search(h.Context(), q)); res.Degraded != "" {
		h.Fatal("still without the embedder:", res.Degraded)
	}
}
