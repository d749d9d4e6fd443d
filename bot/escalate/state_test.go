package escalate

import (
	"errors"
	"math/rand/v2"
	"testing"

	"townclerk/bot"
)

var (
	ann = bot.Actor{Kind: bot.Clerk, ID: "ann"}
	bob = bot.Actor{Kind: bot.Clerk, ID: "bob"}
	sys = bot.Actor{Kind: bot.System}
	cit = bot.Actor{Kind: bot.Citizen}
)

func TestApply(t *testing.T) {
	for _, c := range []struct {
		name   string
		events []bot.TicketEvent
		state  bot.TicketState
		holder bot.Actor
	}{
		{"a clerk claims it", []bot.TicketEvent{{Kind: bot.TicketTaken, By: ann}}, bot.TicketClaimed, ann},
		{"a reply claims it", []bot.TicketEvent{{Kind: bot.TicketReplied, By: bob}}, bot.TicketAnswered, bob},
		{"the citizen asks back", []bot.TicketEvent{{Kind: bot.TicketReplied, By: bob}, {Kind: bot.TicketSaid, By: cit}}, bot.TicketClaimed, bob},
		{"the citizen writes before anybody has it", []bot.TicketEvent{{Kind: bot.TicketSaid, By: cit}}, bot.TicketOpen, bot.Actor{}},
		{"given back", []bot.TicketEvent{{Kind: bot.TicketTaken, By: ann}, {Kind: bot.TicketReleased, By: ann}}, bot.TicketOpen, bot.Actor{}},
		{"another department", []bot.TicketEvent{{Kind: bot.TicketTaken, By: ann}, {Kind: bot.TicketRerouted, By: ann, Facts: map[string]any{bot.FactTo: bot.DepartmentID("parks")}}}, bot.TicketOpen, bot.Actor{}},
		{"a correction after the end", []bot.TicketEvent{{Kind: bot.TicketReplied, By: ann}, {Kind: bot.TicketResolved, By: ann}, {Kind: bot.TicketCorrected, By: ann}}, bot.TicketClosed, ann},
		{"nobody answered", []bot.TicketEvent{{Kind: bot.TicketReminded, By: sys}, {Kind: bot.TicketLapsed, By: sys}}, bot.TicketExpired, bot.Actor{}},
	} {
		ticket, err := bot.Ticket{State: bot.TicketOpen, Version: 1, Department: "clerk"}, error(nil)
		for _, e := range c.events {
			if ticket, err = Apply(ticket, e); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		if ticket.State != c.state || ticket.Claimant != c.holder || ticket.Version != 1+len(c.events) {
			t.Errorf("%s: %+v", c.name, ticket)
		}
	}
}

// Of two who claim it one wins, and the other is told who.
func TestSecondClaimIsRefused(t *testing.T) {
	ticket, err := Apply(bot.Ticket{State: bot.TicketOpen}, bot.TicketEvent{Kind: bot.TicketTaken, By: ann})
	if err != nil {
		t.Fatal(err)
	}
	after, err := Apply(ticket, bot.TicketEvent{Kind: bot.TicketTaken, By: bob})
	var refused *Refusal
	if !errors.As(err, &refused) || refused.Claimant != ann || after.Claimant != ann {
		t.Errorf("%v, %+v", err, after)
	}
}

// Whatever comes, a ticket that is over stays over, and a refused event changes nothing.
func TestOverStaysOver(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var kinds []bot.TicketEventKind
	for k := range moves {
		kinds = append(kinds, k)
	}
	for range 2000 {
		ticket := bot.Ticket{State: bot.TicketOpen}
		for range 12 {
			e := bot.TicketEvent{Kind: kinds[r.IntN(len(kinds))], By: []bot.Actor{ann, bob, sys, cit}[r.IntN(4)]}
			after, err := Apply(ticket, e)
			switch {
			case err != nil && (after.State != ticket.State || after.Version != ticket.Version || after.Claimant != ticket.Claimant):
				t.Fatalf("refused %+v changed %+v to %+v", e, ticket, after)
			case ticket.State.Over() && after.State != ticket.State:
				t.Fatalf("%+v: %s became %s", e, ticket.State, after.State)
			}
			ticket = after
		}
	}
}
