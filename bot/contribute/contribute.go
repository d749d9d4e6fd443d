// Package contribute makes replies of staff pages of the agency's: "asked by citizens".
//
// When a ticket is resolved, whoever answered it can offer the reply. They write the
// question anew, in general terms, and the answer without what was the citizen's own;
// what the guard still recognises as personal data is refused. A second person approves
// it, for a year at most. From then on it is a page like any other: it is searched,
// cited, warned of when its review is due, and gone when it is withdrawn.
//
// A Contribution is a series of steps, each with who took it and when. An Office is
// where they are taken; its pages are a source of an ingest.
package contribute

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"townclerk/bot"
)

// ID names a contribution: 128 random bits in hexadecimal.
type ID string

// NewID returns a fresh random identifier.
func NewID() ID {
	var b [16]byte
	rand.Read(b[:]) // never fails: the runtime ends the process instead
	return ID(hex.EncodeToString(b[:]))
}

// State says what a contribution is.
type State string

// The states of a contribution. Rejected and withdrawn ones are over.
const (
	Draft     State = "draft"
	Approved  State = "approved"
	Rejected  State = "rejected"
	Withdrawn State = "withdrawn"
)

// Kind is what a step does.
type Kind string

// The kinds of steps.
const (
	Offers    Kind = "offered"
	Revises   Kind = "revised" // the draft is written anew
	Approves  Kind = "approved"
	Rejects   Kind = "rejected"
	Withdraws Kind = "withdrawn"
)

// Step is what somebody did to a contribution. It never changes.
type Step struct {
	Seq  int // counts from 1 in each contribution
	Kind Kind
	At   time.Time
	By   bot.Actor
	Text Text // empty where there is none, or it was erased
}

// Text is what a step says.
type Text struct {
	Question  string    `json:"question,omitempty"` // of an offer or a revision
	Answer    string    `json:"answer,omitempty"`
	ReviewDue time.Time `json:"review_due,omitzero"` // of an approval
	Reason    string    `json:"reason,omitempty"`    // of a rejection or a withdrawal
}

// Contribution is a reply that is offered as a page, as its steps tell it.
type Contribution struct {
	ID         ID
	Ticket     bot.TicketID
	Department bot.DepartmentID
	Language   string
	State      State
	// Question and Answer are empty where they were erased with the citizen's
	// conversation: of what is or was approved they never are.
	Question, Answer string
	// Author offered it, Approver is empty before that.
	Author, Approver bot.Actor
	Offered          time.Time
	Approved         time.Time
	ReviewDue        time.Time
	Steps            []Step
}

// Refusal says that a contribution is not in a state for a step.
type Refusal struct {
	Kind  Kind
	State State
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("it cannot be %s: it is %s", r.Kind, r.State)
}

// Errors of steps that make no sense.
var (
	ErrOwn      = errors.New("who wrote it cannot approve it: ask a second person")
	ErrNobody   = errors.New("only staff can do this, each under their own name")
	ErrErased   = errors.New("its text is gone, for the citizen erased the conversation: reject it, or offer the reply again")
	ErrReview   = fmt.Errorf("the review is due after the approval and at most %d months later", maxMonths)
	ErrNotOver  = errors.New("resolve the ticket first: its reply may still change")
	ErrVerbatim = errors.New("that are the citizen's own words: write the question as anybody would ask it")
	ErrOffered  = errors.New("the reply of this ticket was offered already")
)

// maxMonths is how far ahead a review may be.
const maxMonths = 12

var moves = map[Kind]struct{ from, to State }{
	Offers:    {"", Draft},
	Revises:   {Draft, Draft},
	Approves:  {Draft, Approved},
	Rejects:   {Draft, Rejected},
	Withdraws: {Approved, Withdrawn},
}

// Apply returns the contribution after a step. A *Refusal says that it is not in a state
// for it.
func Apply(c Contribution, s Step) (Contribution, error) {
	m, known := moves[s.Kind]
	if !known || m.from != c.State {
		return c, &Refusal{s.Kind, c.State}
	}
	c.State = m.to
	switch s.Kind {
	case Offers:
		c.Author, c.Offered = s.By, s.At
		c.Question, c.Answer = s.Text.Question, s.Text.Answer
	case Revises:
		c.Question, c.Answer = s.Text.Question, s.Text.Answer
	case Approves:
		c.Approver, c.Approved, c.ReviewDue = s.By, s.At, s.Text.ReviewDue
	}
	s.Seq = len(c.Steps) + 1
	c.Steps = append(slices.Clip(c.Steps), s)
	return c, nil
}

// Wrote reports whether somebody wrote any of it.
func (c *Contribution) Wrote(by bot.Actor) bool {
	return slices.ContainsFunc(c.Steps, func(s Step) bool {
		return s.By == by && (s.Kind == Offers || s.Kind == Revises)
	})
}

// check finds what is wrong with a step of staff beside the state.
func check(c Contribution, s Step) error {
	switch {
	case s.By.Kind != bot.Clerk || strings.TrimSpace(s.By.ID) == "":
		return ErrNobody
	case s.Kind != Approves || c.State != Draft:
		return nil
	case c.Wrote(s.By):
		return ErrOwn
	case c.Question == "" || c.Answer == "":
		return ErrErased
	case !s.Text.ReviewDue.After(s.At) || s.Text.ReviewDue.After(s.At.AddDate(0, maxMonths, 0)):
		return ErrReview
	}
	return nil
}

// Filter says which contributions are wanted; zero fields do not count.
type Filter struct {
	Departments []bot.DepartmentID
	States      []State
}

// Store keeps contributions. It commits before it returns.
type Store interface {
	// AddContribution records a contribution with its first step. A ticket has at most one
	// that is not over: ErrOffered.
	AddContribution(ctx context.Context, c Contribution) error
	// ChangeContribution has decide look at a contribution, and records the step that it
	// returns. Meanwhile nobody else changes it. Where decide returns no step nothing is
	// recorded. An error of decide is returned as it is.
	ChangeContribution(ctx context.Context, id ID, decide func(Contribution) (*Step, error)) (Contribution, error)
	// Contribution returns one; bot.NotFound: there is none.
	Contribution(ctx context.Context, id ID) (Contribution, error)
	// Contributions returns those that fit, the oldest first.
	Contributions(ctx context.Context, f Filter) ([]Contribution, error)
}

// Tickets are where replies come from.
type Tickets interface {
	// Ticket returns a ticket with its events, without texts where they were erased.
	Ticket(ctx context.Context, id bot.TicketID) (bot.Ticket, error)
}
