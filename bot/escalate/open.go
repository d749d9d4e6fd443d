package escalate

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"townclerk/bot"
	"townclerk/retrieval"
)

// Matter is an inquiry that may go to people.
type Matter struct {
	Turn     bot.Turn
	Language string
	// Question is what it is about, Earlier what was asked before in the conversation.
	Question bot.Redacted
	Earlier  []bot.Redacted
	Hits     []retrieval.Hit
	// Found are sentences that staff may find useful, Missing what the pages lack.
	Found   []bot.Sentence
	Suggest bool // Found answers the question, and is a reply to start from
	Missing string
	Reason  string
	Hazard  string
}

// Way is where a matter goes.
type Way struct {
	Department Department
	Route      bot.Route
	People     bot.People // without a ticket
	Contact    bot.Contact
	// Reserved says why people have to answer it; empty: the assistant may.
	Reserved string
}

// Direct says which people a matter is for.
func (d *Desk) Direct(ctx context.Context, m Matter) Way {
	w := Way{Route: d.route(ctx, m.Question, m.Earlier, m.Hits)}
	to := w.Route.Department
	topic := d.topic(m.Question.String())
	switch {
	case m.Hazard != "" && d.config.Hazards != "":
		to = d.config.Hazards
	case topic != nil:
		w.Reserved = bot.ForTopic
		if topic.Department != "" {
			to = topic.Department
		}
	}
	w.Department = d.Department(to)
	if w.Reserved == "" && w.Department.Mode == PeopleFirst && to != "" {
		w.Reserved = bot.ForPeople
	}
	w.Contact = d.Contact(w.Department.ID)
	w.People = bot.People{Department: w.Department.ID, Name: w.Department.Name, Elsewhere: w.Route.Elsewhere}
	if now := d.now(); !w.Department.Hours.Open(now) {
		w.People.Opens = w.Department.Hours.Opens(now)
	}
	return w
}

// Reserves reports whether people may have to answer a question whatever the pages say:
// only then is it worth to route it before it is answered.
func (d *Desk) Reserves(question bot.Redacted) bool {
	return d.topic(question.String()) != nil ||
		slices.ContainsFunc(d.config.Departments, func(x Department) bool { return x.Mode == PeopleFirst })
}

// Always reports whether what the pages do not answer goes to people unasked.
func (d *Desk) Always() bool { return d.config.Always }

func (d *Desk) topic(question string) *Topic {
	text := words(question)
	for i, t := range d.config.Topics {
		for _, w := range t.Words {
			if p := words(w); p != "  " && strings.Contains(text, p) {
				return &d.config.Topics[i]
			}
		}
	}
	return nil
}

// words are the words of a text in lower case, with a space around each.
func words(text string) string {
	return " " + strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
	}), " ") + " "
}

// Prepare makes a matter a ticket that is not recorded yet, with what the citizen may be
// told once it is.
func (d *Desk) Prepare(ctx context.Context, m Matter, w Way) (bot.Opening, bot.People, error) {
	reply := ""
	if m.Suggest {
		reply = suggested(m.Found)
	}
	brief, err := json.Marshal(bot.Inquiry{
		Question: m.Question, Earlier: m.Earlier, Found: m.Found, Suggested: reply,
		Reason: m.Reason, Missing: m.Missing, Route: w.Route, Hazard: m.Hazard,
	})
	if err != nil {
		return bot.Opening{}, bot.People{}, fmt.Errorf("prepare a ticket: %w", err)
	}
	e := bot.TicketEvent{
		Seq: 1, Kind: bot.TicketOpened, At: d.now(), By: bot.Actor{Kind: bot.Citizen},
		Facts: map[string]any{bot.FactTo: w.Department.ID, bot.FactReason: m.Reason},
		Texts: map[string]json.RawMessage{bot.TextBrief: brief},
	}
	t := bot.Ticket{
		ID: bot.NewTicketID(), Conversation: m.Turn.Conversation, Turn: m.Turn.ID, Department: w.Department.ID,
		State: bot.TicketOpen, Version: 1, Language: m.Language, OpenedAt: e.At, Alert: w.Department.Mode == AlertsOnly,
		Events: []bot.TicketEvent{e},
	}
	t = d.planned(t, e, d.wait(ctx, t.Department))
	people := w.People
	people.Ticket, people.Due = t.ID, t.Due
	if t.Alert {
		people.Due = people.Opens // nobody answers here
		people.Ticket = ""
	}
	return bot.Opening{Ticket: t, Event: e, Sinks: d.sinks}, people, nil
}

// Open records a prepared ticket and ends its turn. It returns the ticket that there
// is: another one where the conversation had one that takes its messages.
func (d *Desk) Open(ctx context.Context, o bot.Opening, end bot.TurnEnd) (bot.Ticket, error) {
	t, _, err := d.store.OpenTicket(ctx, o, end)
	if err != nil {
		return t, fmt.Errorf("open a ticket: %w", err)
	}
	d.wake()
	return t, nil
}

// suggested is a reply made of sentences of the pages, for staff to start from.
func suggested(found []bot.Sentence) string {
	var b strings.Builder
	for _, s := range found {
		b.WriteString(s.Text)
		if len(s.Citations) > 0 && s.Citations[0].URL != "" {
			b.WriteString(" (" + s.Citations[0].URL + ")")
		}
		b.WriteString("\n")
	}
	return strings.TrimSpace(b.String())
}
