// Package segment finds sentences in running text.
//
// Boundaries are those of Unicode Standard Annex 29, taken back where a full
// stop only ends an abbreviation, an initial or an enumerator ("No. 4",
// "e.g. rent", "J. Smith", "5 p.m. Monday") and where no space follows, as
// inside an address ("riverton.gov/pay?id=1"). A line break always ends a
// sentence.
package segment

import (
	"iter"
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
	for line := range lines(text) {
		out = append(out, inLine(text, line)...)
	}
	return out
}

func inLine(text string, line knowledge.Range) []knowledge.Range {
	var out []knowledge.Range
	joined := false // the last range goes on
	for r, cut := range pieces(text, line) {
		if r = trim(text, r); r.Len() == 0 {
			continue
		}
		if joined {
			out[len(out)-1].End = r.End
		} else {
			out = append(out, r)
		}
		joined = cut || goesOn(text[out[len(out)-1].Start:r.End], text[r.End:line.End])
	}
	return out
}

// The rules of Annex 29 look ahead and back without limit, which takes time in
// the square of the length for some texts. They are given window bytes at a
// time, and believed up to margin bytes before a window's end.
const (
	window = 4096
	margin = 512
)

// pieces yields the line cut at the boundaries of Annex 29, and whether a piece
// is cut where there is none, because its sentence is longer than a window.
func pieces(text string, line knowledge.Range) iter.Seq2[knowledge.Range, bool] {
	return func(yield func(knowledge.Range, bool) bool) {
		for start := line.Start; start < line.End; {
			end := windowEnd(text, start, line.End)
			believed := end
			if end < line.End {
				believed -= margin
			}
			next := start
			for it := sentences.FromString(text[start:end]); it.Next(); {
				at := start + it.End()
				if at > believed {
					break
				}
				if !yield(knowledge.Range{Start: next, End: at}, false) {
					return
				}
				next = at
			}
			if next == start {
				if !yield(knowledge.Range{Start: start, End: end}, true) {
					return
				}
				next = end
			}
			start = next
		}
	}
}

func windowEnd(text string, start, end int) int {
	if end-start <= window {
		return end
	}
	end = start + window
	for end > start+window-utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	return end
}

func lines(text string) iter.Seq[knowledge.Range] {
	return func(yield func(knowledge.Range) bool) {
		start := 0
		for line := range strings.Lines(text) {
			if !yield(knowledge.Range{Start: start, End: start + len(line)}) {
				return
			}
			start += len(line)
		}
	}
}

func trim(text string, r knowledge.Range) knowledge.Range {
	s := text[r.Start:r.End]
	r.Start += len(s) - len(strings.TrimLeftFunc(s, unicode.IsSpace))
	r.End -= len(s) - len(strings.TrimRightFunc(s, unicode.IsSpace))
	return knowledge.Range{Start: r.Start, End: max(r.Start, r.End)}
}
