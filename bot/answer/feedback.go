package answer

import (
	"context"
	"encoding/json"
	"fmt"

	"townclerk/bot"
)

// Feedback records what a citizen thinks of an answer. The comment is redacted
// like a question.
func (b *Bot) Feedback(ctx context.Context, c bot.ConversationID, turn bot.TurnID, helpful bool, comment string) error {
	t := b.texts[b.config.Language]
	if len(comment) > bot.MaxQuestion {
		return &bot.Error{Kind: bot.TooLarge, Citizen: t.TooLong}
	}
	turns, err := b.log.Recent(ctx, c, feedbackTurns)
	if err != nil {
		return t.explain(fmt.Errorf("feedback: %w", err))
	}
	for _, have := range turns {
		if have.ID != turn || !have.Ended {
			continue
		}
		e := bot.Event{Kind: bot.Feedback, At: b.now(), Facts: map[string]any{bot.FactHelpful: helpful}}
		if screened := b.guard.In(comment); screened.Text.String() != "" {
			text, _ := json.Marshal(screened.Text) // a string always marshals
			e.Texts = map[string]json.RawMessage{bot.TextComment: text}
			e.Facts["redacted"] = screened.Kinds
		}
		if err := b.log.Append(ctx, turn, e); err != nil {
			return t.explain(fmt.Errorf("feedback on turn %s: %w", turn, err))
		}
		if !helpful && b.memory != nil && have.Answer != nil && have.Answer.From != "" {
			if err := b.memory.Forget(ctx, have.Answer.From); err != nil {
				return t.explain(fmt.Errorf("forget turn %s: %w", have.Answer.From, err))
			}
		}
		return nil
	}
	return &bot.Error{Kind: bot.NotFound, Citizen: t.NoAnswer}
}

// feedbackTurns is how far back an answer can be judged.
const feedbackTurns = 100
