package form

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	api "github.com/slack-go/slack"

	"townclerk/bot"
	"townclerk/bot/escalate"
)

// The actions of buttons and menus. The block that they stand in is named TicketBlock and the ticket.
const (
	DoClaim   = "claim"
	DoRelease = "release"
	DoReply   = "reply"
	DoResolve = "resolve"
	DoNotOurs = "not_ours"
	DoRoute   = "route"
	DoSend    = "send"
)

// TicketBlock begins the name of the block that a ticket's buttons stand in.
const TicketBlock = "ticket_"

// Words are what messages are made with.
type Words struct {
	Desk *escalate.Desk
	// Name names who did something to a ticket, for staff.
	Name func(context.Context, bot.Actor) string
}

// Most that a head shows of each: Slack takes 50 blocks with some 13,000 characters.
const (
	mostEarlier = 4
	mostFound   = 5
	mostTalk    = 6
	mostRoutes  = 100

	ofEach      = 300
	ofFound     = 500
	ofTalk      = 500
	ofWhy       = 800
	ofSuggested = 1500
)

// Section is a text of its own.
func Section(text string) api.Block { return section(text, maxText) }

func section(text string, n int) api.Block { return api.NewSectionBlock(Plain(text, n), nil, nil) }

// Context is a line in small letters.
func Context(texts ...string) api.Block {
	var elements []api.MixedElement
	for _, t := range texts {
		elements = append(elements, Plain(t, ofEach))
	}
	return api.NewContextBlock("", elements...)
}

// Short is the part of a ticket's identifier that people read.
func Short(id bot.TicketID) string { return string(id[:min(len(id), 8)]) }

// Head is a ticket's message: what staff need to know of it, and what they can do. Of
// what was said after it was opened it shows what came before the event since, at which
// this message was posted.
func (w Words) Head(ctx context.Context, t bot.Ticket, since int) []api.Block {
	q, ok := t.Brief()
	if !ok {
		return []api.Block{Section(Erased)}
	}
	var out []api.Block
	if q.Hazard != "" {
		out = append(out, Section("⚠ The message speaks of danger: "+q.Hazard))
	}
	department := w.Desk.Department(t.Department)
	out = append(out,
		api.NewHeaderBlock(Plain(department.Name+" · "+Short(t.ID), maxHeader)),
		Context(w.State(ctx, t)),
		Section(q.Question.String()))
	if n := len(q.Earlier); n > 0 {
		asked := []string{"Asked before:"}
		for _, e := range q.Earlier[max(0, n-mostEarlier):] {
			asked = append(asked, e.String())
		}
		out = append(out, Context(asked...))
	}
	out = append(out, w.talk(ctx, t, since)...)
	out = append(out, found(q.Found)...)
	out = append(out, section(w.why(q, t), ofWhy))
	if q.Suggested != "" && !t.Alert {
		out = append(out, section("Suggested reply:\n"+q.Suggested, ofSuggested))
	}
	if !t.State.Over() {
		out = append(out, w.buttons(t))
	}
	return out
}

// talk is what was said before an event, as the citizen sees it.
func (w Words) talk(ctx context.Context, t bot.Ticket, since int) []api.Block {
	var out []api.Block
	for _, m := range w.Desk.View(t).Messages {
		if m.Seq >= since || m.Text == "" {
			continue
		}
		out = append(out, section(fmt.Sprintf("%s:\n%s", w.Name(ctx, t.Events[m.Seq-1].By), m.Text), ofTalk))
	}
	return out[max(0, len(out)-mostTalk):]
}

// found are the sentences of the agency's pages, with their sources.
func found(sentences []bot.Sentence) []api.Block {
	var out []api.Block
	for _, s := range sentences[:min(len(sentences), mostFound)] {
		text := "“" + s.Text + "”"
		var at *api.TextBlockObject
		if len(s.Citations) > 0 {
			text += "\n— " + s.Citations[0].Title
			at = link(s.Citations[0].URL)
		}
		out = append(out, section(text, ofFound))
		if at != nil {
			out = append(out, api.NewContextBlock("", at))
		}
	}
	if len(out) == 0 {
		return nil
	}
	return append([]api.Block{Context("What the pages say:")}, out...)
}

// reasons say in words why something was handed over.
func reasons(reason string) string {
	switch reason {
	case bot.ForAsked:
		return "the citizen asked for a person"
	case bot.ForUnknown:
		return "the pages do not answer it"
	case bot.ForOwnCase:
		return "it is about the citizen's own case"
	case bot.ForAdvice:
		return "it asks for what a professional or an official has to say"
	case bot.ForTopic:
		return "the topic is left to people"
	case bot.ForPeople:
		return "the department answers everything itself"
	case bot.ForHazard:
		return "the message speaks of danger"
	case bot.ForUnhappy:
		return "two answers did not help"
	case bot.ForWrong:
		return "the citizen says that the answer is wrong"
	case bot.ForIncapable:
		return "the assistant could not answer at the moment"
	}
	return reason
}

