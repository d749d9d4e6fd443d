package parse

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"
)

// htmlPage parses a page in the given encoding; empty: as the page declares or
// its bytes suggest.
func htmlPage(data []byte, encoding string) (meta, *builder, error) {
	r := io.Reader(bytes.NewReader(data))
	if encoding == "" {
		var err error
		if r, err = charset.NewReader(r, "text/html"); err != nil {
			return meta{}, nil, fmt.Errorf("character encoding: %w", err)
		}
	}
	doc, err := html.Parse(r)
	if err != nil {
		if strings.Contains(err.Error(), "open stack") { // the parser's depth limit has no error value
			return meta{}, nil, ErrNested
		}
		return meta{}, nil, err
	}
	b := &builder{}
	(&walker{b: b}).children(contentRoot(doc))
	return readMeta(doc), b, nil
}

// readMeta collects what the head says.
func readMeta(doc *html.Node) meta {
	var m meta
	for n := range doc.Descendants() {
		switch {
		case n.DataAtom == atom.Html:
			m.language = attr(n, "lang")
		case n.DataAtom == atom.Title && m.title == "" && n.Namespace == "":
			m.title = clean(text(n))
		case n.DataAtom == atom.Link && strings.EqualFold(attr(n, "rel"), "canonical"):
			m.url = attr(n, "href")
		case n.DataAtom == atom.Meta:
			content := clean(attr(n, "content"))
			switch strings.ToLower(attr(n, "name")) {
			case "description":
				m.description = content
			case "department", "dc.creator":
				m.department = content
			case "last-reviewed", "last_reviewed", "dcterms.modified", "last-modified":
				m.reviewed = content
			}
		}
	}
	return m
}

// contentRoot returns the page's only <main> where it has one, else its body.
func contentRoot(doc *html.Node) *html.Node {
	var body, main *html.Node
	mains := 0
	for n := range doc.Descendants() {
		if n.DataAtom == atom.Body {
			body = n
		}
		if n.DataAtom == atom.Main || attr(n, "role") == "main" {
			main = n
			mains++
		}
	}
	if mains == 1 && strings.TrimSpace(text(main)) != "" {
		return main
	}
	if body == nil {
		return doc
	}
	return body
}

// skipped reports elements whose text a reader does not take as the page's.
func skipped(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Template, atom.Svg, atom.Math, atom.Iframe, atom.Object,
		atom.Nav, atom.Footer, atom.Button, atom.Select, atom.Textarea, atom.Input, atom.Noscript,
		atom.Head, atom.Dialog, atom.Audio, atom.Video, atom.Canvas:
		return true
	case atom.Header:
		return !within(n, atom.Main, atom.Article, atom.Section)
	}
	for _, a := range n.Attr {
		value := strings.ToLower(a.Val)
		switch a.Key {
		case "hidden":
			return value != "until-found"
		case "aria-hidden":
			return value == "true"
		case "role":
			switch value {
			case "navigation", "banner", "contentinfo", "search", "menu", "menubar", "dialog", "alertdialog":
				return true
			}
		case "style":
			s := strings.ReplaceAll(value, " ", "")
			if strings.Contains(s, "display:none") || strings.Contains(s, "visibility:hidden") ||
				strings.Contains(s, "font-size:0") || strings.Contains(s, "opacity:0;") || strings.HasSuffix(s, "opacity:0") {
				return true
			}
		case "class", "id":
			if boilerplate(value) {
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
			"sr-only", "visually-hidden", "hidden", "share", "social", "pagination", "masthead", "topbar",
			"related-links", "sidebar-nav", "sidenav":
			return true
		}
	}
	return false
}

func within(n *html.Node, atoms ...atom.Atom) bool {
	for p := range n.Ancestors() {
		for _, a := range atoms {
			if p.DataAtom == a {
				return true
			}
		}
	}
	return false
}

// text returns all text below n that a reader sees.
func text(n *html.Node) string {
	var b strings.Builder
	inline(&b, n)
	return b.String()
}

func inline(b *strings.Builder, n *html.Node) {
	switch n.Type {
	case html.TextNode:
		b.WriteString(n.Data)
		return
	case html.ElementNode:
		if n.DataAtom == atom.Br {
			b.WriteRune(lineBreak)
			return
		}
		if skipped(n) {
			return
		}
		if isBlock(n) {
			b.WriteByte(' ')
			defer b.WriteByte(' ')
		}
	}
	for c := range n.ChildNodes() {
		inline(b, c)
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
