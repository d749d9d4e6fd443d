package web

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"townclerk/bot"
	"townclerk/knowledge"
)

// wireSite is what a client shows before the first question.
type wireSite struct {
	Agency     string      `json:"agency"`
	Language   string      `json:"language"` // of the examples
	Disclosure string      `json:"disclosure"`
	Contact    bot.Contact `json:"contact"`
	Examples   []string    `json:"examples"`
	// TimeZone is the agency's, by its name in IANA's list.
	TimeZone string `json:"time_zone"`
}

type wireCreated struct {
	ID    bot.ConversationID `json:"id"`
	Token bot.Token          `json:"token"`
	wireSite
}

// wireHandedOver is the ticket that something led to.
type wireHandedOver struct {
	Ticket bot.TicketView `json:"ticket"`
}

type wireTranscript struct {
	ID bot.ConversationID `json:"id"`
	wireSite
	Turns   []wireTurn       `json:"turns"`
	Tickets []bot.TicketView `json:"tickets"`
}

// The states of a turn as a client sees it.
const (
	stateOpen  = "open"  // still being answered
	stateEnded = "ended" // its answer is whole
	stateLost  = "lost"  // its deadline passed before it ended
)

type wireTurn struct {
	ID       bot.TurnID  `json:"id"`
	Key      string      `json:"key,omitempty"`
	AskedAt  time.Time   `json:"asked_at"`
	Question string      `json:"question"`
	State    string      `json:"state"`
	Outcome  bot.Outcome `json:"outcome,omitempty"`
	Answer   *bot.Answer `json:"answer,omitempty"`
}

func (s *server) wireSite(l words) wireSite {
	w := wireSite{Agency: s.site.Agency, Language: s.site.Language, Disclosure: s.site.Disclosure,
		Contact: s.site.Contact, Examples: append([]string{}, s.site.Examples...), TimeZone: s.zone().String()}
	if w.Disclosure == "" {
		w.Disclosure = l.T("disclosure", "agency", w.Agency)
	}
	w.Contact.URL = s.live(w.Contact.URL)
	return w
}

func (s *server) wireTurns(turns []bot.Turn) []wireTurn {
	all := make([]wireTurn, len(turns))
	for i, t := range turns {
		all[i] = wireTurn{ID: t.ID, Key: t.Key, AskedAt: t.OpenedAt.UTC(), Question: t.Question.String(),
			State: stateOpen, Outcome: t.Outcome}
		switch {
		case t.Ended:
			all[i].State = stateEnded
		case s.site.Now().After(t.Deadline):
			all[i].State = stateLost
		}
		if t.Answer != nil {
			a := s.showAnswer(*t.Answer)
			all[i].Answer = &a
		}
	}
	return all
}

// showAnswer returns a copy for the citizen: live links are rewritten, and
// lists are lists where they are empty.
func (s *server) showAnswer(a bot.Answer) bot.Answer {
	a.Sentences = s.showSentences(a.Sentences)
	nearest := make([]bot.Page, len(a.Nearest))
	for i, p := range a.Nearest {
		nearest[i] = bot.Page{Title: p.Title, URL: s.live(p.URL), Department: p.Department}
	}
	a.Nearest = nearest
	a.Help = slices.Clone(a.Help)
	for i := range a.Help {
		a.Help[i].URL = link(a.Help[i].URL)
	}
	if a.People != nil && a.People.Elsewhere != nil {
		p := *a.People
		p.Elsewhere = &bot.Page{Title: p.Elsewhere.Title, URL: s.live(p.Elsewhere.URL)}
		a.People = &p
	}
	if a.Person != nil {
		c := *a.Person
		c.URL = s.live(c.URL)
		a.Person = &c
	}
	return a
}

func (s *server) showPart(p bot.Part) bot.Part {
	p.Sentences = s.showSentences(p.Sentences)
	return p
}

func (s *server) showSentences(in []bot.Sentence) []bot.Sentence {
	out := make([]bot.Sentence, len(in))
	for i, sentence := range in {
		cs := make([]bot.Citation, len(sentence.Citations))
		for j, c := range sentence.Citations {
			c.URL = s.live(c.URL)
			if c.Title == "" {
				c.Title = c.URL
			}
			c.Ranges = append([]knowledge.Range{}, c.Ranges...)
			cs[j] = c
		}
		sentence.Citations = cs
		out[i] = sentence
	}
	return out
}

// live returns the address that is shown for one on the record: a link, rewritten
// by the longest prefix that fits.
func (s *server) live(address string) string { return link(Live(s.site.LiveLinks, address)) }

// Live returns an address as it is shown: rewritten by the longest prefix that fits.
func Live(links map[string]string, address string) string {
	best := ""
	for from := range links {
		if len(from) > len(best) && strings.HasPrefix(address, from) {
			best = from
		}
	}
	if best == "" {
		return address
	}
	return links[best] + address[len(best):]
}

// link returns an address that may be a link, or nothing: it is http or https.
func link(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.String()
}
