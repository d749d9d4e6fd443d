package web

import (
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strings"

	"townclerk/bot"
	"townclerk/knowledge"
)

// A turnView is a turn as page.html shows it; widget/answer.js does the same
// for the script.
type turnView struct {
	wireTurn
	Sentences []sentenceView
	Sources   []sourceView
}

type sentenceView struct {
	Text  string
	Marks []sourceView
}

// A sourceView is a link to a cited page: of one sentence, at its quote, or in
// the list of sources, with every quote of the answer.
type sourceView struct {
	N     int
	Title string
	Href  string // of the source view
	Live  string // of the page as it is today, or empty
}

func (s *server) turnViews(turns []bot.Turn, l words) []turnView {
	var all []turnView
	for _, t := range s.wireTurns(turns) {
		v := turnView{wireTurn: t}
		if t.Answer != nil {
			v.Sentences, v.Sources = citedBy(t.Answer.Sentences, l)
		}
		all = append(all, v)
	}
	return all
}

// citedBy numbers the cited versions in order of appearance.
func citedBy(sentences []bot.Sentence, l words) (views []sentenceView, sources []sourceView) {
	var versions []knowledge.VersionID
	ranges := map[knowledge.VersionID][]knowledge.Range{}
	opensAt := map[knowledge.VersionID]string{}
	for _, sentence := range sentences {
		v := sentenceView{Text: sentence.Text}
		for _, c := range sentence.Citations {
			n := slices.Index(versions, c.Version)
			if n < 0 {
				n = len(versions)
				versions = append(versions, c.Version)
				sources = append(sources, sourceView{N: n + 1, Title: c.Title, Live: c.URL})
				opensAt[c.Version] = quote(c.Ranges)
			}
			ranges[c.Version] = append(ranges[c.Version], c.Ranges...)
			v.Marks = append(v.Marks, sourceView{N: n + 1, Title: c.Title, Href: sourceHref(c.Version, c.Ranges, quote(c.Ranges), l.Lang)})
		}
		views = append(views, v)
	}
	for i, v := range versions {
		sources[i].Href = sourceHref(v, ranges[v], opensAt[v], l.Lang)
	}
	return views, sources
}

// sourceHref returns the address of the source view with ranges highlighted,
// opened at a fragment.
func sourceHref(v knowledge.VersionID, ranges []knowledge.Range, at, lang string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "/sources/%s?lang=%s", url.PathEscape(string(v)), lang)
	for _, r := range ranges[:min(len(ranges), maxRanges)] {
		fmt.Fprintf(&b, "&r=%d-%d", r.Start, r.End)
	}
	if at != "" {
		b.WriteString("#" + at)
	}
	return b.String()
}

// quote returns the fragment that a citation is opened at: the first range, or
// where there are several, which come in pairs of a header and its cell, the
// first cell.
func quote(ranges []knowledge.Range) string {
	if len(ranges) == 0 {
		return ""
	}
	return fragment(ranges[min(1, len(ranges)-1)])
}

func fragment(r knowledge.Range) string { return fmt.Sprintf("r%d-%d", r.Start, r.End) }

// telephone returns the link that dials a number as it is written for people.
func telephone(number string) template.URL {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, number)
	return template.URL("tel:" + digits) // nothing but digits and plus signs
}

// What templates within templates are given: the words and one thing.
type (
	personPart struct {
		words
		Contact bot.Contact
	}
	turnPart struct {
		Words words
		Turn  turnView
	}
	nodePart struct {
		Words words
		Node  node
	}
)

// Person is called by templates, as are Turn and Node.
func (l words) Person(c bot.Contact) personPart { return personPart{l, c} }

func (l words) Turn(t turnView) turnPart { return turnPart{l, t} }

func (l words) Node(n node) nodePart { return nodePart{l, n} }
