package lexical

import (
	"encoding/binary"
	"math"
	"math/bits"
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

// inverter reads the same documents three times: for the lengths of their
// fields, for the size of each row, and to write the rows. So it holds no
// posting but in its last form.
type inverter struct {
	lengths
	texts  texts
	length [][maxFields]uint32 // of each document
	rows   []row
	counts []counts // by row, of the document that is read
	seen   []uint32 // rows of the document that is read
	usual  uint16   // its frequency of a word that stands once in the first field
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
	p := postings{lengths: v.lengths, usual: make([]float32, docs)}
	v.each(func(doc, row uint32, tf uint16) {
		r := &v.rows[row]
		r.size += uint32(v.entrySize(doc, r, tf))
		r.docs++
		r.last = doc
	})
	p.at, p.data = v.lay()
	v.each(func(doc, row uint32, tf uint16) {
		r := &v.rows[row]
		r.size += uint32(v.put(p.data[r.size:], doc, r, tf))
		r.last = doc
		p.usual[doc] = saturate(unpackTF(v.usual))
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

// each calls visit once for every row of every document, with its frequency
// summed over the fields.
func (v *inverter) each(visit func(doc, row uint32, tf uint16)) {
	for doc := range v.docs {
		v.seen = v.seen[:0]
		v.texts(doc, v.count)
		norms := v.norms(v.length[doc])
		v.usual = v.tf(counts{1}, &norms)
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

// An entry is the distance from the row's last document, twice, plus one where
// the frequency is not the document's usual one and follows in two bytes.
func (v *inverter) entry(doc uint32, r *row, tf uint16) (head uint32, usual bool) {
	if tf == v.usual {
		return (doc - r.last) << 1, true
	}
	return (doc-r.last)<<1 | 1, false
}

func (v *inverter) entrySize(doc uint32, r *row, tf uint16) int {
	head, usual := v.entry(doc, r, tf)
	if usual {
		return sizeOf(head)
	}
	return sizeOf(head) + 2
}

func (v *inverter) put(into []byte, doc uint32, r *row, tf uint16) int {
	head, usual := v.entry(doc, r, tf)
	n := binary.PutUvarint(into, uint64(head))
	if usual {
		return n
	}
	binary.LittleEndian.PutUint16(into[n:], tf)
	return n + 2
}

// sizeOf returns the bytes of x in variable length.
func sizeOf(x uint32) int { return (bits.Len32(x|1) + 6) / 7 }
