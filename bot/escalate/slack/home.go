package slack

import (
	"context"

	api "github.com/slack-go/slack"

	"townclerk/bot"
	"townclerk/bot/escalate"
	"townclerk/bot/escalate/slack/form"
)

const atHome = 40 // tickets that the home tab lists

// home shows a person the open tickets.
func (b *Bridge) home(ctx context.Context, user string) error {
	ok, err := b.may(ctx, user)
	if err != nil {
		return err
	}
	shows := []api.Block{form.Section("Only members of the staff group see inquiries.")}
	if ok {
		tickets, err := b.Store.Tickets(ctx, escalate.Filter{Limit: atHome,
			States: []bot.TicketState{bot.TicketOpen, bot.TicketClaimed, bot.TicketWaiting, bot.TicketAnswered}})
		if err != nil {
			return err
		}
		shows = b.words.List("Open inquiries", b.linked(ctx, tickets))
	}
	_, err = b.client.PublishViewContext(ctx, api.PublishViewContextRequest{UserID: user,
		View: api.HomeTabViewRequest{Type: api.VTHomeTab, Blocks: api.Blocks{BlockSet: shows}}})
	return failed(err, "publish the home tab")
}

// linked adds the links to the threads of tickets, where they have one.
func (b *Bridge) linked(ctx context.Context, tickets []bot.Ticket) []form.Listed {
	out := make([]form.Listed, len(tickets))
	for i, t := range tickets {
		out[i].Ticket = t
		at, err := b.Queue.PlaceOf(ctx, Name, t.ID)
		if err != nil || at.Thread == "" {
			continue
		}
		if out[i].Link, err = b.client.GetPermalinkContext(ctx, &api.PermalinkParameters{Channel: at.Channel, Ts: at.Thread}); err != nil {
			b.Log.Warn("a link to a thread is missing", "error", err)
		}
	}
	return out
}

// Digest posts the open tickets of a department in its channel. It posts them each time:
// the caller does it once a day (escalate.Desk.Digest).
func (b *Bridge) Digest(ctx context.Context, d bot.DepartmentID, tickets []bot.Ticket) error {
	to := b.Desk.Department(d)
	if to.Channel == "" || len(tickets) == 0 {
		return nil
	}
	listed := b.linked(ctx, tickets[:min(len(tickets), 20)])
	_, _, err := b.client.PostMessageContext(ctx, to.Channel, shown("Open inquiries of "+to.Name, b.words.List("Open inquiries of "+to.Name, listed)))
	return failed(err, "post to "+to.Channel)
}
