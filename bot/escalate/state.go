package escalate

import (
	"fmt"
	"slices"

	"townclerk/bot"
)

// move is what an event does to a ticket.
type move struct {
	from []bot.TicketState
	// to is the state after it; empty: as before. A ticket that somebody has claimed
	// stays claimed where to is bot.TicketOpen.
	to bot.TicketState
	// by are who may do it.
	by []bot.ActorKind
}

var (
	live     = []bot.TicketState{bot.TicketOpen, bot.TicketClaimed, bot.TicketWaiting, bot.TicketAnswered}
	sent     = []bot.TicketState{bot.TicketWaiting, bot.TicketAnswered, bot.TicketClaimed, bot.TicketOpen, bot.TicketClosed}
	all      = append(live, bot.TicketClosed, bot.TicketExpired)
	clerks   = []bot.ActorKind{bot.Clerk}
	anyStaff = []bot.ActorKind{bot.Clerk, bot.System}
	machine  = []bot.ActorKind{bot.System}
)

// moves is the state machine.
var moves = map[bot.TicketEventKind]move{
	bot.TicketTaken:     {live, bot.TicketClaimed, clerks},
	bot.TicketReleased:  {[]bot.TicketState{bot.TicketClaimed, bot.TicketWaiting, bot.TicketAnswered}, bot.TicketOpen, anyStaff},
	bot.TicketRerouted:  {live, bot.TicketOpen, anyStaff},
	bot.TicketReplied:   {live, bot.TicketAnswered, clerks},
	bot.TicketAsked:     {live, bot.TicketWaiting, clerks},
	bot.TicketCorrected: {sent, "", clerks},
	bot.TicketWithdrawn: {sent, "", clerks},
	bot.TicketSaid:      {live, bot.TicketOpen, []bot.ActorKind{bot.Citizen}},
	bot.TicketNoted:     {sent, "", anyStaff},
	bot.TicketAddressed: {live, "", []bot.ActorKind{bot.Citizen}},
	bot.TicketRevealed:  {all, "", clerks},
	bot.TicketForgotten: {all, "", machine},
	bot.TicketErased:    {all, "", []bot.ActorKind{bot.Citizen, bot.System}},
	bot.TicketReminded:  {live, "", machine},
	bot.TicketBackedUp:  {[]bot.TicketState{bot.TicketOpen}, bot.TicketOpen, machine},
	bot.TicketDelayed:   {live, "", machine},
	bot.TicketResolved:  {live, bot.TicketClosed, []bot.ActorKind{bot.Clerk, bot.System, bot.Citizen}},
	bot.TicketLapsed:    {live, bot.TicketExpired, machine},
}

// Apply returns the ticket after an event, or a *Refusal where it is not in a state for
// it or belongs to another clerk.
func Apply(t bot.Ticket, e bot.TicketEvent) (bot.Ticket, error) {
	m, known := moves[e.Kind]
	switch {
	case !known:
		return t, fmt.Errorf("apply to a ticket: unknown event %q", e.Kind)
	case !slices.Contains(m.by, e.By.Kind), !slices.Contains(m.from, t.State):
		return t, &Refusal{State: t.State, Claimant: t.Claimant}
	case e.Kind == bot.TicketTaken && t.Claimant != (bot.Actor{}) && t.Claimant != e.By:
		return t, &Refusal{State: t.State, Claimant: t.Claimant}
	}
	switch e.Kind {
	case bot.TicketTaken, bot.TicketReplied, bot.TicketAsked:
		if t.Claimant == (bot.Actor{}) {
			t.Claimant = e.By
		}
	case bot.TicketReleased, bot.TicketRerouted, bot.TicketBackedUp:
		t.Claimant = bot.Actor{}
	}
	if to, ok := e.Facts[bot.FactTo].(bot.DepartmentID); ok {
		t.Department = to
	}
	if m.to != "" {
		t.State = m.to
	}
	if e.Kind == bot.TicketErased && !t.State.Over() {
		t.State = bot.TicketClosed
	}
	if t.State == bot.TicketOpen && t.Claimant != (bot.Actor{}) {
		t.State = bot.TicketClaimed
	}
	t.Version++
	return t, nil
}

// Refusal says that a ticket is not in a state for what somebody wanted to do.
type Refusal struct {
	State bot.TicketState
	// Claimant has the ticket; zero: nobody.
	Claimant bot.Actor
}

func (r *Refusal) Error() string {
	if r.Claimant.ID != "" && !r.State.Over() {
		return "somebody else has the ticket: " + r.Claimant.ID
	}
	return "the ticket is " + string(r.State)
}
