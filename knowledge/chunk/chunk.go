// Package chunk cuts a version into passages along its structure.
//
// A passage lies in one section: every heading starts a new one and is carried
// as the passage's heading path. Within a section, blocks are gathered until
// the target length. List items, table rows and definitions are never split
// below the hard limit. What introduces something moves into the next passage
// with it: a term with its definition, a header row with its table, "You need:"
// with the list. A paragraph longer than the limit is split between sentences,
// and only text without any sentence boundary in it is split between words.
//
// Cutting is pure: the same version gives the same passages.
package chunk

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"townclerk/knowledge"
	"townclerk/knowledge/segment"
)

// Limits are lengths in bytes of canonical text. The zero value means Default.
type Limits struct {
	// Target is the length at which a passage is closed when a block ends.
	Target int
	// Max is the length that a passage exceeds only when one list item, table
	// row or definition is longer, with the term or header rows above it.
	Max int
	// Hard is the length that nothing exceeds.
	Hard int
}

// Default are the limits that the scorecards were measured with.
var Default = Limits{Target: 900, Max: 1400, Hard: 4000}

// rules numbers the ways of cutting. It changes whenever the same version and
// limits would give other passages.
const rules = 2

// Name names the way of cutting: equal names give equal passages.
func (l Limits) Name() string { return fmt.Sprintf("cut/%d %d %d %d", rules, l.Target, l.Max, l.Hard) }

// Cut returns the version's passages in reading order.
func Cut(v knowledge.Version, l Limits) []knowledge.Passage {
	if l == (Limits{}) {
		l = Default
	}
	l.Max = max(l.Max, utf8.UTFMax)
	l.Hard = max(l.Hard, l.Max)
	c := cutter{v: v, l: l}
	for _, b := range v.Blocks {
		c.block(b)
	}
	c.close()
	return c.out
}

type cutter struct {
	v    knowledge.Version
	l    Limits
	out  []knowledge.Passage
	path []knowledge.Block // headings above the current place

	open    bool
	current knowledge.Range
	anchor  string
	header  int // header row or term that the open passage's start stands under
	lead    lead
	leads   bool // there is a lead
}

// lead is the end of the open passage where it introduces what follows.
type lead struct {
	start  int             // where it starts; it ends with the passage
	before int             // where the text before it ends
	first  knowledge.Block // its first block
	firm   bool            // a term or header rows, which have no sense alone
}

func (c *cutter) block(b knowledge.Block) {
	level := b.Leaves
	if b.Kind == knowledge.Heading && (level == 0 || b.Level < level) {
		level = b.Level
	}
	if level > 0 {
		c.close()
		for len(c.path) > 0 && c.path[len(c.path)-1].Level >= level {
			c.path = c.path[:len(c.path)-1]
		}
	}
	switch {
	case b.Kind == knowledge.Heading:
		c.path = append(c.path, b)
	case b.Range.Len() <= c.l.Max, whole(b.Kind) && b.Range.Len() <= c.l.Hard:
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
	if c.open && !c.fits(b, r) {
		c.part(r)
	}
	if !c.open {
		c.start(b, r)
	}
	c.introduce(b, r)
	c.current.End = r.End
}

func (c *cutter) fits(b knowledge.Block, r knowledge.Range) bool {
	full := c.current.Len() >= c.l.Target && b.Kind != knowledge.Definition && !c.leads
	return !full && r.End-c.current.Start <= c.l.Max
}

// part ends the open passage so that r can be added to the next. A lead at its
// end goes with r, and is all that then is open.
func (c *cutter) part(r knowledge.Range) {
	if !c.leads {
		c.close()
		return
	}
	lead, end := c.lead, c.current.End
	if lead.start > c.current.Start {
		c.current.End = lead.before
		c.close()
		c.start(lead.first, knowledge.Range{Start: lead.start, End: end})
		c.lead, c.leads = lead, true
	}
	limit := c.l.Max
	if lead.firm {
		limit = c.l.Hard
	}
	if r.End-c.current.Start > limit {
		c.close()
	}
}

func (c *cutter) start(b knowledge.Block, r knowledge.Range) {
	c.open, c.current, c.anchor, c.header = true, r, b.Anchor, 0
	if b.Kind == knowledge.Row || b.Kind == knowledge.Definition {
		c.header = b.Header
	}
	c.leads = false
}

// introduce remembers whether the range that is being added leads in to what
// follows. Leads in a row are one, while they are short.
func (c *cutter) introduce(b knowledge.Block, r knowledge.Range) {
	firm := b.Kind == knowledge.Term || b.IsHeader
	switch {
	case !firm && !strings.HasSuffix(c.v.Text[r.Start:r.End], ":"):
		c.leads = false
	case c.leads && firm == c.lead.firm && r.End-c.lead.start <= c.l.Max/2:
	default:
		c.lead, c.leads = lead{start: r.Start, before: c.current.End, first: b, firm: firm}, true
	}
}

func (c *cutter) close() {
	if !c.open {
		return
	}
	c.open, c.leads = false, false
	p := knowledge.Passage{Ordinal: len(c.out), Anchor: c.anchor, Range: c.current}
	for _, h := range c.path {
		if s := c.v.Text[h.Range.Start:h.Range.End]; s != c.v.Title || h.Level > 1 {
			p.Headings = append(p.Headings, s)
		}
	}
	if c.header > 0 {
		if h := c.v.Blocks[c.header-1].Range; h.End <= c.current.Start && h.Len() <= c.l.Max/2 {
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
			at := s.Start + splitPoint(c.v.Text[s.Start:s.End], c.l.Max)
			out = append(out, knowledge.Range{Start: s.Start, End: at})
			s.Start = at
		}
		out = append(out, s)
	}
	return out
}

// splitPoint returns where to end a piece of s of at most limit bytes: after
// the last space in its second half, else between runes.
func splitPoint(s string, limit int) int {
	if i := strings.LastIndexAny(s[:limit], " \n\t"); i > limit/2 {
		return i + 1
	}
	for !utf8.RuneStart(s[limit]) {
		limit--
	}
	return limit
}
