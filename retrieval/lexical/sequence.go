package lexical

import (
	"encoding/binary"
	"math"
	"slices"
)

// gap parts sentences in a passage's terms.
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

// terms appends to into the terms of a passage, with a gap behind its title,
// each of its headings and each sentence.
func (s *sequence) terms(doc int, into []uint32) (terms []uint32, headings int) {
	at := 0
	if doc > 0 {
		at = int(s.ends[doc-1])
	}
	n, at := uvarint(s.data, at)
	for end := int(s.ends[doc]); at < end; {
		var t uint32
		t, at = uvarint(s.data, at)
		into = append(into, t-1) // gap where it is zero
	}
	return into, int(n)
}

// The fields of a passage, by their places in passageFields.
const (
	inBody = iota
	inHeading
	inTitle
)

// texts visits the texts of a document: each with its field and its terms, or
// what stands for them. The visitor keeps nothing of what it is given.
type texts func(doc int, visit func(field int, terms []uint32))

// passages are the texts of the passages: title, headings, body. It is not safe
// for concurrent use.
func (s *sequence) passages() texts {
	var buffer []uint32
	return func(doc int, visit func(int, []uint32)) {
		terms, headings := s.terms(doc, buffer[:0])
		buffer = terms
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
