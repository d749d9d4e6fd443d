package load

import (
	"context"
	"fmt"
	"html"
	"iter"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"townclerk/evals"
	"townclerk/evals/run"
	"townclerk/knowledge"
	"townclerk/knowledge/parse"
	"townclerk/knowledge/source"
)

// byDocument counts pages.
var byDocument = run.Judge{
	Name: "document",
	Unit: func(p *knowledge.Passage) string { return p.URL },
	Found: func(c *evals.Case, p *knowledge.Passage) string {
		if slices.Contains(c.Relevant, p.URL) {
			return p.URL
		}
		return ""
	},
}

// byAnchor counts sections of pages.
var byAnchor = run.Judge{
	Name: "faq",
	Unit: func(p *knowledge.Passage) string { return p.URL + "#" + p.Anchor },
	Found: func(c *evals.Case, p *knowledge.Passage) string {
		if u := p.URL + "#" + p.Anchor; slices.Contains(c.Relevant, u) {
			return u
		}
		return ""
	},
}

// byCoverage counts passages. One is found when it is of the page and covers
// most of the words of the case's passage.
var byCoverage = run.Judge{
	Name: "passage",
	Unit: func(p *knowledge.Passage) string { return string(p.ID) },
	Found: func(c *evals.Case, p *knowledge.Passage) string {
		if slices.Contains(c.Relevant, p.URL) && covered(c.Passage, strings.Join(p.Headings, "\n")+"\n"+p.Text) > 0.5 {
			return p.URL
		}
		return ""
	},
}

// covered returns the share of gold's words, counted as often as they occur,
// that text has.
func covered(gold, text string) float64 {
	have := map[string]int{}
	for _, w := range words(text) {
		have[w]++
	}
	all := words(gold)
	n := 0
	for _, w := range all {
		if have[w] > 0 {
			have[w]--
			n++
		}
	}
	if len(all) == 0 {
		return 0
	}
	return float64(n) / float64(len(all))
}

func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

type passage struct {
	ID    string `json:"id"`
	URL   string `json:"url"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

// bare is a source that makes a page of each passage.
type bare []passage

func bareURL(id string) string { return "https://passages.example.gov/" + url.PathEscape(id) }

// Pages yields one HTML page for each passage, a paragraph for each line.
func (b bare) Pages(context.Context) iter.Seq2[source.Found, error] {
	return func(yield func(source.Found, error) bool) {
		for _, p := range b {
			var page strings.Builder
			fmt.Fprintf(&page, "<!doctype html><title>%s</title><main>", html.EscapeString(p.Title))
			for line := range strings.SplitSeq(strings.TrimPrefix(p.Text, p.Title), "\n") {
				fmt.Fprintf(&page, "<p>%s</p>\n", html.EscapeString(line))
			}
			raw := parse.Raw{Name: p.ID + ".html", URL: bareURL(p.ID), Data: []byte(page.String())}
			if !yield(source.Found{Name: p.ID, Page: raw}, nil) {
				return
			}
		}
	}
}
