// Package escalate is how inquiries reach people, and how what people say reaches the
// citizen: the states of a ticket, the hours of departments, what falls due when, and
// the desk at which everybody acts on tickets.
//
// A ticket is an append-only series of events, like a turn. Whoever does something to
// it, a clerk in Slack or in the inbox, the citizen, the system, calls the Desk, which
// has the Store look at the ticket and record one event in one transaction. So of two
// clerks who claim a ticket one wins, and the state machine tells the other who.
//
// A Sink shows tickets to staff elsewhere. The events themselves are its queue: the
// store keeps for each ticket and sink how many have arrived, and the Courier brings
// the next one, in order, for as long as it takes. A sink that cannot tell whether an
// event arrived looks for it before it sends it again.
package escalate

import (
	"context"
	"time"

	"townclerk/bot"
)

// Mode is what a department wants of the assistant.
type Mode string

// The modes.
const (
	Normal      Mode = "normal"       // the assistant answers, people do what it cannot
	PeopleFirst Mode = "people_first" // every inquiry goes to people
	AlertsOnly  Mode = "alerts_only"  // people are told, and answer by other ways
)

// Department is an office that answers inquiries.
type Department struct {
	ID   bot.DepartmentID
	Name string
	// Contact is how to reach it otherwise; without a name the agency's own counts.
	Contact bot.Contact
	Hours   Hours
	// Within is the working time within which it means to answer; zero: two working
	// days of eight hours.
	Within time.Duration
	// Backup gets what nobody has claimed in time; empty: nobody.
	Backup    bot.DepartmentID
	Languages []string
	// Channel is where Slack shows its tickets; empty: nowhere.
	Channel string
	Mode    Mode
}

// Store keeps tickets. It commits before it returns.
type Store interface {
	// OpenTicket records a ticket with its first event and ends the turn that it is of,
	// in one transaction. A turn has at most one ticket, and a conversation at most one
	// that is not over and no alert: where there is one already, that is returned, fresh is false and nothing is
	// recorded.
	OpenTicket(ctx context.Context, o bot.Opening, end bot.TurnEnd) (t bot.Ticket, fresh bool, err error)
	// Change has decide look at a ticket with its events, and records the event that it
	// returns, with the ticket as it is after it, and the end of a turn, in one
	// transaction. Meanwhile nobody else changes the ticket. Where decide returns no event, or
	// the ticket has one of its Origin, nothing is recorded. An error of decide is returned as it is.
	Change(ctx context.Context, id bot.TicketID, decide func(bot.Ticket) (bot.Ticket, *bot.TicketEvent, error), end ...bot.TurnEnd) (bot.Ticket, error)
	// Ticket returns a ticket with its events, without texts where they were erased.
	Ticket(ctx context.Context, id bot.TicketID) (bot.Ticket, error)
	// TicketsOf returns all tickets of a conversation with their events, oldest first.
	TicketsOf(ctx context.Context, c bot.ConversationID) ([]bot.Ticket, error)
	// Tickets returns those that fit, with their events, the newest first.
	Tickets(ctx context.Context, f Filter) ([]bot.Ticket, error)
	// DueTickets returns up to limit tickets that are not over and whose Next has come.
	DueTickets(ctx context.Context, limit int) ([]bot.TicketID, error)
	// AnswerTimes returns how long the last n tickets of a department waited for their
	// first reply, the newest first.
	AnswerTimes(ctx context.Context, d bot.DepartmentID, n int) ([]Waited, error)
	// Once reports true the first time that it is called with a name, on all servers.
	Once(ctx context.Context, name string) (bool, error)

	// KeepAddress seals an address of the ticket's citizen, in place of an earlier one, as Change
	// records the event.
	KeepAddress(ctx context.Context, id bot.TicketID, a bot.Address, decide func(bot.Ticket) (bot.Ticket, *bot.TicketEvent, error)) (bot.Ticket, error)
	// Address returns it; bot.NotFound where there is none or it was erased.
	Address(ctx context.Context, id bot.TicketID) (bot.Address, error)
	// OldAddresses returns the tickets that were over before a time and still have an address.
	OldAddresses(ctx context.Context, before time.Time) ([]bot.TicketID, error)
	// ForgetAddress erases it, as Change records the event.
	ForgetAddress(ctx context.Context, id bot.TicketID, decide func(bot.Ticket) (bot.Ticket, *bot.TicketEvent, error)) error
}

// Filter says which tickets are wanted; zero fields do not count.
type Filter struct {
	Departments []bot.DepartmentID
	States      []bot.TicketState
	Claimant    bot.Actor
	Before      time.Time // opened before
	Limit       int       // zero: 50
}

// Waited is when a ticket was opened and when it got its first reply.
type Waited struct{ Opened, Replied time.Time }

// Queue keeps what is on its way to sinks. It commits before it returns.
type Queue interface {
	// NextDelivery leases the next event that a sink has not got: nobody else gets one of the same ticket
	// until the lease ends or the delivery is told to have arrived or is put off. False: nothing
	// is due.
	NextDelivery(ctx context.Context, sink string, lease time.Duration) (bot.Delivery, bool, error)
	// Arrived says that the event is there, and where the ticket is now.
	Arrived(ctx context.Context, d bot.Delivery, at bot.Place) error
	// PutOff says that it is to be tried again at a time.
	PutOff(ctx context.Context, d bot.Delivery, until time.Time) error
	// TicketAt returns the ticket that a sink keeps at a place; bot.NotFound: none.
	TicketAt(ctx context.Context, sink string, at bot.Place) (bot.TicketID, error)
	// PlaceOf returns where a sink keeps a ticket; bot.NotFound: nowhere yet.
	PlaceOf(ctx context.Context, sink string, id bot.TicketID) (bot.Place, error)
}

// Mailroom keeps what came in from outside until it was dealt with: it is stored before it is acknowledged.
type Mailroom interface {
	// Receive stores a message sealed; false: one of that id was received before.
	Receive(ctx context.Context, source, id string, body []byte) (bool, error)
	// Pending returns up to limit messages that were not dealt with and are due, oldest first.
	Pending(ctx context.Context, source string, limit int) ([]Mail, error)
	// DealtWith forgets a message's body; that it was received stays known for a week.
	DealtWith(ctx context.Context, source, id string) error
	// Again puts a message off.
	Again(ctx context.Context, source, id string, until time.Time) error
}

// Mail is a message that came in from outside.
type Mail struct {
	ID       string
	At       time.Time
	Body     []byte
	Attempts int
}

// Sink shows tickets to staff elsewhere.
type Sink interface {
	// Name names it in the store.
	Name() string
	// Deliver makes an event of a ticket seen at the sink, once, however often it is called with it, and
	// returns where the ticket is now. A *Later says when to try again.
	Deliver(ctx context.Context, t bot.Ticket, e bot.TicketEvent, d bot.Delivery) (bot.Place, error)
}

// MailSink is the name of the sink that reaches citizens by e-mail. What has arrived there has
// not for that reached staff.
const MailSink = "mail"

// Later is an error of a sink that knows when it can be tried again.
type Later struct {
	After time.Duration
	Err   error
}

func (l *Later) Error() string { return l.Err.Error() }
func (l *Later) Unwrap() error { return l.Err }
