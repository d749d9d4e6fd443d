package cite

import (
	"slices"
	"strings"

	"townclerk/bot"
	"townclerk/bot/cite/rule"
	"townclerk/bot/cite/syntax"
	"townclerk/knowledge"
	"townclerk/knowledge/segment"
)

// evidence is where a quote stands, and what it says there.
type evidence struct {
	rule.Evidence
	citation bot.Citation
	// around is what it stands under: the page's title, headings, the sentence before.
	around string
}

// place binds a quote to one place in its version.
func place(q Quote, at knowledge.Range) (evidence, bool) {
	v, l := q.Version, syntax.In(q.Version.Language)
	first, last := blockAt(v, at.Start), blockAt(v, at.End-1)
	if first < 0 || last < 0 || first != last && (rigid(v.Blocks[first]) || rigid(v.Blocks[last])) {
		return evidence{}, false
	}
	b := v.Blocks[first]
	e := evidence{around: above(v, first)}
	e.citation = bot.Citation{Version: v.ID, Ranges: []knowledge.Range{at}, Title: v.Title, Language: v.Language, URL: v.URL, Passage: q.Passage}
	if b.Anchor != "" {
		e.citation.URL += "#" + b.Anchor
	}
	switch header, ok := headerOf(v, b); {
	case ok && b.Kind == knowledge.Row && len(header.Cells) == len(b.Cells):
		e.citation.Ranges = cells(header, b, at)
		e.row(l, v, header, b, at)
	case ok && b.Kind == knowledge.Definition:
		e.citation.Ranges = []knowledge.Range{header.Range, at}
		e.around += "\n" + slice(v, header.Range)
		e.sentences(l, v, b, at, slice(v, header.Range)+": ")
	default:
		for i := first; i <= last; i++ {
			e.sentences(l, v, v.Blocks[i], at, leadIn(v, i))
		}
	}
	e.Over = l.Read(normalise(e.around).text)
	title := l.Read(normalise(v.Title).text)
	for _, t := range e.Statements {
		t.Title = title
	}
	if i := headingOf(v, first); i >= 0 && slice(v, v.Blocks[i].Range) != v.Title {
		e.Section = l.Read(normalise(slice(v, v.Blocks[i].Range)).text)
	}
	return e, len(e.Statements) > 0 && len(e.citation.Ranges) > 0
}

// rigid reports blocks that a quote may not run out of.
func rigid(b knowledge.Block) bool {
	return b.Kind == knowledge.Row || b.Kind == knowledge.Definition || b.Kind == knowledge.Term
}

func slice(v *knowledge.Version, r knowledge.Range) string {
	if !r.Within(len(v.Text)) {
		return ""
	}
	return v.Text[r.Start:r.End]
}

func blockAt(v *knowledge.Version, at int) int {
	for i, b := range v.Blocks {
		if b.Range.Within(len(v.Text)) && b.Range.Start <= at && at < b.Range.End {
			return i
		}
	}
	return -1
}

func headerOf(v *knowledge.Version, b knowledge.Block) (knowledge.Block, bool) {
	if b.Header < 1 || b.Header > len(v.Blocks) {
		return knowledge.Block{}, false
	}
	return v.Blocks[b.Header-1], true
}

// headingOf returns the heading right above a block; -1: there is none.
func headingOf(v *knowledge.Version, block int) int {
	for block--; block >= 0 && v.Blocks[block].Kind != knowledge.Heading; block-- {
	}
	return block
}

// above returns the title of the page and the headings that a block stands under.
func above(v *knowledge.Version, block int) string {
	out, level := v.Title, 7
	for i := block - 1; i >= 0; i-- {
		b := v.Blocks[i]
		if b.Kind == knowledge.Heading && b.Level < level {
			out, level = out+"\n"+slice(v, b.Range), b.Level
		}
	}
	return out
}

