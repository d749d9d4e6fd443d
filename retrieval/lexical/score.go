package lexical

import (
	"maps"
	"slices"
	"strings"
)

// Match is what the parts of the index say of one passage, each as the share
// of the highest score that a passage could reach, between 0 and 1.
type Match struct {
	Words, Pairs float64
	// Grams leaves out the stretches of letters that very many passages have;
	// Matcher.Letters adds them.
	Grams                float64
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
	maybe    uint64 // has the bit id%64 of each named one: most terms are none
	places   []place
	met      []float64 // how far the title and headings name each concept
	frequent frequent

	onPage, inHead []float32 // of Weigh
	nearTF         map[[2]int32]float32
	nearMass       float64
}

// Matcher returns a matcher on the index.
func (x *Index) Matcher() *Matcher { return &Matcher{x: x} }

// Match scores the question against all passages.
func (m *Matcher) Match(q Expanded) {
	x := m.x
	for _, s := range []*sums{&m.words, &m.pairs, &m.grams} {
		s.reset(x.Len())
	}
	m.pageWords.reset(x.pageWords.docs)
	m.pagePairs.reset(x.pagePairs.docs)
	m.heads.reset(x.heads.docs)
	m.back.reset(x.heads.docs)
	m.mass = Match{}
	m.prepare(q)
	letters := map[uint64]float64{}
	for _, c := range q.Words {
		rows := x.wordRows(c)
		m.mass.Words += x.words.score(c.Weight, rows, &m.words, &m.scratch)
		m.mass.PageWords += x.pageWords.score(c.Weight, rows, &m.pageWords, &m.scratch)
		m.mass.Head += x.heads.score(c.Weight, rows, &m.heads, &m.scratch)
		if c.Letters > 0 {
			for _, g := range grams(c.Variants[0].Term) {
				letters[g] += c.Letters
			}
		}
		for _, k := range rows {
			l := x.heads.list(k.row)
			idf := float32(x.heads.idf(l.docs) * k.weight * min(1, c.Weight))
			for head := range l.all {
				m.back.add(head, idf)
			}
		}
	}
	for _, c := range q.Pairs {
		rows := x.pairRows(c)
		m.mass.Pairs += x.passagePairs.score(c.Weight, rows, &m.pairs, &m.scratch)
		m.mass.PagePairs += x.pagePairs.score(c.Weight, rows, &m.pagePairs, &m.scratch)
	}
	m.frequent.reset(len(x.vocabulary.grams))
	for _, g := range slices.Sorted(maps.Keys(letters)) {
		row := x.vocabulary.grams.row(g)
		l := x.grams.list(row)
		idf := letters[g] * x.grams.idf(l.docs)
		m.mass.Grams += idf
		if l.docs > x.frequentFrom {
			m.frequent.add(row, float32(idf))
		} else {
			m.grams.take(l, float32(idf), false)
		}
	}
}

func (x *Index) wordRows(c Concept) []weighted {
	out := make([]weighted, 0, len(c.Variants))
	for i, v := range c.Variants {
		if id, ok := x.vocabulary.ids[v.Term]; ok {
			out = append(out, weighted{id, v.Weight})
		} else if i == 0 {
			out = append(out, weighted{unknown, v.Weight})
		}
	}
	return out
}

func (x *Index) pairRows(c Concept) []weighted {
	out := make([]weighted, 0, len(c.Variants))
	for i, v := range c.Variants {
		first, second, _ := strings.Cut(v.Term, " ")
		if row, ok := x.pairRow(first, second); ok {
			out = append(out, weighted{row, v.Weight})
		} else if i == 0 {
			out = append(out, weighted{unknown, v.Weight})
		}
	}
	return out
}

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
