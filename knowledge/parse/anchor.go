package parse

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxAnchor is the length of the longest id that is kept.
const maxAnchor = 500

// idOf returns what the live page can be opened at to show the element; empty
// where it has no such name.
func idOf(n *html.Node) string {
	id := attr(n, "id")
	if id == "" && n.DataAtom == atom.A {
		id = attr(n, "name")
	}
	if len(id) > maxAnchor || strings.ContainsAny(id, " \t\n\"'<>") || clean(id) != id {
		return ""
	}
	return id
}

// anchorAt remembers the id for the blocks that follow.
func (w *walker) anchorAt(n *html.Node) {
	if id := idOf(n); id != "" {
		w.b.anchor = id
	}
}

// mark remembers the id for what follows in the pending run.
func (w *walker) mark(n *html.Node) {
	if id := idOf(n); id != "" {
		w.marks = append(w.marks, mark{w.run.Len(), id})
	}
}

// innerAnchor takes the first anchor written inside an element that is one
// block, as many pages do in their headings.
func (w *walker) innerAnchor(n *html.Node) {
	for d := range n.Descendants() {
		if id := idOf(d); d.Type == html.ElementNode && id != "" {
			w.b.anchor = id
			return
		}
	}
}
