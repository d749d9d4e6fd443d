package answer

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"townclerk/bot"
)

// Feedback records what a citizen thinks of an answer. The comment is redacted
// like a question. An answer that is said to be wrong, and a second one that did not
// help, are handed over to people, who are returned; nil: they were not. A conversation
// that people had already is not handed over again for that.
func (b *Bot) Feedback(ctx context.Context, c bot.ConversationID, turn bot.TurnID, o bot.Opinion) (*bot.TicketView, error) {
	t := b.texts[b.config.Language]
	if len(o.Comment) > bot.MaxQuestion {
		return nil, &bot.Error{Kind: bot.TooLarge, Citizen: t.TooLong}
	}
	turns, err := b.log.Recent(ctx, c, feedbackTurns)
	if err != nil {
		return nil, t.explain(fmt.Errorf("feedback: %w", err))
	}
	i := slices.IndexFunc(turns, func(have bot.Turn) bool { return have.ID == turn && have.Ended })
	if i < 0 {
		return nil, &bot.Error{Kind: bot.NotFound, Citizen: t.NoAnswer}
	}
	if err := b.log.Append(ctx, turn, b.feedback(o)); err != nil {
		return nil, t.explain(fmt.Errorf("feedback on turn %s: %w", turn, err))
	}
	if a := turns[i].Answer; !o.Helpful && b.memory != nil && a != nil && a.From != "" {
		if err := b.memory.Forget(ctx, a.From); err != nil {
			return nil, t.explain(fmt.Errorf("forget turn %s: %w", a.From, err))
		}
	}
	turns[i].Unhelpful = !o.Helpful
	reason := unhappy(turns, o)
	if reason == "" || b.desk == nil {
		return nil, nil
	}
	switch had, err := b.desk.Views(ctx, c); {
	case err != nil:
		return nil, t.explain(err)
	case len(had) > 0:
		return nil, nil
	}
	v, err := b.HandOver(ctx, c, turn, reason)
	return &v, err
}

func (b *Bot) feedback(o bot.Opinion) bot.Event {
	e := bot.Event{Kind: bot.Feedback, At: b.now(), Facts: map[string]any{bot.FactHelpful: o.Helpful}}
	if o.Wrong {
		e.Facts[bot.FactWrong] = true
	}
	if screened := b.guard.In(o.Comment); screened.Text.String() != "" {
		text, _ := json.Marshal(screened.Text) // a string always marshals
		e.Texts = map[string]json.RawMessage{bot.TextComment: text}
		e.Facts["redacted"] = screened.Kinds
	}
	return e
}

// unhappy returns the reason for which people are needed; empty: none.
func unhappy(turns []bot.Turn, o bot.Opinion) string {
	n := 0
	for _, t := range turns {
		if t.Unhelpful {
			n++
		}
	}
	switch {
	case o.Wrong && !o.Helpful:
		return bot.ForWrong
	case !o.Helpful && n >= 2:
		return bot.ForUnhappy
	}
	return ""
}

// feedbackTurns is how far back an answer can be judged.
const feedbackTurns = 100
