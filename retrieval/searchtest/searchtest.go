// Package searchtest is the suite that every search engine must pass, so that
// all keep the same knowledge and find the same passages in the same order. It
// is for tests only: nothing else may import it.
package searchtest

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"townclerk/knowledge"
	"townclerk/retrieval"
)

// Engine is what the suite tests. Its words stand at the interfaces.
type Engine interface {
	knowledge.Store
	knowledge.Keeper
	retrieval.Index
}

// Run runs the suite. create makes an empty database and returns what opens a
// handle on it: each call another one, as another process would. The suite
// closes nothing.
func Run(t *testing.T, create func(t *testing.T) func(knowledge.Models) Engine) {
	for _, test := range []struct {
		name string
		run  func(*harness)
	}{
		{"an empty store", empty},
		{"a change is kept as it was given", kept},
		{"a change needs the revision that it was made for", conflict},
		{"of changes at the same time one wins", race},
		{"what is retired is not found but stays readable", retired},
		{"a page may return to what it said before", reverted},
		{"bad changes are refused whole", refused},
		{"a cancelled change changes nothing", cancelled},
		{"another encoder takes every page", reencoded},
		{"vectors may come ahead of their change", ahead},
		{"the order is the same each time, ties and all", order},
		{"filters", filters},
		{"limits", limits},
		{"modes", modes},
		{"another handle sees the switch", handles},
		{"a search sees one revision", whole},
		{"without the embedder the words rank", degraded},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := &harness{T: t, models: &Models{Name: "words"}, handle: create(t)}
			h.e = h.handle(h.models)
			test.run(h)
		})
	}
}

// harness is what each test of the suite gets.
type harness struct {
	*testing.T
	models *Models
	handle func(knowledge.Models) Engine
	e      Engine
}

func (h *harness) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// page makes a page of paragraphs that are a passage each.
func page(name string, paragraphs ...string) knowledge.Page {
	v := knowledge.Version{
		ID: knowledge.NewVersionID([]byte(strings.Join(paragraphs, "\n")), name),
		Source: knowledge.Source{
			Document: knowledge.DocumentID("https://riverton.example.gov/" + name), URL: "https://riverton.example.gov/" + name,
			Title: "Page", Description: "About", Language: "en", Department: "Clerk", Reviewed: time.Date(2024, 5, 6, 0, 0, 0, 0, time.UTC),
			ReviewBy: time.Date(2025, 5, 6, 0, 0, 0, 0, time.UTC), Ends: time.Date(2026, 7, 8, 0, 0, 0, 0, time.UTC),
		},
		Text: strings.Join(paragraphs, "\n"),
	}
	p := knowledge.Page{Version: v}
	at := 0
	for i, s := range paragraphs {
		r := knowledge.Range{Start: at, End: at + len(s)}
		p.Version.Blocks = append(p.Version.Blocks, knowledge.Block{Range: r, Anchor: fmt.Sprint("a", i)})
		p.Passages = append(p.Passages, knowledge.Passage{Ordinal: i, Range: r, Anchor: fmt.Sprint("a", i), Headings: []string{"H", "I"}})
		at = r.End + 1
	}
	return filled(p)
}

// filled sets what follows from the version.
func filled(p knowledge.Page) knowledge.Page {
	p.Vectors = nil
	for i := range p.Passages {
		p.Passages[i].Fill(&p.Version)
		p.Vectors = append(p.Vectors, words("words", p.Passages[i].EncoderText(), 64))
	}
	return p
}

// apply makes a change to the current revision.
func (h *harness) apply(c knowledge.Change) knowledge.Revision {
	h.Helper()
	r, err := h.try(c)
	h.must(err)
	return r
}

func (h *harness) try(c knowledge.Change) (knowledge.Revision, error) {
	h.Helper()
	m := h.manifest()
	c.Base = m.Revision
	if c.Encoder == "" {
		c.Encoder = "words"
	}
	if m.Encoder != c.Encoder {
		c.Model = []byte(state(c.Encoder))
	}
	return h.e.Apply(h.Context(), c)
}

func (h *harness) publish(pages ...knowledge.Page) knowledge.Revision {
	h.Helper()
	return h.apply(knowledge.Change{Publish: pages})
}

func (h *harness) manifest() knowledge.Manifest {
	h.Helper()
	m, err := h.e.Manifest(h.Context())
	h.must(err)
	return m
}

func (h *harness) search(q retrieval.Query) retrieval.Result {
	h.Helper()
	res, err := h.e.Search(h.Context(), q)
	h.must(err)
	return res
}

// found returns the names of the pages that are found, in order.
func (h *harness) found(q retrieval.Query) []string {
	h.Helper()
	var out []string
	for _, hit := range h.search(q).Hits {
		out = append(out, strings.TrimPrefix(hit.Passage.URL, "https://riverton.example.gov/"))
	}
	return out
}

func (h *harness) equal(what string, got, want any) {
	h.Helper()
	if !reflect.DeepEqual(got, want) {
		h.Fatalf("%s\n got %+v\nwant %+v", what, got, want)
	}
}
