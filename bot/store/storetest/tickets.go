package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/bot/escalate"
)

var (
	ann     = bot.Actor{Kind: bot.Clerk, ID: "ann"}
	bob     = bot.Actor{Kind: bot.Clerk, ID: "bob"}
	citizen = bot.Actor{Kind: bot.Citizen}
	system  = bot.Actor{Kind: bot.System}
)

// Opening returns a ticket of a turn that is about to be opened, and the end of the turn.
func Opening(turn bot.TurnID, sinks ...string) (bot.Opening, bot.TurnEnd) {
	id := bot.NewTicketID()
	brief := bot.Inquiry{Question: bot.AsRedacted("q"), Reason: bot.ForAsked}
	o := bot.Opening{
		Ticket: bot.Ticket{ID: id, Turn: turn, Department: "clerk", Language: "en"},
		Event: bot.TicketEvent{
			Kind: bot.TicketOpened, By: citizen,
			Facts: map[string]any{bot.FactTo: bot.DepartmentID("clerk")},
			Texts: map[string]json.RawMessage{bot.TextBrief: encode(brief)},
		},
		Sinks: sinks,
	}
	end := Ended(bot.HandedOver)
	end.Facts[bot.FactTicketRef] = id
	return o, bot.TurnEnd{Turn: turn, Events: []bot.Event{end}}
}

// Do returns what has Change record an event where the state machine allows it.
func Do(e bot.TicketEvent) func(bot.Ticket) (bot.Ticket, *bot.TicketEvent, error) {
	return func(t bot.Ticket) (bot.Ticket, *bot.TicketEvent, error) {
		after, err := escalate.Apply(t, e)
		return after, &e, err
	}
}

// Said returns an event with a message.
func Said(kind bot.TicketEventKind, by bot.Actor, text string) bot.TicketEvent {
	return bot.TicketEvent{Kind: kind, By: by, Texts: map[string]json.RawMessage{bot.TextMessage: encode(text)}}
}

// ticket opens a ticket in a new conversation.
func (h *harness) ticket(sinks ...string) bot.Ticket {
	h.Helper()
	id, _ := h.create()
	return h.ticketOf(h.open(id, "", "q").ID, sinks...)
}

func (h *harness) ticketOf(turn bot.TurnID, sinks ...string) bot.Ticket {
	h.Helper()
	o, _ := Opening(turn, sinks...)
	t, fresh, err := h.s.OpenTicket(h.Context(), o, bot.TurnEnd{})
	h.must(err)
	if !fresh {
		h.Fatal("the ticket is not fresh")
	}
	return t
}

func (h *harness) do(id bot.TicketID, e bot.TicketEvent) bot.Ticket {
	h.Helper()
	t, err := h.s.Change(h.Context(), id, Do(e))
	h.must(err)
	return t
}

func ticketRoundTrip(h *harness) {
	id, _ := h.create()
	turn := h.open(id, "", "q")
	at := time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)
	o, end := Opening(turn.ID)
	o.Ticket.Due, o.Ticket.Next, o.Event.At = at.Add(time.Hour), at.Add(time.Minute), at
	got, fresh, err := h.s.OpenTicket(h.Context(), o, end)
	h.must(err)
	o.Event.Seq, o.Event.Facts = 1, map[string]any{bot.FactTo: "clerk"}
	want := o.Ticket
	want.Conversation, want.State, want.Version, want.Reached, want.OpenedAt, want.Events = id, bot.TicketOpen, 1, 1, at, []bot.TicketEvent{o.Event}
	if !fresh || !reflect.DeepEqual(got, want) {
		h.Fatalf("opened %+v (fresh %v), want %+v", got, fresh, want)
	}
	if turns, err := h.s.Transcript(h.Context(), id); err != nil || turns[0].Outcome != bot.HandedOver {
		h.Errorf("the turn is %+v, %v", turns, err)
	}
	reply := Said(bot.TicketReplied, ann, "Come on Monday. <b>日本")
	reply.Origin, reply.Facts = "slack:1", map[string]any{"a": 1.5}
	reply.At = at.Add(time.Second)
	got, err = h.s.Change(h.Context(), want.ID, func(t bot.Ticket) (bot.Ticket, *bot.TicketEvent, error) {
		if !reflect.DeepEqual(t, want) {
			h.Errorf("decide sees %+v, want %+v", t, want)
		}
		t, err := escalate.Apply(t, reply)
		t.Due, t.Next, t.Department = time.Time{}, at.Add(2*time.Hour), "parks"
		return t, &reply, err
	})
	h.must(err)
	reply.Seq = 2
	want.State, want.Claimant, want.Version, want.Reached, want.Department = bot.TicketAnswered, ann, 2, 2, "parks"
	want.Due, want.Next, want.Events = time.Time{}, at.Add(2*time.Hour), append(want.Events, reply)
	again, err := h.s.Ticket(h.Context(), want.ID)
	h.must(err)
	if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(again, want) {
		h.Errorf("changed to %+v, read %+v, want %+v", got, again, want)
	}
}

