package escalate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"townclerk/bot"
	"townclerk/retrieval"
)

// Router says which department an inquiry is for.
type Router func(ctx context.Context, question bot.Redacted, earlier []bot.Redacted, hits []retrieval.Hit) bot.Route

// Config is what an agency sets of its hand-over.
type Config struct {
	Departments []Department // at least one
	// Default gets what no department is known for; empty: the first.
	Default bot.DepartmentID
	// Hazards gets messages of danger; empty: as routed.
	Hazards bot.DepartmentID
	Topics  []Topic
	Contact bot.Contact // the agency's own
	// Always hands a question over as soon as the pages do not answer it; else the
	// citizen is offered it.
	Always bool
	Times  Times
}

// Topic is something that the agency leaves to people: a question with one of its
// words (whole words, any case).
type Topic struct {
	Name       string
	Words      []string
	Department bot.DepartmentID // empty: as routed
}

// Desk is where everybody acts on tickets. It is safe for concurrent use.
type Desk struct {
	config Config
	store  Store
	route  Router
	sinks  []string
	now    func() time.Time
	log    *slog.Logger
	wake   func()

	digested sync.Map // department -> the day of its last digest
}

// NewDesk returns a desk. Sinks are the names of those that tickets are delivered to;
// wake is called when there is something for them, and may be nil.
func NewDesk(c Config, s Store, route Router, sinks []string, wake func(), now func() time.Time, log *slog.Logger) (*Desk, error) {
	if len(c.Departments) == 0 {
		return nil, errors.New("escalate: there is no department to hand over to; name one in the configuration")
	}
	if c.Default == "" {
		c.Default = c.Departments[0].ID
	}
	if wake == nil {
		wake = func() {}
	}
	d := &Desk{config: c, store: s, route: route, sinks: sinks, now: now, log: log, wake: wake}
	for _, id := range []bot.DepartmentID{c.Default, c.Hazards} {
		if id != "" && d.find(id) == nil {
			return nil, fmt.Errorf("escalate: there is no department %q", id)
		}
	}
	return d, nil
}

// find returns a department, or nil.
func (d *Desk) find(id bot.DepartmentID) *Department {
	for i := range d.config.Departments {
		if d.config.Departments[i].ID == id {
			return &d.config.Departments[i]
		}
	}
	return nil
}

// Department returns a department; the default one where there is none of that name,
// as when it left the configuration while it had tickets.
func (d *Desk) Department(id bot.DepartmentID) Department {
	if found := d.find(id); found != nil {
		return *found
	}
	return *d.find(d.config.Default)
}

// Departments returns all departments.
func (d *Desk) Departments() []Department { return slices.Clone(d.config.Departments) }

// Contact is how to reach a department otherwise.
func (d *Desk) Contact(id bot.DepartmentID) bot.Contact {
	if c := d.Department(id).Contact; c.Name != "" {
		return c
	}
	return d.config.Contact
}

// Action is something that somebody does to a ticket.
type Action struct {
	Kind bot.TicketEventKind
	By   bot.Actor
	To   bot.DepartmentID // of a re-routing
	// Text is what is said to or by the citizen, or noted.
	Text string
	// Corrects is the Seq of the message that is corrected or withdrawn.
	Corrects int
	// Origin names what outside made it; what was done for an origin is not done again.
	Origin string
	Reason string
	// End ends a turn together with it.
	End []bot.TurnEnd
	// Turn is the citizen's, of what they say.
	Turn bot.TurnID

	wait time.Duration // that a promise to the citizen rests on
}

// MaxMessage is the length in bytes of the longest message that staff can send.
const MaxMessage = 10_000

// Errors of actions that make no sense; what the state of the ticket forbids is a
// *Refusal.
var (
	ErrNoText       = errors.New("there is nothing in the message; write something")
	ErrLong         = fmt.Errorf("the message is too long; keep it under %d bytes or send it in parts", MaxMessage)
	ErrNoDepartment = errors.New("there is no such department")
	ErrNoMessage    = errors.New("there is no such message that was sent to the citizen")
	ErrAlertOnly    = errors.New("this department is only alerted: nothing is sent to citizens from here; use the contact that they were given")
)

// Act does something to a ticket and returns it as it is then. Of two who act at once
// the second finds what the first one did.
func (d *Desk) Act(ctx context.Context, id bot.TicketID, a Action) (bot.Ticket, error) {
	if a.Kind == bot.TicketSaid { // a new promise may be due
		t, err := d.store.Ticket(ctx, id)
		if err != nil {
			return t, fmt.Errorf("%s ticket %.40q: %w", a.Kind, id, err)
		}
		a.wait = d.wait(ctx, t.Department)
	}
	t, err := d.store.Change(ctx, id, func(t bot.Ticket) (bot.Ticket, *bot.TicketEvent, error) {
		if a.Origin != "" && slices.ContainsFunc(t.Events, func(e bot.TicketEvent) bool { return e.Origin == a.Origin }) {
			return t, nil, nil
		}
		return d.decide(t, a)
	}, a.End...)
	if err != nil {
		return t, fmt.Errorf("%s ticket %.40q: %w", a.Kind, id, err)
	}
	d.wake()
	return t, nil
}

// decide makes an action an event and says what the ticket is after it.
func (d *Desk) decide(t bot.Ticket, a Action) (bot.Ticket, *bot.TicketEvent, error) {
	e, err := d.event(t, a)
	if err != nil {
		return t, nil, err
	}
	after, err := Apply(t, e)
	if err != nil {
		return t, nil, err
	}
	after.Events = append(slices.Clone(t.Events), e)
	return d.planned(after, e, a.wait), &e, nil
}

func (d *Desk) event(t bot.Ticket, a Action) (bot.TicketEvent, error) {
	e := bot.TicketEvent{Seq: t.Version + 1, Kind: a.Kind, At: d.now(), By: a.By, Origin: a.Origin, Facts: map[string]any{}}
	if a.Reason != "" {
		e.Facts[bot.FactReason] = a.Reason
	}
	if a.Turn != "" {
		e.Facts[bot.FactTurnRef] = a.Turn
	}
	text := strings.TrimSpace(a.Text)
	switch a.Kind {
	case bot.TicketReplied, bot.TicketAsked, bot.TicketCorrected, bot.TicketWithdrawn:
		if t.Alert {
			return e, ErrAlertOnly
		}
	case bot.TicketRerouted, bot.TicketBackedUp:
		if d.find(a.To) == nil {
			return e, fmt.Errorf("%w: %q", ErrNoDepartment, a.To)
		}
		e.Facts[bot.FactTo] = a.To
	}
	switch a.Kind {
	case bot.TicketCorrected, bot.TicketWithdrawn:
		if !slices.ContainsFunc(t.Events, func(b bot.TicketEvent) bool { return b.Seq == a.Corrects && said(b.Kind) }) {
			return e, ErrNoMessage
		}
		e.Facts[bot.FactCorrects] = a.Corrects
	}
	switch a.Kind {
	case bot.TicketReplied, bot.TicketAsked, bot.TicketCorrected, bot.TicketNoted, bot.TicketSaid:
		if text == "" {
			return e, ErrNoText
		}
		if len(text) > MaxMessage {
			return e, ErrLong
		}
		sealed, err := json.Marshal(text)
		if err != nil {
			return e, err
		}
		e.Texts = map[string]json.RawMessage{bot.TextMessage: sealed}
	}
	return e, nil
}

// said reports whether an event says something of staff's to the citizen.
func said(k bot.TicketEventKind) bool { return k == bot.TicketReplied || k == bot.TicketAsked }
