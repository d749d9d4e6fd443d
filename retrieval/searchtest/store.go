package searchtest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"

	"townclerk/knowledge"
	"townclerk/retrieval"
	"townclerk/retrieval/embed"
)

func empty(h *harness) {
	m := h.manifest()
	if m.Revision != 0 || m.Encoder != "" || m.Model != nil || len(m.Live) != 0 || m.Live == nil {
		h.Fatalf("%+v", m)
	}
	if _, err := h.e.Version(h.Context(), "nothing"); !errors.Is(err, knowledge.ErrNotFound) {
		h.Fatal(err)
	}
	vectors, err := h.e.Vectors(h.Context(), "words", []knowledge.Key{{1}})
	h.must(err)
	if vectors == nil || len(vectors) != 0 {
		h.Fatal(vectors)
	}
	h.equal("search", h.search(retrieval.Query{Text: "dog"}), retrieval.Result{})
	if n := h.models.Texts(); n != 0 {
		h.Fatalf("%d texts encoded for nothing", n)
	}
}

func kept(h *harness) {
	p := page("dogs", "Every dog needs a license.", "Größe und 中文")
	p.Version.Blocks[1] = knowledge.Block{
		Kind: knowledge.Row, Range: p.Version.Blocks[1].Range, Header: 1, IsHeader: true, Level: 2, Leaves: 3,
		Cells: []knowledge.Range{{Start: 27, End: 33}, {Start: 33, End: 33}},
	}
	p.Passages[1].Header = knowledge.Range{Start: 0, End: 5}
	p = filled(p)
	plain := page("cats", "Cats are free.")
	plain.Version.Source = knowledge.Source{Document: plain.Version.Document}
	plain.Version.Blocks, plain.Passages[0].Headings, plain.Passages[0].Anchor = nil, nil, ""
	plain = filled(plain)
	r := h.publish(p, plain)
	h.equal("revision", r, knowledge.Revision(1))
	h.equal("manifest", h.manifest(), knowledge.Manifest{
		Revision: 1, Encoder: "words", Model: []byte(state("words")),
		Live: map[knowledge.DocumentID]knowledge.VersionID{p.Version.Document: p.Version.ID, plain.Version.Document: plain.Version.ID},
	})
	for _, p := range []knowledge.Page{p, plain} {
		v, err := h.e.Version(h.Context(), p.Version.ID)
		h.must(err)
		h.equal("version", v, p.Version)
	}
	keys := []knowledge.Key{p.Passages[0].Key(), {1}, plain.Passages[0].Key(), p.Passages[0].Key()}
	vectors, err := h.e.Vectors(h.Context(), "words", keys)
	h.must(err)
	want := map[knowledge.Key][]float32{keys[0]: rounded(p.Vectors[0]), keys[2]: rounded(plain.Vectors[0])}
	h.equal("vectors", vectors, want)
	if vectors, err = h.e.Vectors(h.Context(), "other", keys); err != nil || len(vectors) != 0 {
		h.Fatal("vectors of another encoder", vectors, err)
	}
	for _, hit := range h.search(retrieval.Query{Text: "dog license Größe cats free"}).Hits {
		want := append(p.Passages, plain.Passages...)
		for _, w := range want {
			if w.ID == hit.Passage.ID {
				h.equal("passage", hit.Passage, w)
			}
		}
	}
	h.apply(knowledge.Change{Publish: []knowledge.Page{page("birds", "Birds.")}})
	h.equal("the state is kept", string(h.manifest().Model), state("words"))
}

// rounded is a vector as it is kept.
func rounded(v []float32) []float32 {
	v = append([]float32(nil), v...)
	embed.Round(v)
	return v
}

func conflict(h *harness) {
	h.publish(page("dogs", "Dogs."))
	before := h.manifest()
	for _, base := range []knowledge.Revision{0, 2, -1} {
		_, err := h.e.Apply(h.Context(), knowledge.Change{
			Base: base, Encoder: "words", Publish: []knowledge.Page{page("cats", "Cats.")}, Retire: []knowledge.DocumentID{page("dogs").Version.Document},
		})
		if !errors.Is(err, knowledge.ErrConflict) {
			h.Fatalf("base %d: %v", base, err)
		}
	}
	h.equal("manifest", h.manifest(), before)
	if _, err := h.e.Version(h.Context(), page("cats", "Cats.").Version.ID); !errors.Is(err, knowledge.ErrNotFound) {
		h.Fatal("the refused version is there:", err)
	}
}

