package parse

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// tree is what one pass over a page finds out about its elements, so that
// nothing is looked for twice.
type tree struct {
	// wraps holds the inline elements, such as a link around a card, with block
	// elements in them.
	wraps map[*html.Node]bool
	// layouts holds the tables that serve to place things on the page.
	layouts map[*html.Node]bool
}

// content says what there is below an element.
type content uint8

const (
	hasBlock   content = 1 << iota
	hasSection         // a table or a heading
	hasHeader          // a header cell
	hasFlow            // a list or several paragraphs in one cell
)

// prune takes out of the page what a reader does not see of it or does not take
// as its text.
func prune(doc *html.Node) *tree {
	t := &tree{wraps: map[*html.Node]bool{}, layouts: map[*html.Node]bool{}}
	t.prune(doc, false)
	return t
}

// prune works below n; inside says that n is in the page's content proper.
func (t *tree) prune(n *html.Node, inside bool) content {
	var found content
	paragraphs := 0
	for c, next := n.FirstChild, (*html.Node)(nil); c != nil; c = next {
		next = c.NextSibling
		switch {
		case c.Type == html.TextNode:
			if strings.ContainsRune(c.Data, lineBreak) {
				c.Data = strings.ReplaceAll(c.Data, string(lineBreak), "")
			}
			continue
		case c.Type != html.ElementNode || !inside && c.DataAtom == atom.Header || furniture(c) || hidden(c):
			n.RemoveChild(c)
			continue
		}
		in := inside || c.DataAtom == atom.Main || c.DataAtom == atom.Article || c.DataAtom == atom.Section
		below := t.prune(c, in)
		t.note(c, below)
		if c.DataAtom != atom.Caption {
			found |= below | own(c)
		}
		switch c.DataAtom {
		case atom.P:
			paragraphs++
		case atom.A:
			prunePermalink(c)
		}
	}
	if n.DataAtom == atom.Td && paragraphs > 1 {
		found |= hasFlow
	}
	return found
}

// prunePermalink takes the sign ("#", "¶") out of a link to its own place.
func prunePermalink(a *html.Node) {
	if !strings.HasPrefix(attr(a, "href"), "#") || a.FirstChild == nil || a.FirstChild != a.LastChild {
		return
	}
	if c := a.FirstChild; c.Type == html.TextNode && strings.IndexFunc(c.Data, wordRune) < 0 {
		a.RemoveChild(c)
	}
}

func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func own(n *html.Node) content {
	var c content
	if isBlock(n) {
		c = hasBlock
	}
	switch n.DataAtom {
	case atom.Table, atom.H1, atom.H2, atom.H3, atom.H4:
		c |= hasSection
	case atom.Th:
		c |= hasHeader
	case atom.Ul, atom.Ol, atom.Dl:
		c |= hasFlow
	}
	return c
}

func (t *tree) note(n *html.Node, below content) {
	switch {
	case n.DataAtom == atom.Table:
		role := attr(n, "role")
		t.layouts[n] = below&hasSection != 0 || below&(hasHeader|hasFlow) == hasFlow || role == "presentation" || role == "none"
	case below&hasBlock != 0 && !isBlock(n):
		t.wraps[n] = true
	}
}

// furniture reports elements that are no text of the page, or that it takes
// back: what is struck out no longer holds.
func furniture(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Template, atom.Svg, atom.Math, atom.Iframe, atom.Object,
		atom.Nav, atom.Footer, atom.Button, atom.Select, atom.Datalist, atom.Textarea, atom.Input,
		atom.Noscript, atom.Noframes, atom.Noembed, atom.Head, atom.Title, atom.Dialog, atom.Audio,
		atom.Video, atom.Canvas, atom.Del, atom.S, atom.Strike:
		return true
	}
	return false
}

// hidden reports elements whose attributes say that they are not shown, or that
// they are page furniture. The page as a whole is never hidden: some are until
// a script has run.
func hidden(n *html.Node) bool {
	if n.DataAtom == atom.Html || n.DataAtom == atom.Body {
		return false
	}
	for _, a := range n.Attr {
		value := strings.ToLower(a.Val)
		switch a.Key {
		case "hidden":
			if value != "until-found" {
				return true
			}
		case "aria-hidden":
			if value == "true" {
				return true
			}
		case "role":
			switch value {
			case "navigation", "banner", "contentinfo", "search", "menu", "menubar", "dialog", "alertdialog":
				return true
			}
		case "style":
			if concealed(value) {
				return true
			}
		case "class", "id":
			if n.DataAtom != atom.Main && boilerplate(value) {
				return true
			}
		}
	}
	return false
}

// boilerplate reports class and id names that by custom mark page furniture.
func boilerplate(names string) bool {
	for name := range strings.FieldsSeq(names) {
		switch name {
		case "nav", "navbar", "navigation", "breadcrumb", "breadcrumbs", "menu", "footer", "site-footer",
			"site-header", "skip-link", "skiplink", "skip", "cookie", "cookies", "cookie-banner", "cookie-notice",
			"sr-only", "visually-hidden", "share", "social", "pagination", "masthead", "topbar",
			"related-links", "sidebar-nav", "sidenav":
			return true
		case "hidden": // unless shown again on some screens: "hidden md:block"
			if !strings.Contains(names, ":") {
				return true
			}
		}
	}
	return false
}

// concealed reports a style that makes an element invisible or puts it off the
// screen. Of contradicting declarations the last one counts.
func concealed(style string) bool {
	properties := map[string]bool{}
	for d := range strings.SplitSeq(withoutComments(style), ";") {
		name, value, _ := strings.Cut(d, ":")
		value, _, _ = strings.Cut(value, "!") // !important
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		switch name {
		case "display":
			properties[name] = value == "none"
		case "visibility", "content-visibility":
			properties[name] = value == "hidden" || value == "collapse"
		case "opacity", "font-size":
			n, ok := number(value)
			properties[name] = ok && n == 0
		case "left", "top", "right", "bottom", "text-indent", "margin-left", "margin-top":
			n, ok := number(value)
			properties[name] = ok && n <= -999
		}
	}
	for _, hides := range properties {
		if hides {
			return true
		}
	}
	return false
}

func withoutComments(css string) string {
	var b strings.Builder
	for css != "" {
		before, rest, _ := strings.Cut(css, "/*")
		b.WriteString(before)
		_, css, _ = strings.Cut(rest, "*/")
	}
	return b.String()
}

// number reads the number in front of a unit.
func number(value string) (float64, bool) {
	n, err := strconv.ParseFloat(strings.TrimRight(value, "abcdefghijklmnopqrstuvwxyz% "), 64)
	return n, err == nil
}
