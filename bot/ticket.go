package bot

import (
	"encoding/json"
	"time"
)

// DepartmentID names a department of the configuration. Pages that carry the same
// name are the department's own.
type DepartmentID string

// TicketID names a ticket: 128 random bits in hexadecimal.
type TicketID string

// TicketState says who has to do something next.
type TicketState string

// The states of a ticket. Closed and expired ones are over.
const (
	TicketOpen     TicketState = "open"     // nobody has taken it yet
	TicketClaimed  TicketState = "claimed"  // a clerk is at it
	TicketWaiting  TicketState = "waiting"  // the citizen was asked something
	TicketAnswered TicketState = "answered" // the citizen has a reply and may ask back
	TicketClosed   TicketState = "closed"   // resolved
	TicketExpired  TicketState = "expired"  // nobody answered, and the citizen was told so
)

// Over reports whether nothing more happens to a ticket but corrections.
func (s TicketState) Over() bool { return s == TicketClosed || s == TicketExpired }

// ActorKind is what sort of somebody did something to a ticket.
type ActorKind string

// The kinds of actors.
const (
	Citizen ActorKind = "citizen"
	Clerk   ActorKind = "clerk"
	System  ActorKind = "system"
)

// Actor is who did something. ID is opaque: a clerk's account or Slack user;
// empty for the citizen and the system.
type Actor struct {
	Kind ActorKind `json:"kind"`
	ID   string    `json:"id,omitempty"`
}

// TicketEventKind says what happened to a ticket.
type TicketEventKind string

// The kinds of events of a ticket.
const (
	TicketOpened    TicketEventKind = "opened"
	TicketTaken     TicketEventKind = "claimed"
	TicketReleased  TicketEventKind = "released"  // the clerk gave it back
	TicketRerouted  TicketEventKind = "rerouted"  // to another department
	TicketReplied   TicketEventKind = "replied"   // staff answered the citizen
	TicketAsked     TicketEventKind = "asked"     // staff asked the citizen something
	TicketCorrected TicketEventKind = "corrected" // staff changed what they had sent
	TicketWithdrawn TicketEventKind = "withdrawn" // staff took back what they had sent
	TicketSaid      TicketEventKind = "said"      // the citizen wrote more
	TicketNoted     TicketEventKind = "noted"     // staff wrote for themselves, or the system for staff
	TicketAddressed TicketEventKind = "addressed" // the citizen left an address for the reply
	TicketRevealed  TicketEventKind = "revealed"  // staff looked at that address
	TicketForgotten TicketEventKind = "forgotten" // that address was erased
	TicketReminded  TicketEventKind = "reminded"  // staff were told that it is late
	TicketBackedUp  TicketEventKind = "backed_up" // it went to the department's backup
	TicketDelayed   TicketEventKind = "delayed"   // the citizen was told that it takes longer
	TicketResolved  TicketEventKind = "resolved"
	TicketLapsed    TicketEventKind = "expired"
	// TicketErased says that the citizen's words are gone: what sinks hold of them
	// has to go too.
	TicketErased TicketEventKind = "erased"
)

// TicketEvent is one step of a ticket as it is recorded. It is never changed.
type TicketEvent struct {
	// Seq counts from 1 in each ticket.
	Seq  int
	Kind TicketEventKind
	At   time.Time
	By   Actor
	// Origin names what made the event outside, such as a message of Slack. A ticket
	// has one event of an origin: what is told twice is recorded once. Empty: none.
	Origin string
	// Facts hold nothing personal and no free text; Texts are sealed under the
	// conversation's key and erased with it.
	Facts map[string]any
	Texts map[string]json.RawMessage
}

