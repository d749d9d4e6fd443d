package lexical

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"maps"
	"math"
	"math/bits"
	"slices"
)

// maxFields is the number of fields of a passage.
const maxFields = 3

// counts are how often a row stands in each field of a document, at most 255.
type counts [maxFields]uint8

// lengths weigh frequencies by the lengths of a document's fields.
type lengths struct {
	fields []field
	docs   int
	total  [maxFields]float64 // of each field, over all documents
}

// norms returns what a word's counts in the fields of a document are divided by,
// given the fields' lengths.
func (l *lengths) norms(of [maxFields]uint32) (norms [maxFields]float64) {
	for i, f := range l.fields {
		relative := float64(of[i]) * float64(l.docs) / l.total[i]
		norms[i] = 1 - f.b + f.b*relative
	}
	return norms
}

// tf returns the weighted sum of the counts: the upper half of a float32, as
// three digits are enough.
func (l *lengths) tf(c counts, norms *[maxFields]float64) uint16 {
	tf := 0.0
	for i, f := range l.fields {
		if c[i] > 0 {
			tf += f.weight * float64(c[i]) / norms[i]
		}
	}
	return uint16((math.Float32bits(float32(tf)) + 1<<15) >> 16)
}

func unpackTF(u uint16) float32 { return math.Float32frombits(uint32(u) << 16) }

// inverter reads the same documents several times: for the lengths of their
// fields, for the frequencies that are met most, for the size of each row, and
// to write the rows. So it holds no posting but in its last form.
type inverter struct {
	lengths
	texts  texts
	length [][maxFields]uint32 // of each document
	rows   []row
	counts []counts // by row, of the document that is read
	seen   []uint32 // rows of the document that is read
	codes  codes
}

// codes are the codes of frequencies from first on; of others it is rare.
type codes struct {
	first uint16
	of    []uint8
}

func (c *codes) code(tf uint16) uint8 {
	if i := int(tf) - int(c.first); i >= 0 && i < len(c.of) {
		return c.of[i]
	}
	return rare
}

// row is a row that is being measured or written.
type row struct {
	docs, last uint32
	size       uint32 // in bytes; then the place of its next byte
}

// invert returns the postings of documents whose texts are made of rows.
func invert(docs, rows int, fields []field, t texts) postings {
	v := inverter{
		lengths: lengths{fields: fields, docs: docs}, texts: t,
		length: make([][maxFields]uint32, docs), rows: make([]row, rows), counts: make([]counts, rows),
	}
	v.measure()
	p := postings{lengths: v.lengths, shares: v.choose()}
	v.each(1, func(doc, row uint32, tf uint16) {
		r := &v.rows[row]
		r.size += uint32(sizeOf(doc-r.last) + 1)
		if v.codes.code(tf) == rare {
			r.size += 2
		}
		r.docs++
		r.last = doc
	})
	p.at, p.data = v.lay()
	v.each(1, func(doc, row uint32, tf uint16) {
		r := &v.rows[row]
		r.size += uint32(v.put(p.data[r.size:], doc-r.last, tf))
		r.last = doc
	})
	return p
}

// measure sums the lengths of the fields.
func (v *inverter) measure() {
	for doc := range v.docs {
		v.texts(doc, func(field int, rows []uint32) {
			v.length[doc][field] += uint32(len(rows))
			v.total[field] += float64(len(rows))
		})
	}
}

// choose gives codes to the frequencies that most entries of some of the
// documents have, and returns what they are worth.
func (v *inverter) choose() (s shares) {
	met := map[uint16]int{}
	v.each(1+v.docs/4096, func(_, _ uint32, tf uint16) { met[tf]++ })
	tfs := slices.SortedFunc(maps.Keys(met), func(a, b uint16) int { return cmp.Or(cmp.Compare(met[b], met[a]), cmp.Compare(a, b)) })
	tfs = tfs[:min(len(tfs), rare)]
	if len(tfs) == 0 {
		return s
	}
	v.codes.first = slices.Min(tfs)
	v.codes.of = bytes.Repeat([]byte{rare}, int(slices.Max(tfs)-v.codes.first)+1)
	for code, tf := range tfs {
		v.codes.of[tf-v.codes.first], s[code] = uint8(code), saturate(unpackTF(tf))
	}
	return s
}

// each calls visit once for every row of every document, or of those that are
// step apart, with its frequency summed over the fields.
func (v *inverter) each(step int, visit func(doc, row uint32, tf uint16)) {
	for doc := 0; doc < v.docs; doc += step {
		v.seen = v.seen[:0]
		v.texts(doc, v.count)
		norms := v.norms(v.length[doc])
		for _, row := range v.seen {
			visit(uint32(doc), row, v.tf(v.counts[row], &norms))
			v.counts[row] = counts{}
		}
	}
}

func (v *inverter) count(field int, rows []uint32) {
	for _, row := range rows {
		c := &v.counts[row]
		if *c == (counts{}) {
			v.seen = append(v.seen, row)
		}
		if c[field] < math.MaxUint8 {
			c[field]++
		}
	}
}

// lay places the rows behind each other and writes their heads.
func (v *inverter) lay() (at []uint32, data []byte) {
	size := 0
	for i := range v.rows {
		size += headSize(&v.rows[i]) + int(v.rows[i].size)
	}
	data, at = make([]byte, 0, size), make([]uint32, 0, (len(v.rows)+rowsPerBlock-1)/rowsPerBlock)
	for i := range v.rows {
		r := &v.rows[i]
		if i%rowsPerBlock == 0 {
			at = append(at, uint32(len(data)))
		}
		data = binary.AppendUvarint(data, uint64(r.docs))
		if r.docs > 0 {
			data = binary.AppendUvarint(data, uint64(r.size))
		}
		end := len(data) + int(r.size)
		r.size, r.last = uint32(len(data)), 0
		data = data[:end]
	}
	return at, data
}

func headSize(r *row) int {
	if r.docs == 0 {
		return 1
	}
	return sizeOf(r.docs) + sizeOf(r.size)
}

// put writes an entry and returns its size.
func (v *inverter) put(into []byte, distance uint32, tf uint16) int {
	n := binary.PutUvarint(into, uint64(distance))
	into[n] = v.codes.code(tf)
	if into[n] != rare {
		return n + 1
	}
	binary.LittleEndian.PutUint16(into[n+1:], tf)
	return n + 3
}

// sizeOf returns the bytes of x in variable length.
func sizeOf(x uint32) int { return (bits.Len32(x|1) + 6) / 7 }
