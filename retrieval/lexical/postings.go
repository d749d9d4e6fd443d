package lexical

import (
	"cmp"
	"math"
	"slices"
)

// k1 is BM25's saturation of term frequency.
const k1 = 1.4

// field is a part of a document: the weight of its words beside those of other
// fields, and how far its length counts (BM25's b).
type field struct{ weight, b float64 }

// postings are an inverted index in compressed rows: the documents of the i-th
// key stand at from[i] up to from[i+1], in order. A term's frequencies in the
// fields of a document are summed, each weighted and normalised by its length,
// and kept as the upper half of a float32 (three digits are enough).
type postings struct {
	keys []uint64 // sorted
	from []uint32
	docs []uint32
	tfs  []uint16
	n    int // documents
}

func packTF(f float64) uint16   { return uint16((math.Float32bits(float32(f)) + 1<<15) >> 16) }
func unpackTF(u uint16) float32 { return math.Float32frombits(uint32(u) << 16) }

// find returns where a key's documents stand.
func (p *postings) find(key uint64) (start, end uint32) {
	i, ok := slices.BinarySearch(p.keys, key)
	if !ok {
		return 0, 0
	}
	return p.from[i], p.from[i+1]
}

// frequency returns the number of documents with the key.
func (p *postings) frequency(key uint64) int {
	start, end := p.find(key)
	return int(end - start)
}

// tf returns the frequency of the key in a document.
func (p *postings) tf(key uint64, doc uint32) float32 {
	start, end := p.find(key)
	at, ok := slices.BinarySearch(p.docs[start:end], doc)
	if !ok {
		return 0
	}
	return unpackTF(p.tfs[int(start)+at])
}

// idf is Lucene's form of the inverse document frequency, which is never
// negative.
func (p *postings) idf(df int) float64 {
	return math.Log(1 + (float64(p.n)-float64(df)+0.5)/(float64(df)+0.5))
}

// builder collects the keys of documents, which are added in order.
type builder struct {
	fields  []field
	ids     map[uint64]uint32
	entries []entry
	ends    []int // per document: where its entries end
	length  []float32
	total   []float64 // per field
}

type entry struct {
	id    uint32
	field uint8
	count uint8
}

func newBuilder(fields ...field) *builder {
	return &builder{fields: fields, ids: map[uint64]uint32{}, total: make([]float64, len(fields))}
}

// add appends a document, given as the keys of each of its fields.
func (b *builder) add(fields ...[]uint64) {
	for f, keys := range fields {
		slices.Sort(keys)
		for i := 0; i < len(keys); {
			j := i
			for j < len(keys) && keys[j] == keys[i] {
				j++
			}
			id, ok := b.ids[keys[i]]
			if !ok {
				id = uint32(len(b.ids))
				b.ids[keys[i]] = id
			}
			b.entries = append(b.entries, entry{id, uint8(f), uint8(min(j-i, 255))})
			i = j
		}
		b.length = append(b.length, float32(len(keys)))
		b.total[f] += float64(len(keys))
	}
	b.ends = append(b.ends, len(b.entries))
}

// build returns the finished index.
func (b *builder) build() postings {
	p := postings{n: len(b.ends), keys: make([]uint64, 0, len(b.ids))}
	for k := range b.ids {
		p.keys = append(p.keys, k)
	}
	slices.Sort(p.keys)
	place := make([]uint32, len(p.keys)) // of each id among the sorted keys
	for i, k := range p.keys {
		place[b.ids[k]] = uint32(i)
	}
	b.ids = nil
	p.from = make([]uint32, len(p.keys)+1)
	b.each(func(_ int, e entry, _ float64) { p.from[place[e.id]+1]++ })
	for i := range p.keys {
		p.from[i+1] += p.from[i]
	}
	p.docs = make([]uint32, p.from[len(p.keys)])
	p.tfs = make([]uint16, len(p.docs))
	next := slices.Clone(p.from)
	b.each(func(doc int, e entry, tf float64) {
		at := next[place[e.id]]
		next[place[e.id]]++
		p.docs[at], p.tfs[at] = uint32(doc), packTF(tf)
	})
	return p
}

// each calls visit once for every key of every document, with its frequency
// summed over the fields.
func (b *builder) each(visit func(doc int, e entry, tf float64)) {
	start, n := 0, len(b.fields)
	for doc, end := range b.ends {
		own := b.entries[start:end]
		slices.SortFunc(own, func(x, y entry) int { return cmp.Or(cmp.Compare(x.id, y.id), cmp.Compare(x.field, y.field)) })
		for i := 0; i < len(own); {
			tf, j := 0.0, i
			for ; j < len(own) && own[j].id == own[i].id; j++ {
				f := b.fields[own[j].field]
				relative := float64(b.length[doc*n+int(own[j].field)]) * float64(len(b.ends)) / b.total[own[j].field]
				tf += f.weight * float64(own[j].count) / (1 - f.b + f.b*relative)
			}
			visit(doc, own[i], tf)
			i = j
		}
		start = end
	}
}

// weighted is a key with a weight.
type weighted struct {
	key    uint64
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
		start, end := p.find(variants[0].key)
		idf := weight * p.idf(int(end-start))
		for i := start; i < end; i++ {
			into.add(p.docs[i], float32(idf)*saturate(unpackTF(p.tfs[i])))
		}
		return idf
	}
	scratch.reset(p.n)
	own := -1.0
	for _, v := range variants {
		start, end := p.find(v.key)
		if start == end {
			continue
		}
		idf := p.idf(int(end - start))
		if own < 0 {
			own = idf
		}
		says := float32(min(own, idf) * v.weight)
		for j := start; j < end; j++ {
			scratch.most(p.docs[j], says*saturate(unpackTF(p.tfs[j])))
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
