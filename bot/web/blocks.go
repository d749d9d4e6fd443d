package web

import (
	"strings"

	"townclerk/knowledge"
)

// A node is a piece of a source page as source.html shows it: a paragraph, a
// heading, a list, a table, a definition list or preformatted text.
type node struct {
	Kind  string
	Level int // of a heading
	N     int // of a table, counted from 1
	Text  []piece
	Items []node // of a list, and of an item its nested list
	Rows  []row
}

type row struct{ Cells []cell }

type cell struct {
	Header bool
	Text   []piece
}

// A layout turns a version's blocks into nodes.
type layout struct {
	*marker
	blocks   []knowledge.Block
	headings []int // levels of the headings above, outermost first
	tables   int
}

// nodes lays out a version. Blocks that are no part of the text are left out;
// a text without blocks is one paragraph. The first heading is left out when it
// repeats the title, which stands above the page.
func nodes(v knowledge.Version, m *marker) []node {
	l := layout{marker: m}
	for _, b := range v.Blocks {
		if b.Range.Within(len(v.Text)) && boundary(v.Text, b.Range.Start) && boundary(v.Text, b.Range.End) {
			l.blocks = append(l.blocks, b)
		} else {
			l.blocks = append(l.blocks, knowledge.Block{}) // keeps the numbering
		}
	}
	if len(v.Blocks) == 0 && v.Text != "" {
		l.blocks = []knowledge.Block{{Range: knowledge.Range{End: len(v.Text)}}}
	}
	var all []node
	for i := 0; i < len(l.blocks); {
		n, next := l.node(i)
		switch {
		case n.Kind == "heading" && len(all) == 0 && plain(n.Text) == v.Title:
			l.headings = nil
		case n.Kind != "":
			all = append(all, n)
		}
		i = next
	}
	return all
}

func plain(pieces []piece) string {
	if len(pieces) == 1 && !pieces[0].Mark {
		return strings.TrimSpace(pieces[0].Text)
	}
	return ""
}

// node returns the node that begins with block i, and where the next begins.
func (l *layout) node(i int) (node, int) {
	b := l.blocks[i]
	if b.Range.Len() == 0 {
		return node{}, i + 1
	}
	switch b.Kind {
	case knowledge.Heading:
		return node{Kind: "heading", Level: l.level(b.Level), Text: l.pieces(b.Range)}, i + 1
	case knowledge.Item:
		j := l.run(i, knowledge.Item)
		return l.list(l.blocks[i:j]), j
	case knowledge.Row:
		j := l.tableEnd(i)
		return l.table(l.blocks[i:j]), j
	case knowledge.Term:
		j := l.run(i, knowledge.Term, knowledge.Definition)
		return l.definitions(l.blocks[i:j]), j
	case knowledge.Preformatted:
		return node{Kind: "pre", Text: l.pieces(b.Range)}, i + 1
	}
	return node{Kind: "text", Text: l.pieces(b.Range)}, i + 1
}

// run returns where the run of blocks of the given kinds that begins at i ends.
func (l *layout) run(i int, kinds ...knowledge.BlockKind) int {
	for j := i; j < len(l.blocks); j++ {
		in := false
		for _, k := range kinds {
			in = in || l.blocks[j].Kind == k && l.blocks[j].Range.Len() > 0
		}
		if !in {
			return j
		}
	}
	return len(l.blocks)
}

// level returns the level at which a heading is shown: below the title, and
// never more than one below the heading above it, whatever the page did.
func (l *layout) level(level int) int {
	for len(l.headings) > 0 && l.headings[len(l.headings)-1] >= level {
		l.headings = l.headings[:len(l.headings)-1]
	}
	l.headings = append(l.headings, level)
	return min(len(l.headings)+1, 6)
}

// maxDepth is how deep lists are nested; what lies deeper is shown at it.
const maxDepth = 8

func (l *layout) list(items []knowledge.Block) node {
	depth := func(b knowledge.Block) int { return min(b.Level, maxDepth) }
	n := node{Kind: "list"}
	for len(items) > 0 {
		k := 1
		for k < len(items) && depth(items[k]) > depth(items[0]) {
			k++
		}
		item := node{Text: l.pieces(items[0].Range)}
		if k > 1 {
			item.Items = []node{l.list(items[1:k])}
		}
		n.Items = append(n.Items, item)
		items = items[k:]
	}
	return n
}

// tableEnd returns where the table that begins with row i ends: at a row that
// names a header row of no part of it, or at a header row below other rows.
func (l *layout) tableEnd(i int) int {
	end := l.run(i, knowledge.Row)
	headers := map[int]bool{}
	body := false
	for j := i; j < end; j++ {
		switch b := l.blocks[j]; {
		case b.IsHeader && body:
			return j
		case b.IsHeader:
			headers[j+1] = true
		case j > i && len(headers) > 0 && !headers[b.Header]:
			return j
		default:
			body = true
		}
	}
	return end
}

func (l *layout) table(rows []knowledge.Block) node {
	l.tables++
	n := node{Kind: "table", N: l.tables}
	for _, b := range rows {
		var r row
		for _, c := range b.Cells {
			if c.Start < b.Range.Start || c.End > b.Range.End || c.Start > c.End ||
				!boundary(l.text, c.Start) || !boundary(l.text, c.End) {
				c = knowledge.Range{}
			}
			r.Cells = append(r.Cells, cell{Header: b.IsHeader && c.Len() > 0, Text: l.pieces(c)})
		}
		if len(b.Cells) == 0 {
			r.Cells = []cell{{Header: b.IsHeader, Text: l.pieces(b.Range)}}
		}
		n.Rows = append(n.Rows, r)
	}
	return n
}

func (l *layout) definitions(blocks []knowledge.Block) node {
	n := node{Kind: "definitions"}
	for _, b := range blocks {
		kind := "term"
		if b.Kind == knowledge.Definition {
			kind = "definition"
		}
		n.Items = append(n.Items, node{Kind: kind, Text: l.pieces(b.Range)})
	}
	return n
}
