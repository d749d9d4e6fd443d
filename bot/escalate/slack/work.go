package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	api "github.com/slack-go/slack"

	"townclerk/bot"
	"townclerk/bot/escalate"
	"townclerk/bot/escalate/slack/form"
)

const (
	lookEvery  = time.Second // for what other servers have received
	lettersAt  = 100
	letterTime = 30 * time.Second
	firstWait  = time.Second
	maxWait    = 5 * time.Minute
	mostTries  = 100 // some hours
)

// Wake has Run look for letters at once. It never form.
func (b *Bridge) Wake() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// Run deals with what came in until the context ends. Several servers may.
func (b *Bridge) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		n, err := b.Work(ctx)
		if err != nil && ctx.Err() == nil {
			b.Log.Error("what came from Slack was not dealt with; it is tried again", "error", err)
		}
		if n > 0 && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-b.wake:
		case <-tick.C:
		}
	}
}

// Work deals with the letters that are due and returns how many there were. What fails
// is put off, longer each time, and does not keep it from the rest.
func (b *Bridge) Work(ctx context.Context) (int, error) {
	mail, err := b.Mail.Pending(ctx, Name, lettersAt)
	if err != nil {
		return 0, err
	}
	var errs []error
	for _, m := range mail {
		err := b.deal(ctx, m)
		if ctx.Err() != nil {
			return len(mail), ctx.Err()
		}
		if err != nil && !errors.Is(err, errSoon) {
			errs = append(errs, fmt.Errorf("letter %s: %w", m.ID, err))
		}
		if err != nil && m.Attempts < mostTries {
			err = b.Mail.Again(ctx, Name, m.ID, b.Now().Add(wait(err, m.Attempts)))
		} else {
			err = b.Mail.DealtWith(ctx, Name, m.ID)
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	return len(mail), errors.Join(errs...)
}

// wait is how long a letter is put off after an error.
func wait(err error, attempts int) time.Duration {
	if r := (*api.RateLimitedError)(nil); errors.As(err, &r) {
		return max(r.RetryAfter, firstWait)
	}
	return min(maxWait, firstWait<<min(attempts, 16))
}

// errSoon says that a letter is about a head whose place is not recorded yet.
var errSoon = errors.New("the ticket's place is not known yet")

func (b *Bridge) deal(ctx context.Context, m escalate.Mail) error {
	ctx, cancel := context.WithTimeout(ctx, letterTime)
	defer cancel()
	var l form.Letter
	if json.Unmarshal(m.Body, &l) != nil {
		b.Count(refusedBody)
		return nil
	}
	switch {
	case l.Event.Type == "message":
		return b.message(ctx, l.Event)
	case l.Event.Type == "app_home_opened":
		return b.home(ctx, l.Event.User)
	case l.Type == "block_actions":
		return b.click(ctx, l, m.ID)
	case l.Type == "view_submission" && l.View.CallbackID == form.ReplyDialog:
		return b.submitted(ctx, l)
	}
	b.Count(ignoredKind)
	return nil
}

// place is where somebody did something, and who.
type place struct{ channel, thread, user string }

func (p place) at() bot.Place { return bot.Place{Channel: p.channel, Thread: p.thread} }

// tell tells a person something that nobody else sees. What Slack refuses to show is
// not tried again.
func (b *Bridge) tell(ctx context.Context, p place, text string) error {
	return b.whisper(ctx, p, shown("Only you see this", []api.Block{form.Section(text)}))
}

func (b *Bridge) whisper(ctx context.Context, p place, message api.MsgOption) error {
	if p.channel == "" {
		return nil
	}
	options := []api.MsgOption{message}
	if p.thread != "" {
		options = append(options, api.MsgOptionTS(p.thread))
	}
	_, err := b.client.PostEphemeralContext(ctx, p.channel, p.user, options...)
	if r := (api.SlackErrorResponse{}); errors.As(err, &r) {
		b.Log.Warn("a clerk could not be told", "error", err)
		return nil
	}
	return failed(err, "tell a clerk in "+p.channel)
}

// allowed reports whether a person may act on tickets; who may not is told.
func (b *Bridge) allowed(ctx context.Context, p place) (bool, error) {
	ok, err := b.may(ctx, p.user)
	if err != nil || ok {
		return ok, err
	}
	b.Count(refusedPerson)
	return false, b.tell(ctx, p, "Only members of the staff group can do that. Nothing was done.")
}

// explained tells a person why what they wanted was not done, with what they wrote, if
// anything. An error that has nothing to do with them is returned.
func (b *Bridge) explained(ctx context.Context, p place, err error, wrote string) error {
	why := ""
	refused, unknown := (*escalate.Refusal)(nil), (*bot.Error)(nil)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused) && refused.Claimant.ID != "" && !refused.State.Over():
		why = b.name(ctx, refused.Claimant) + " has it already."
	case errors.As(err, &refused):
		why = "The inquiry is " + string(refused.State) + "."
	case errors.As(err, &unknown) && unknown.Kind == bot.NotFound:
		why = "There is no such inquiry any more."
	default:
		for _, e := range []error{escalate.ErrNoText, escalate.ErrLong, escalate.ErrNoDepartment, escalate.ErrNoMessage, escalate.ErrAlertOnly} {
			if errors.Is(err, e) {
				why = "It was not done: " + e.Error() + "."
			}
		}
	}
	if why == "" {
		return err
	}
	if wrote != "" {
		why += " This was not sent:\n" + wrote
	}
	return b.tell(ctx, p, why)
}
