package lexical

import (
	"encoding/binary"
	"math"
	"slices"
)

// k1 is BM25's saturation of term frequency.
const k1 = 1.4

// field is a part of a document: the weight of its words beside those of other
// fields, and how far its length counts (BM25's b).
type field struct{ weight, b float64 }

// postings are an inverted index. A row stands for a word, a pair or a stretch
// of letters and has the documents with it, in order; a term's frequencies in
// the fields of a document are summed, each weighted and normalised by its
// length.
//
// Of a row data holds the number of documents, the bytes that follow if there
// are any, and an entry for each document: how far it is from the one before,
// in variable length, and a byte for its frequency (see shares).
type postings struct {
	lengths
	shares shares
	at     []uint32 // where every block of rows begins
	data   []byte
}

// shares are the saturated frequencies that are met most. Their places stand for
// them; rare stands for one that follows in two bytes.
type shares [rare + 1]float32

const rare = 255

// rowsPerBlock is how many rows are found by reading through them.
const rowsPerBlock = 8

// list is a row.
type list struct {
	docs   int
	shares *shares
	data   []byte
}

// list returns a row; that of unknown is empty.
func (p *postings) list(row uint32) list {
	if row == unknown {
		return list{}
	}
	at := int(p.at[row/rowsPerBlock])
	for left := row % rowsPerBlock; ; left-- {
		var docs, size uint32
		if docs, at = uvarint(p.data, at); docs > 0 {
			size, at = uvarint(p.data, at)
		}
		if left == 0 {
			return list{int(docs), &p.shares, p.data[at : at+int(size)]}
		}
		at += int(size)
	}
}

// all yields a row's documents in order.
func (l list) all(yield func(doc uint32) bool) {
	doc := uint32(0)
	for at := 0; at < len(l.data); {
		var distance uint32
		distance, at = uvarint(l.data, at)
		doc += distance
		if l.data[at] == rare {
			at += 2
		}
		at++
		if !yield(doc) {
			return
		}
	}
}

// idf is Lucene's form of the inverse document frequency, which is never
// negative.
func (p *postings) idf(df int) float64 {
	return math.Log(1 + (float64(p.docs)-float64(df)+0.5)/(float64(df)+0.5))
}

// weighted is a row with a weight.
type weighted struct {
	row    uint32
	weight float64
}

// sums are per-document sums that are cleared in time proportional to what was
// touched, or all at once where that is much.
type sums struct {
	of      []float32
	touched []uint32
}

func (s *sums) reset(n int) {
	if len(s.touched) > len(s.of)/8 {
		clear(s.of)
	} else {
		for _, d := range s.touched {
			s.of[d] = 0
		}
	}
	s.touched = s.touched[:0]
	if len(s.of) < n {
		s.of = make([]float32, n)
	}
}

func (s *sums) add(doc uint32, x float32) {
	if s.of[doc] == 0 {
		s.touched = append(s.touched, doc)
	}
	s.of[doc] += x
}

// take gives each document of a row its share of x, which is added to what the
// document has or, where most is set, kept if it is the larger. Searches spend
// their time here, so the loop calls nothing and its common path branches little.
func (s *sums) take(l list, x float32, most bool) {
	of, touched, n := s.of, s.room(l), len(s.touched)
	data, doc := l.data, uint32(0)
	for at := 0; at+1 < len(data); {
		distance, code := uint32(data[at]), data[at+1]
		at += 2
		if distance >= 0x80 {
			distance, at = uvarint(data, at-2)
			code = data[at]
			at++
		}
		doc += distance
		share := l.shares[code]
		if code == rare {
			share = saturate(unpackTF(binary.LittleEndian.Uint16(data[at:])))
			at += 2
		}
		has := of[doc]
		touched[n] = doc
		if has == 0 {
			n++
		}
		if share *= x; most {
			of[doc] = max(has, share)
		} else {
			of[doc] = has + share
		}
	}
	s.touched = touched[:n]
}

// room returns the touched documents with room for a row.
func (s *sums) room(l list) []uint32 {
	return slices.Grow(s.touched, l.docs)[:len(s.touched)+l.docs]
}

// score adds a concept's BM25 scores to into and returns the highest score that
// a document could reach. The concept counts as one term: a document gets the
// best of what its variants score there, each by its weight and with the
// smaller of its own and the first known variant's rarity, so that a frequent
// synonym of a rare word does not pass for the rare one.
func (p *postings) score(weight float64, variants []weighted, into, scratch *sums) float64 {
	if len(variants) == 1 {
		l := p.list(variants[0].row)
		idf := weight * p.idf(l.docs)
		into.take(l, float32(idf), false)
		return idf
	}
	scratch.reset(p.docs)
	own := -1.0
	for _, v := range variants {
		l := p.list(v.row)
		if l.docs == 0 {
			continue
		}
		idf := p.idf(l.docs)
		if own < 0 {
			own = idf
		}
		says := float32(min(own, idf) * v.weight)
		scratch.take(l, says, true)
	}
	if own < 0 {
		own = p.idf(0)
	}
	idf := weight * own
	for _, d := range scratch.touched {
		into.add(d, float32(weight)*scratch.of[d])
	}
	return idf
}

// saturate is BM25's share of the highest score for a normalised frequency.
func saturate(tf float32) float32 { return tf / (k1 + tf) }
