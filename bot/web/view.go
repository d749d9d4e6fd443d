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
	Tickets   []ticketView
}

type sentenceView struct {
	Text  string
	Lang  string // of a quote, where it is known
	Dir   string
	Marks []sourceView
	Notes []note // not those that the answer had before
}

// A note stands beside a citation.
type note struct {
	Text  string
	Stale bool
}

// A sourceView is a link to a cited page: of one sentence, at its quote, or in
// the list of sources, with every quote of the answer.
type sourceView struct {
	N     int
	Title string
	Lang  string // of the title, where it is known
	Href  string // of the source view
	Live  string // of the page as it is today, or empty
}

// Rateable reports whether there is an answer to have an opinion on.
func (v turnView) Rateable() bool {
	return v.State == stateEnded && (v.Answer == nil || v.Answer.People == nil || v.Answer.People.Ticket == "")
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
	noted := map[string]bool{}
	for _, sentence := range sentences {
		v := sentenceView{Text: sentence.Text, Dir: "auto"}
		for _, c := range sentence.Citations {
			n := slices.Index(versions, c.Version)
			if n < 0 {
				n = len(versions)
				versions = append(versions, c.Version)
				sources = append(sources, sourceView{N: n + 1, Title: c.Title, Lang: c.Language, Live: c.URL})
				opensAt[c.Version] = quote(c.Ranges)
			}
			ranges[c.Version] = append(ranges[c.Version], c.Ranges...)
			v.Marks = append(v.Marks, sourceView{N: n + 1, Title: c.Title, Href: sourceHref(c.Version, c.Ranges, quote(c.Ranges), l.Lang)})
			if !sentence.Written && c.Language != "" {
				v.Lang, v.Dir = c.Language, direction(c.Language)
			}
			for _, note := range l.notes(c, sentence.Written) {
				if key := fmt.Sprint(n, note.Text); !noted[key] {
					noted[key], v.Notes = true, append(v.Notes, note)
				}
			}
		}
		views = append(views, v)
	}
	for i, v := range versions {
		sources[i].Href = sourceHref(v, ranges[v], opensAt[v], l.Lang)
	}
	return views, sources
}

// notes returns what is said beside a citation.
func (l words) notes(c bot.Citation, written bool) (all []note) {
	if !written && c.Language != "" && primary(c.Language) != l.Lang {
		all = append(all, note{Text: l.T("quoted", "language", l.in(c.Language))})
	}
	switch department := isolate(c.Department); {
	case c.Department != "" && c.Reviewed != "":
		all = append(all, note{Text: l.T("reviewed.by", "department", department, "date", l.Date(c.Reviewed))})
	case c.Department != "":
		all = append(all, note{Text: department})
	case c.Reviewed != "":
		all = append(all, note{Text: l.T("reviewed.on", "date", l.Date(c.Reviewed))})
	}
	if c.Overdue != "" {
		all = append(all, note{l.T("overdue", "date", l.Date(c.Overdue)), true})
	}
	if c.Ended != "" {
		all = append(all, note{l.T("ended", "date", l.Date(c.Ended)), true})
	}
	return all
}

// isolate keeps a text from changing the direction of what stands around it.
func isolate(text string) string { return "\u2068" + text + "\u2069" }

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
	ticketPart struct {
		Words  words
		Ticket ticketView
	}
	nodePart struct {
		Words words
		Node  node
	}
)

// Person is called by templates, as are Turn and Node.
func (l words) Person(c bot.Contact) personPart { return personPart{l, c} }

func (l words) Turn(t turnView) turnPart { return turnPart{l, t} }

func (l words) Ticket(t ticketView) ticketPart { return ticketPart{l, t} }

func (l words) Node(n node) nodePart { return nodePart{l, n} }
