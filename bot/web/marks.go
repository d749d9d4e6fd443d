package web

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"townclerk/knowledge"
)

// maxRanges is how many ranges of one source are highlighted.
const maxRanges = 200

// parseRanges reads ranges of the form START-END, which must be parts of text
// that begin and end between characters. It returns the good ones in the order
// given, and whether all were good.
func parseRanges(values []string, text string) (ranges []knowledge.Range, ok bool) {
	ok = len(values) <= maxRanges
	for _, v := range values[:min(len(values), maxRanges)] {
		start, end, _ := strings.Cut(v, "-")
		r := knowledge.Range{Start: offset(start), End: offset(end)}
		if r.Within(len(text)) && boundary(text, r.Start) && boundary(text, r.End) {
			ranges = append(ranges, r)
		} else {
			ok = false
		}
	}
	return ranges, ok
}

// offset reads decimal digits, and returns -1 for everything else.
func offset(s string) int {
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil || strconv.FormatUint(n, 10) != s {
		return -1
	}
	return int(n)
}

func boundary(text string, i int) bool { return i == len(text) || utf8.RuneStart(text[i]) }

// A mark is a highlighted stretch and the fragment that leads to it.
type mark struct {
	knowledge.Range
	id    string
	shown bool // its id was given to a piece
}

// A marker cuts a text into pieces at the marks' borders. Every mark's id is
// given to one piece, the first.
type marker struct {
	text  string
	marks []mark // in reading order, not overlapping
}

// newMarker unites ranges that overlap; a union is named after the range among
// them that was given first.
func newMarker(text string, ranges []knowledge.Range) *marker {
	type given struct {
		knowledge.Range
		rank int
	}
	sorted := make([]given, len(ranges))
	for i, r := range ranges {
		sorted[i] = given{r, i}
	}
	slices.SortStableFunc(sorted, func(a, b given) int { return a.Start - b.Start })
	m := &marker{text: text}
	rank := 0
	for _, g := range sorted {
		if last := len(m.marks) - 1; last >= 0 && g.Start < m.marks[last].End {
			m.marks[last].End = max(m.marks[last].End, g.End)
			if g.rank < rank {
				m.marks[last].id, rank = fragment(g.Range), g.rank
			}
			continue
		}
		m.marks = append(m.marks, mark{Range: g.Range, id: fragment(g.Range)})
		rank = g.rank
	}
	return m
}

// A piece is a stretch of text that is highlighted as a whole or not at all.
type piece struct {
	Text string
	Mark bool
	ID   string // empty but for the first piece of a mark
}

// pieces returns the text of r, cut at the borders of marks.
func (m *marker) pieces(r knowledge.Range) []piece {
	var all []piece
	at := r.Start
	first, _ := slices.BinarySearchFunc(m.marks, r.Start, func(k mark, start int) int { return k.End - start - 1 })
	for i := first; i < len(m.marks) && m.marks[i].Start < r.End; i++ {
		k := &m.marks[i]
		start, end := max(k.Start, at), min(k.End, r.End)
		if start >= end {
			continue
		}
		if at < start {
			all = append(all, piece{Text: m.text[at:start]})
		}
		p := piece{Text: m.text[start:end], Mark: true}
		if !k.shown {
			p.ID, k.shown = k.id, true
		}
		all = append(all, p)
		at = end
	}
	if at < r.End {
		all = append(all, piece{Text: m.text[at:r.End]})
	}
	return all
}

// touches says whether any of r is highlighted.
func (m *marker) touches(r knowledge.Range) bool {
	return slices.ContainsFunc(m.marks, func(k mark) bool { return k.Overlap(r) > 0 })
}

// complete says whether every mark was shown.
func (m *marker) complete() bool {
	return !slices.ContainsFunc(m.marks, func(k mark) bool { return !k.shown })
}
