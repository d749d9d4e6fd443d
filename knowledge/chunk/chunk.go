// Package chunk cuts a version into passages along its structure.
//
// A passage lies in one section: every heading starts a new one and is carried
// as the passage's heading path. Within a section, blocks are gathered until
// the target length; list items, table rows and definitions are never split,
// and a definition stays with its term. A paragraph longer than the limit is
// split between sentences, and only text without any sentence boundary in it
// is split between words.
//
// Cutting is pure: the same version gives the same passages.
package chunk

import (
	"strings"

	"townclerk/knowledge"
	"townclerk/knowledge/segment"
)

// Limits are lengths in bytes of canonical text.
type Limits struct {
	// Target is the length at which a passage is closed when a block ends.
	Target int
	// Max is the length that a passage exceeds only when one list item, table
	// row or definition alone is longer.
	Max int
	// Hard is the length that nothing exceeds.
	Hard int
}

// Default are the limits that the scorecards were measured with.
var Default = Limits{Target: 900, Max: 1400, Hard: 4000}

// Cut returns the version's passages in reading order.
func Cut(v knowledge.Version, l Limits) []knowledge.Passage {
	c := cutter{v: v, l: l}
	for i := range v.Blocks {
		c.block(i)
	}
	c.close()
	return c.out
}

type cutter struct {
	v        knowledge.Version
	l        Limits
	out      []knowledge.Passage
	path     []knowledge.Block // headings above the current place
	open     bool
	current  knowledge.Range
	anchor   string
	header   int  // header row that the open passage's first rows stand under
	indented bool // the last block introduces what follows: "You need:"
}

func (c *cutter) block(i int) {
	b := c.v.Blocks[i]
	switch {
	case b.Kind == knowledge.Heading:
		c.close()
		for len(c.path) > 0 && c.path[len(c.path)-1].Level >= b.Level {
			c.path = c.path[:len(c.path)-1]
		}
		c.path = append(c.path[:len(c.path):len(c.path)], b)
	case whole(b.Kind) && b.Range.Len() <= c.l.Hard:
		c.add(b, b.Range)
	case b.Range.Len() <= c.l.Max:
		c.add(b, b.Range)
	default:
		for _, r := range c.pieces(b.Range) {
			c.add(b, r)
		}
	}
}

// whole reports kinds that are never split while they fit the hard limit.
func whole(k knowledge.BlockKind) bool {
	switch k {
	case knowledge.Item, knowledge.Row, knowledge.Term, knowledge.Definition:
		return true
	}
	return false
}

// add puts a range into the open passage or, where it does not fit, into a new
// one.
func (c *cutter) add(b knowledge.Block, r knowledge.Range) {
	if c.open {
		grown := r.End - c.current.Start
		full := c.current.Len() >= c.l.Target && b.Kind != knowledge.Definition && !c.indented
		if grown > c.l.Max || full {
			c.close()
		}
	}
	if !c.open {
		c.open, c.current, c.anchor, c.header = true, r, b.Anchor, 0
		if b.Kind == knowledge.Row {
			c.header = b.Header
		}
	}
	c.current.End = r.End
	c.indented = b.Kind == knowledge.Term || strings.HasSuffix(c.v.Text[r.Start:r.End], ":")
}

func (c *cutter) close() {
	if !c.open {
		return
	}
	c.open, c.indented = false, false
	p := knowledge.Passage{Ordinal: len(c.out), Anchor: c.anchor, Range: c.current}
	for _, h := range c.path {
		if s := c.v.Text[h.Range.Start:h.Range.End]; s != c.v.Title || h.Level > 1 {
			p.Headings = append(p.Headings, s)
		}
	}
	if c.header > 0 {
		if h := c.v.Blocks[c.header-1].Range; h.End <= c.current.Start {
			p.Header = h
		}
	}
	p.Fill(&c.v)
	c.out = append(c.out, p)
}

// pieces splits a range that is too long into parts of at most Max bytes,
// between sentences where there are any, else between words, else between runes.
func (c *cutter) pieces(r knowledge.Range) []knowledge.Range {
	var out []knowledge.Range
	for _, s := range segment.Sentences(c.v.Text[r.Start:r.End]) {
		s = knowledge.Range{Start: r.Start + s.Start, End: r.Start + s.End}
		for s.Len() > c.l.Max {
			at := s.Start + splitPoint(c.v.Text[s.Start:s.Start+c.l.Max])
			out = append(out, knowledge.Range{Start: s.Start, End: at})
			s.Start = at
		}
		out = append(out, s)
	}
	return out
}

// splitPoint returns where to end a piece of s: after the last space in its
// second half, else at the last start of a rune.
func splitPoint(s string) int {
	if i := strings.LastIndexAny(s, " \n\t"); i > len(s)/2 {
		return i + 1
	}
	i := len(s)
	for i > 1 && s[i-1]&0xC0 == 0x80 {
		i--
	}
	if i > 1 && s[i-1] >= 0xC0 {
		i--
	}
	return max(i, 1)
}
