package answer

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"townclerk/bot"
	"townclerk/bot/cite"
	"townclerk/knowledge"
	"townclerk/knowledge/segment"
)

// unit is the least that can be quoted: a sentence of a paragraph, a list item,
// a table row under its header, or a definition with its term.
type unit struct {
	version *knowledge.Version
	hit     int // index of the hit that it was found in
	passage knowledge.PassageID
	block   int // index of its block
	ranges  []knowledge.Range
	text    string
	words   int
	kind    knowledge.BlockKind
	// intro is the index of the unit that leads in to this one ("You need:"),
	// plus one; zero: none.
	intro int
	never bool    // too long, or said before
	own   float64 // how well its own words fit the question
	score float64 // own, with what its passage and its kind add
}

// sentence returns the unit as it may be shown.
func (u *unit) sentence() bot.Sentence {
	v := u.version
	url := v.URL
	if a := v.Blocks[u.block].Anchor; a != "" {
		url += "#" + a
	}
	return bot.Sentence{Text: u.text, Citations: []bot.Citation{{
		Version: v.ID, Ranges: u.ranges, Title: v.Title, Language: v.Language, URL: url, Passage: u.passage,
	}}}
}

// unitsOf cuts a passage into units, in reading order. offset is the number of
// units before these.
func unitsOf(v *knowledge.Version, p *knowledge.Passage, hit, offset int) []unit {
	var out []unit
	intro := 0 // the last lead-in, plus one
	for i, b := range v.Blocks {
		if b.Kind == knowledge.Heading || b.Kind == knowledge.Term || b.IsHeader || b.Link || b.Range.Overlap(p.Range) == 0 {
			continue
		}
		for j, ranges := range quotes(v, b, p.Range) {
			if asks, ok := questionAbove(v, i); ok && j == 0 && len(ranges) == 1 && ranges[0].Start == b.Range.Start {
				ranges = []knowledge.Range{asks, ranges[0]}
			}
			text, err := cite.Render(v.Text, ranges)
			listed := b.Kind == knowledge.Item && intro > 0 // "retired", under "if you are:"
			if err != nil || !listed && !speaks(text) {
				continue
			}
			u := unit{version: v, hit: hit, passage: p.ID, block: i, ranges: ranges, text: text, words: len(strings.Fields(text)), kind: b.Kind}
			if b.Kind == knowledge.Item || b.Kind == knowledge.Row {
				u.intro = intro
			} else {
				intro = 0
			}
			out = append(out, u)
			if strings.HasSuffix(text, ":") && b.Kind == knowledge.Paragraph {
				intro = offset + len(out)
			}
		}
	}
	return out
}

// questionAbove returns the heading right above a block where it asks: what
// answers it ("Yes: …") cannot be understood without.
func questionAbove(v *knowledge.Version, block int) (knowledge.Range, bool) {
	if block == 0 || v.Blocks[block-1].Kind != knowledge.Heading {
		return knowledge.Range{}, false
	}
	r := v.Blocks[block-1].Range
	return r, strings.HasSuffix(v.Text[r.Start:r.End], "?")
}

// quotes returns, for each unit of a block, the ranges that quote it.
func quotes(v *knowledge.Version, b knowledge.Block, within knowledge.Range) [][]knowledge.Range {
	switch b.Kind {
	case knowledge.Row:
		if pairs := rowPairs(v, b); len(pairs) > 0 {
			return [][]knowledge.Range{pairs}
		}
		return [][]knowledge.Range{{b.Range}}
	case knowledge.Definition:
		if b.Header > 0 {
			return [][]knowledge.Range{{v.Blocks[b.Header-1].Range, b.Range}}
		}
		return [][]knowledge.Range{{b.Range}}
	case knowledge.Item:
		return [][]knowledge.Range{{b.Range}}
	}
	var out [][]knowledge.Range
	for _, s := range segment.Sentences(v.Text[b.Range.Start:b.Range.End]) {
		r := knowledge.Range{Start: b.Range.Start + s.Start, End: b.Range.Start + s.End}
		if r.Overlap(within) > 0 {
			out = append(out, []knowledge.Range{r})
		}
	}
	return out
}

// rowPairs pairs each filled cell of a row with its column's header; nil where
// the row has no header or it does not fit.
func rowPairs(v *knowledge.Version, row knowledge.Block) []knowledge.Range {
	if row.Header == 0 {
		return nil
	}
	header := v.Blocks[row.Header-1]
	if len(header.Cells) != len(row.Cells) {
		return nil
	}
	var out []knowledge.Range
	for i, c := range row.Cells {
		switch h := header.Cells[i]; {
		case c.Len() == 0:
		case h.Len() == 0:
			return nil
		default:
			out = append(out, h, c)
		}
	}
	return out
}

// speaks reports a text with at least two words of letters or digits.
func speaks(text string) bool {
	n := 0
	for w := range strings.FieldsSeq(text) {
		if strings.IndexFunc(w, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) >= 0 {
			n++
		}
	}
	return n >= 2 || utf8.RuneCountInString(text) >= 12
}