func race(h *harness) {
	h.publish(page("dogs", "Dogs."))
	errs := make([]error, 8)
	var wg sync.WaitGroup
	for i := range errs {
		e := h.handle(h.models)
		wg.Go(func() {
			_, errs[i] = e.Apply(h.Context(), knowledge.Change{
				Base: 1, Encoder: "words", Publish: []knowledge.Page{page(fmt.Sprint("page", i), fmt.Sprint("Text ", i))},
			})
		})
	}
	wg.Wait()
	won := -1
	for i, err := range errs {
		switch {
		case err == nil && won < 0:
			won = i
		case !errors.Is(err, knowledge.ErrConflict):
			h.Fatalf("%d: %v (%d won)", i, err, won)
		}
	}
	m := h.manifest()
	v := page(fmt.Sprint("page", won), fmt.Sprint("Text ", won)).Version
	if m.Revision != 2 || len(m.Live) != 2 || m.Live[v.Document] != v.ID {
		h.Fatalf("%+v, %d won", m, won)
	}
}

func retired(h *harness) {
	dogs, cats := page("dogs", "Every dog needs a license."), page("cats", "Cats need no license.")
	h.publish(dogs, cats)
	h.apply(knowledge.Change{Retire: []knowledge.DocumentID{dogs.Version.Document, "https://riverton.example.gov/nothing"}})
	h.equal("found", h.found(retrieval.Query{Text: "license"}), []string{"cats"})
	v, err := h.e.Version(h.Context(), dogs.Version.ID)
	h.must(err)
	h.equal("version", v, dogs.Version)
	h.apply(knowledge.Change{Retire: []knowledge.DocumentID{cats.Version.Document}})
	if res := h.search(retrieval.Query{Text: "license"}); len(res.Hits) != 0 || res.Revision != 3 || res.Pages != 0 {
		h.Fatalf("%+v", res)
	}
	h.publish(dogs)
	h.equal("found again", h.found(retrieval.Query{Text: "license"}), []string{"dogs"})
}

func reverted(h *harness) {
	first, second := page("dogs", "The dog fee is five."), page("dogs", "The dog fee is six.", "More on dogs.")
	for i, p := range []knowledge.Page{first, second, first, second, first} {
		h.equal("revision", h.publish(p), knowledge.Revision(i+1))
		res := h.search(retrieval.Query{Text: "dog fee"})
		if len(res.Hits) == 0 || res.Hits[0].Passage.Version != p.Version.ID || res.Hits[0].Passage.Text != p.Passages[0].Text || res.Pages != 1 {
			h.Fatalf("%d: %+v", i, res)
		}
		for _, hit := range res.Hits {
			h.equal("version", hit.Passage.Version, p.Version.ID)
		}
	}
	h.equal("live", len(h.manifest().Live), 1)
	h.apply(knowledge.Change{Retire: []knowledge.DocumentID{first.Version.Document}, Publish: []knowledge.Page{second}})
	h.equal("retired and published", h.manifest().Live[first.Version.Document], second.Version.ID)
}

func refused(h *harness) {
	dogs := page("dogs", "Dogs.", "More dogs.")
	h.publish(dogs, page("birds", "Birds."))
	before := h.manifest()
	change := func(edit func(*knowledge.Page)) knowledge.Change {
		p := page("cats", "Cats.", "More cats.")
		edit(&p)
		return knowledge.Change{Publish: []knowledge.Page{page("fish", "Fish."), p}}
	}
	other := dogs
	other.Version.Title = "Another title"
	twice := change(func(*knowledge.Page) {})
	twice.Publish = append(twice.Publish, twice.Publish[0])
	for name, c := range map[string]knowledge.Change{
		"a page twice":             twice,
		"no passages":              change(func(p *knowledge.Page) { p.Passages, p.Vectors = nil, nil }),
		"a vector short":           change(func(p *knowledge.Page) { p.Vectors = p.Vectors[:1] }),
		"a vector too many":        change(func(p *knowledge.Page) { p.Vectors = append(p.Vectors, p.Vectors[0]) }),
		"no vector":                change(func(p *knowledge.Page) { p.Vectors[1] = nil }),
		"another dimension":        change(func(p *knowledge.Page) { p.Vectors[1] = p.Vectors[1][:32] }),
		"a zero byte in a title":   change(func(p *knowledge.Page) { p.Version.Title = "Ca\x00ts" }),
		"a zero byte in a text":    change(func(p *knowledge.Page) { p.Version.Text = "\x00" + p.Version.Text[1:] }),
		"a zero byte in a heading": change(func(p *knowledge.Page) { p.Passages[0].Headings = []string{"\x00"} }),
		"no UTF-8":                 change(func(p *knowledge.Page) { p.Version.Department = "\xff" }),
		"not a number":             change(func(p *knowledge.Page) { p.Vectors[1][2] = float32(math.NaN()) }),
		"infinity":                 change(func(p *knowledge.Page) { p.Vectors[1][2] = float32(math.Inf(1)) }),
		"all of another dimension": {Publish: []knowledge.Page{{Version: twice.Publish[0].Version, Passages: twice.Publish[0].Passages, Vectors: [][]float32{{1}}}}},
		"a version changed":        {Publish: []knowledge.Page{filled(other)}},
		"fewer passages":           {Publish: []knowledge.Page{{Version: dogs.Version, Passages: dogs.Passages[:1], Vectors: dogs.Vectors[:1]}}},
		"half of another encoder":  {Encoder: "other", Publish: []knowledge.Page{dogs}},
		"no more pages, so named":  {Encoder: "other", Publish: []knowledge.Page{dogs}, Retire: []knowledge.DocumentID{"nothing", "nothing", dogs.Version.Document}},
	} {
		if r, err := h.try(c); err == nil || errors.Is(err, knowledge.ErrConflict) {
			h.Fatalf("%s: revision %d, %v", name, r, err)
		}
		h.equal(name, h.manifest(), before)
		for _, p := range c.Publish {
			if _, err := h.e.Version(h.Context(), p.Version.ID); p.Version.ID != dogs.Version.ID && !errors.Is(err, knowledge.ErrNotFound) {
				h.Fatalf("%s: a version of it is there: %v", name, err)
			}
		}
	}
	v, err := h.e.Version(h.Context(), dogs.Version.ID)
	h.must(err)
	h.equal("version", v, dogs.Version)
	h.equal("found", h.found(retrieval.Query{Text: "birds"})[0], "birds")
}

