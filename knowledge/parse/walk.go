package parse

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"townclerk/knowledge"
)

// walker goes through a page in reading order and hands each block to the
// builder. Runs of inline content between block elements become paragraphs.
// Recursion is bounded by the HTML parser's limit of 512 open elements.
type walker struct {
	b     *builder
	run   strings.Builder // pending inline content
	depth int             // of lists
}

func (w *walker) children(n *html.Node) {
	for c := range n.ChildNodes() {
		w.node(c)
	}
	w.flush()
}

// flush ends the pending paragraph. Two line breaks in a row part paragraphs,
// as they do on pages that were never written in paragraphs.
func (w *walker) flush() {
	raw := w.run.String()
	w.run.Reset()
	for part := range strings.SplitSeq(foldBreaks(raw), "\x00") {
		w.b.add(knowledge.Paragraph, 0, part)
	}
}

// foldBreaks replaces two or more line breaks, with or without white space
// between them, by a NUL.
func foldBreaks(s string) string {
	lines := strings.Split(s, string(lineBreak))
	var b strings.Builder
	for i, l := range lines {
		if i > 0 {
			if strings.TrimSpace(l) == "" && i+1 < len(lines) {
				b.WriteByte(0)
				continue
			}
			b.WriteRune(lineBreak)
		}
		b.WriteString(l)
	}
	return b.String()
}

func (w *walker) node(n *html.Node) {
	switch {
	case n.Type == html.TextNode:
		w.run.WriteString(n.Data)
	case n.Type != html.ElementNode || skipped(n):
	case n.DataAtom == atom.Br:
		w.run.WriteRune(lineBreak)
	case !isBlock(n) && !hasBlock(n):
		w.anchorAt(n)
		inline(&w.run, n)
	default:
		w.flush()
		w.anchorAt(n)
		w.block(n)
	}
}

// anchorAt remembers the id that the live page can be opened at.
func (w *walker) anchorAt(n *html.Node) {
	id := attr(n, "id")
	if id == "" && n.DataAtom == atom.A {
		id = attr(n, "name")
	}
	if id != "" && !strings.ContainsAny(id, " \t\n\"'<>") {
		w.b.anchor = id
	}
}

func (w *walker) block(n *html.Node) {
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		w.b.heading = int(n.Data[1] - '0')
		w.innerAnchor(n)
		w.b.add(knowledge.Heading, w.b.heading, flat(text(n)))
	case atom.Summary:
		w.innerAnchor(n)
		w.b.add(knowledge.Heading, min(w.b.heading+1, 6), flat(text(n)))
	case atom.P:
		if title, ok := boldTitle(n); ok {
			w.b.add(knowledge.Heading, min(w.b.heading+1, 6), title)
			return
		}
		w.children(n)
	case atom.Ul, atom.Ol, atom.Menu:
		w.depth++
		w.children(n)
		w.depth--
	case atom.Li:
		w.item(n)
	case atom.Dl:
		w.definitions(n)
	case atom.Table:
		w.table(n)
	case atom.Pre:
		w.b.add(knowledge.Preformatted, 0, strings.ReplaceAll(text(n), "\n", string(lineBreak)))
	default:
		w.children(n)
	}
}

// innerAnchor takes an anchor written inside a heading, as many pages do.
func (w *walker) innerAnchor(n *html.Node) {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode {
			w.anchorAt(d)
		}
	}
}

// item adds a list item as one block. Paragraphs in it belong to it; lists and
// tables in it follow as blocks of their own.
func (w *walker) item(n *html.Node) {
	var own strings.Builder
	var nested []*html.Node
	var collect func(*html.Node)
	collect = func(n *html.Node) {
		for c := range n.ChildNodes() {
			if c.Type == html.ElementNode {
				if skipped(c) {
					continue
				}
				switch c.DataAtom {
				case atom.Ul, atom.Ol, atom.Dl, atom.Table, atom.Details, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
					nested = append(nested, c)
					continue
				}
				if isBlock(c) {
					own.WriteByte(' ')
					collect(c)
					own.WriteByte(' ')
					continue
				}
			}
			inline(&own, c)
		}
	}
	collect(n)
	w.b.add(knowledge.Item, max(w.depth, 1), own.String())
	for _, c := range nested {
		w.node(c)
	}
	w.flush()
}

// definitions adds the terms and definitions of a list; each definition points
// at the term before it. Wrapping <div>s are looked through.
func (w *walker) definitions(n *html.Node) {
	term := 0
	for c := range n.Descendants() {
		if c.Type != html.ElementNode || inSkipped(c, n) {
			continue
		}
		switch c.DataAtom {
		case atom.Dt:
			w.anchorAt(c)
			term = w.b.add(knowledge.Term, 0, flat(text(c))) + 1
		case atom.Dd:
			if i := w.b.add(knowledge.Definition, 0, text(c)); i >= 0 {
				w.b.blocks[i].Header = term
			}
		}
	}
}

func inSkipped(n, root *html.Node) bool {
	for p := n; p != nil && p != root; p = p.Parent {
		if skipped(p) {
			return true
		}
	}
	return false
}

// boldTitle reports a paragraph that is wholly bold, short and no sentence:
// what pages without headings use as headings.
func boldTitle(n *html.Node) (string, bool) {
	all := clean(text(n))
	var bold strings.Builder
	for d := range n.Descendants() {
		if d.DataAtom == atom.B || d.DataAtom == atom.Strong {
			bold.WriteString(text(d))
		}
	}
	ok := all != "" && len(all) <= 90 && clean(bold.String()) == all && !strings.ContainsAny(all[len(all)-1:], ".!;,")
	return flat(all), ok
}

func flat(s string) string {
	return strings.NewReplacer("\n", " ", string(lineBreak), " ").Replace(s)
}

func isBlock(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Body, atom.Center, atom.Dd, atom.Details,
		atom.Dir, atom.Div, atom.Dl, atom.Dt, atom.Fieldset, atom.Figcaption, atom.Figure, atom.Form, atom.H1,
		atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Header, atom.Hgroup, atom.Hr, atom.Html, atom.Legend,
		atom.Li, atom.Main, atom.Menu, atom.Ol, atom.P, atom.Pre, atom.Section, atom.Summary, atom.Table,
		atom.Tbody, atom.Td, atom.Tfoot, atom.Th, atom.Thead, atom.Tr, atom.Ul, atom.Caption:
		return true
	}
	return false
}

// hasBlock reports an inline element, such as a link around a card, with block
// elements in it.
func hasBlock(n *html.Node) bool {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && isBlock(d) {
			return true
		}
	}
	return false
}

func spanOf(n *html.Node, key string) int {
	v, err := strconv.Atoi(attr(n, key))
	if err != nil || v < 1 {
		return 1
	}
	return min(v, 100)
}
