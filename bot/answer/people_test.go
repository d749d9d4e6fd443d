package answer_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/bot/answer"
	"townclerk/bot/escalate"
	"townclerk/bot/route"
	"townclerk/bot/store"
	"townclerk/retrieval"
)

// desk returns a bot with two departments, and the desk that it hands over to.
func (h *house) desk(change ...func(*escalate.Config)) (*answer.Bot, *escalate.Desk) {
	return h.deskOver(h.store, change...)
}

func (h *house) deskOver(s escalate.Store, change ...func(*escalate.Config)) (*answer.Bot, *escalate.Desk) {
	h.Helper()
	router, err := route.New([]route.Department{
		{ID: "waste", Name: "Solid Waste", Does: "trash carts, pickup, recycling", Examples: []string{"my cart was stolen", "missed pickup"}},
		{ID: "parking", Name: "Parking Office", Does: "parking permits, tickets", Examples: []string{"appeal a ticket", "permit for zone A"}},
	}, nil, route.Options{Elsewhere: []route.Agency{{Name: "Example County", URL: "https://county.example.gov/", Words: []string{"passport"}}}})
	h.must(err)
	hours, err := escalate.ParseHours(map[string]string{"mon-sun": "00:00-24:00"}, time.UTC, nil)
	h.must(err)
	c := escalate.Config{Contact: townConfig.Contact, Departments: []escalate.Department{
		{ID: "waste", Name: "Solid Waste", Hours: hours, Within: 4 * time.Hour},
		{ID: "parking", Name: "Parking Office", Contact: bot.Contact{Name: "Parking desk", Phone: "555-0123"}, Hours: hours},
	}}
	for _, f := range change {
		f(&c)
	}
	d, err := escalate.NewDesk(c, s, func(ctx context.Context, q bot.Redacted, earlier []bot.Redacted, hits []retrieval.Hit) bot.Route {
		return router.RouteWith(ctx, nil, q, earlier, hits)
	}, nil, nil, h.now, h.logger)
	h.must(err)
	strict := townConfig
	strict.Threshold = 0.6
	b, err := answer.New(strict, answer.Parts{Log: h.store, Index: h.index, Versions: h.pages, Ranker: h.rank, Desk: d}, h.now, h.logger)
	h.must(err)
	return b, d
}

func (h *house) tickets(c bot.ConversationID) []bot.Ticket {
	h.Helper()
	all, err := h.store.TicketsOf(h.Context(), c)
	h.must(err)
	return all
}

func (h *house) brief(t bot.Ticket) bot.Inquiry {
	h.Helper()
	q, ok := t.Brief()
	if !ok {
		h.Fatalf("ticket %s has no brief", t.ID)
	}
	return q
}

// Who asks for a person gets one for what they asked before, and is promised an answer
// only with the ticket on the record. What they write then goes to people, unless they
// ask the assistant.
func TestAskingForAPerson(t *testing.T) {
	h := newHouse(t, town)
	b, d := h.desk()
	c := h.conversation()
	h.ask(b, c, "1", "my trash cart was stolen, mail me at ann@example.org")
	a := h.ask(b, c, "2", "I want to talk to a person")
	if a.Outcome != bot.HandedOver || a.People == nil || a.People.Name != "Solid Waste" || a.People.Due.IsZero() || !strings.Contains(a.Closing, "Solid Waste") {
		t.Fatalf("%+v %+v", a, a.People)
	}
	ticket := h.tickets(c)[0]
	q := h.brief(ticket)
	if ticket.ID != a.People.Ticket || q.Question.String() != "my trash cart was stolen, mail me at [email]" || q.Reason != bot.ForAsked || len(q.Found) == 0 || q.Route.Department != "waste" {
		t.Errorf("%+v", q)
	}
	a = h.ask(b, c, "3", "It stood at the curb. My card is 4111 1111 1111 1111.")
	if a.Outcome != bot.HandedOver || len(a.Sentences) > 0 {
		t.Errorf("%+v", a)
	}
	h.ask(b, c, "3", "It stood at the curb. My card is 4111 1111 1111 1111.") // sent twice
	ticket = h.tickets(c)[0]
	if n := len(ticket.Events); n != 2 || escalate.Message(ticket.Events[1]) != "It stood at the curb. My card is [card number]." {
		t.Errorf("%d events, the last says %q", n, escalate.Message(ticket.Events[n-1]))
	}
	asked, err := b.Ask(t.Context(), bot.Incoming{Conversation: c, Key: "4", Text: "how much is a replacement cart?", Language: "en", To: bot.ToAssistant}, func(bot.Part) {})
	if err != nil || asked.Outcome != bot.Answered {
		t.Errorf("the assistant: %+v, %v", asked, err)
	}
	h.must(second(d.Act(t.Context(), ticket.ID, escalate.Action{Kind: bot.TicketResolved, By: bot.Actor{Kind: bot.Clerk, ID: "ann"}})))
	if a := h.ask(b, c, "5", "how much is a replacement cart?"); a.Outcome != bot.Answered {
		t.Errorf("after the end: %+v", a)
	}
	if n := len(h.tickets(c)); n != 1 {
		t.Errorf("%d tickets", n)
	}
}

