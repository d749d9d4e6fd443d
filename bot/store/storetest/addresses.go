package storetest

import (
	"errors"
	"reflect"
	"slices"
	"time"

	"townclerk/bot"
	"townclerk/bot/escalate"
)

func (h *harness) keepAddress(id bot.TicketID, a bot.Address) {
	h.Helper()
	_, err := h.s.KeepAddress(h.Context(), id, a, Do(bot.TicketEvent{Kind: bot.TicketAddressed, By: citizen}))
	h.must(err)
}

func (h *harness) wantAddress(id bot.TicketID, want bot.Address) {
	h.Helper()
	got, err := h.s.Address(h.Context(), id)
	h.must(err)
	if !reflect.DeepEqual(got, want) {
		h.Errorf("the address is %+v, want %+v", got, want)
	}
}

func (h *harness) wantNoAddress(id bot.TicketID) {
	h.Helper()
	_, err := h.s.Address(h.Context(), id)
	h.wantKind(err, bot.NotFound)
}

var forgotten = bot.TicketEvent{Kind: bot.TicketForgotten, By: system}

func addresses(h *harness) {
	t, other := h.ticket(), h.ticket()
	h.wantNoAddress(t.ID)
	a := bot.Address{Email: "ann@example.org", Consented: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	b := bot.Address{Phone: "555 0100", Consented: a.Consented}
	h.keepAddress(other.ID, b)
	h.keepAddress(t.ID, a)
	h.wantAddress(t.ID, a)
	h.keepAddress(t.ID, b)
	h.wantAddress(t.ID, b)
	refusal := errors.New("no")
	_, err := h.s.KeepAddress(h.Context(), t.ID, a, func(t bot.Ticket) (bot.Ticket, *bot.TicketEvent, error) { return t, nil, refusal })
	if err != refusal {
		h.Errorf("decide's error came back as %v", err)
	}
	nothing := func(t bot.Ticket) (bot.Ticket, *bot.TicketEvent, error) { return t, nil, nil }
	_, err = h.s.KeepAddress(h.Context(), t.ID, a, nothing)
	h.must(err)
	h.must(h.s.ForgetAddress(h.Context(), t.ID, nothing))
	h.wantAddress(t.ID, b) // nothing was recorded
	for range 2 {
		h.must(h.s.ForgetAddress(h.Context(), t.ID, Do(forgotten)))
		h.wantNoAddress(t.ID)
	}
	h.wantAddress(other.ID, b)
	h.keepAddress(t.ID, a)
	h.wantAddress(t.ID, a)
	got, err := h.s.Ticket(h.Context(), t.ID)
	h.must(err)
	if got.Version != 6 {
		h.Errorf("%d events: %+v", got.Version, got.Events)
	}
}

// An address stays while its ticket is open, and is erased with the conversation.
func oldAddresses(h *harness) {
	var ids []bot.TicketID
	var last bot.Ticket
	for range 3 {
		last = h.ticket()
		h.keepAddress(last.ID, bot.Address{Email: "ann@example.org"})
		ids = append(ids, last.ID)
	}
	for _, id := range ids[:2] {
		h.later(time.Minute)
		h.do(id, bot.TicketEvent{Kind: bot.TicketResolved, By: ann})
	}
	for before, want := range map[time.Duration][]bot.TicketID{-time.Hour: nil, -30 * time.Second: ids[:1], time.Hour: ids[:2]} {
		got, err := h.s.OldAddresses(h.Context(), h.now().Add(before))
		h.must(err)
		if !slices.Equal(got, want) {
			h.Errorf("before %v: %v, want %v", before, got, want)
		}
	}
	h.must(h.s.ForgetAddress(h.Context(), ids[0], Do(forgotten)))
	if got, err := h.s.OldAddresses(h.Context(), h.now().Add(time.Hour)); err != nil || !slices.Equal(got, ids[1:2]) {
		h.Errorf("after one was forgotten: %v, %v", got, err)
	}
	h.must(h.s.Erase(h.Context(), last.Conversation))
	h.wantNoAddress(last.ID)
	_, err := h.s.KeepAddress(h.Context(), last.ID, bot.Address{}, func(t bot.Ticket) (bot.Ticket, *bot.TicketEvent, error) {
		return t, &bot.TicketEvent{Kind: bot.TicketAddressed, By: citizen}, nil
	})
	h.wantKind(err, bot.NotFound)
	_, err = h.s.KeepAddress(h.Context(), last.ID, bot.Address{}, Do(bot.TicketEvent{Kind: bot.TicketAddressed, By: citizen}))
	var refused *escalate.Refusal
	if !errors.As(err, &refused) {
		h.Errorf("an address for a ticket that is over: %v", err)
	}
}

// Questions that clerks sent elsewhere carry the department that a clerk chose last.
func relabelled(h *harness) {
	reroute := func(id bot.TicketID, by bot.Actor, to bot.DepartmentID) {
		h.do(id, bot.TicketEvent{Kind: bot.TicketRerouted, By: by, Facts: map[string]any{bot.FactTo: to}})
	}
	var ids []bot.TicketID
	var conversations []bot.ConversationID
	for _, text := range []string{"by clerks", "by the system", "erased", "by nobody"} {
		id, _ := h.create()
		conversations = append(conversations, id)
		ids = append(ids, h.ticketOf(h.open(id, "", text).ID).ID)
		h.later(time.Second)
	}
	reroute(ids[0], ann, "parks")
	reroute(ids[0], bob, "roads")
	reroute(ids[0], system, "clerk")
	reroute(ids[1], system, "parks")
	reroute(ids[2], ann, "parks")
	h.must(h.s.Erase(h.Context(), conversations[2]))
	got, err := h.s.Relabelled(h.Context())
	h.must(err)
	if want := []bot.Labelled{{Text: bot.AsRedacted("by clerks"), Department: "roads"}}; !reflect.DeepEqual(got, want) {
		h.Errorf("got %+v, want %+v", got, want)
	}
}

func unanswered(h *harness) {
	begun := h.now()
	for i, outcome := range []bot.Outcome{bot.Abstained, bot.Answered, bot.HandedOver, bot.Answered, bot.Clarified, bot.Abstained} {
		id, _ := h.create()
		e := Question(string(rune('a' + i)))
		e.At = begun.Add(time.Duration(i) * time.Second)
		turn, _, err := h.s.Open(h.Context(), message(id, "", ""), e, h.now().Add(time.Hour))
		h.must(err)
		comment := Feedback("f")
		comment.Facts[bot.FactHelpful] = i != 3
		h.must(h.s.Append(h.Context(), turn.ID, Shown("x"), Ended(outcome), comment))
		if i == 5 {
			h.must(h.s.Erase(h.Context(), id))
		}
	}
	for _, test := range []struct {
		since time.Duration
		limit int
		want  string
	}{{0, 10, "dca"}, {0, 2, "dc"}, {time.Second, 10, "dc"}, {time.Hour, 10, ""}} {
		turns, err := h.s.Unanswered(h.Context(), begun.Add(test.since), test.limit)
		h.must(err)
		got := ""
		for _, turn := range turns {
			got += turn.Question.String()
		}
		if got != test.want {
			h.Errorf("%+v gives %q", test, got)
		}
	}
}