// A turn has one ticket, and a conversation one that people are at, beside alerts.
func oneTicket(h *harness) {
	id, _ := h.create()
	one, two, three := h.ended(id), h.ended(id), h.open(id, "", "q").ID
	t := h.ticketOf(one)
	for _, turn := range []bot.TurnID{one, two, three} {
		o, end := Opening(turn)
		got, fresh, err := h.s.OpenTicket(h.Context(), o, end)
		if err != nil || fresh || got.ID != t.ID || len(got.Events) != 1 {
			h.Errorf("got %+v (fresh %v, %v), want the ticket that is there", got, fresh, err)
		}
	}
	if kinds := h.kinds(three); len(kinds) != 1 {
		h.Errorf("nothing was opened, but the turn has %v", kinds)
	}
	o, _ := Opening(two)
	o.Ticket.Alert = true
	alert, fresh, err := h.s.OpenTicket(h.Context(), o, bot.TurnEnd{})
	if err != nil || !fresh || !alert.Alert {
		h.Errorf("an alert: %+v (fresh %v, %v)", alert, fresh, err)
	}
	h.do(t.ID, bot.TicketEvent{Kind: bot.TicketResolved, By: ann})
	next := h.ticketOf(three)
	tickets, err := h.s.TicketsOf(h.Context(), id)
	h.must(err)
	var ids []bot.TicketID
	for _, t := range tickets {
		ids = append(ids, t.ID)
	}
	if !slices.Equal(ids, []bot.TicketID{t.ID, alert.ID, next.ID}) {
		h.Errorf("the conversation has %v", ids)
	}
}

// ended returns a turn that has ended.
func (h *harness) ended(id bot.ConversationID) bot.TurnID {
	h.Helper()
	turn := h.open(id, "", "q")
	h.must(h.s.Append(h.Context(), turn.ID, Ended(bot.Abstained)))
	return turn.ID
}

