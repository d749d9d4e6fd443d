// Package storetest is the suite that every engine of the conversation store must
// pass. It is for tests only: nothing else may import it.
package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/bot/account"
	"townclerk/bot/budget"
	"townclerk/bot/contribute"
	"townclerk/bot/escalate"
	"townclerk/bot/ledger"
	"townclerk/bot/ledger/audit"
)

// Contract is what the suite tests. Its words stand at the methods of bot/store.
type Contract interface {
	Create(ctx context.Context, language string) (bot.ConversationID, bot.Token, error)
	Authenticate(ctx context.Context, id bot.ConversationID, token bot.Token) error
	Open(ctx context.Context, m bot.Message, e bot.Event, deadline time.Time) (turn bot.Turn, fresh bool, err error)
	Append(ctx context.Context, id bot.TurnID, events ...bot.Event) error
	Transcript(ctx context.Context, id bot.ConversationID) ([]bot.Turn, error)
	Recent(ctx context.Context, id bot.ConversationID, n int) ([]bot.Turn, error)
	Events(ctx context.Context, id bot.TurnID) ([]bot.Event, error)
	Erase(ctx context.Context, id bot.ConversationID) error
	Reap(ctx context.Context) (int, error)
	Asked(ctx context.Context, id bot.ConversationID, since time.Time) (n int, first time.Time, err error)
	Remember(ctx context.Context, q bot.Asked, turn bot.TurnID) error
	Remembered(ctx context.Context, q bot.Asked) (a bot.Answer, found bool, err error)
	Forget(ctx context.Context, turn bot.TurnID) error
	Relabelled(ctx context.Context) ([]bot.Labelled, error)
	Unanswered(ctx context.Context, since time.Time, limit int) ([]bot.Turn, error)
	Audit(ctx context.Context, fn func(audit.Log) error) error
	Note(ctx context.Context, e ledger.Entry) error
	NoteChange(ctx context.Context, e ledger.Entry) (changed bool, err error)
	budget.Ledger
	escalate.Store
	escalate.Queue
	escalate.Mailroom
	account.Store
	contribute.Store
}

// Errors are the engine's errors that the suite looks for.
type Errors struct{ Ended, InvalidEvent error }

// Run runs the suite; after each test the record is audited. open returns an empty store with a clock; the suite does not close
// it.
func Run(t *testing.T, errs Errors, open func(t *testing.T, now func() time.Time) Contract) {
	tests := []struct {
		name string
		run  func(*harness)
	}{
		{"tokens open their own conversation only", tokens},
		{"languages are tags", languages},
		{"a turn is told as it was recorded", roundTrip},
		{"a key that was seen gives the same turn", duplicates},
		{"a key names one message", keyOfAnother},
		{"one turn is open at a time", busy},
		{"a lost turn makes room", deadlinePasses},
		{"recent turns", recent},
		{"nothing follows the end but feedback", afterEnd},
		{"all events or none", allOrNothing},
		{"opening needs a question and a deadline", badOpen},
		{"unknown names", unknown},
		{"erasure", erasure},
		{"reaping", reaping},
		{"fifty openers, one turn", manyOpeners},
		{"fifty keys, one open turn", manyKeys},
		{"two enders, one end", twoEnders},
		{"two reapers, one end", twoReapers},
		{"appending against erasing", appendAgainstErase},
		{"a cancelled call writes nothing", cancelled},
		{"turns are counted", asked},
		{"an answer is remembered", remembering},
		{"two hundred calls at the cap", manyCalls},
		{"caps of a day and a month", caps},
		{"calls that were lost", lostCalls},
		{"a ticket is told as it was recorded", ticketRoundTrip},
		{"a turn has one ticket", oneTicket},
		{"a ticket changes as was decided", ticketChanges},
		{"a thousand times two claimers", twoClaimers},
		{"fifty openers, one ticket", manyTicketOpeners},
		{"what is told twice is recorded once", sameOrigin},
		{"tickets are listed", ticketLists},
		{"answer times", answerTimes},
		{"unknown tickets", unknownTickets},
		{"erased tickets", erasedTickets},
		{"deliveries", deliveries},
		{"couriers that were lost", lostCouriers},
		{"tickets take turns", takingTurns},
		{"eight couriers", eightCouriers},
		{"mail", mail},
		{"old mail", oldMail},
		{"many receivers", manyReceivers},
		{"addresses", addresses},
		{"old addresses", oldAddresses},
		{"what clerks re-routed", relabelled},
		{"what was not answered", unanswered},
		{"accounts", accounts},
		{"invitations are good once", invitations},
		{"sessions", sessions},
		{"tries are counted", attempts},
		{"a contribution is told as it was recorded", contributionRoundTrip},
		{"a ticket has one contribution", oneContribution},
		{"contributions are listed", contributionLists},
		{"two approvers, one approval", twoApprovers},
		{"erased contributions", erasedContributions},
		{"approving against erasing a contribution", approvedAgainstErased},
		{"whatever is recorded is a leaf", leaves},
		{"sixteen writers", manyWriters},
		{"notes", notes},
		{"callers who leave", leavers},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := &harness{T: t, errs: errs}
			h.s = open(t, h.now)
			test.run(h)
			h.auditClean()
		})
	}
}