// Names of the fields of ticket events that more than one package reads.
const (
	TextMessage   = "message"    // a JSON string: what is said to the citizen, or by the citizen
	TextBrief     = "brief"      // an Inquiry, in an opened event
	FactTo        = "department" // a DepartmentID, in opened, rerouted and backed_up events
	FactCorrects  = "corrects"   // the Seq of the event whose message is corrected or withdrawn
	FactReason    = "reason"     // why it was handed over, re-routed, or expired
	FactTicketRef = "ticket"     // a TicketID, in the ended event of a turn that was handed over
	FactTurnRef   = "turn"       // a TurnID, in a said event: the turn that the message is of
)

// Ticket is an inquiry that people answer, as its events tell it.
type Ticket struct {
	ID           TicketID
	Conversation ConversationID
	// Turn is the one that was handed over.
	Turn       TurnID
	Department DepartmentID
	State      TicketState
	// Version is the Seq of the last event: who changes a ticket says which version
	// they saw.
	Version int
	// Claimant has it, where somebody does.
	Claimant Actor
	Language string
	OpenedAt time.Time
	// Alert is a ticket that only tells staff: no reply of theirs reaches the citizen,
	// and what the citizen writes goes to the assistant as before.
	Alert bool
	// Due is when a reply was promised, Next the next moment at which the system
	// looks at it; zero: none.
	Due, Next time.Time
	// Reached is the Seq of the last event that has arrived where staff work. The inbox
	// has all of them at once.
	Reached int
	Events  []TicketEvent
}

// Opening is a ticket that is about to be opened, with its first event.
type Opening struct {
	Ticket Ticket
	Event  TicketEvent
	// Sinks are the names of those that it is delivered to, beside the inbox.
	Sinks []string
}

// Inquiry is what staff are told of a ticket: everything in it is redacted.
type Inquiry struct {
	Question Redacted   `json:"question"`
	Earlier  []Redacted `json:"earlier,omitempty"` // of the conversation, oldest first
	// Found are the nearest sentences of the agency's pages, Suggested is the reply
	// that they make; empty where there are none.
	Found     []Sentence `json:"found,omitempty"`
	Suggested string     `json:"suggested,omitempty"`
	// Reason says why it was handed over, Missing what the pages do not say.
	Reason  string `json:"reason"`
	Missing string `json:"missing,omitempty"`
	Route   Route  `json:"route"`
	// Hazard is the danger that the message speaks of; empty: none.
	Hazard string `json:"hazard,omitempty"`
}

// The reasons for which inquiries are handed over; they stand in the record.
const (
	ForAsked     = "asked"     // the citizen asked for a person
	ForUnknown   = "unknown"   // the pages do not answer
	ForOwnCase   = "own_case"  // it is about the citizen's own case
	ForAdvice    = "advice"    // it asks for what a professional or an official has to say
	ForTopic     = "topic"     // the agency leaves the topic to people
	ForPeople    = "people"    // the department answers everything itself
	ForHazard    = "hazard"    // the message speaks of danger
	ForUnhappy   = "unhappy"   // two answers did not help
	ForWrong     = "wrong"     // the citizen says that an answer is wrong
	ForIncapable = "incapable" // the assistant could not answer at the moment
)

// ReasonNotOurs is the reason of a re-routing by which a department says only that an
// inquiry is not for it, and nothing of whom it is for.
const ReasonNotOurs = "not_ours"

// Labelled is a question with the department that it belongs to, as a clerk says.
type Labelled struct {
	Text       Redacted
	Department DepartmentID
}

// Route is where an inquiry goes, and on what grounds.
type Route struct {
	// Department is empty where none fits.
	Department  DepartmentID `json:"department,omitempty"`
	Probability float64      `json:"probability"`
	// Others are the next ones, most likely first.
	Others []Likely `json:"others,omitempty"`
	// Reasons say in short what spoke for it.
	Reasons []string `json:"reasons,omitempty"`
	// Elsewhere is another agency that is in charge.
	Elsewhere *Page `json:"elsewhere,omitempty"`
}

// Likely is a department with its probability.
type Likely struct {
	Department  DepartmentID `json:"department"`
	Probability float64      `json:"probability"`
}
