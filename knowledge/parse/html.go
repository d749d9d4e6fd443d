package parse

import (
	"bytes"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// htmlPage parses a page in UTF-8.
func htmlPage(data []byte) (meta, *builder, error) {
	if reopens(data) {
		return meta{}, nil, ErrGrows
	}
	doc, err := html.Parse(bytes.NewReader(data))
	if err != nil {
		if strings.Contains(err.Error(), "open stack") { // the parser's depth limit has no error value
			return meta{}, nil, ErrNested
		}
		return meta{}, nil, err
	}
	said := readMeta(doc)
	t := prune(doc)
	w := &walker{tree: t, b: &builder{}, repeats: maxRepeats}
	w.children(contentRoot(doc))
	return said, w.b, nil
}

// Lengths that what a page says about itself is cut to: it is repeated with
// every passage.
const (
	maxTitle       = 300
	maxDescription = 1000
)

// readMeta collects what the head says. The canonical address counts only
// there: the body may hold what others wrote.
func readMeta(doc *html.Node) meta {
	var m meta
	inHead := false
	for n := range doc.Descendants() {
		switch {
		case n.DataAtom == atom.Html && n.Parent == doc:
			m.language = attr(n, "lang")
		case n.DataAtom == atom.Body:
			inHead = false
		case n.DataAtom == atom.Head:
			inHead = true
		case n.DataAtom == atom.Title && m.title == "" && n.Namespace == "":
			m.title = cleanLine(text(n), maxTitle)
		case n.DataAtom == atom.Link && inHead && m.url == "" && canonical(n):
			m.url = attr(n, "href")
		case n.DataAtom == atom.Meta && inHead:
			name := firstOf(attr(n, "name"), attr(n, "property"), "itemprop:"+attr(n, "itemprop"))
			m.read(strings.ToLower(name), attr(n, "content"))
		}
	}
	return m
}

func canonical(link *html.Node) bool {
	return slices.Contains(strings.Fields(strings.ToLower(attr(link, "rel"))), "canonical")
}

func (m *meta) read(name, content string) {
	switch name {
	case "description":
		m.description = cleanLine(content, maxDescription)
	case "department", "dc.creator":
		m.department = cleanLine(content, maxTitle)
	case "last-reviewed", "last_reviewed", "dcterms.modified", "last-modified":
		m.reviewed = content
	case "review-by", "review_by", "review-date", "review_date", "next-review", "next_review", "govuk:review-date":
		m.reviewBy = content
	// The name "expires" alone tells caches when to ask again and is none of these.
	case "itemprop:expires", "schema:expires", "article:expiration_time", "valid-until", "valid_until", "expiry-date", "expiry_date":
		m.ends = content
	case "dcterms.valid", "dc.date.valid", "dcterms:valid":
		m.ends = periodEnd(content)
	}
}

// periodEnd returns the end of a period as Dublin Core writes one ("start=2024-01-01;
// end=2024-12-31;") or as ISO 8601 does ("2024-01-01/2024-12-31"). A day alone is the end.
func periodEnd(s string) string {
	if _, end, ok := strings.Cut(s, "/"); ok {
		return end
	}
	if _, end, ok := strings.Cut(s, "end="); ok {
		end, _, _ = strings.Cut(end, ";")
		return end
	}
	if strings.Contains(s, "start=") {
		return ""
	}
	return s
}

// contentRoot returns the page's only <main> where it has one with text, else
// its body. The page has been pruned.
func contentRoot(doc *html.Node) *html.Node {
	root := doc
	var mains []*html.Node
	var find func(*html.Node)
	find = func(n *html.Node) {
		for c := range n.ChildNodes() {
			switch {
			case c.DataAtom == atom.Main || attr(c, "role") == "main":
				mains = append(mains, c)
				continue
			case c.DataAtom == atom.Body:
				root = c
			}
			find(c)
		}
	}
	find(doc)
	if len(mains) == 1 && strings.TrimSpace(text(mains[0])) != "" {
		return mains[0]
	}
	return root
}

// text returns all text below n.
func text(n *html.Node) string {
	var b strings.Builder
	inline(n, &b, nil)
	return b.String()
}

// inline writes the text below n. It tells seen of every element at its start.
func inline(n *html.Node, b *strings.Builder, seen func(*html.Node)) {
	switch n.Type {
	case html.TextNode:
		b.WriteString(n.Data)
		return
	case html.ElementNode:
		if n.DataAtom == atom.Br {
			b.WriteRune(lineBreak)
			return
		}
		if seen != nil {
			seen(n)
		}
		if isBlock(n) {
			b.WriteByte(' ')
			defer b.WriteByte(' ')
		}
	}
	for c := range n.ChildNodes() {
		inline(c, b, seen)
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
