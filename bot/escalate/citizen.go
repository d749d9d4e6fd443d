package escalate

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"townclerk/bot"
)

// Views returns the tickets of a conversation as its citizen may see them, oldest
// first.
func (d *Desk) Views(ctx context.Context, c bot.ConversationID) ([]bot.TicketView, error) {
	tickets, err := d.store.TicketsOf(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("tickets of a conversation: %w", err)
	}
	var out []bot.TicketView
	for _, t := range tickets {
		if !t.Alert {
			out = append(out, d.View(t))
		}
	}
	return out, nil
}

// Taking returns the ticket that takes what the citizen writes; false: none does.
func (d *Desk) Taking(ctx context.Context, c bot.ConversationID) (bot.Ticket, bool, error) {
	tickets, err := d.store.TicketsOf(ctx, c)
	if err != nil {
		return bot.Ticket{}, false, fmt.Errorf("tickets of a conversation: %w", err)
	}
	i := slices.IndexFunc(tickets, func(t bot.Ticket) bool { return !t.Alert && !t.State.Over() })
	if i < 0 {
		return bot.Ticket{}, false, nil
	}
	return tickets[i], true, nil
}

// usualDelivery is how long a ticket may be on its way to where staff work before that
// is said.
const usualDelivery = time.Minute

// View is a ticket as its citizen may see it: nobody's name, no note, no department's
// doings.
func (d *Desk) View(t bot.Ticket) bot.TicketView {
	department, contact, now := d.Department(t.Department), d.Contact(t.Department), d.now()
	v := bot.TicketView{
		ID: t.ID, Turn: t.Turn, Department: t.Department, Name: department.Name, State: t.State, OpenedAt: t.OpenedAt,
		Version: t.Version, Takes: !t.Alert && !t.State.Over(), Queued: t.Reached == 0 && !t.State.Over() && now.Sub(t.OpenedAt) > usualDelivery,
		Contact: &contact, Messages: []bot.TicketMessage{},
	}
	if staffsTurn := t.State == bot.TicketOpen || t.State == bot.TicketClaimed; staffsTurn {
		v.Due, v.Late = t.Due, !t.Due.IsZero() && now.After(t.Due)
		if !department.Hours.Open(now) {
			v.Opens = department.Hours.Opens(now)
		}
	}
	for _, e := range t.Events {
		switch e.Kind {
		case bot.TicketReplied, bot.TicketAsked, bot.TicketSaid:
			v.Messages = append(v.Messages, bot.TicketMessage{Seq: e.Seq, From: e.By.Kind, At: e.At, Text: Message(e)})
		case bot.TicketCorrected, bot.TicketWithdrawn:
			correct(v.Messages, e)
		case bot.TicketDelayed, bot.TicketLapsed, bot.TicketResolved, bot.TicketRerouted, bot.TicketBackedUp:
			v.Messages = append(v.Messages, bot.TicketMessage{Seq: e.Seq, From: bot.System, Notice: e.Kind, At: e.At})
		case bot.TicketAddressed:
			v.Addressed = true
		case bot.TicketForgotten:
			v.Addressed = false
		}
	}
	v.Reachable = v.Takes
	return v
}

// correct applies a correction to the message that it is of.
func correct(messages []bot.TicketMessage, e bot.TicketEvent) {
	seq := Corrects(e)
	for i := range messages {
		if m := &messages[i]; m.Seq == seq {
			m.Text, m.Corrected, m.Withdrawn = Message(e), e.Kind == bot.TicketCorrected, e.Kind == bot.TicketWithdrawn
		}
	}
}

// Message is what an event says; empty where it says nothing or was erased.
func Message(e bot.TicketEvent) string {
	var text string
	if err := json.Unmarshal(e.Texts[bot.TextMessage], &text); err != nil {
		return ""
	}
	return text
}

// Corrects is the Seq of the message that an event corrects or withdraws; zero: none.
func Corrects(e bot.TicketEvent) int {
	switch n := e.Facts[bot.FactCorrects].(type) {
	case int:
		return n
	case float64: // as it is read back
		return int(n)
	}
	return 0
}

// LeaveAddress keeps how the citizen wants to be reached, apart and sealed.
func (d *Desk) LeaveAddress(ctx context.Context, c bot.ConversationID, id bot.TicketID, a bot.Address) (bot.Ticket, error) {
	a.Consented = d.now()
	t, err := d.store.KeepAddress(ctx, id, a, func(t bot.Ticket) (bot.Ticket, *bot.TicketEvent, error) {
		if t.Conversation != c {
			return t, nil, errForeign
		}
		return d.decide(t, Action{Kind: bot.TicketAddressed, By: bot.Actor{Kind: bot.Citizen}})
	})
	if err != nil {
		return t, fmt.Errorf("keep an address: %w", err)
	}
	return t, nil
}

// errForeign says that a ticket is not the conversation's, as if there were none.
var errForeign = &bot.Error{Kind: bot.NotFound, Citizen: "There is no such inquiry."}

// CallOff closes a ticket for its citizen, who needs no person any more.
func (d *Desk) CallOff(ctx context.Context, c bot.ConversationID, id bot.TicketID) error {
	t, err := d.store.Ticket(ctx, id)
	if err == nil && t.Conversation != c {
		err = errForeign
	}
	if err != nil {
		return fmt.Errorf("call a ticket off: %w", err)
	}
	_, err = d.Act(ctx, id, Action{Kind: bot.TicketResolved, By: bot.Actor{Kind: bot.Citizen}})
	return err
}

// Address returns the address that the citizen left, for a clerk; that it was looked at
// is recorded first.
func (d *Desk) Address(ctx context.Context, id bot.TicketID, by bot.Actor) (bot.Address, error) {
	if _, err := d.Act(ctx, id, Action{Kind: bot.TicketRevealed, By: by}); err != nil {
		return bot.Address{}, err
	}
	return d.store.Address(ctx, id)
}
