package parse

import (
	"strconv"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"townclerk/knowledge"
)

// maxRepeats bounds what cells that span rows or columns may add to a page, in
// bytes. What is beyond it is left empty.
const maxRepeats = 1 << 20

// table adds a caption as a paragraph and each row as a block. Cells that span
// rows or columns are repeated, so that every row reads by itself. A table that
// serves to place things on the page is read as plain content: one with
// headings or tables in its cells or, where it has no header cells, with lists
// or several paragraphs in one.
func (w *walker) table(n *html.Node) {
	rows, caption := tableRows(n)
	if caption != nil {
		w.anchorAt(caption)
		w.b.add(knowledge.Paragraph, 0, text(caption))
	}
	if w.layouts[n] {
		for _, r := range rows {
			w.anchorAt(r)
			for c := range r.ChildNodes() {
				w.anchorAt(c)
				w.as(knowledge.Paragraph, c)
			}
		}
		return
	}
	g := newGrid(rows, &w.repeats)
	header := 0
	for _, r := range rows {
		cells, isHeader := g.row(r, header > 0)
		w.anchorAt(r)
		w.cellAnchor(r)
		switch {
		case !isHeader:
			w.b.addRow(cells, header, false)
		default:
			if j := w.b.addRow(cells, 0, true); j >= 0 {
				header = j + 1
			}
		}
	}
}

// cellAnchor takes an anchor at the start of a row's first cell.
func (w *walker) cellAnchor(r *html.Node) {
	for n := r.FirstChild; n != nil && n.Type == html.ElementNode; n = n.FirstChild {
		w.anchorAt(n)
	}
}

// grid places a table's cells in columns.
type grid struct {
	columns int        // the most cells that any row has itself
	group   *html.Node // thead, tbody or tfoot; no cell reaches beyond it
	carried []carry    // by column
	repeats *int
}

// carry is a cell that reaches into the rows below.
type carry struct {
	text string
	left int
}

func newGrid(rows []*html.Node, repeats *int) *grid {
	g := &grid{repeats: repeats}
	for _, r := range rows {
		n := 0
		for c := range r.ChildNodes() {
			if isCell(c) {
				n++
			}
		}
		g.columns = max(g.columns, n)
	}
	return g
}

// row returns a row's clean cells, spans filled in, and whether it is a header
// row: all header cells, or in the table's head. A single cell below a header
// is a label for the rows that follow, and no header.
func (g *grid) row(r *html.Node, below bool) (cells []string, isHeader bool) {
	if r.Parent != g.group {
		g.group, g.carried = r.Parent, nil
	}
	headers, own, first, last := true, 0, 0, 0
	for c := range r.ChildNodes() {
		if !isCell(c) {
			continue
		}
		own++
		headers = headers && c.DataAtom == atom.Th
		s := clean(flat(text(c)))
		cells = g.fill(cells)
		first = len(cells)
		cells = g.place(cells, s, min(spanOf(c, "colspan", 1000), g.columns), spanOf(c, "rowspan", 65534))
		last = len(cells)
	}
	cells = g.end(cells)
	inHead := r.Parent.DataAtom == atom.Thead
	switch {
	case own == 0:
		return nil, false // all that it shows was shown above
	case own == 1 && first == 0 && last == len(cells):
		return cells[:1], !below && (inHead || headers && len(cells) > 1)
	}
	return cells, headers || inHead
}

// place puts a cell into columns, and into the rows below.
func (g *grid) place(cells []string, s string, columns, rows int) []string {
	for i := range columns {
		if i > 0 {
			cells = g.fill(cells)
			if !g.spend(s) {
				break
			}
		}
		for len(g.carried) <= len(cells) {
			g.carried = append(g.carried, carry{})
		}
		g.carried[len(cells)] = carry{s, rows - 1}
		cells = append(cells, s)
	}
	return cells
}

// fill continues a row with the cells that reach into it from above.
func (g *grid) fill(cells []string) []string {
	for len(cells) < len(g.carried) && g.carried[len(cells)].left > 0 {
		c := &g.carried[len(cells)]
		if !g.spend(c.text) {
			g.carried = nil
			break
		}
		c.left--
		cells = append(cells, c.text)
	}
	return cells
}

// end finishes a row: cells from above stay in their column where the row has
// too few cells of its own.
func (g *grid) end(cells []string) []string {
	for {
		for n := len(g.carried); n > 0 && g.carried[n-1].left == 0; n-- {
			g.carried = g.carried[:n-1]
		}
		if cells = g.fill(cells); len(cells) >= len(g.carried) {
			return cells
		}
		if !g.spend("") {
			g.carried = nil
			return cells
		}
		cells = append(cells, "")
	}
}

// spend reports whether one more copy of a cell may be made.
func (g *grid) spend(s string) bool {
	*g.repeats -= len(s) + 16
	return *g.repeats >= 0
}

func isCell(n *html.Node) bool { return n.DataAtom == atom.Td || n.DataAtom == atom.Th }

func tableRows(n *html.Node) (rows []*html.Node, caption *html.Node) {
	for c := range n.ChildNodes() {
		switch c.DataAtom {
		case atom.Tr:
			rows = append(rows, c)
		case atom.Caption:
			caption = c
		case atom.Thead, atom.Tbody, atom.Tfoot:
			inner, _ := tableRows(c)
			rows = append(rows, inner...)
		}
	}
	return rows, caption
}

// spanOf reads a span; zero rows means all that are left.
func spanOf(n *html.Node, key string, most int) int {
	v, err := strconv.Atoi(attr(n, key))
	switch {
	case err == nil && v == 0 && key == "rowspan":
		return most
	case err != nil || v < 1:
		return 1
	}
	return min(v, most)
}