func ticketChanges(h *harness) {
	t := h.ticket()
	refusal := errors.New("no")
	_, err := h.s.Change(h.Context(), t.ID, func(t bot.Ticket) (bot.Ticket, *bot.TicketEvent, error) { return t, nil, refusal })
	if err != refusal {
		h.Errorf("decide's error came back as %v", err)
	}
	got, err := h.s.Change(h.Context(), t.ID, func(t bot.Ticket) (bot.Ticket, *bot.TicketEvent, error) {
		t.State = bot.TicketClosed
		return t, nil, nil
	}, bot.TurnEnd{Turn: t.Turn, Events: []bot.Event{Ended(bot.HandedOver)}})
	if err != nil || !reflect.DeepEqual(got, t) {
		h.Errorf("no event made %+v, %v", got, err)
	}
	note := Said(bot.TicketNoted, ann, "n")
	note.Origin = "slack:1"
	first := h.do(t.ID, note)
	again, err := h.s.Change(h.Context(), t.ID, Do(note), bot.TurnEnd{Turn: t.Turn, Events: []bot.Event{Ended(bot.HandedOver)}})
	if err != nil || !reflect.DeepEqual(again, first) {
		h.Errorf("the same origin made %+v, %v", again, err)
	}
	if kinds := h.kinds(t.Turn); len(kinds) != 1 {
		h.Errorf("nothing was recorded, but the turn has %v", kinds)
	}
	_, err = h.s.Change(h.Context(), t.ID, Do(Said(bot.TicketSaid, citizen, "more")), bot.TurnEnd{Turn: t.Turn, Events: []bot.Event{Ended(bot.HandedOver)}})
	h.must(err)
	_, err = h.s.Change(h.Context(), t.ID, Do(Said(bot.TicketSaid, citizen, "more")), bot.TurnEnd{Turn: t.Turn, Events: []bot.Event{Ended(bot.HandedOver)}})
	if !errors.Is(err, h.errs.Ended) {
		h.Errorf("a turn was ended twice: %v", err)
	}
	other := h.ticket()
	_, err = h.s.Change(h.Context(), t.ID, Do(noted("x")), bot.TurnEnd{Turn: other.Turn, Events: []bot.Event{Ended(bot.HandedOver)}})
	h.wantKind(err, bot.NotFound)
	for name, e := range map[string]bot.TicketEvent{
		"opened twice": {Kind: bot.TicketOpened, By: ann},
		"no kind":      {By: ann},
		"no actor":     {Kind: bot.TicketNoted},
		"own origin":   {Kind: bot.TicketNoted, By: ann, Origin: "~x"},
		"odd origin":   {Kind: bot.TicketNoted, By: ann, Origin: "\x00"},
		"no JSON":      {Kind: bot.TicketNoted, By: ann, Texts: map[string]json.RawMessage{"message": json.RawMessage("{")}},
		"odd facts":    {Kind: bot.TicketNoted, By: ann, Facts: map[string]any{"x": func() {}}},
	} {
		_, err := h.s.Change(h.Context(), t.ID, func(t bot.Ticket) (bot.Ticket, *bot.TicketEvent, error) { return t, &e, nil })
		if !errors.Is(err, h.errs.InvalidEvent) {
			h.Errorf("%s: got %v", name, err)
		}
	}
	if got, err := h.s.Ticket(h.Context(), t.ID); err != nil || got.Version != 3 || len(got.Events) != 3 {
		h.Errorf("%+v, %v", got, err)
	}
}

func noted(text string) bot.TicketEvent { return Said(bot.TicketNoted, ann, text) }

// Two claim a ticket at the same instant: one has it, the other is told who.
func twoClaimers(h *harness) {
	rounds := 1000
	if testing.Short() {
		rounds = 50
	}
	id, _ := h.create()
	for range rounds {
		t := h.ticketOf(h.ended(id))
		clerks := []bot.Actor{ann, bob}
		errs := make([]error, 2)
		together(2, func(i int) {
			_, errs[i] = h.s.Change(h.Context(), t.ID, Do(bot.TicketEvent{Kind: bot.TicketTaken, By: clerks[i]}))
		})
		won := slices.Index(errs, nil)
		if won < 0 {
			h.Fatal("nobody has it: ", errs)
		}
		var refused *escalate.Refusal
		got, err := h.s.Ticket(h.Context(), t.ID)
		if !errors.As(errs[1-won], &refused) || refused.Claimant != clerks[won] || err != nil || got.Claimant != clerks[won] || got.Version != 2 {
			h.Fatalf("%v; %+v (%v)", errs, got, err)
		}
		h.do(t.ID, bot.TicketEvent{Kind: bot.TicketResolved, By: clerks[won]})
	}
}

func manyTicketOpeners(h *harness) {
	id, _ := h.create()
	turn := h.open(id, "", "q").ID
	var fresh atomic.Int32
	tickets := make([]bot.TicketID, 50)
	together(len(tickets), func(i int) {
		o, end := Opening(turn, "slack")
		t, isFresh, err := h.s.OpenTicket(h.Context(), o, end)
		if err != nil {
			h.Error(err)
		}
		if isFresh {
			fresh.Add(1)
		}
		tickets[i] = t.ID
	})
	if n := fresh.Load(); n != 1 || len(slices.Compact(tickets)) != 1 {
		h.Errorf("%d fresh tickets, identifiers %v", n, slices.Compact(tickets))
	}
	if kinds := h.kinds(turn); len(kinds) != 2 {
		h.Errorf("the turn has %v", kinds)
	}
}

