package pgsearch_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"townclerk/internal/pgtest"
	"townclerk/knowledge"
	"townclerk/retrieval"
	"townclerk/retrieval/embed"
	"townclerk/retrieval/hybrid"
	"townclerk/retrieval/pgsearch"
)

// topics is an encoder for whom a text is the number at its end, and a library of
// passages whose words and vectors lie as those of an agency's pages do.
//
// A vector is the sum of a topic's centre, its page's (half as long) and its own
// part (as its page's), brought to unit length: two passages of a topic have a
// cosine of about 0.67, two of a page one of 0.83. The j-th coordinate has a variance
// of 1/(1+j/4), as the spectra of language models fall: 384 dimensions count for
// about 85 equal ones, 1,536 for 145. Topics are of uneven size, the largest has one
// passage in thirty. A question is about a page, and farther from it than its
// passages are.
type topics struct {
	dims     int
	passages int
	words    int // of a passage
}

func (c topics) Wants(fingerprint string) bool { return fingerprint == c.Fingerprint() }

func (c topics) Open(context.Context, string, []byte) (knowledge.Embedder, error) { return c, nil }

func (c topics) Fit(context.Context, []knowledge.Passage) (knowledge.Embedder, []byte, error) {
	return c, nil, nil
}

func (c topics) Fingerprint() string { return fmt.Sprintf("topics %d %d", c.dims, c.passages) }

const (
	topicCount  = 1000
	perPage     = 10
	firstAsked  = 1 << 32 // numbers from here on are questions
	perTopic    = 300     // its own words
	sharedWords = 30_000
)

// topic returns the topic of a page.
func (c topics) topic(page uint64) uint64 {
	u := rand.New(rand.NewPCG(page, 1)).Float64()
	return uint64(u * u * topicCount)
}

// about returns the page that a passage or a question is of.
func (c topics) about(n uint64) uint64 {
	if n >= firstAsked {
		n = rand.New(rand.NewPCG(n, 2)).Uint64N(uint64(c.passages))
	}
	return n / perPage
}

func (c topics) Embed(_ context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, t := range texts {
		var n uint64
		if _, err := fmt.Sscanf(t[strings.LastIndexByte(t, '#')+1:], "%d", &n); err != nil {
			return nil, err
		}
		out[i] = c.vector(n)
	}
	return out, nil
}

func (c topics) vector(n uint64) []float32 {
	page, noise := c.about(n), 0.5
	if n >= firstAsked {
		noise = 0.8
	}
	centre, near, own := rand.New(rand.NewPCG(c.topic(page), 3)), rand.New(rand.NewPCG(page, 4)), rand.New(rand.NewPCG(n, 5))
	v, square := make([]float32, c.dims), 0.0
	for j := range v {
		x := (centre.NormFloat64() + 0.5*near.NormFloat64() + noise*own.NormFloat64()) / math.Sqrt(1+float64(j)/4)
		v[j], square = float32(x), square+x*x
	}
	for j := range v {
		v[j] /= float32(math.Sqrt(square))
	}
	return v
}

// text returns words for a number: a third are its topic's, the others everybody's,
// all by Zipf's law.
func (c topics) text(n uint64, words int) string {
	topic := c.topic(c.about(n))
	r := rand.New(rand.NewPCG(n, 6))
	shared, own := rand.NewZipf(r, 1.1, 3, sharedWords-1), rand.NewZipf(r, 1.1, 3, perTopic-1)
	var b strings.Builder
	for range words {
		if r.IntN(3) == 0 {
			b.WriteString(word(sharedWords+topic*perTopic/4+own.Uint64()) + " ") // neighbours share words
		} else {
			b.WriteString(word(shared.Uint64()) + " ")
		}
	}
	return b.String() + fmt.Sprintf("#%d", n)
}

// word spells a number in syllables.
func word(n uint64) string {
	const consonants, vowels = "bcdfghjklmnprstvwz", "aeiou"
	n = n*7919 + 1_000_003
	var b []byte
	for ; n > 0; n /= 90 {
		b = append(b, consonants[n%18], vowels[n/18%5])
	}
	return string(b)
}

// pages returns the library. Departments are of topics: about one passage in twenty
// is of "Five", half are of "Half".
func (c topics) pages() []knowledge.Page {
	pages := make([]knowledge.Page, 0, c.passages/perPage)
	for no := range uint64(c.passages / perPage) {
		pages = append(pages, c.page(no, c.department(no), 0))
	}
	return pages
}

