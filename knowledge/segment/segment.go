// Package segment finds sentences in running text.
//
// Boundaries are those of Unicode Standard Annex 29, joined again where a
// full stop only ends an abbreviation, an initial or an enumerator ("No. 4",
// "e.g. rent", "J. Smith", "a.m. daily"). A line break always ends a sentence.
package segment

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/sentences"

	"townclerk/knowledge"
)

// Sentences returns the ranges of text's sentences in order, without the white
// space around them. Every non-space byte of the text lies in exactly one.
func Sentences(text string) []knowledge.Range {
	var out []knowledge.Range
	joined := false // the last range ends in an abbreviation
	for seg := range lines(text) {
		it := sentences.FromString(text[seg.Start:seg.End])
		joined = false
		for it.Next() {
			r := trim(text, knowledge.Range{Start: seg.Start + it.Start(), End: seg.Start + it.End()})
			if r.Len() == 0 {
				continue
			}
			if joined {
				out[len(out)-1].End = r.End
			} else {
				out = append(out, r)
			}
			last := out[len(out)-1]
			joined = endsInAbbreviation(text[last.Start:last.End], text[r.End:seg.End])
		}
	}
	return out
}

func lines(text string) func(func(knowledge.Range) bool) {
	return func(yield func(knowledge.Range) bool) {
		start := 0
		for start < len(text) {
			end := len(text)
			if i := strings.IndexByte(text[start:], '\n'); i >= 0 {
				end = start + i
			}
			if !yield(knowledge.Range{Start: start, End: end}) {
				return
			}
			start = end + 1
		}
	}
}

func trim(text string, r knowledge.Range) knowledge.Range {
	s := text[r.Start:r.End]
	r.Start += len(s) - len(strings.TrimLeftFunc(s, unicode.IsSpace))
	r.End -= len(s) - len(strings.TrimRightFunc(s, unicode.IsSpace))
	if r.End < r.Start {
		r.End = r.Start
	}
	return r
}

// endsInAbbreviation reports whether the full stop at the end of s does not end
// a sentence, given what follows it.
func endsInAbbreviation(s, rest string) bool {
	if !strings.HasSuffix(s, ".") {
		return false
	}
	word := strings.TrimRight(s[strings.LastIndexAny(s, " \t(\u00a0")+1:], ".")
	next, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(rest, unicode.IsSpace))
	lower := strings.ToLower(word)
	switch {
	case alwaysFollowed[lower]:
		return true
	case beforeNumber[lower]:
		return unicode.IsDigit(next)
	case mayEnd[lower]:
		return unicode.IsLower(next) || unicode.IsDigit(next)
	}
	r, n := utf8.DecodeRuneInString(word)
	switch {
	case n == len(word) && unicode.IsUpper(r): // an initial: "J. Smith"
		return unicode.IsUpper(next) && r != 'I'
	case len(s) <= 4 && strings.Trim(word, "0123456789") == "": // an enumerator: "1. Fill in"
		return true
	}
	return false
}

// Abbreviations that a name, a number or an example always follows.
var alwaysFollowed = set("mr mrs ms dr prof rev gen sen rep gov hon st mt e.g i.e eg ie cf vs approx sr sra srta dra núm bzw z.b d.h u.a")

// Abbreviations only where a number follows, since they are words otherwise.
var beforeNumber = set("no nos fig art sec ch pp p vol ext tel para nr abs")

// Abbreviations that may also end a sentence.
var mayEnd = set("a.m p.m am pm u.s u.k d.c etc inc ltd co corp dept ave blvd rd jr jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun min max hrs")

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}
