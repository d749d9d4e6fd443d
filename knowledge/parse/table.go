package parse

import (
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"townclerk/knowledge"
)

// table adds a caption as a paragraph and each row as a block. Cells that span
// rows or columns are repeated, so that every row reads by itself. A table
// whose cells hold other blocks in bulk is layout and is read as plain content.
func (w *walker) table(n *html.Node) {
	rows, caption := tableRows(n)
	if layout(rows) {
		for _, r := range rows {
			for c := range r.ChildNodes() {
				if c.Type == html.ElementNode && !skipped(c) {
					w.children(c)
				}
			}
		}
		return
	}
	if caption != nil {
		w.b.add(knowledge.Paragraph, 0, text(caption))
	}
	header := 0
	var carried []carry
	for i, r := range rows {
		cells, allHeaders := rowCells(r, &carried)
		isHeader := allHeaders && len(cells) > 1 || i == 0 && r.Parent.DataAtom == atom.Thead
		at := 0
		if !isHeader {
			at = header
		}
		w.anchorAt(r)
		if j := w.b.addRow(cells, at, isHeader); j >= 0 && isHeader {
			header = j + 1
		}
	}
}

// carry is a cell that reaches into the rows below.
type carry struct {
	text string
	left int
}

// rowCells returns a row's cell texts, spans filled in, and whether all of its
// own cells are header cells.
func rowCells(r *html.Node, carried *[]carry) ([]string, bool) {
	var cells []string
	headers := true
	fill := func() {
		for len(cells) < len(*carried) && (*carried)[len(cells)].left > 0 {
			c := &(*carried)[len(cells)]
			c.left--
			cells = append(cells, c.text)
		}
	}
	for c := range r.ChildNodes() {
		if c.DataAtom != atom.Td && c.DataAtom != atom.Th || skipped(c) || len(cells) > 200 {
			continue
		}
		headers = headers && c.DataAtom == atom.Th
		s := text(c)
		for range spanOf(c, "colspan") {
			fill()
			for len(*carried) <= len(cells) {
				*carried = append(*carried, carry{})
			}
			(*carried)[len(cells)] = carry{s, spanOf(c, "rowspan") - 1}
			cells = append(cells, s)
		}
	}
	fill()
	return cells, headers && len(cells) > 0
}

func tableRows(n *html.Node) (rows []*html.Node, caption *html.Node) {
	for c := range n.ChildNodes() {
		if c.Type != html.ElementNode || skipped(c) {
			continue
		}
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

// layout reports a table with headings, tables or several paragraphs in a cell.
func layout(rows []*html.Node) bool {
	for _, r := range rows {
		for d := range r.Descendants() {
			switch d.DataAtom {
			case atom.Table, atom.H1, atom.H2, atom.H3, atom.H4:
				return true
			}
		}
	}
	return false
}
