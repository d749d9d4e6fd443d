package lexical

import (
	"hash/fnv"
	"slices"
	"strings"
)

// Vocabulary is what an Expander asks of an index.
type Vocabulary interface {
	// Has reports whether any passage has the term.
	Has(term string) bool
	// HasPair reports whether any passage has the two terms side by side.
	HasPair(first, second string) bool
	// Near returns the terms that an unknown word is most likely meant to be,
	// best first.
	Near(term string) []string
}

// vocabulary numbers the terms of an index.
type vocabulary struct {
	ids   map[string]uint32
	terms []string
	grams [][]uint64 // of each term
	near  postings   // the terms as documents of grams
}

func newVocabulary() *vocabulary { return &vocabulary{ids: map[string]uint32{}} }

// number returns a term's identifier, giving it one where it is new.
func (v *vocabulary) number(term string) uint32 {
	id, ok := v.ids[term]
	if !ok {
		id = uint32(len(v.terms))
		v.ids[term] = id
		v.terms = append(v.terms, term)
		v.grams = append(v.grams, gramsOf(term))
	}
	return id
}

func (v *vocabulary) numbers(terms []string) []uint64 {
	out := make([]uint64, len(terms))
	for i, t := range terms {
		out[i] = uint64(v.number(t))
	}
	return out
}

func (v *vocabulary) seal() {
	b := newBuilder(field{weight: 1})
	for _, t := range v.terms {
		b.add(trigrams(t))
	}
	v.near = b.build()
}

// gramsOf returns the stretches of four letters of a term with its borders
// marked, or the whole of a shorter one.
func gramsOf(term string) []uint64  { return ngrams(term, 4) }
func trigrams(term string) []uint64 { return ngrams(term, 3) }

func ngrams(term string, n int) []uint64 {
	r := []rune("<" + term + ">")
	if len(r) <= n {
		return []uint64{hash(string(r))}
	}
	var out []uint64
	for i := 0; i+n <= len(r); i++ {
		out = append(out, hash(string(r[i:i+n])))
	}
	return out
}

func hash(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	return h.Sum64()
}

const (
	minFuzzy = 5 // letters of the shortest word that is corrected
	maxNear  = 3 // corrections of one word
)

// nearest returns the terms at the smallest edit distance from an unknown one:
// 1, or 2 for words of eight letters and more. Candidates share letters (three
// in a row) with it.
func (v *vocabulary) nearest(term string) []string {
	word := []rune(term)
	if len(word) < minFuzzy {
		return nil
	}
	limit := 1
	if len(word) >= 8 {
		limit = 2
	}
	shared := map[uint32]int{}
	for _, g := range trigrams(term) {
		start, end := v.near.find(g)
		for _, id := range v.near.docs[start:end] {
			shared[id]++
		}
	}
	var best []string
	for id, n := range shared {
		// An edit breaks at most four stretches of three letters.
		if n < len(word)-4*limit || !strings.HasPrefix(v.terms[id], string(word[0])) {
			continue
		}
		switch d := distance(word, []rune(v.terms[id]), limit); {
		case d > limit:
		case d < limit:
			limit, best = d, append(best[:0], v.terms[id])
		default:
			best = append(best, v.terms[id])
		}
	}
	slices.Sort(best)
	return best[:min(len(best), maxNear)]
}

// distance is the optimal string alignment distance (edits and exchanges of
// neighbours), or limit+1 where it is above the limit.
func distance(a, b []rune, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], limit+1)
}