func cancelled(h *harness) {
	h.publish(page("dogs", "Dogs."))
	before := h.manifest()
	ctx, cancel := context.WithCancel(h.Context())
	cancel()
	if _, err := h.e.Apply(ctx, knowledge.Change{Base: 1, Encoder: "words", Publish: []knowledge.Page{page("cats", "Cats.")}}); !errors.Is(err, context.Canceled) {
		h.Fatal(err)
	}
	h.equal("manifest", h.manifest(), before)
	if _, err := h.e.Search(ctx, retrieval.Query{Text: "dogs"}); !errors.Is(err, context.Canceled) {
		h.Fatal(err)
	}
}

// ahead keeps another encoder's vectors beside those in use: searches do not see
// them, a change that needs them does, and they stay as they came first.
func ahead(h *harness) {
	dogs, gone := page("dogs", "Every dog needs a license.", "Dogs pay five dollars."), page("cats", "Cats need no license.")
	h.publish(dogs)
	before := h.search(retrieval.Query{Text: "dog license"})
	other := func(p knowledge.Page) (out [][]float32) {
		for i := range p.Passages {
			out = append(out, words("other", p.Passages[i].EncoderText(), 16))
		}
		return out
	}
	h.must(h.e.Keep(h.Context(), "other", dogs.Passages, other(dogs)))
	h.must(h.e.Keep(h.Context(), "other", gone.Passages, other(gone)))
	h.must(h.e.Keep(h.Context(), "other", dogs.Passages[:1], other(dogs)[1:])) // ignored: it is there
	h.equal("what is found", h.search(retrieval.Query{Text: "dog license"}), before)
	keys := []knowledge.Key{dogs.Passages[0].Key(), dogs.Passages[1].Key()}
	vectors, err := h.e.Vectors(h.Context(), "other", keys)
	h.must(err)
	h.equal("vectors", vectors, map[knowledge.Key][]float32{keys[0]: rounded(other(dogs)[0]), keys[1]: rounded(other(dogs)[1])})
	for name, bad := range map[string][][]float32{"none": nil, "one too few": other(dogs)[:1], "another dimension": {{1, 0}, {0, 1}}} {
		if err := h.e.Keep(h.Context(), "other", dogs.Passages, bad); err == nil {
			h.Errorf("%s: kept", name)
		}
	}
	h.models.Dims, dogs.Vectors = 16, other(dogs)
	h.apply(knowledge.Change{Encoder: "other", Publish: []knowledge.Page{dogs}})
	res := h.search(retrieval.Query{Text: "dog license", Mode: retrieval.Dense, Filter: retrieval.Filter{Languages: []string{"en"}, Departments: []string{"Clerk"}}})
	if len(res.Hits) != 2 || res.Encoder != "other" || res.Degraded != "" {
		h.Fatalf("%+v", res)
	}
}

func reencoded(h *harness) {
	dogs, cats := page("dogs", "Every dog needs a license."), page("cats", "Cats need no license.")
	h.publish(dogs, cats)
	for _, p := range []*knowledge.Page{&dogs, &cats} {
		for i := range p.Vectors {
			p.Vectors[i] = words("other", p.Passages[i].EncoderText(), 16)
		}
	}
	h.models.Dims = 16
	h.apply(knowledge.Change{Encoder: "other", Publish: []knowledge.Page{dogs}, Retire: []knowledge.DocumentID{cats.Version.Document}})
	m := h.manifest()
	h.equal("encoder and state", []string{m.Encoder, string(m.Model)}, []string{"other", state("other")})
	res := h.search(retrieval.Query{Text: "dog license", Mode: retrieval.Dense})
	if len(res.Hits) != 1 || res.Encoder != "other" || res.Degraded != "" {
		h.Fatalf("%+v", res)
	}
}
