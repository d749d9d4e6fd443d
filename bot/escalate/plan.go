package escalate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"townclerk/bot"
)

// Times are after what time what happens by itself. Zero fields get what the comments
// say.
type Times struct {
	Lapse time.Duration // nobody answers, and the citizen is told that nobody will: 30 days
	Quiet time.Duration // the citizen does not write any more, and the ticket closes: 14 days
	// Forget is how long after the end of a ticket an address is kept: 14 days.
	Forget time.Duration
}

func (t Times) withDefaults() Times {
	const day = 24 * time.Hour
	for _, d := range []struct {
		of   *time.Duration
		zero time.Duration
	}{{&t.Lapse, 30 * day}, {&t.Quiet, 14 * day}, {&t.Forget, 14 * day}} {
		if *d.of == 0 {
			*d.of = d.zero
		}
	}
	return t
}

const (
	usualWithin = 16 * time.Hour // of working time: two days
	observed    = 20             // replies that an estimate looks at
	atLeast     = 5              // and fewer tell nothing
	roundUp     = 15 * time.Minute
)

// within is the working time in which a department means to answer.
func (d Department) within() time.Duration {
	if d.Within > 0 {
		return d.Within
	}
	return usualWithin
}

// Wait is the working time after which four of five of a department's last inquiries
// had an answer; what it means to keep where there were too few.
func (d Department) Wait(last []Waited) time.Duration {
	if len(last) < atLeast {
		return d.within()
	}
	took := make([]time.Duration, len(last))
	for i, w := range last {
		took[i] = d.Hours.Between(w.Opened, w.Replied)
	}
	slices.Sort(took)
	return took[(len(took)*4+4)/5-1]
}

// planned gives a ticket its Due and Next after an event. Wait is the working time that
// a promise to the citizen rests on.
func (d *Desk) planned(t bot.Ticket, e bot.TicketEvent, wait time.Duration) bot.Ticket {
	if (e.Kind == bot.TicketOpened || e.Kind == bot.TicketSaid) && !t.Alert && (t.Due.IsZero() || answered(t)) {
		t.Due = d.Department(t.Department).Hours.After(e.At, wait)
		if r := t.Due.Truncate(roundUp); !t.Due.IsZero() && r.Before(t.Due) {
			t.Due = r.Add(roundUp)
		}
	}
	t.Next = d.next(t)
	return t
}

// answered reports whether staff said something since the citizen did before last.
func answered(t bot.Ticket) bool {
	for i := len(t.Events) - 2; i >= 0; i-- {
		if said(t.Events[i].Kind) {
			return true
		}
		if k := t.Events[i].Kind; k == bot.TicketSaid || k == bot.TicketOpened {
			return false
		}
	}
	return false
}

// wait is how long a department's inquiries take, as far as that is known.
func (d *Desk) wait(ctx context.Context, id bot.DepartmentID) time.Duration {
	department := d.Department(id)
	last, err := d.store.AnswerTimes(ctx, department.ID, observed)
	if err != nil { // the ticket counts, the estimate does not
		d.log.Warn("how long answers take could not be read", "department", department.ID, "error", err)
	}
	return department.Wait(last)
}

// step is something that the system does by itself at a time.
type step struct {
	at   time.Time
	kind bot.TicketEventKind
	to   bot.DepartmentID
}

