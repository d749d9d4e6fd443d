package inbox

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"townclerk/bot"
	"townclerk/bot/account"
	"townclerk/bot/contribute"
)

// Writing is where replies are offered as pages.
type Writing interface {
	Propose(ctx context.Context, id bot.TicketID) (contribute.Proposal, error)
	Offer(ctx context.Context, id bot.TicketID, question, answer string, by bot.Actor) (contribute.Contribution, error)
	Revise(ctx context.Context, id contribute.ID, question, answer string, by bot.Actor) (contribute.Contribution, error)
}

// Reviewing is where a second person decides on what was offered.
type Reviewing interface {
	Contributions(ctx context.Context, f contribute.Filter) ([]contribute.Contribution, error)
	Approve(ctx context.Context, id contribute.ID, by bot.Actor, reviewDue time.Time) (contribute.Contribution, error)
	Reject(ctx context.Context, id contribute.ID, by bot.Actor, reason string) (contribute.Contribution, error)
	Withdraw(ctx context.Context, id contribute.ID, by bot.Actor, reason string) (contribute.Contribution, error)
}

// Office is where replies become pages.
type Office interface {
	Writing
	Reviewing
	Contribution(ctx context.Context, id contribute.ID) (contribute.Contribution, error)
}

var _ Office = (*contribute.Office)(nil)

// draft is what a form about a page holds.
type draft struct{ ID, Question, Answer string }

func drafted(r *http.Request) draft {
	return draft{r.PathValue("id"), r.PostFormValue("question"), r.PostFormValue("answer")}
}

// proposed is what the form to offer a ticket's reply begins with; nil: there is nothing
// to offer.
func (s *server) proposed(ctx context.Context, t bot.Ticket) (*draft, error) {
	if _, known := t.Brief(); !known || t.State != bot.TicketClosed {
		return nil, nil
	}
	p, err := s.Office.Propose(ctx, t.ID)
	if err != nil || p.Reply == "" {
		return nil, err
	}
	return &draft{string(t.ID), p.Asked.String(), p.Reply}, nil
}

// offer makes a draft of a ticket's reply.
func (s *server) offer(w http.ResponseWriter, r *http.Request, v visitor) error {
	t, err := s.see(r.Context(), r.PathValue("id"), v)
	if err != nil {
		return err
	}
	d := drafted(r)
	c, err := s.Office.Offer(r.Context(), t.ID, d.Question, d.Answer, v.Actor())
	if err == nil {
		done(w, r, c)
		return nil
	}
	why := told(err)
	if why.status != http.StatusUnprocessableEntity {
		return err
	}
	p, err := s.ticketPage(r, v, t)
	if err != nil {
		return err
	}
	p.Problem, p.Offer, p.Refused = why.message, &d, true
	s.render(w, why.status, "ticket.html", p)
	return nil
}

// done shows what was done last.
func done(w http.ResponseWriter, r *http.Request, c contribute.Contribution) {
	http.Redirect(w, r, "/inbox/drafts?did="+string(c.Steps[len(c.Steps)-1].Kind), http.StatusSeeOther)
}

// turned says what was done.
var turned = map[contribute.Kind]string{
	contribute.Offers: "It waits for a second person now.", contribute.Revises: "The draft is changed. Somebody who wrote none of it approves it.",
	contribute.Approves: "It is a page now, and citizens are answered from it.", contribute.Rejects: "It was rejected.",
	contribute.Withdraws: "It is no page any more.",
}

// step is something that staff do to what was offered.
type step func(r *http.Request, v visitor, c contribute.Contribution) (contribute.Contribution, error)

func (s *server) approve(r *http.Request, v visitor, c contribute.Contribution) (contribute.Contribution, error) {
	var due time.Time // the office's own
	if day := r.PostFormValue("review_due"); day != "" {
		var err error
		if due, err = time.ParseInLocation(time.DateOnly, day, s.Desk.Department(c.Department).Hours.Zone()); err != nil {
			return c, &problem{http.StatusUnprocessableEntity, "Write the day of the review like 2027-06-30."}
		}
	}
	return s.Office.Approve(r.Context(), c.ID, v.Actor(), due)
}

func (s *server) reject(r *http.Request, v visitor, c contribute.Contribution) (contribute.Contribution, error) {
	return s.Office.Reject(r.Context(), c.ID, v.Actor(), r.PostFormValue("text"))
}

func (s *server) revise(r *http.Request, v visitor, c contribute.Contribution) (contribute.Contribution, error) {
	d := drafted(r)
	return s.Office.Revise(r.Context(), c.ID, d.Question, d.Answer, v.Actor())
}

func (s *server) withdraw(r *http.Request, v visitor, c contribute.Contribution) (contribute.Contribution, error) {
	return s.Office.Withdraw(r.Context(), c.ID, v.Actor(), r.PostFormValue("text"))
}

// stepping takes a step with what the visitor may see. Where it does not work, all is
// shown as it is now, with why and with what was typed.
func (s *server) stepping(do step) handle {
	return func(w http.ResponseWriter, r *http.Request, v visitor) error {
		c, err := s.contribution(r.Context(), r.PathValue("id"), v)
		if err != nil {
			return err
		}
		after, err := do(r, v, c)
		if err == nil {
			done(w, r, after)
			return nil
		}
		why, again := told(err), ""
		if errors.As(err, new(*contribute.Unpublished)) {
			s.Log.Error("a step was recorded, but the pages are not up to date", "error", err)
			again = r.URL.Path
		} else if why.status != http.StatusUnprocessableEntity {
			return err
		}
		p, err := s.draftsPage(r, v)
		if err != nil {
			return err
		}
		p.Problem, p.Again = why.message, again
		p.keep(r)
		s.render(w, why.status, "drafts.html", p)
		return nil
	}
}

// keep gives back what was typed.
func (p *draftsPage) keep(r *http.Request) {
	for _, all := range [][]offered{p.Drafts, p.Pages} {
		for i := range all {
			if x := &all[i]; x.ID == r.PathValue("id") {
				if x.Typed = r.PostFormValue("text"); r.PostForm.Has("question") {
					x.Form, x.Open = drafted(r), true
				}
			}
		}
	}
}

// contribution returns one that a visitor may see; errNotFound, whatever the reason.
func (s *server) contribution(ctx context.Context, id string, v visitor) (contribute.Contribution, error) {
	if !ticketIDs.MatchString(id) { // they look alike
		return contribute.Contribution{}, errNotFound
	}
	c, err := s.Office.Contribution(ctx, contribute.ID(id))
	if err != nil {
		return c, fmt.Errorf("read what was offered: %w", err)
	}
	if !account.Sees(v.Account, c.Department) {
		return contribute.Contribution{}, errNotFound
	}
	return c, nil
}
