package slack

import (
	"context"
	"errors"
	"fmt"
	"strings"

	api "github.com/slack-go/slack"

	"townclerk/bot"
	"townclerk/bot/escalate/slack/form"
	"townclerk/bot/escalate/slack/revision"
)

// placeOf is where something was said, and who said it.
func placeOf(s form.Saying) place { return place{s.Channel, s.Thread, s.User} }

// message deals with a message, an edit or a deletion.
func (b *Bridge) message(ctx context.Context, e form.Event) error {
	s, why := e.Saying()
	if why != "" {
		b.Count(why)
		return nil
	}
	text, marked := form.Marked(s.Text, b.config.Mark)
	_, was := form.Marked(s.Before, b.config.Mark)
	t, here, err := b.at(ctx, placeOf(s).at(), marked || s.Before != "")
	if err != nil {
		return err
	}
	if t.ID == "" {
		b.Count(ignoredElsewhere)
		return nil
	}
	history := revision.Versions(t, b.origin(s.Channel, s.TS))
	if len(history) == 0 && !marked && !was { // internal, and always was
		if here && !s.Gone && s.Before == "" {
			return b.prompt(ctx, t, s)
		}
		return nil
	}
	if ok, err := b.allowed(ctx, placeOf(s)); err != nil || !ok {
		return err
	}
	if len(history) == 0 && !here {
		return b.tell(ctx, placeOf(s), form.WentTo(b.Desk.Department(t.Department))+" Write there. This was not sent:\n"+b.spoken(ctx, s.Text))
	}
	if !marked && len(history) > 0 && history[0].ByHand { // sent by a button: it needs no mark
		text, marked = s.Text, true
	}
	now := revision.Version{At: s.Version}
	if marked && !s.Gone {
		now.Text = b.spoken(ctx, text)
	}
	return b.explained(ctx, placeOf(s), b.settle(ctx, t, placeOf(s), s.TS, now), now.Text)
}

// at returns the ticket whose thread is, or once was, at a place; an empty one where
// there is none. Here says that it still is. A thread that the queue does not know is
// looked up in Slack where that matters: its head may have been posted and not be
// recorded yet (errSoon), or the ticket may have gone on.
func (b *Bridge) at(ctx context.Context, at bot.Place, matters bool) (t bot.Ticket, here bool, err error) {
	id, err := b.Queue.TicketAt(ctx, Name, at)
	if err == nil {
		t, err = b.Store.Ticket(ctx, id)
		return t, true, err
	}
	if !notFound(err) || !matters {
		return t, false, ignoreNotFound(err)
	}
	self, err := b.me(ctx)
	if err != nil {
		return t, false, err
	}
	var seq int
	err = b.each(ctx, at, "", func(m api.Message) bool {
		id, seq, _ = marks(m, self)
		return false // the first is the head
	})
	if says(err, "thread_not_found") {
		return t, false, nil
	}
	if err != nil || id == "" {
		return t, false, err
	}
	t, err = b.Store.Ticket(ctx, id)
	if err == nil && seq > t.Reached {
		err = errSoon
	}
	if err != nil {
		return t, false, ignoreNotFound(err)
	}
	// It may have been recorded while Slack was asked.
	now, err := b.Queue.TicketAt(ctx, Name, at)
	return t, now == t.ID, ignoreNotFound(err)
}

func notFound(err error) bool {
	var e *bot.Error
	return errors.As(err, &e) && e.Kind == bot.NotFound
}

func ignoreNotFound(err error) error {
	if notFound(err) {
		return nil
	}
	return err
}

// prompt asks the writer of an internal message, once, whether it is for the citizen.
func (b *Bridge) prompt(ctx context.Context, t bot.Ticket, s form.Saying) error {
	if t.Alert || t.State.Over() || strings.TrimSpace(s.Text) == "" {
		return nil
	}
	first, err := b.Store.Once(ctx, "prompt:"+b.origin(s.Channel, s.TS))
	if err != nil || !first {
		return err
	}
	return b.whisper(ctx, placeOf(s), shown("Only you see this", form.Prompt(t.ID, s.TS, b.config.Mark, s.Text)))
}

// settle makes the citizen see the newest version of a message, in whatever order they
// come. Several servers may be at it: each looks again after it has acted.
func (b *Bridge) settle(ctx context.Context, t bot.Ticket, p place, ts string, now revision.Version) error {
	for range 8 {
		do, done := revision.Next(t, b.origin(p.channel, ts), now, b.actor(p.user))
		if done {
			return nil
		}
		var err error
		if t, err = b.Desk.Act(ctx, t.ID, do); err != nil {
			return err
		}
	}
	return fmt.Errorf("message %s of %s does not come to rest", ts, p.channel)
}