// Question returns an opened event.
func Question(text string) bot.Event {
	return bot.Event{Kind: bot.Opened, Texts: map[string]json.RawMessage{bot.TextQuestion: encode(text)}}
}

// Shown returns a shown event with one sentence.
func Shown(text string) bot.Event {
	return bot.Event{
		Kind:  bot.Shown,
		Facts: map[string]any{"sentences": 1},
		Texts: map[string]json.RawMessage{bot.TextAnswer: encode(Answer(text))},
	}
}

// Ended returns an ended event with an outcome, a trace and no answer.
func Ended(outcome bot.Outcome) bot.Event {
	return bot.Event{
		Kind:  bot.Ended,
		Facts: map[string]any{bot.FactOutcome: outcome},
		Texts: map[string]json.RawMessage{bot.TextTrace: encode(map[string]any{"candidates": 3})},
	}
}

// Feedback returns a feedback event.
func Feedback(comment string) bot.Event {
	return bot.Event{
		Kind:  bot.Feedback,
		Facts: map[string]any{bot.FactHelpful: true},
		Texts: map[string]json.RawMessage{bot.TextComment: encode(comment)},
	}
}

// Answer returns an answer of one sentence.
func Answer(text string) bot.Answer {
	return bot.Answer{Outcome: bot.Answered, Sentences: []bot.Sentence{{Text: text}}}
}

func encode(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // the suite's own values
	}
	return b
}

// harness is what each test of the suite gets.
type harness struct {
	*testing.T
	s     Contract
	errs  Errors
	ahead atomic.Int64 // so far the store's clock is ahead
}

// now is the store's clock, later puts it on.
func (h *harness) now() time.Time         { return time.Now().Add(time.Duration(h.ahead.Load())) }
func (h *harness) later(by time.Duration) { h.ahead.Add(int64(by)) }

func (h *harness) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *harness) create() (bot.ConversationID, bot.Token) {
	h.Helper()
	id, token, err := h.s.Create(h.Context(), "en")
	h.must(err)
	return id, token
}

// open opens a turn that has a minute.
func (h *harness) open(id bot.ConversationID, key, text string) bot.Turn {
	h.Helper()
	return h.openUntil(id, key, text, time.Now().Add(time.Minute))
}

func (h *harness) openUntil(id bot.ConversationID, key, text string, deadline time.Time) bot.Turn {
	h.Helper()
	turn, fresh, err := h.s.Open(h.Context(), message(id, key, text), Question(text), deadline)
	h.must(err)
	if !fresh {
		h.Fatalf("the turn for key %q is not fresh", key)
	}
	return turn
}

func message(id bot.ConversationID, key, text string) bot.Message {
	return bot.Message{Conversation: id, Key: key, Text: bot.AsRedacted(text)}
}

func (h *harness) wantKind(err error, kind bot.Kind) {
	h.Helper()
	var e *bot.Error
	if !errors.As(err, &e) || e.Kind != kind || e.Citizen == "" {
		h.Fatalf("got %v, want the kind %s with a sentence for the citizen", err, kind)
	}
}

func (h *harness) kinds(id bot.TurnID) []bot.EventKind {
	h.Helper()
	events, err := h.s.Events(h.Context(), id)
	h.must(err)
	var kinds []bot.EventKind
	for _, e := range events {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}