// What comes from outside twice, at once, is recorded once.
func sameOrigin(h *harness) {
	t := h.ticket()
	together(20, func(i int) {
		e := Said(bot.TicketReplied, ann, "a")
		e.Origin = fmt.Sprint("slack:", i%4)
		if _, err := h.s.Change(h.Context(), t.ID, Do(e)); err != nil {
			h.Error(err)
		}
	})
	got, err := h.s.Ticket(h.Context(), t.ID)
	h.must(err)
	seen := map[string]bool{}
	for i, e := range got.Events {
		if e.Seq != i+1 || seen[e.Origin] {
			h.Errorf("event %d: %+v", i, e)
		}
		seen[e.Origin] = true
	}
	if len(got.Events) != 5 {
		h.Errorf("%d events", len(got.Events))
	}
}

func ticketLists(h *harness) {
	begun := time.Now().Add(-time.Hour)
	var all []bot.TicketID
	for i := range 6 {
		id, _ := h.create()
		o, end := Opening(h.open(id, "", "q").ID)
		o.Event.At = begun.Add(time.Duration(i) * time.Minute)
		o.Ticket.Department = []bot.DepartmentID{"clerk", "parks", "roads"}[i%3]
		if i > 0 {
			o.Ticket.Next = begun.Add(time.Duration(10-i) * time.Minute)
		}
		t, _, err := h.s.OpenTicket(h.Context(), o, end)
		h.must(err)
		all = append(all, t.ID)
	}
	h.do(all[1], bot.TicketEvent{Kind: bot.TicketTaken, By: ann})
	h.do(all[4], bot.TicketEvent{Kind: bot.TicketResolved, By: ann})
	for _, test := range []struct {
		f    escalate.Filter
		want []int
	}{
		{escalate.Filter{}, []int{5, 4, 3, 2, 1, 0}},
		{escalate.Filter{Limit: 2}, []int{5, 4}},
		{escalate.Filter{Departments: []bot.DepartmentID{"parks", "roads"}}, []int{5, 4, 2, 1}},
		{escalate.Filter{States: []bot.TicketState{bot.TicketOpen}}, []int{5, 3, 2, 0}},
		{escalate.Filter{Claimant: ann}, []int{1}},
		{escalate.Filter{Claimant: bob}, nil},
		{escalate.Filter{Before: begun.Add(2 * time.Minute)}, []int{1, 0}},
		{escalate.Filter{Departments: []bot.DepartmentID{"parks"}, States: []bot.TicketState{bot.TicketClosed}}, []int{4}},
		{escalate.Filter{Departments: []bot.DepartmentID{"' OR 1=1", "\x00"}}, nil},
	} {
		tickets, err := h.s.Tickets(h.Context(), test.f)
		h.must(err)
		var got []int
		for _, t := range tickets {
			got = append(got, slices.Index(all, t.ID))
			if len(t.Events) != t.Version || len(t.Events[0].Texts) != 1 {
				h.Errorf("%+v", t)
			}
		}
		if !slices.Equal(got, test.want) {
			h.Errorf("%+v gives %v, want %v", test.f, got, test.want)
		}
	}
	due, err := h.s.DueTickets(h.Context(), 3)
	h.must(err)
	if want := []bot.TicketID{all[5], all[3], all[2]}; !slices.Equal(due, want) {
		h.Errorf("due are %v, want %v", due, want)
	}
}

