package lexical

import (
	"encoding/binary"
	"math"
	"slices"
)

// gap ends a sentence.
const gap = math.MaxUint32

// sequence holds the terms of all passages in order: of each the number of its
// headings, then its title, its headings and its sentences, every term as its
// identifier plus one and a zero behind the last, all in variable length.
type sequence struct {
	data []byte
	ends []uint32 // of each passage
}

// begin starts the next passage.
func (s *sequence) begin(headings int) {
	s.data = binary.AppendUvarint(s.data, uint64(headings))
	s.ends = append(s.ends, 0)
}

// add appends a title, a heading or a sentence to the last passage.
func (s *sequence) add(terms []uint32) {
	for _, t := range terms {
		s.data = binary.AppendUvarint(s.data, uint64(t)+1)
	}
	s.data = append(s.data, 0)
	s.ends[len(s.ends)-1] = uint32(len(s.data))
}

// of returns what is held of a passage behind the number of its headings, and
// that number.
func (s *sequence) of(doc int) (data []byte, headings int) {
	at := 0
	if doc > 0 {
		at = int(s.ends[doc-1])
	}
	n, at := uvarint(s.data, at)
	return s.data[at:s.ends[doc]], int(n)
}

// The fields of a passage, by their places in passageFields.
const (
	inBody = iota
	inHeading
	inTitle
)

// texts visits the texts of a document: each with its field and its terms, or
// what stands for them. The visitor keeps nothing of what it is given, unless the
// texts say how long they are valid.
type texts func(doc int, visit func(field int, terms []uint32))

// passages are the texts of the passages: title, headings, body. They stay valid
// until those of the next passage are visited. It is not safe for concurrent use.
func (s *sequence) passages() texts {
	buffer := make([]uint32, 0, 256)
	return func(doc int, visit func(int, []uint32)) {
		data, headings := s.of(doc)
		buffer = buffer[:0]
		for at := 0; at < len(data); {
			var t uint32
			t, at = uvarint(data, at)
			buffer = append(buffer, t-1) // gap where it is zero
		}
		terms := buffer
		for field, left := inTitle, headings; left >= 0; field, left = inHeading, left-1 {
			end := slices.Index(terms, gap)
			visit(field, terms[:end])
			terms = terms[end+1:]
		}
		visit(inBody, slices.DeleteFunc(terms, func(t uint32) bool { return t == gap }))
	}
}

// uvarint decodes the number at b[i] and returns it with the place behind it.
func uvarint(b []byte, i int) (x uint32, next int) {
	if b[i] < 0x80 {
		return uint32(b[i]), i + 1
	}
	return longUvarint(b, i)
}

func longUvarint(b []byte, i int) (x uint32, next int) {
	for shift := 0; ; shift += 7 {
		c := b[i]
		i++
		x |= uint32(c&0x7f) << shift
		if c < 0x80 {
			return x, i
		}
	}
}
