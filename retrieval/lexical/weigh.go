package lexical

import (
	"math"
	"slices"
)

// Weigh returns the weighted sum of every passage's scores, as Of gives them but
// to about six digits; zero for one that has nothing of the question itself. It
// writes over into, which may be nil.
//
// A search does this for every passage, so what passages share is summed once, and
// the loop is plain.
func (m *Matcher) Weigh(into []float32, w Match) []float32 {
	onPage, inHead := zeros(m.onPage, m.x.pageWords.docs), zeros(m.inHead, m.x.heads.docs)
	m.pageWords.addTo(onPage, ratio(w.PageWords, m.mass.PageWords))
	m.pagePairs.addTo(onPage, ratio(w.PagePairs, m.mass.PagePairs))
	m.heads.addTo(inHead, ratio(w.Head, m.mass.Head))
	for _, h := range m.back.touched {
		inHead[h] += float32(w.HeadBack) * min(1, m.back.of[h]/m.x.headMass[h])
	}
	m.onPage, m.inHead = onPage, inHead

	n := m.x.Len()
	into = slices.Grow(into[:0], n)[:n]
	words, pairs, grams := m.words.of[:n], m.pairs.of[:n], m.grams.of[:n]
	pages, heads := m.x.page[:n], m.x.head[:n]
	ofWords, ofPairs, ofGrams := ratio(w.Words, m.mass.Words), ratio(w.Pairs, m.mass.Pairs), ratio(w.Grams, m.mass.Grams)
	for d := range into {
		x := ofWords*words[d] + ofPairs*pairs[d] + ofGrams*grams[d]
		sum := math.Float32bits(x + onPage[pages[d]] + inHead[heads[d]])
		if x == 0 { // a choice of two integers is made without a branch, which would be guessed wrong half the time
			sum = 0
		}
		into[d] = math.Float32frombits(sum)
	}
	return into
}

// zeros returns n zeros, in the memory of have where it is enough.
func zeros(have []float32, n int) []float32 {
	have = slices.Grow(have[:0], n)[:n]
	clear(have)
	return have
}

// addTo adds the sums, each weighted, to those of into.
func (s *sums) addTo(into []float32, weight float32) {
	for _, d := range s.touched {
		into[d] += weight * s.of[d]
	}
}

// ratio returns what a sum is multiplied by to be a weighted share of the whole.
func ratio(weight, whole float64) float32 {
	if whole <= 0 {
		return 0
	}
	return float32(weight / whole)
}
