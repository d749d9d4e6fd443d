package slack

import (
	"context"
	"fmt"
	"strings"

	api "github.com/slack-go/slack"

	"townclerk/bot"
	"townclerk/bot/escalate"
	"townclerk/bot/escalate/slack/form"
)

// Deliver makes an event of a ticket seen in the workspace, once. A ticket whose
// department has no channel is nowhere.
func (b *Bridge) Deliver(ctx context.Context, t bot.Ticket, e bot.TicketEvent, d bot.Delivery) (bot.Place, error) {
	n := news{t, e, d}
	switch e.Kind {
	case bot.TicketOpened, bot.TicketRerouted, bot.TicketBackedUp:
		return b.move(ctx, n)
	}
	if d.Place.Thread == "" {
		return d.Place, nil
	}
	at := d.Place
	err := b.show(ctx, n)
	if says(err, "thread_not_found") { // somebody deleted the head
		if at, err = b.open(ctx, n, at.Channel); err != nil {
			return d.Place, err
		}
	}
	if err == nil && e.Kind != bot.TicketErased && heads(e.Kind) {
		err = b.update(ctx, at, b.headOf(ctx, n))
	}
	return at, err
}

// heads reports whether an event changes what the head says.
func heads(k bot.TicketEventKind) bool {
	switch k {
	case bot.TicketNoted, bot.TicketRevealed, bot.TicketForgotten, bot.TicketAddressed, bot.TicketReminded:
		return false
	}
	return true
}

// move puts a ticket's head into the channel of the department that it goes to, and
// takes what was said out of the one where it was.
func (b *Bridge) move(ctx context.Context, n news) (bot.Place, error) {
	from := n.delivery.Place
	to := b.Desk.Department(bot.DepartmentID(fmt.Sprint(n.event.Facts[bot.FactTo])))
	if from.Thread != "" && from.Channel == to.Channel { // departments may share one
		err := b.say(ctx, n, "It is with "+to.Name+" now.")
		if err == nil {
			err = b.update(ctx, from, b.headOf(ctx, n))
		}
		return from, err
	}
	at := bot.Place{}
	if to.Channel != "" {
		var err error
		if at, err = b.open(ctx, n, to.Channel); err != nil {
			return from, err
		}
	}
	if from.Thread != "" {
		if err := b.blank(ctx, from, form.WentTo(to)); err != nil {
			return from, err
		}
	}
	return at, nil
}

// open posts a ticket's head.
func (b *Bridge) open(ctx context.Context, n news, channel string) (bot.Place, error) {
	line := fmt.Sprintf("Inquiry %s for %s", form.Short(n.ID), b.Desk.Department(n.Department).Name)
	ts, err := b.post(ctx, n, bot.Place{Channel: channel}, shown(line, b.words.Head(ctx, n.Ticket, n.event.Seq)))
	return bot.Place{Channel: channel, Thread: ts}, err
}

// headOf is the head as it is now.
func (b *Bridge) headOf(ctx context.Context, n news) api.MsgOption {
	since := 1
	for _, e := range n.Events[:min(n.event.Seq, len(n.Events))] {
		if e.Kind == bot.TicketRerouted || e.Kind == bot.TicketBackedUp {
			since = e.Seq
		}
	}
	line := fmt.Sprintf("Inquiry %s: %s", form.Short(n.ID), n.State)
	return shown(line, b.words.Head(ctx, n.Ticket, since))
}

// show shows an event in the thread.
func (b *Bridge) show(ctx context.Context, n news) error {
	e := n.event
	by := b.name(ctx, e.By)
	switch e.Kind {
	case bot.TicketSaid:
		return b.quote(ctx, n, "The citizen wrote:", escalate.Message(e))
	case bot.TicketReplied, bot.TicketAsked:
		if ts, ok := b.written(n, e.Origin); ok {
			return b.tick(ctx, ts)
		}
		return b.quote(ctx, n, "Sent to the citizen by "+by+":", escalate.Message(e))
	case bot.TicketCorrected:
		return b.quote(ctx, n, by+" changed what was sent; the citizen sees now:", escalate.Message(e))
	case bot.TicketWithdrawn:
		return b.say(ctx, n, by+" took back what was sent; the citizen sees that it was.")
	case bot.TicketNoted:
		if strings.HasPrefix(e.Origin, "slack:") {
			return nil
		}
		return b.quote(ctx, n, by+" noted, for staff only:", escalate.Message(e))
	case bot.TicketReminded:
		return b.say(ctx, n, "This inquiry waits for an answer. "+b.words.State(ctx, n.Ticket), api.MsgOptionBroadcast())
	case bot.TicketDelayed:
		return b.say(ctx, n, "The citizen was told that it takes longer.")
	case bot.TicketAddressed:
		return b.say(ctx, n, "The citizen left an address for the reply; open the inbox to see it.")
	case bot.TicketErased:
		return b.blank(ctx, n.delivery.Place, form.Erased)
	}
	return nil
}

// say posts a line of the app's own in the thread.
func (b *Bridge) say(ctx context.Context, n news, line string, options ...api.MsgOption) error {
	_, err := b.post(ctx, n, n.delivery.Place, api.MsgOptionCompose(append(options, shown("News of inquiry "+form.Short(n.ID), []api.Block{form.Context(line)}))...))
	return err
}

// quote posts what somebody wrote in the thread.
func (b *Bridge) quote(ctx context.Context, n news, line, text string) error {
	if text == "" { // since erased
		return b.say(ctx, n, line+" "+"(no text)")
	}
	_, err := b.post(ctx, n, n.delivery.Place, shown("News of inquiry "+form.Short(n.ID), []api.Block{form.Context(line), form.Section(text)}))
	return err
}

// written returns the message of a channel that an event was made by.
func (b *Bridge) written(n news, origin string) (bot.Place, bool) {
	ts, ok := strings.CutPrefix(origin, b.origin(n.delivery.Place.Channel, ""))
	if ts, _, _ = strings.Cut(ts, ":"); !ok {
		return bot.Place{}, false
	}
	return bot.Place{Channel: n.delivery.Place.Channel, Thread: ts}, true
}

// tick shows at a message that it went to the citizen.
func (b *Bridge) tick(ctx context.Context, at bot.Place) error {
	err := b.client.AddReactionContext(ctx, "white_check_mark", api.NewRefToMessage(at.Channel, at.Thread))
	if says(err, "already_reacted") || says(err, "message_not_found") || says(err, "no_item_specified") {
		return nil
	}
	return failed(err, "tick a message in "+at.Channel)
}