func (c topics) department(page uint64) string {
	switch topic := c.topic(page); {
	case topic%20 == 8:
		return "Five"
	case topic%2 == 1:
		return "Half"
	}
	return "Rest"
}

// page makes a page with its vectors; edition tells its versions apart.
func (c topics) page(no uint64, department string, edition int) knowledge.Page {
	var texts []string
	for i := range uint64(perPage) {
		texts = append(texts, fmt.Sprintf("%s %s", word(uint64(edition)), c.text(no*perPage+i, c.words)))
	}
	p := page(fmt.Sprintf("p%06d", no), word(c.topic(no))+" "+word(no), "en", department, texts...)
	for i := range uint64(perPage) {
		p.Vectors = append(p.Vectors, c.vector(no*perPage+i))
	}
	return p
}

// question returns the i-th question.
func (c topics) question(i int) string { return c.text(firstAsked+uint64(i), 8) }

// apply brings the library into a new database and returns it with both ways to
// search it.
func (c topics) apply(t testing.TB, o pgsearch.Options) nearby {
	t.Helper()
	address := pgtest.URL(t)
	o.MemoryBelow = 1
	s := store(t, connect(t, address, 16), o)
	if _, err := s.Apply(t.Context(), knowledge.Change{Encoder: c.Fingerprint(), Publish: c.pages()}); err != nil {
		t.Fatal(err)
	}
	plain := store(t, connect(t, address, 16), pgsearch.Options{MemoryBelow: 1 << 30})
	return nearby{address, s, c.index(t, plain), c.index(t, s)}
}

func (c topics) index(t testing.TB, s *pgsearch.Store) *hybrid.Index {
	analyzer, expander := words(t)
	return hybrid.NewIndex(s, hybrid.Encoders{Models: c, Analyzer: analyzer, Expander: expander})
}

// scaleFilters leave all, half and about a twentieth of the passages.
var scaleFilters = []struct {
	name string
	f    retrieval.Filter
}{
	{"all", retrieval.Filter{}},
	{"half", retrieval.Filter{Departments: []string{"Half"}}},
	{"a twentieth", retrieval.Filter{Departments: []string{"Five"}}},
}

// vectors returns those of all passages, as they are stored.
func (c topics) vectors() [][]float32 {
	out := make([][]float32, c.passages)
	for i := range out {
		out[i] = c.vector(uint64(i))
		embed.Round(out[i])
	}
	return out
}

// found returns the share of the ten passages with the highest of all scores that a
// search finds.
func (c topics) found(t testing.TB, index *hybrid.Index, all [][]float32, f retrieval.Filter, asked int) float64 {
	t.Helper()
	sum, scores := 0, make([]float64, 0, len(all))
	for i := range asked {
		scores = scores[:0]
		q := c.vector(firstAsked + uint64(i))
		for n, v := range all {
			if len(f.Departments) == 0 || slices.Contains(f.Departments, c.department(uint64(n/perPage))) {
				scores = append(scores, float64(embed.Score(q, v)))
			}
		}
		slices.Sort(scores)
		res, err := index.Search(t.Context(), retrieval.Query{Text: c.question(i), Mode: retrieval.Dense, Filter: f})
		if err != nil || res.Degraded != "" {
			t.Fatal(res.Degraded, err)
		}
		for _, hit := range res.Hits {
			if hit.Scores.Dense >= scores[len(scores)-10] {
				sum++
			}
		}
	}
	return float64(sum) / float64(10*asked)
}

// Both ways find nearly all of the ten nearest passages among very many, and of those
// that a filter leaves as many as there are, wherever the question is.
func TestRecallAtScale(t *testing.T) {
	c := topics{dims: 384, passages: 20_000, words: 3}
	n, all := c.apply(t, pgsearch.Options{ExactFiltered: 1}), c.vectors()
	for _, x := range scaleFilters {
		for way, index := range map[string]*hybrid.Index{"in memory": n.memory, "hnsw": n.hnsw} {
			const least = 0.98
			if got := c.found(t, index, all, x.f, 200); got < least {
				t.Errorf("%s, %s: recall@10 is %.4f, less than %v", way, x.name, got, least)
			}
		}
		for i := range 20 { // all wanted rows come back, with the same scores
			n.compare(t, retrieval.Query{Text: c.question(i), Mode: retrieval.Dense, Filter: x.f, Limit: 100})
		}
	}
}
