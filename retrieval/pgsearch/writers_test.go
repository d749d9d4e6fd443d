package pgsearch_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"townclerk/knowledge"
	"townclerk/retrieval"
	"townclerk/retrieval/hybrid"
	"townclerk/retrieval/pgsearch"
)

const (
	writerPages = 5
	editions    = 10
)

var writerNames = []string{"alphawriter", "betawriter"}

// written returns an edition of a writer's pages: the library's first ones, with his
// name in every passage and the edition as department.
func (c topics) written(w, edition int) (pages []knowledge.Page) {
	for no := w * writerPages; no < (w+1)*writerPages; no++ {
		var texts []string
		var vectors [][]float32
		for n := no * perPage; n < (no+1)*perPage; n++ {
			texts = append(texts, fmt.Sprintf("%s in edition %d #%d", writerNames[w], edition, n))
			vectors = append(vectors, c.vector(uint64(n)))
		}
		p := page(fmt.Sprintf("p%06d", no), "T", "en", strconv.Itoa(edition), texts...)
		p.Vectors = vectors
		pages = append(pages, p)
	}
	return pages
}

// history is which writer made each revision.
type history struct {
	sync.Mutex
	writer    map[knowledge.Revision]int
	conflicts int
}

// edition returns the writer's edition at a revision.
func (h *history) edition(w int, at knowledge.Revision) (n int) {
	for r, by := range h.writer {
		if r <= at && by == w {
			n++
		}
	}
	return n
}

// write brings in a writer's editions one after the other, each until it is in.
func (h *history) write(t *testing.T, c topics, w int, s *pgsearch.Store, both *sync.WaitGroup) {
	for edition, tries := 1, 0; edition <= editions; tries++ {
		m, err := s.Manifest(t.Context())
		if tries == 0 { // both start from one revision, so that one is refused
			both.Done()
			both.Wait()
		}
		if err != nil {
			t.Error(err)
			return
		}
		r, err := s.Apply(t.Context(), knowledge.Change{Base: m.Revision, Encoder: c.Fingerprint(), Publish: c.written(w, edition)})
		h.Lock()
		switch {
		case err == nil:
			h.writer[r] = w
			edition++
		case errors.Is(err, knowledge.ErrConflict):
			h.conflicts++
		default:
			t.Error(err)
			edition = editions + 1
		}
		h.Unlock()
	}
}

// seen is what a search saw of the writers' pages.
type seen struct {
	revision knowledge.Revision
	edition  [2]int
}

// look searches for both writers' pages. All of a writer's hits are of one edition.
func look(t *testing.T, index *hybrid.Index) (out seen, ok bool) {
	for w, writer := range writerNames {
		res, err := index.Search(t.Context(), retrieval.Query{Text: fmt.Sprintf("%s #%d", writer, w*writerPages*perPage), Limit: 100})
		if err != nil || res.Degraded != "" || res.Revision < out.revision {
			t.Errorf("at %d after %d: %s %v", res.Revision, out.revision, res.Degraded, err)
			return out, false
		}
		if w > 0 && res.Revision != out.revision {
			return out, false // a change came between
		}
		out.revision, out.edition[w] = res.Revision, -1
		hits := 0
		for _, hit := range res.Hits {
			if !strings.HasPrefix(hit.Passage.Text, writer) {
				continue
			}
			edition, err := strconv.Atoi(hit.Passage.Department)
			if hits++; err != nil || hits > 1 && edition != out.edition[w] {
				t.Errorf("at %d: editions %d and %q of %s", res.Revision, out.edition[w], hit.Passage.Department, writer)
				return out, false
			}
			out.edition[w] = edition
		}
		if hits != writerPages*perPage {
			t.Errorf("at %d: %d passages of %s", res.Revision, hits, writer)
			return out, false
		}
	}
	return out, true
}

// Two processes write at once into thousands of passages under an index, and four
// readers search meanwhile. Of two changes to one revision one is refused and tried
// again. Each search sees one revision as a whole, and in the end all is there.
func TestTwoWriters(t *testing.T) {
	c := topics{dims: 64, passages: 3000, words: 3}
	n := c.apply(t, pgsearch.Options{})
	first := knowledge.Change{Base: 1, Encoder: c.Fingerprint(), Publish: append(c.written(0, 0), c.written(1, 0)...)}
	if _, err := n.store.Apply(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	h := &history{writer: map[knowledge.Revision]int{}}
	var writers, readers, both sync.WaitGroup
	both.Add(2)
	for w := range 2 {
		s := store(t, connect(t, n.address, 2), pgsearch.Options{MemoryBelow: 1})
		writers.Go(func() { h.write(t, c, w, s, &both) })
	}
	done := make(chan struct{})
	saw := make([][]seen, 4)
	for i := range saw {
		readers.Go(func() {
			for {
				s, ok := look(t, []*hybrid.Index{n.hnsw, n.memory}[i%2])
				if t.Failed() {
					return
				}
				if ok {
					saw[i] = append(saw[i], s)
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
	if h.conflicts == 0 {
		t.Error("no change was refused")
	}
	for _, s := range append(append(saw[0], saw[1]...), append(saw[2], saw[3]...)...) {
		if want := [2]int{h.edition(0, s.revision), h.edition(1, s.revision)}; s.edition != want {
			t.Errorf("at %d: editions %v, want %v", s.revision, s.edition, want)
		}
	}
	if last, ok := look(t, n.hnsw); !ok || last != (seen{2 + 2*editions, [2]int{editions, editions}}) {
		t.Errorf("in the end: %+v", last)
	}
	if r := c.found(t, n.hnsw, c.vectors(), retrieval.Filter{}, 50); r < 0.98 {
		t.Errorf("in the end recall@10 is %.3f", r)
	}
}