// why says on what grounds a ticket is here.
func (w Words) why(q bot.Inquiry, t bot.Ticket) string {
	lines := []string{"Handed over because " + reasons(q.Reason) + "."}
	if q.Missing != "" {
		lines = append(lines, "Not in the pages: "+q.Missing)
	}
	if q.Route.Department != "" {
		lines = append(lines, fmt.Sprintf("Routed to %s with %.0f %%: %s", w.Desk.Department(q.Route.Department).Name, 100*q.Route.Probability,
			cmp.Or(strings.Join(q.Route.Reasons, "; "), "no reasons given")))
	} else {
		lines = append(lines, "No department fits well; it came here by default.")
	}
	if e := q.Route.Elsewhere; e != nil {
		lines = append(lines, "Perhaps for another agency: "+e.Title)
	}
	lines = append(lines, "Language: "+cmp.Or(t.Language, "unknown"))
	return strings.Join(lines, "\n")
}

// State says how far a ticket is.
func (w Words) State(ctx context.Context, t bot.Ticket) string {
	var s string
	switch t.State {
	case bot.TicketOpen:
		s = "Open: nobody has it yet."
	case bot.TicketClaimed:
		s = w.Name(ctx, t.Claimant) + " has it."
	case bot.TicketWaiting:
		s = "The citizen was asked something by " + w.Name(ctx, t.Claimant) + "."
	case bot.TicketAnswered:
		s = "Answered by " + w.Name(ctx, t.Claimant) + "; the citizen may ask back."
	case bot.TicketClosed:
		s = "Closed by " + w.Name(ctx, closedBy(t)) + "."
	case bot.TicketExpired:
		s = "Expired: nobody answered, and the citizen was told so."
	}
	if t.Alert {
		s += " For your information: replies from here do not reach the citizen."
	} else if !t.State.Over() && !t.Due.IsZero() {
		s += " An answer was promised by " + w.clock(t.Department, t.Due) + "."
	}
	return s
}

func closedBy(t bot.Ticket) bot.Actor {
	for _, e := range slices.Backward(t.Events) {
		if e.Kind == bot.TicketResolved || e.Kind == bot.TicketErased {
			return e.By
		}
	}
	return bot.Actor{Kind: bot.System}
}

// clock is a time as the department's clock on the wall has it.
func (w Words) clock(d bot.DepartmentID, at time.Time) string {
	return at.In(w.Desk.Department(d).Hours.Zone()).Format("Mon 2 Jan 15:04 MST")
}

func label(text string) *api.TextBlockObject { return Plain(text, maxLabel) }

// buttons are what can be done with a ticket that is not over.
func (w Words) buttons(t bot.Ticket) api.Block {
	button := func(action, text string, style api.Style) *api.ButtonBlockElement {
		return api.NewButtonBlockElement(action, string(t.ID), label(text)).WithStyle(style)
	}
	var out []api.BlockElement
	if t.Claimant == (bot.Actor{}) {
		out = append(out, button(DoClaim, "Claim", api.StylePrimary))
	} else {
		out = append(out, button(DoRelease, "Give back", ""))
	}
	if !t.Alert {
		out = append(out, button(DoReply, "Reply", ""))
	}
	out = append(out, button(DoResolve, "Resolve", ""), button(DoNotOurs, "Not for us", ""))
	if menu := w.departments(t); menu != nil {
		out = append(out, menu)
	}
	return api.NewActionBlock(TicketBlock+string(t.ID), out...)
}

// departments is the menu of those that a ticket can go to; nil where there are none.
func (w Words) departments(t bot.Ticket) api.BlockElement {
	var options []*api.OptionBlockObject
	for _, d := range w.Desk.Departments() {
		if d.ID != t.Department && len(options) < mostRoutes {
			options = append(options, api.NewOptionBlockObject(string(d.ID), label(d.Name), nil))
		}
	}
	if len(options) == 0 {
		return nil
	}
	return api.NewOptionsSelectBlockElement(api.OptTypeStatic, label("Re-route to …"), DoRoute, options...)
}

// WentTo tells those who had a ticket where it went.
func WentTo(to escalate.Department) string {
	if to.Channel == "" {
		return "This inquiry went to " + to.Name + ", which is not on Slack."
	}
	return "This inquiry went to " + to.Name + "."
}

// Erased stands for what was erased.
const Erased = "Erased at the citizen's wish."

// Next is the most likely department that has not had a ticket; empty: none is likely.
func Next(desk *escalate.Desk, t bot.Ticket) bot.DepartmentID {
	had := map[bot.DepartmentID]bool{t.Department: true}
	for _, e := range t.Events {
		if to := e.Facts[bot.FactTo]; to != nil {
			had[bot.DepartmentID(fmt.Sprint(to))] = true
		}
	}
	q, _ := t.Brief()
	for _, o := range q.Route.Others {
		if d := desk.Department(o.Department); d.ID == o.Department && !had[d.ID] {
			return d.ID
		}
	}
	if d := desk.Department("").ID; !had[d] { // the default one
		return d
	}
	return ""
}
