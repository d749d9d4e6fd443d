package lexical

import (
	"encoding/binary"
	"math"
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
// are any, and an entry for each document (see inverter.entry). Most words stand
// once in the first field of a document: that frequency is kept once for the
// document.
type postings struct {
	lengths
	usual []float32 // of each document: the saturated frequency of such words
	at    []uint32  // where every block of rows begins
	data  []byte
}

// rowsPerBlock is how many rows are found by reading through them.
const rowsPerBlock = 8

// list is a row.
type list struct {
	docs  int
	usual []float32
	data  []byte
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
			return list{int(docs), p.usual, p.data[at : at+int(size)]}
		}
		at += int(size)
	}
}

// entry is a document of a row with the share of the highest score that the
// row's frequency in it is worth.
type entry struct {
	doc   uint32
	share float32
}

// reader reads a row block by block: a call for each entry would cost more than
// the entry.
type reader struct {
	list
	doc   uint32
	block [128]entry
}

func (l list) reader() reader { return reader{list: l} }

// next returns the next documents of the row, in order; none at its end. They
// are valid until it is called again.
func (r *reader) next() []entry {
	data, doc, n, at := r.data, r.doc, 0, 0
	for ; n < len(r.block) && at < len(data); n++ {
		head := uint32(data[at])
		at++
		if head >= 0x80 {
			head, at = longUvarint(data, at-1)
		}
		doc += head >> 1
		share := r.usual[doc]
		if head&1 != 0 {
			share = saturate(unpackTF(binary.LittleEndian.Uint16(data[at:])))
			at += 2
		}
		r.block[n] = entry{doc, share}
	}
	r.data, r.doc = data[at:], doc
	return r.block[:n]
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
// touched.
type sums struct {
	of      []float32
	touched []uint32
}

func (s *sums) reset(n int) {
	for _, d := range s.touched {
		s.of[d] = 0
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

// most keeps the larger of x and what the document has.
func (s *sums) most(doc uint32, x float32) {
	if s.of[doc] == 0 {
		s.touched = append(s.touched, doc)
	}
	s.of[doc] = max(s.of[doc], x)
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
		r := l.reader()
		for block := r.next(); len(block) > 0; block = r.next() {
			for _, e := range block {
				into.add(e.doc, float32(idf)*e.share)
			}
		}
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
		r := l.reader()
		for block := r.next(); len(block) > 0; block = r.next() {
			for _, e := range block {
				scratch.most(e.doc, says*e.share)
			}
		}
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

// all yields a row's documents in order.
func (l list) all(yield func(doc uint32) bool) {
	r := l.reader()
	for block := r.next(); len(block) > 0; block = r.next() {
		for _, e := range block {
			if !yield(e.doc) {
				return
			}
		}
	}
}
