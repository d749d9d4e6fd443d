package escalate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"townclerk/bot"
)

// Digest has post show each department what waits for it, once on every day on which its
// people work: after they open, the inquiries that came before and that they have not
// answered. Where nothing waits nothing is posted. Of several servers one posts; what it
// fails to post is not posted again on that day.
func (d *Desk) Digest(ctx context.Context, post func(context.Context, bot.DepartmentID, []bot.Ticket) error) error {
	var errs []error
	for _, to := range d.config.Departments {
		opened, open := to.Hours.opened(d.now())
		day := opened.Format(time.DateOnly)
		if done, _ := d.digested.Load(to.ID); !open || done == day {
			continue
		}
		if err := d.digest(ctx, to.ID, opened, post); err != nil {
			errs = append(errs, fmt.Errorf("digest of %s for %s: %w", day, to.ID, err))
			continue
		}
		d.digested.Store(to.ID, day)
	}
	return errors.Join(errs...)
}

func (d *Desk) digest(ctx context.Context, to bot.DepartmentID, opened time.Time, post func(context.Context, bot.DepartmentID, []bot.Ticket) error) error {
	tickets, err := d.store.Tickets(ctx, Filter{
		Departments: []bot.DepartmentID{to}, States: []bot.TicketState{bot.TicketOpen, bot.TicketClaimed}, Before: opened,
	})
	if err != nil || len(tickets) == 0 {
		return err
	}
	first, err := d.store.Once(ctx, "digest/"+string(to)+"/"+opened.Format(time.DateOnly))
	if err != nil || !first {
		return err
	}
	return post(ctx, to, tickets)
}
