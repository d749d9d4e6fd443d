package lexical

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Match is what the parts of the index say of one passage, each as the share
// of the highest score that a passage could reach, between 0 and 1.
type Match struct {
	Words, Pairs, Grams  float64
	PageWords, PagePairs float64
	// Head is how much of the question its heading has, HeadBack how much of
	// the heading the question has.
	Head, HeadBack float64
}

// A Matcher scores all passages for one question at a time. It holds memory in
// proportion to the index and is meant to be used again; it is not safe for
// concurrent use.
type Matcher struct {
	x                    *Index
	words, pairs, grams  sums
	pageWords, pagePairs sums
	heads, back          sums
	scratch              sums
	mass                 Match

	question Expanded
	idf      []float64 // of each concept
	named    map[uint32]named
	places   []place
	nearTF   map[[2]int32]float32
	nearMass float64
}

// Matcher returns a matcher on the index.
func (x *Index) Matcher() *Matcher { return &Matcher{x: x} }

// Match scores the question against all passages.
func (m *Matcher) Match(q Expanded) {
	x := m.x
	for _, s := range []*sums{&m.words, &m.pairs, &m.grams} {
		s.reset(x.Len())
	}
	m.pageWords.reset(x.pageWords.n)
	m.pagePairs.reset(x.pagePairs.n)
	m.heads.reset(x.heads.n)
	m.back.reset(x.heads.n)
	m.mass = Match{}
	m.prepare(q)
	grams := map[uint64]float64{}
	for _, c := range q.Words {
		keys := x.wordKeys(c)
		m.mass.Words += x.words.score(c.Weight, keys, &m.words, &m.scratch)
		m.mass.PageWords += x.pageWords.score(c.Weight, keys, &m.pageWords, &m.scratch)
		m.mass.Head += x.heads.score(c.Weight, keys, &m.heads, &m.scratch)
		if c.Letters > 0 {
			for _, g := range gramsOf(c.Variants[0].Term) {
				grams[g] += c.Letters
			}
		}
		for _, k := range keys {
			start, end := x.heads.find(k.key)
			idf := float32(x.heads.idf(int(end-start)) * k.weight * min(1, c.Weight))
			for _, d := range x.heads.docs[start:end] {
				m.back.add(d, idf)
			}
		}
	}
	for _, c := range q.Pairs {
		keys := x.pairKeys(c)
		m.mass.Pairs += x.pairs.score(c.Weight, keys, &m.pairs, &m.scratch)
		m.mass.PagePairs += x.pagePairs.score(c.Weight, keys, &m.pagePairs, &m.scratch)
	}
	for _, g := range slices.Sorted(maps.Keys(grams)) {
		m.mass.Grams += x.grams.score(grams[g], []weighted{{g, 1}}, &m.grams, &m.scratch)
	}
}

// unknown is a key that no document has.
const unknown = 1<<64 - 1

func (x *Index) wordKeys(c Concept) []weighted {
	out := make([]weighted, 0, len(c.Variants))
	for i, v := range c.Variants {
		if id, ok := x.vocabulary.ids[v.Term]; ok {
			out = append(out, weighted{uint64(id), v.Weight})
		} else if i == 0 {
			out = append(out, weighted{unknown, v.Weight})
		}
	}
	return out
}

func (x *Index) pairKeys(c Concept) []weighted {
	out := make([]weighted, 0, len(c.Variants))
	for i, v := range c.Variants {
		first, second, _ := strings.Cut(v.Term, " ")
		if k, ok := x.pairKey(first, second); ok {
			out = append(out, weighted{k, v.Weight})
		} else if i == 0 {
			out = append(out, weighted{unknown, v.Weight})
		}
	}
	return out
}

// Touched returns the passages that share letters with the question, in no
// order. It is valid until the next call of Match.
func (m *Matcher) Touched() []uint32 { return m.grams.touched }

// Of returns the scores of one passage.
func (m *Matcher) Of(doc int) Match {
	page, head := m.x.page[doc], m.x.head[doc]
	return Match{
		Words: share(m.words.of[doc], m.mass.Words), Pairs: share(m.pairs.of[doc], m.mass.Pairs),
		Grams:     share(m.grams.of[doc], m.mass.Grams),
		PageWords: share(m.pageWords.of[page], m.mass.PageWords), PagePairs: share(m.pagePairs.of[page], m.mass.PagePairs),
		Head: share(m.heads.of[head], m.mass.Head), HeadBack: min(1, share(m.back.of[head], float64(m.x.headMass[head]))),
	}
}

func share(part float32, whole float64) float64 {
	if whole <= 0 {
		return 0
	}
	return float64(part) / whole
}

// Matched is a concept of the question that a passage names.
type Matched struct {
	Term  string // the question's own
	Score float64
}

// Explain returns the share of the question's weighted terms that the passage
// has, in whatever frequency, between 0 and 1, and what each matched term adds
// to Match.Words, largest first. A synonym covers a term by its weight.
func (x *Index) Explain(q Expanded, doc int) (coverage float64, terms []Matched) {
	have, all := 0.0, 0.0
	for _, c := range q.Words {
		part := c.Weight * x.words.idf(x.frequency(c))
		all += part
		covered, tf := 0.0, float32(0)
		for _, k := range x.wordKeys(c) {
			if f := x.words.tf(k.key, uint32(doc)); f > 0 {
				covered, tf = max(covered, k.weight), tf+f*float32(k.weight)
			}
		}
		have += part * covered
		if tf > 0 {
			terms = append(terms, Matched{c.Variants[0].Term, part * float64(saturate(tf))})
		}
	}
	if all == 0 {
		return 0, nil
	}
	for i := range terms {
		terms[i].Score /= all
	}
	slices.SortStableFunc(terms, func(a, b Matched) int { return cmp.Compare(b.Score, a.Score) })
	return min(1, have/all), terms
}
