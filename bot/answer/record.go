package answer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"townclerk/bot"
)

// commit records what will be shown and how the turn ended, together.
func (b *Bot) commit(ctx context.Context, out *release, a bot.Answer, trace *Trace) error {
	said, err := json.Marshal(a)
	if err != nil {
		return err
	}
	traced, err := trace.seal()
	if err != nil {
		return err
	}
	texts := map[string]json.RawMessage{bot.TextAnswer: said}
	var events []bot.Event
	if n := len(out.sentences) - out.shown; n > 0 { // the whole answer is in the shown event then
		events = append(events, bot.Event{Kind: bot.Shown, At: b.now(), Facts: map[string]any{"sentences": n}, Texts: texts})
		texts = map[string]json.RawMessage{}
	}
	texts[bot.TextTrace] = traced
	events = append(events, bot.Event{Kind: bot.Ended, At: b.now(), Facts: b.facts(a.Outcome, trace), Texts: texts})
	if err := b.end(ctx, out, said, events); err != nil {
		return fmt.Errorf("record the answer: %w", err)
	}
	return nil
}

// end appends the events that end a turn. Where the log cannot be reached it may
// have them nevertheless, as when the connection is lost in the middle of a commit.
// So the record is looked at before they are appended again, and after that was
// refused: a turn ends once, and nil means that it ended with what was said, or
// anyhow where nothing was.
func (b *Bot) end(ctx context.Context, out *release, said []byte, events []bot.Event) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), b.config.lateness()/2)
	defer cancel()
	for pause := 20 * time.Millisecond; ; pause *= 2 {
		err := b.record(ctx, out, events)
		if err == nil {
			return nil
		}
		switch ended, answer := b.recorded(ctx, out.turn); {
		case ended && (said == nil || bytes.Equal(answer, said)):
			return nil
		case ended, bot.KindOf(err) != bot.Unavailable:
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

// recorded returns whether the record has the turn's end, and its answer as end
// is given it.
func (b *Bot) recorded(ctx context.Context, turn bot.Turn) (ended bool, said []byte) {
	turns, err := b.log.Recent(ctx, turn.Conversation, historyTurns) // others may have come after it
	i := slices.IndexFunc(turns, func(t bot.Turn) bool { return t.ID == turn.ID })
	if err != nil || i < 0 || !turns[i].Ended {
		return false, nil
	}
	if turns[i].Answer == nil {
		return true, nil
	}
	said, err = json.Marshal(turns[i].Answer)
	return err == nil, said
}

// fail ends a turn that could not go on and returns what the citizen may see.
// Where even that cannot be recorded, the turn's deadline ends it.
func (b *Bot) fail(ctx context.Context, out *release, trace *Trace, t texts, cause error) error {
	turn, outcome := out.turn, bot.Failed
	if out.shown > 0 {
		outcome = bot.Partial
	}
	shown := t.explain(fmt.Errorf("ask: turn %s: %w", turn.ID, cause))
	facts := b.facts(outcome, trace)
	facts["reason"] = string(bot.KindOf(shown))
	e := bot.Event{Kind: bot.Ended, At: b.now(), Facts: facts}
	if traced, err := trace.seal(); err == nil { // else the trace is what failed
		e.Texts = map[string]json.RawMessage{bot.TextTrace: traced}
	}
	out.opening, out.passed = nil, ""
	if err := b.end(ctx, out, nil, []bot.Event{e}); err != nil {
		b.logger.Error("a failed turn could not be ended; its deadline will", "turn", turn.ID, "error", err)
	}
	return shown
}

// explain gives an error its sentence for the citizen, in their language.
func (t *texts) explain(err error) error {
	kind, sentence := bot.Unavailable, t.Unavailable
	var known *bot.Error
	if errors.As(err, &known) {
		kind = known.Kind
		switch kind {
		case bot.Unavailable:
		case bot.Busy:
			sentence = t.Busy
		case bot.Reused:
			sentence = t.Reused
		case bot.NotFound:
			sentence = t.NotFound
		case bot.Internal:
			sentence = t.Internal
		default:
			sentence = known.Citizen
		}
	}
	return &bot.Error{Kind: kind, Citizen: sentence, Err: err}
}

// again shows the answer of a turn that had the same message.
func again(turn bot.Turn, show func(bot.Part), t texts) (bot.Answer, error) {
	switch {
	case !turn.Ended:
		return bot.Answer{}, &bot.Error{Kind: bot.Busy, Citizen: t.Busy}
	case turn.Answer == nil:
		return bot.Answer{}, &bot.Error{Kind: bot.Unavailable, Citizen: t.Unavailable}
	}
	show(bot.Part{Turn: turn.ID, Lead: turn.Answer.Lead, Sentences: turn.Answer.Sentences})
	return *turn.Answer, nil
}
