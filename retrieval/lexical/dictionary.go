package lexical

import "slices"

// unknown is the row of a key that no document has.
const unknown = 1<<32 - 1

// dictionary numbers keys by their order: a key's row is its place.
type dictionary []uint64

// newDictionary sorts the keys in place.
func newDictionary(keys []uint64) dictionary {
	slices.Sort(keys)
	return slices.Clone(slices.Compact(keys))
}

// row returns a key's row, or unknown.
func (d dictionary) row(key uint64) uint32 {
	if i, ok := slices.BinarySearch(d, key); ok {
		return uint32(i)
	}
	return unknown
}

// rows appends to into the rows of known keys.
func (d dictionary) rows(into []uint32, keys []uint64) []uint32 {
	for _, k := range keys {
		into = append(into, d.row(k))
	}
	return into
}

// pairs numbers pairs of neighbouring words: those that begin with the word i
// are the rows from[i] up to from[i+1], in the order of their second words.
type pairs struct{ from, second []uint32 }

// newPairs collects the pairs of documents; the identifiers of their words are
// below words.
func newPairs(words int, docs int, t texts) pairs {
	from := make([]uint32, words+1)
	eachPair(docs, t, func(first, _ uint32) { from[first+1]++ })
	for i := range words {
		from[i+1] += from[i]
	}
	all, next := make([]uint32, from[words]), slices.Clone(from)
	eachPair(docs, t, func(first, second uint32) {
		all[next[first]] = second
		next[first]++
	})
	p, distinct := pairs{from: next}, uint32(0)
	for i := range words {
		row := all[from[i]:from[i+1]]
		slices.Sort(row)
		p.from[i] = distinct
		distinct += uint32(copy(all[distinct:], slices.Compact(row)))
	}
	p.from[words] = distinct
	p.second = slices.Clone(all[:distinct])
	return p
}

func eachPair(docs int, t texts, visit func(first, second uint32)) {
	for doc := range docs {
		t(doc, func(_ int, terms []uint32) {
			for i := 1; i < len(terms); i++ {
				visit(terms[i-1], terms[i])
			}
		})
	}
}

// row returns the row of two words, or unknown.
func (p *pairs) row(first, second uint32) uint32 {
	start, end := p.from[first], p.from[first+1]
	if i, ok := slices.BinarySearch(p.second[start:end], second); ok {
		return start + uint32(i)
	}
	return unknown
}

// rows appends to into the rows of the pairs of terms, all of which are known.
func (p *pairs) rows(into, terms []uint32) []uint32 {
	for i := 1; i < len(terms); i++ {
		into = append(into, p.row(terms[i-1], terms[i]))
	}
	return into
}
