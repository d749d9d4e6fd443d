package parse

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"townclerk/knowledge"
)

// maxHeading is the length in bytes of the longest heading. What is longer is
// text in large letters.
const maxHeading = 500

// walker goes through a pruned page in reading order and hands each block to
// the builder. Runs of inline content between block elements become paragraphs
// or, inside a list item or a definition, that. Recursion is bounded by the
// HTML parser's limit of 512 open elements.
type walker struct {
	*tree
	b       *builder
	run     strings.Builder // pending inline content
	marks   []mark          // anchors in run
	kind    knowledge.BlockKind
	depth   int // of lists
	level   int // of the heading above
	term    int // index of the definition list's last term, plus one
	repeats int // bytes that spanning table cells may still be repeated for
}

// mark is an anchor at a place of the pending run.
type mark struct {
	at int
	id string
}

func (w *walker) children(n *html.Node) {
	for c := range n.ChildNodes() {
		w.node(c)
	}
	w.flush()
}

func (w *walker) node(n *html.Node) {
	switch {
	case n.Type == html.TextNode:
		w.run.WriteString(n.Data)
	case n.Type != html.ElementNode:
	case n.DataAtom == atom.Br:
		w.run.WriteRune(lineBreak)
	case !isBlock(n) && !w.wraps[n]:
		inline(n, &w.run, w.mark)
	case w.kind != knowledge.Paragraph && !structural(n):
		w.flow(n)
	default:
		w.flush()
		w.anchorAt(n)
		w.block(n)
	}
}

// flow reads a paragraph that belongs to a list item or a definition.
func (w *walker) flow(n *html.Node) {
	w.mark(n)
	w.run.WriteByte(' ')
	for c := range n.ChildNodes() {
		w.node(c)
	}
	w.run.WriteByte(' ')
}

// flush ends the pending run. Two line breaks in a row part paragraphs, as they
// do on pages that were never written in paragraphs. An anchor counts from the
// block that it stands before.
func (w *walker) flush() {
	raw, marks := w.run.String(), w.marks
	w.run.Reset()
	w.marks = nil
	parts := []int{0, len(raw)}
	if w.kind == knowledge.Paragraph {
		parts = paragraphs(raw)
	}
	for i := 0; i+1 < len(parts); i++ {
		part := raw[parts[i]:parts[i+1]]
		lead := parts[i] + len(part) - len(strings.TrimLeftFunc(part, blank))
		for len(marks) > 0 && marks[0].at <= lead && lead < parts[i+1] {
			w.b.anchor = marks[0].id
			marks = marks[1:]
		}
		w.emit(part)
	}
	if len(marks) > 0 {
		w.b.anchor = marks[len(marks)-1].id
	}
}

func (w *walker) emit(text string) {
	level := 0
	if w.kind == knowledge.Item {
		level = max(w.depth, 1)
	}
	if i := w.b.add(w.kind, level, text); i >= 0 && w.kind == knowledge.Definition {
		w.b.blocks[i].Header = w.term
	}
}

// paragraphs returns where the paragraphs of a run begin, and its end: after
// every two or more line breaks with nothing between them.
func paragraphs(s string) []int {
	starts := []int{0}
	breaks := 0
	for i, r := range s {
		switch {
		case r == lineBreak:
			breaks++
		case unicode.IsSpace(r):
		default:
			if breaks > 1 {
				starts = append(starts, i)
			}
			breaks = 0
		}
	}
	return append(starts, len(s))
}

// blank reports what clean takes from the start of a text.
func blank(r rune) bool { return r == lineBreak || unicode.IsSpace(r) || invisible(r) }

func (w *walker) block(n *html.Node) {
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		w.level = int(n.Data[1] - '0')
		w.heading(n, w.level)
	case atom.Details:
		w.details(n)
	case atom.Summary:
		w.level = min(w.level+1, 6)
		w.heading(n, w.level)
	case atom.P:
		if title, ok := boldTitle(n); ok {
			w.innerAnchor(n)
			w.b.addGuess(min(w.level+1, 6), title)
			return
		}
		w.children(n)
	case atom.Ul, atom.Ol, atom.Menu, atom.Dir:
		w.depth++
		w.children(n)
		w.depth--
	case atom.Li:
		first := len(w.b.blocks)
		w.as(knowledge.Item, n)
		if wholly(n, false, atom.A) {
			for i := range w.b.blocks[first:] {
				w.b.blocks[first+i].Link = true
			}
		}
	case atom.Dl:
		term := w.term
		w.term = 0
		w.as(knowledge.Paragraph, n)
		w.term = term
	case atom.Dt:
		w.innerAnchor(n)
		w.term = w.b.add(knowledge.Term, 0, flat(text(n))) + 1
	case atom.Dd:
		w.as(knowledge.Definition, n)
	case atom.Table:
		w.table(n)
	case atom.Pre:
		w.innerAnchor(n)
		w.b.add(knowledge.Preformatted, 0, strings.ReplaceAll(text(n), "\n", string(lineBreak)))
	default:
		w.children(n)
	}
}

// as reads the content of n as blocks of the kind.
func (w *walker) as(kind knowledge.BlockKind, n *html.Node) {
	before := w.kind
	w.kind = kind
	w.children(n)
	w.kind = before
}

func (w *walker) heading(n *html.Node, level int) {
	title := clean(flat(text(n)))
	if len(title) > maxHeading {
		w.children(n)
		return
	}
	if attr(n, "id") == "" {
		w.innerAnchor(n)
	}
	w.b.add(knowledge.Heading, level, title)
}

// details reads a part of the page that folds. Its summary is a heading for
// what is in it, and for nothing behind it.
func (w *walker) details(n *html.Node) {
	level, blocks := w.level, len(w.b.blocks)
	w.as(knowledge.Paragraph, n)
	w.level = level
	if len(w.b.blocks) > blocks && level < 6 {
		w.b.leave(level + 1)
	}
}

// boldTitle reports a paragraph that is wholly bold, short and no sentence:
// what pages without headings use as headings.
func boldTitle(n *html.Node) (string, bool) {
	if !wholly(n, false, atom.B, atom.Strong) {
		return "", false
	}
	title := clean(flat(text(n)))
	ok := title != "" && len(title) <= 90 && !strings.ContainsAny(title[len(title)-1:], ".!;,") &&
		strings.IndexFunc(title, unicode.IsLetter) >= 0
	return title, ok
}

// wholly reports whether all text below n is in one of the elements; in says
// that n is.
func wholly(n *html.Node, in bool, elements ...atom.Atom) bool {
	for c := range n.ChildNodes() {
		switch {
		case c.Type == html.TextNode:
			if !in && strings.TrimLeftFunc(c.Data, blank) != "" {
				return false
			}
		case !wholly(c, in || slices.Contains(elements, c.DataAtom), elements...):
			return false
		}
	}
	return true
}

func isBlock(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Body, atom.Center, atom.Div,
		atom.Fieldset, atom.Figcaption, atom.Figure, atom.Form, atom.Header, atom.Hgroup, atom.Hr, atom.Html,
		atom.Legend, atom.Main, atom.P, atom.Section, atom.Tbody, atom.Td, atom.Tfoot, atom.Th, atom.Thead,
		atom.Tr, atom.Caption:
		return true
	}
	return structural(n)
}

// structural reports block elements that are never a part of the text of a list
// item or definition around them.
func structural(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Ul, atom.Ol, atom.Menu, atom.Dir, atom.Li, atom.Dl, atom.Dt, atom.Dd, atom.Table, atom.Pre,
		atom.Details, atom.Summary, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return true
	}
	return false
}