// The nearest pages are no answer: the office is named and one click away, and the click
// makes one ticket however often it comes.
func TestAbstentionOffersPeople(t *testing.T) {
	h := newHouse(t, town)
	b, _ := h.desk()
	c := h.conversation()
	a := h.ask(b, c, "1", "xylophone lessons?")
	if a.Outcome != bot.Abstained || a.People == nil || !a.People.Offered || a.People.Ticket != "" || len(h.tickets(c)) > 0 {
		t.Fatalf("%+v %+v", a, a.People)
	}
	var ids []bot.TicketID
	for range 3 {
		v, err := b.HandOver(t.Context(), c, a.Turn, bot.ForAsked)
		h.must(err)
		ids = append(ids, v.ID)
	}
	if all := h.tickets(c); len(all) != 1 || ids[0] != all[0].ID || ids[2] != ids[0] || all[0].Turn != a.Turn {
		t.Errorf("%v, %v", ids, all)
	}
	h.wantError(second(b.HandOver(t.Context(), h.conversation(), a.Turn, bot.ForAsked)), bot.NotFound)
	always, _ := h.desk(func(c *escalate.Config) { c.Always = true })
	c = h.conversation()
	if a := h.ask(always, c, "1", "xylophone lessons?"); a.Outcome != bot.HandedOver || a.People.Ticket == "" || h.brief(h.tickets(c)[0]).Reason != bot.ForUnknown {
		t.Errorf("always: %+v", a)
	}
}

func TestWhatIsLeftToPeople(t *testing.T) {
	h := newHouse(t, town)
	b, _ := h.desk(func(c *escalate.Config) {
		c.Topics = []escalate.Topic{{Name: "refunds", Words: []string{"refund"}, Department: "parking"}}
		c.Departments[0].Mode = escalate.PeopleFirst
		c.Hazards = "parking"
	})
	for question, want := range map[string]struct{ reason, department string }{
		"may I have a refund for my cart?":                    {bot.ForTopic, "parking"},
		"how much is a replacement trash cart after a theft?": {bot.ForPeople, "waste"},
		"i want to kill myself":                               {bot.ForHazard, "parking"},
	} {
		c := h.conversation()
		a := h.ask(b, c, "1", question)
		all := h.tickets(c)
		if len(all) != 1 || string(all[0].Department) != want.department || h.brief(all[0]).Reason != want.reason || a.People.Ticket != all[0].ID {
			t.Errorf("%s: %+v, %+v", question, a, all)
		}
		if hazard := h.brief(all[0]).Hazard; (want.reason == bot.ForHazard) != (hazard != "") || hazard != "" && !strings.Contains(a.Closing, "988") {
			t.Errorf("%s: hazard %q, %q", question, hazard, a.Closing)
		}
	}
	c := h.conversation()
	if a := h.ask(b, c, "1", "where do I get my passport?"); a.People == nil || a.People.Elsewhere == nil || a.People.Elsewhere.URL != "https://county.example.gov/" || len(h.tickets(c)) > 0 {
		t.Errorf("elsewhere: %+v", a)
	}
	if a := h.ask(b, h.conversation(), "1", "what does a permit for zone A cost?"); a.Outcome != bot.Answered {
		t.Errorf("what is not left to people: %+v", a)
	}
}

