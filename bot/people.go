package bot

import "time"

// People are those whom an inquiry is for, as the citizen is told.
type People struct {
	Department DepartmentID `json:"department,omitempty"`
	Name       string       `json:"name,omitempty"`
	// Ticket is where they have the inquiry; empty: nothing was handed over.
	Ticket TicketID `json:"ticket,omitempty"`
	// Offered says that the citizen can hand the question over to them.
	Offered bool `json:"offered,omitempty"`
	// Opens is when people are back; zero: they are there now, or say no hours.
	Opens time.Time `json:"opens,omitzero"`
	// Due is when an answer was promised.
	Due time.Time `json:"due,omitzero"`
	// Elsewhere is another agency that is in charge.
	Elsewhere *Page `json:"elsewhere,omitempty"`
}

// TicketView is a ticket as its citizen may see it.
type TicketView struct {
	ID         TicketID     `json:"id"`
	Turn       TurnID       `json:"turn"`
	Department DepartmentID `json:"department"`
	Name       string       `json:"name"` // the department's
	State      TicketState  `json:"state"`
	OpenedAt   time.Time    `json:"opened_at"`
	// Version changes with everything that happens to the ticket.
	Version int `json:"version"`
	// Takes says that what the citizen writes goes to people, not to the assistant.
	Takes bool `json:"takes"`
	// Queued says that it has not arrived where staff work: their side is out of reach.
	Queued bool `json:"queued,omitempty"`
	// Due is when an answer was promised, Late that this has passed without one, Opens
	// when people are back where they are not there now.
	Due   time.Time `json:"due,omitzero"`
	Late  bool      `json:"late,omitempty"`
	Opens time.Time `json:"opens,omitzero"`
	// Contact is how to reach the department otherwise.
	Contact *Contact `json:"contact,omitempty"`
	// Reachable says that an address for the reply can be left, Addressed that one was.
	Reachable bool            `json:"reachable,omitempty"`
	Addressed bool            `json:"addressed,omitempty"`
	Messages  []TicketMessage `json:"messages"`
}

// TicketMessage is something that was said between a citizen and people.
type TicketMessage struct {
	// Seq is the event that said it.
	Seq int `json:"seq"`
	// From is Citizen, Clerk, or System for what the citizen was told by the system:
	// Notice says which, and Text is empty.
	From   ActorKind       `json:"from"`
	Notice TicketEventKind `json:"notice,omitempty"`
	At     time.Time       `json:"at"`
	Text   string          `json:"text,omitempty"`
	// Corrected says that Text is not what was sent at first; Withdrawn that staff took
	// it back: Text is empty.
	Corrected bool `json:"corrected,omitempty"`
	Withdrawn bool `json:"withdrawn,omitempty"`
}

// TurnEnd are the events that end a turn, for what is committed together with them.
type TurnEnd struct {
	Turn TurnID
	// Events are empty where the turn has ended already.
	Events []Event
}
