package lexical

import (
	"hash/fnv"
	"slices"
	"unicode/utf8"
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
	ids       map[string]uint32
	terms     []string
	grams     dictionary // the terms' stretches of four letters
	letters   letters    // of each term their rows
	fragments dictionary // those of three, told apart by the terms' first letters
	near      postings   // the terms as documents of fragments
}

func newVocabulary() *vocabulary { return &vocabulary{ids: map[string]uint32{}} }

// number returns a term's identifier, giving it one where it is new.
func (v *vocabulary) number(term string) uint32 {
	id, ok := v.ids[term]
	if !ok {
		id = uint32(len(v.terms))
		v.ids[term] = id
		v.terms = append(v.terms, term)
	}
	return id
}

func (v *vocabulary) numbers(terms []string) []uint32 {
	out := make([]uint32, len(terms))
	for i, t := range terms {
		out[i] = v.number(t)
	}
	return out
}

const (
	gramLetters     = 4 // of the stretches that are scored
	fragmentLetters = 3 // of those that find what an unknown word is meant to be
)

// stretches returns the keys of all the vocabulary's terms, and of each term their
// rows.
func (v *vocabulary) stretches(keys func(term string) []uint64) (dictionary, [][]uint32) {
	var all []uint64
	for _, t := range v.terms {
		all = append(all, keys(t)...)
	}
	d, rows := newDictionary(all), make([][]uint32, len(v.terms))
	for i, t := range v.terms {
		rows[i] = d.rows(nil, keys(t))
	}
	return d, rows
}

// grams returns the keys of a term's stretches that are scored.
func grams(term string) []uint64 { return ngrams(term, gramLetters) }

// fragments returns the keys of a term's stretches that find what it is meant to
// be. Hardly anybody mistakes the first letter of a word, so that is part of them.
func fragments(term string) []uint64 {
	out := ngrams(term, fragmentLetters)
	first, _ := utf8.DecodeRuneInString(term)
	for i := range out {
		out[i] ^= uint64(first)
	}
	return out
}

// invertGrams returns the postings of the texts' stretches of letters.
func (v *vocabulary) invertGrams(docs int, t texts) postings {
	var rows [][]uint32
	v.grams, rows = v.stretches(grams)
	v.letters = newLetters(rows)
	return invert(docs, len(v.grams), passageFields, as(t, func(into, terms []uint32) []uint32 {
		for _, t := range terms {
			into = append(into, v.letters.of(t)...)
		}
		return into
	}))
}

// seal readies the vocabulary for nearest.
func (v *vocabulary) seal() {
	var rows [][]uint32
	v.fragments, rows = v.stretches(fragments)
	v.near = invert(len(v.terms), len(v.fragments), []field{{weight: 1}}, func(term int, visit func(int, []uint32)) {
		visit(0, rows[term])
	})
}

// ngrams returns the stretches of n letters of a term with its borders marked,
// or the whole of a shorter one.
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
	for _, g := range fragments(term) {
		for id := range v.near.list(v.fragments.row(g)).all {
			shared[id]++
		}
	}
	var best []string
	for id, n := range shared {
		if n < len(word)-4*limit { // an edit breaks at most four stretches of three letters
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
