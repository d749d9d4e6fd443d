package slack

import (
	"context"
	"errors"
	"slices"

	api "github.com/slack-go/slack"

	"townclerk/bot"
	"townclerk/bot/escalate"
	"townclerk/bot/escalate/slack/form"
	"townclerk/bot/escalate/slack/revision"
)

// click deals with a button or menu that was used.
func (b *Bridge) click(ctx context.Context, l form.Letter, id string) error {
	a, p := l.Actions[0], place{l.Container.Channel, l.Thread(), l.User.ID}
	if a.Ticket() == "" { // a link, or nothing of a ticket's
		b.Count(ignoredKind)
		return nil
	}
	if ok, err := b.allowed(ctx, p); err != nil || !ok {
		return err
	}
	do := escalate.Action{By: b.actor(p.user), Origin: "slack:" + id}
	switch a.ID {
	case form.DoClaim:
		do.Kind = bot.TicketTaken
	case form.DoRelease:
		do.Kind = bot.TicketReleased
	case form.DoResolve:
		do.Kind = bot.TicketResolved
	case form.DoRoute:
		do.Kind, do.To = bot.TicketRerouted, bot.DepartmentID(a.Selected.Value)
	case form.DoNotOurs:
		return b.notOurs(ctx, p, a.Ticket(), do)
	case form.DoSend:
		return b.send(ctx, p, a)
	default: // the dialog was opened when the click came
		return nil
	}
	return b.act(ctx, p, a.Ticket(), do)
}

// act does something to a ticket, or tells the clerk why not.
func (b *Bridge) act(ctx context.Context, p place, id bot.TicketID, do escalate.Action) error {
	t, err := b.Desk.Act(ctx, id, do)
	if err == nil && do.Kind == bot.TicketResolved {
		return b.offer(ctx, p, t)
	}
	return b.explained(ctx, p, err, do.Text)
}

// offer tells who resolved a ticket where its reply can be offered as a page.
func (b *Bridge) offer(ctx context.Context, p place, t bot.Ticket) error {
	at := form.Link(b.config.Inbox+"/inbox/tickets/"+string(t.ID), "Offer it in the inbox")
	replied := slices.ContainsFunc(t.Events, func(e bot.TicketEvent) bool { return e.Kind == bot.TicketReplied })
	if b.config.Inbox == "" || at == nil || !replied {
		return nil
	}
	const line = "This reply can become a page of the agency's, so that the next who asks finds it."
	return b.whisper(ctx, p, shown(line, []api.Block{form.Section(line), api.NewContextBlock("", at)}))
}

// notOurs hands a ticket to the most likely department that has not had it.
func (b *Bridge) notOurs(ctx context.Context, p place, id bot.TicketID, do escalate.Action) error {
	t, err := b.Store.Ticket(ctx, id)
	if err != nil {
		return b.explained(ctx, p, err, "")
	}
	if slices.ContainsFunc(t.Events, func(e bot.TicketEvent) bool { return e.Origin == do.Origin }) {
		return nil
	}
	do.Kind, do.To, do.Reason = bot.TicketRerouted, form.Next(b.Desk, t), "not_ours"
	if do.To == "" {
		return b.tell(ctx, p, "No other department is likely. Choose one in the menu, or resolve the inquiry.")
	}
	return b.act(ctx, p, id, do)
}

// send sends an internal message to the citizen, as it is now.
func (b *Bridge) send(ctx context.Context, p place, a form.Click) error {
	t, here, err := b.at(ctx, p.at(), true)
	if err != nil {
		return err
	}
	if !here || t.ID != a.Ticket() {
		return b.tell(ctx, p, "The inquiry is not in this thread any more. Nothing was sent.")
	}
	var found api.Message
	err = b.each(ctx, p.at(), a.Value, func(m api.Message) bool {
		if m.Timestamp == a.Value {
			found = m
		}
		return found.Timestamp == ""
	})
	if err != nil {
		return err
	}
	if found.Timestamp == "" || found.User != p.user {
		return b.tell(ctx, p, "The message is not there any more. Nothing was sent.")
	}
	now := revision.Version{At: found.Timestamp, ByHand: true}
	if found.Edited != nil {
		now.At = found.Edited.Timestamp
	}
	now.Text = b.spoken(ctx, found.Text)
	return b.explained(ctx, p, b.settle(ctx, t, p, found.Timestamp, now), now.Text)
}

// submitted deals with a reply that was written in the dialog.
func (b *Bridge) submitted(ctx context.Context, l form.Letter) error {
	w, err := form.ReadDialog(l.View)
	if err != nil {
		b.Count(refusedBody)
		return nil
	}
	p := place{w.Channel, w.TS, l.User.ID}
	if ok, err := b.allowed(ctx, p); err != nil || !ok {
		return err
	}
	origin := "slack:view:" + l.View.ID
	do := escalate.Action{Kind: w.Kind, By: b.actor(p.user), Text: w.Text, Origin: origin}
	if _, err := b.Desk.Act(ctx, w.Ticket, do); err != nil {
		return b.explained(ctx, p, err, w.Text)
	}
	if !w.Resolve {
		return nil
	}
	err = b.act(ctx, p, w.Ticket, escalate.Action{Kind: bot.TicketResolved, By: b.actor(p.user), Origin: origin + ":resolved"})
	if refused := (*escalate.Refusal)(nil); errors.As(err, &refused) {
		return nil
	}
	return err
}