// steps are what the system will do to a ticket if nobody else does anything.
func (d *Desk) steps(t bot.Ticket) []step {
	if t.State.Over() || len(t.Events) == 0 {
		return nil
	}
	times := d.config.Times.withDefaults()
	since, did := turnedTo(t)
	if t.State == bot.TicketWaiting || t.State == bot.TicketAnswered || t.Alert {
		return []step{{at: since.Add(times.Quiet), kind: bot.TicketResolved}}
	}
	department := d.Department(t.Department)
	var out []step
	add := func(at time.Time, kind bot.TicketEventKind, to bot.DepartmentID) {
		if !at.IsZero() && !did[kind] {
			out = append(out, step{at, kind, to})
		}
	}
	add(department.Hours.After(since, department.within()/2), bot.TicketReminded, "")
	if b := department.Backup; b != "" && d.find(b) != nil && t.State == bot.TicketOpen {
		add(department.Hours.After(since, department.within()), bot.TicketBackedUp, b)
	}
	if !t.Due.IsZero() {
		add(t.Due, bot.TicketDelayed, "")
	}
	add(since.Add(times.Lapse), bot.TicketLapsed, "")
	slices.SortStableFunc(out, func(a, b step) int { return a.at.Compare(b.at) })
	return out
}

// turnedTo returns since when those have it whose turn it is, and what the system has
// done since. A backup gets its own time, but the citizen's is not begun anew.
func turnedTo(t bot.Ticket) (since time.Time, did map[bot.TicketEventKind]bool) {
	did = map[bot.TicketEventKind]bool{}
	for _, e := range t.Events {
		switch e.Kind {
		case bot.TicketOpened, bot.TicketSaid, bot.TicketReplied, bot.TicketAsked:
			since, did = e.At, map[bot.TicketEventKind]bool{}
		case bot.TicketRerouted, bot.TicketBackedUp:
			since = e.At
			delete(did, bot.TicketReminded)
			did[e.Kind] = true
		default:
			did[e.Kind] = true
		}
	}
	return since, did
}

func (d *Desk) next(t bot.Ticket) time.Time {
	if s := d.steps(t); len(s) > 0 {
		return s[0].at
	}
	return time.Time{}
}

// dueAtOnce is how many tickets Tick looks at in one call.
const dueAtOnce = 100

// Tick does what fell due: it reminds, hands to backups, tells citizens of delays,
// closes and erases. Several servers may call it at once. It reports how much it did;
// what fails does not keep it from the rest.
func (d *Desk) Tick(ctx context.Context) (int, error) {
	ids, err := d.store.DueTickets(ctx, dueAtOnce)
	if err != nil {
		return 0, fmt.Errorf("tickets that are due: %w", err)
	}
	n, errs := 0, []error(nil)
	for _, id := range ids {
		did, err := d.fall(ctx, id)
		if err != nil {
			errs = append(errs, fmt.Errorf("ticket %s: %w", id, err))
		}
		if did {
			n++
		}
	}
	m, err := d.forget(ctx)
	if n > 0 {
		d.wake()
	}
	return n + m, errors.Join(append(errs, err)...)
}

// fall does the first thing that is due on a ticket.
func (d *Desk) fall(ctx context.Context, id bot.TicketID) (did bool, err error) {
	_, err = d.store.Change(ctx, id, func(t bot.Ticket) (bot.Ticket, *bot.TicketEvent, error) {
		did = false
		s := d.steps(t)
		if len(s) == 0 || s[0].at.After(d.now()) {
			return t, nil, nil
		}
		did = true
		return d.decide(t, Action{Kind: s[0].kind, To: s[0].to, By: bot.Actor{Kind: bot.System}})
	})
	return did && err == nil, err
}

// forget erases addresses whose time is up.
func (d *Desk) forget(ctx context.Context) (int, error) {
	ids, err := d.store.OldAddresses(ctx, d.now().Add(-d.config.Times.withDefaults().Forget))
	if err != nil {
		return 0, fmt.Errorf("addresses to erase: %w", err)
	}
	for i, id := range ids {
		err := d.store.ForgetAddress(ctx, id, func(t bot.Ticket) (bot.Ticket, *bot.TicketEvent, error) {
			return d.decide(t, Action{Kind: bot.TicketForgotten, By: bot.Actor{Kind: bot.System}})
		})
		if err != nil {
			return i, fmt.Errorf("erase the address of ticket %s: %w", id, err)
		}
	}
	return len(ids), nil
}