// A department that is only told gets no message, and none is promised.
func TestAlertsOnly(t *testing.T) {
	h := newHouse(t, town)
	b, d := h.desk(func(c *escalate.Config) { c.Departments[0].Mode = escalate.AlertsOnly })
	c := h.conversation()
	h.ask(b, c, "1", "my trash cart was stolen")
	a := h.ask(b, c, "2", "talk to a person")
	all := h.tickets(c)
	if len(all) != 1 || !all[0].Alert || a.People.Ticket != "" || strings.Contains(a.Closing, "answer you here") || a.Person == nil {
		t.Fatalf("%+v %+v", a, all)
	}
	if _, err := d.Act(t.Context(), all[0].ID, escalate.Action{Kind: bot.TicketReplied, By: bot.Actor{Kind: bot.Clerk, ID: "ann"}, Text: "x"}); !errors.Is(err, escalate.ErrAlertOnly) {
		t.Error(err)
	}
	if a := h.ask(b, c, "3", "how much is a replacement cart?"); a.Outcome != bot.Answered {
		t.Errorf("%+v", a)
	}
}

// Two answers that did not help, or one that is wrong, go to people: once.
func TestUnhappyCitizens(t *testing.T) {
	h := newHouse(t, town)
	b, d := h.desk()
	c := h.conversation()
	first, another := h.ask(b, c, "1", "how much is a replacement cart?"), h.ask(b, c, "2", "how much is a permit for zone A?")
	for i, turn := range []bot.TurnID{first.Turn, first.Turn, another.Turn} {
		v, err := b.Feedback(t.Context(), c, turn, bot.Opinion{})
		if h.must(err); (v != nil) != (i == 2) {
			t.Fatalf("opinion %d: %+v", i, v)
		}
	}
	ticket := h.tickets(c)[0]
	if q := h.brief(ticket); q.Reason != bot.ForUnhappy || len(q.Found) == 0 || ticket.Department != "parking" {
		t.Errorf("%+v", q)
	}
	h.must(second(d.Act(t.Context(), ticket.ID, escalate.Action{Kind: bot.TicketResolved, By: bot.Actor{Kind: bot.Clerk, ID: "ann"}})))
	if v, err := b.Feedback(t.Context(), c, another.Turn, bot.Opinion{}); v != nil || err != nil {
		t.Errorf("a closed ticket was handed over again: %+v, %v", v, err)
	}
	c = h.conversation()
	a := h.ask(b, c, "1", "how much is a replacement cart?")
	if v, err := b.Feedback(t.Context(), c, a.Turn, bot.Opinion{Wrong: true}); err != nil || v == nil || h.brief(h.tickets(c)[0]).Reason != bot.ForWrong {
		t.Errorf("wrong: %+v, %v", v, err)
	}
}

// brokenDesk is a store that opens no ticket.
type brokenDesk struct{ *store.Store }

func (brokenDesk) OpenTicket(context.Context, bot.Opening, bot.TurnEnd) (bot.Ticket, bool, error) {
	return bot.Ticket{}, false, &bot.Error{Kind: bot.Internal, Err: errPlanted}
}

// Nobody is told that a person will answer before the ticket is committed.
func TestNoTicketNoPromise(t *testing.T) {
	h := newHouse(t, town)
	b, _ := h.deskOver(brokenDesk{h.store})
	c := h.conversation()
	var shown heard
	_, err := b.Ask(t.Context(), bot.Incoming{Conversation: c, Key: "1", Text: "talk to a person", Language: "en"}, shown.show)
	h.wantError(err, bot.Internal)
	if len(shown.parts) > 0 {
		t.Errorf("shown: %+v", shown.parts)
	}
	turns, err := h.store.Transcript(t.Context(), c)
	h.must(err)
	if i := slices.IndexFunc(turns, func(t bot.Turn) bool { return t.Outcome != bot.Failed }); i >= 0 {
		t.Errorf("%+v", turns[i])
	}
}
