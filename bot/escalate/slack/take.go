package slack

import (
	"context"
	"encoding/json"
	"time"

	api "github.com/slack-go/slack"

	"townclerk/bot/escalate/slack/form"
)

// dialogTime is how long the opening of a dialog may take, of the three seconds that
// Slack waits for an acknowledgement.
const dialogTime = 2 * time.Second

// Take stores a letter whose sender is known to be Slack, and returns what is answered to
// it: JSON or nothing, but the challenge as it is. Once it has returned without an error
// the letter is dealt with sooner or later, or counted.
func (b *Bridge) Take(ctx context.Context, body []byte) ([]byte, error) {
	var l form.Letter
	if json.Unmarshal(body, &l) != nil {
		b.Count(refusedBody)
		return nil, nil
	}
	if l.Type == "url_verification" {
		return []byte(l.Challenge), nil
	}
	if !l.Of(b.config.Team) {
		b.Count(refusedTeam)
		return nil, nil
	}
	id := l.ID()
	if id == "" {
		b.Count(ignoredKind)
		return nil, nil
	}
	if l.Event.Type == "message" { // talk that is none of ours is not kept
		if _, why := l.Event.Saying(); why != "" {
			b.Count(why)
			return nil, nil
		}
	}
	if l.Type == "view_submission" {
		if answer, err := objection(l.View); answer != nil || err != nil {
			return answer, err
		}
	}
	fresh, err := b.Mail.Receive(ctx, Name, id, body)
	if err != nil {
		return nil, err
	}
	if !fresh {
		b.Count(ignoredTwice)
		return nil, nil
	}
	if l.Type == "block_actions" && l.Actions[0].ID == form.DoReply {
		b.openDialog(ctx, l) // at once: the leave to do so ends after three seconds
	}
	b.Wake()
	return nil, nil
}

// objection is the answer to a dialog that cannot be sent off as it is; nil: it can.
func objection(v api.View) ([]byte, error) {
	w, err := form.ReadDialog(v)
	if err != nil || w.Objection() == nil {
		return nil, nil // what cannot be read is looked at again when it is dealt with
	}
	return json.Marshal(w.Objection())
}

// openDialog opens the dialog for a reply, or tells the clerk another way.
func (b *Bridge) openDialog(ctx context.Context, l form.Letter) {
	ctx, cancel := context.WithTimeout(ctx, dialogTime)
	defer cancel()
	err := func() error {
		if ok, err := b.may(ctx, l.User.ID); err != nil || !ok {
			return err // the refusal is told when the letter is dealt with
		}
		t, err := b.Store.Ticket(ctx, l.Actions[0].Ticket())
		if err != nil {
			return err
		}
		dialog, err := form.Dialog(t, form.Thread{Ticket: t.ID, Channel: l.Container.Channel, TS: l.Thread()})
		if err != nil {
			return err
		}
		_, err = b.client.OpenViewContext(ctx, l.TriggerID, dialog)
		return err
	}()
	if err == nil {
		return
	}
	b.Log.Warn("the dialog for a reply did not open", "error", err)
	ctx = context.WithoutCancel(ctx)
	go b.hint(ctx, place{l.Container.Channel, l.Thread(), l.User.ID})
}

// hint tells a clerk how else to write to the citizen.
func (b *Bridge) hint(ctx context.Context, p place) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := b.tell(ctx, p, "The dialog did not open. Write in this thread and begin with "+b.config.Mark+" to reply to the citizen, or try again."); err != nil {
		b.Log.Warn("a clerk could not be told", "error", err)
	}
}
