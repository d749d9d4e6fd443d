package bot

import "time"

// Address is how a citizen wants to be reached outside of the chat. It is asked for,
// kept apart from the conversation, encrypted, and erased on its own.
type Address struct {
	Email string `json:"email,omitempty"`
	Phone string `json:"phone,omitempty"`
	// Consented is when the citizen agreed to the text that says what it is used for.
	Consented time.Time `json:"consented"`
}

// Place is where a sink keeps a ticket, such as a thread of a channel of Slack. Both
// are opaque to everybody but the sink.
type Place struct{ Channel, Thread string }

// Delivery is an event of a ticket on its way to a sink.
type Delivery struct {
	Ticket TicketID
	Sink   string
	// Seq is the event that is next. Events of one ticket go to one sink in order.
	Seq int
	// Place is where the ticket is there; zero before its first event has arrived.
	Place Place
	// Attempts is how often this event was tried before.
	Attempts int
}
