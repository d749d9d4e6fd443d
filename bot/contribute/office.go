package contribute

import (
	"context"
	"errors"
	"fmt"
	"time"

	"townclerk/bot"
	"townclerk/bot/escalate"
)

// Office is where replies become pages. It is safe for concurrent use.
type Office struct {
	Store   Store
	Tickets Tickets
	Screen  Screen
	// ReviewAfter is how long an approval lasts that does not say; zero: a year.
	ReviewAfter time.Duration
	// Publish makes what is approved found and the rest not; nil: the next ingest does.
	Publish func(ctx context.Context) error
	Now     func() time.Time
}

// Unpublished says that a step was recorded, but its effect on what citizens find waits
// for the next ingest, or for the same step once more.
type Unpublished struct{ Err error }

func (u *Unpublished) Error() string {
	return fmt.Sprintf("it was recorded, but the pages could not be brought up to date; do the same again, or run townclerk ingest: %v", u.Err)
}
func (u *Unpublished) Unwrap() error { return u.Err }

// Proposal is what a form to offer a reply begins with.
type Proposal struct {
	// Asked is what the citizen wrote, redacted, to be put in general terms.
	Asked bot.Redacted
	// Reply is the last one, as the citizen sees it now; empty: there is none.
	Reply string
}

// Propose returns what there is to be offered of a ticket. A ticket without a brief, as
// when it was erased, is bot.NotFound.
func (o *Office) Propose(ctx context.Context, id bot.TicketID) (Proposal, error) {
	_, p, err := o.propose(ctx, id)
	return p, err
}

func (o *Office) propose(ctx context.Context, id bot.TicketID) (bot.Ticket, Proposal, error) {
	var p Proposal
	t, err := o.Tickets.Ticket(ctx, id)
	if err != nil {
		return t, p, fmt.Errorf("the reply of a ticket: %w", err)
	}
	brief, known := t.Brief()
	if !known {
		return t, p, &bot.Error{Kind: bot.NotFound, Err: errors.New("the citizen erased the conversation: there is nothing to offer")}
	}
	p.Asked = brief.Question
	p.Reply = reply(t)
	return t, p, nil
}

// reply is the last one as it is now.
func reply(t bot.Ticket) (text string) {
	last := 0
	for _, e := range t.Events {
		switch corrects := escalate.Corrects(e); {
		case e.Kind == bot.TicketReplied:
			text, last = escalate.Message(e), e.Seq
		case corrects != 0 && corrects == last: // withdrawn: there is no message
			text = escalate.Message(e)
		}
	}
	return text
}

// Offer makes a draft of a resolved ticket's reply. The question is written by staff in
// general terms; the citizen's own words are ErrVerbatim, personal data in either text
// is a *Personal. A ticket whose reply was offered already is ErrOffered.
func (o *Office) Offer(ctx context.Context, id bot.TicketID, question, answer string, by bot.Actor) (Contribution, error) {
	t, p, err := o.propose(ctx, id)
	if err != nil {
		return Contribution{}, err
	}
	text, err := o.draft(p, question, answer)
	switch {
	case err != nil:
		return Contribution{}, err
	case t.State != bot.TicketClosed:
		return Contribution{}, ErrNotOver
	}
	c := Contribution{ID: NewID(), Ticket: t.ID, Department: t.Department, Language: t.Language}
	step := Step{Kind: Offers, At: o.Now(), By: by, Text: text}
	if err := check(c, step); err != nil {
		return Contribution{}, err
	}
	if c, err = Apply(c, step); err != nil {
		return Contribution{}, err
	}
	if err := o.Store.AddContribution(ctx, c); err != nil {
		return Contribution{}, fmt.Errorf("offer the reply of ticket %.40q: %w", id, err)
	}
	return c, nil
}

func (o *Office) draft(p Proposal, question, answer string) (Text, error) {
	text, err := o.Screen.draft(question, answer)
	if err == nil && o.Screen.Guard.In(text.Question).Text.Normal() == p.Asked.Normal() {
		err = ErrVerbatim
	}
	return text, err
}

// Revise writes a draft anew, under the same rules. Who does cannot approve it.
func (o *Office) Revise(ctx context.Context, id ID, question, answer string, by bot.Actor) (Contribution, error) {
	before, err := o.Store.Contribution(ctx, id)
	if err != nil {
		return before, err
	}
	_, p, err := o.propose(ctx, before.Ticket)
	if err != nil {
		return before, err
	}
	text, err := o.draft(p, question, answer)
	if err != nil {
		return before, err
	}
	return o.take(ctx, id, Step{Kind: Revises, By: by, Text: text})
}

// Approve makes a draft a page, until a day in at most twelve months; the zero time
// stands for the office's own. Nobody approves what they wrote: ErrOwn. To approve again
// what the same person has approved publishes it again.
func (o *Office) Approve(ctx context.Context, id ID, by bot.Actor, reviewDue time.Time) (Contribution, error) {
	if reviewDue.IsZero() {
		reviewDue = o.Now().AddDate(0, maxMonths, 0)
		if o.ReviewAfter > 0 {
			reviewDue = o.Now().Add(o.ReviewAfter)
		}
	}
	return o.publish(ctx, id, Step{Kind: Approves, By: by, Text: Text{ReviewDue: reviewDue}})
}

// Reject says no to a draft. The reason is for the author; it may be empty.
func (o *Office) Reject(ctx context.Context, id ID, by bot.Actor, reason string) (Contribution, error) {
	return o.take(ctx, id, Step{Kind: Rejects, By: by, Text: o.reason(reason)})
}

// Withdraw takes a page away. Anybody of the staff may, its author too. To withdraw
// again does nothing but to see to it that it is gone.
func (o *Office) Withdraw(ctx context.Context, id ID, by bot.Actor, reason string) (Contribution, error) {
	return o.publish(ctx, id, Step{Kind: Withdraws, By: by, Text: o.reason(reason)})
}

// Contribution returns one; bot.NotFound: there is none.
func (o *Office) Contribution(ctx context.Context, id ID) (Contribution, error) {
	return o.Store.Contribution(ctx, id)
}

// Contributions returns those that fit, the oldest first.
func (o *Office) Contributions(ctx context.Context, f Filter) ([]Contribution, error) {
	return o.Store.Contributions(ctx, f)
}

func (o *Office) reason(text string) Text {
	return Text{Reason: o.Screen.Guard.In(text).Text.String()}
}

// take records a step.
func (o *Office) take(ctx context.Context, id ID, s Step) (Contribution, error) {
	s.At = o.Now()
	c, err := o.Store.ChangeContribution(ctx, id, func(c Contribution) (*Step, error) {
		if err := check(c, s); err != nil {
			return nil, err
		}
		last := c.Steps[len(c.Steps)-1]
		if last.Kind == s.Kind && last.By == s.By && s.Kind != Revises {
			return nil, nil // once more
		}
		_, err := Apply(c, s)
		return &s, err
	})
	if err != nil {
		return c, fmt.Errorf("contribution %.40q: %w", id, err)
	}
	return c, nil
}

func (o *Office) publish(ctx context.Context, id ID, s Step) (Contribution, error) {
	c, err := o.take(ctx, id, s)
	if err != nil || o.Publish == nil {
		return c, err
	}
	if err := o.Publish(ctx); err != nil {
		return c, &Unpublished{err}
	}
	return c, nil
}