// leadIn returns the sentence that a list item completes ("You must bring:").
func leadIn(v *knowledge.Version, block int) string {
	if v.Blocks[block].Kind != knowledge.Item {
		return ""
	}
	for i := block - 1; i >= 0; i-- {
		switch b := v.Blocks[i]; b.Kind {
		case knowledge.Item:
		case knowledge.Paragraph:
			text := slice(v, b.Range)
			if s := segment.Sentences(text); len(s) > 0 && strings.HasSuffix(text, ":") {
				return text[s[len(s)-1].Start:len(text)-1] + " "
			}
			return ""
		default:
			return ""
		}
	}
	return ""
}

// sentences adds the sentences of a block that a range touches, whole, each with
// what it completes in front.
func (e *evidence) sentences(l *syntax.Lexicon, v *knowledge.Version, b knowledge.Block, at knowledge.Range, front string) {
	before := ""
	for _, s := range segment.Sentences(slice(v, b.Range)) {
		r := knowledge.Range{Start: b.Range.Start + s.Start, End: b.Range.Start + s.End}
		if r.Overlap(at) == 0 {
			before = slice(v, r)
			continue
		}
		n := normalise(front + slice(v, r))
		from, to := len(front)+max(0, at.Start-r.Start), len(front)+min(r.End, at.End)-r.Start
		t := &rule.Statement{Reading: l.Read(n.text), Quoted: n.of(knowledge.Range{Start: from, End: to})}
		if points(t.Reading) { // what "it" stands for may be in the sentence before
			e.around += "\n" + before
		}
		e.Statements, before = append(e.Statements, t), slice(v, r)
	}
}

// points reports a pronoun.
func points(r *syntax.Reading) bool {
	return slices.ContainsFunc(r.Words, func(w syntax.Word) bool { return r.Lexicon.Table["pronouns"][w.Text] != "" })
}

// of returns the part of the normal form that a range of the original became.
func (n normal) of(r knowledge.Range) knowledge.Range {
	out := knowledge.Range{Start: len(n.text), End: 0}
	for i := range n.from {
		if n.from[i] >= r.Start && n.to[i] <= r.End {
			out.Start, out.End = min(out.Start, i), max(out.End, i+1)
		}
	}
	return out
}

// cells pairs the cells of a row that a range touches, and the first one, with
// their headers. Of a cell that the range begins or ends in it takes that part.
func cells(header, row knowledge.Block, at knowledge.Range) []knowledge.Range {
	var out []knowledge.Range
	for i, c := range row.Cells {
		part := knowledge.Range{Start: max(c.Start, at.Start), End: min(c.End, at.End)}
		if i == 0 && part.Len() <= 0 {
			part = c
		}
		if part.Len() > 0 && header.Cells[i].Len() > 0 {
			out = append(out, header.Cells[i], part)
		}
	}
	return out
}

// row adds each cell under its header. What the range does not touch is there to
// be told apart from.
func (e *evidence) row(l *syntax.Lexicon, v *knowledge.Version, header, row knowledge.Block, at knowledge.Range) {
	e.around += "\n" + strings.ReplaceAll(slice(v, header.Range), "\t", "\n")
	for i, c := range row.Cells {
		head := slice(v, header.Cells[i]) + ": "
		n := normalise(head + slice(v, c))
		s := &rule.Statement{Cell: true, Header: len(normalise(head).text), Quoted: knowledge.Range{Start: len(n.text)}}
		if part := c.Overlap(at); part > 0 || i == 0 {
			s.Quoted = n.of(knowledge.Range{Start: len(head) + max(0, at.Start-c.Start), End: len(head) + c.Len()})
			if i == 0 && part == 0 {
				s.Quoted = n.of(knowledge.Range{Start: len(head), End: len(head) + c.Len()})
			}
			if at.End < c.End && part > 0 {
				s.Quoted = n.of(knowledge.Range{Start: len(head), End: len(head) + at.End - c.Start})
			}
		}
		s.Reading = l.Read(n.text)
		e.Statements = append(e.Statements, s)
	}
}