func answerTimes(h *harness) {
	begun := time.Now().Add(-time.Hour).Truncate(time.Microsecond).UTC()
	for i := range 4 {
		id, _ := h.create()
		o, end := Opening(h.open(id, "", "q").ID)
		o.Event.At = begun.Add(time.Duration(i) * time.Minute)
		t, _, err := h.s.OpenTicket(h.Context(), o, end)
		h.must(err)
		if i == 3 {
			break
		}
		for n, kind := range []bot.TicketEventKind{bot.TicketNoted, bot.TicketAsked, bot.TicketReplied} {
			e := Said(kind, ann, "a")
			e.At = begun.Add(time.Duration(10*i+n) * time.Minute)
			h.do(t.ID, e)
		}
	}
	got, err := h.s.AnswerTimes(h.Context(), "clerk", 2)
	h.must(err)
	want := []escalate.Waited{{Opened: begun.Add(2 * time.Minute), Replied: begun.Add(21 * time.Minute)}, {Opened: begun.Add(time.Minute), Replied: begun.Add(11 * time.Minute)}}
	if !reflect.DeepEqual(got, want) {
		h.Errorf("%v, want %v", got, want)
	}
	if got, err := h.s.AnswerTimes(h.Context(), "parks", 2); err != nil || len(got) != 0 {
		h.Errorf("another department has %v, %v", got, err)
	}
}

func unknownTickets(h *harness) {
	for _, odd := range []string{"", "nothing", "\x00", "\xff"} {
		id := bot.TicketID(odd)
		_, err := h.s.Ticket(h.Context(), id)
		h.wantKind(err, bot.NotFound)
		_, err = h.s.Change(h.Context(), id, Do(noted("x")))
		h.wantKind(err, bot.NotFound)
		o, end := Opening(bot.TurnID(odd))
		_, _, err = h.s.OpenTicket(h.Context(), o, end)
		h.wantKind(err, bot.NotFound)
		_, err = h.s.Address(h.Context(), id)
		h.wantKind(err, bot.NotFound)
		_, err = h.s.PlaceOf(h.Context(), "slack", id)
		h.wantKind(err, bot.NotFound)
		_, err = h.s.TicketAt(h.Context(), "slack", bot.Place{Channel: odd, Thread: odd})
		h.wantKind(err, bot.NotFound)
		if tickets, err := h.s.TicketsOf(h.Context(), bot.ConversationID(odd)); err != nil || len(tickets) != 0 {
			h.Errorf("%q has %v, %v", odd, tickets, err)
		}
	}
	id, _ := h.create()
	turn := h.open(id, "", "q")
	o, _ := Opening(turn.ID)
	o.Event.Kind = bot.TicketNoted
	if _, _, err := h.s.OpenTicket(h.Context(), o, bot.TurnEnd{}); !errors.Is(err, h.errs.InvalidEvent) {
		h.Errorf("opened with a note: %v", err)
	}
	h.must(h.s.Erase(h.Context(), id))
	o, end := Opening(turn.ID)
	_, _, err := h.s.OpenTicket(h.Context(), o, end)
	h.wantKind(err, bot.NotFound)
}

// Erasure closes what was open, and tells sinks of all tickets that the words are gone.
func erasedTickets(h *harness) {
	id, _ := h.create()
	old := h.ticketOf(h.ended(id), "slack")
	h.do(old.ID, Said(bot.TicketReplied, ann, "a"))
	h.do(old.ID, bot.TicketEvent{Kind: bot.TicketResolved, By: ann})
	live := h.ticketOf(h.ended(id), "slack")
	h.must(h.s.Erase(h.Context(), id))
	for want, t := range map[int]bot.Ticket{4: old, 2: live} {
		got, err := h.s.Ticket(h.Context(), t.ID)
		h.must(err)
		if len(got.Events) != want || got.State != bot.TicketClosed || !got.Next.IsZero() {
			h.Errorf("%+v", got)
		}
		for _, e := range got.Events {
			if len(e.Texts) > 0 {
				h.Errorf("a text is left: %s", e.Texts)
			}
		}
		if last := got.Events[len(got.Events)-1]; last.Kind != bot.TicketErased || last.By != citizen {
			h.Errorf("the last event is %+v", last)
		}
		_, err = h.s.Change(h.Context(), t.ID, Do(noted("x")))
		if err == nil {
			h.Error("a note was taken after erasure")
		}
		h.do(t.ID, bot.TicketEvent{Kind: bot.TicketForgotten, By: system})
	}
}
