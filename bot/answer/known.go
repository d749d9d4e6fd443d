package answer

import (
	"context"
	"strings"

	"townclerk/bot"
	"townclerk/bot/cite"
	"townclerk/retrieval"
)

// Memory finds the turn in which the same question was answered from the same pages.
type Memory interface {
	// Remembered returns the answer of the turn that Remember was last told, if it
	// still stands.
	Remembered(ctx context.Context, q bot.Asked) (bot.Answer, bool, error)
	Remember(ctx context.Context, q bot.Asked, turn bot.TurnID) error
	// Forget drops what is remembered of a turn.
	Forget(ctx context.Context, turn bot.TurnID) error
}

// known returns the answer that was written before to the same question, and
// reports whether there is one. Where there is none, the one that is going to be
// written is remembered after its end. That is for questions that stand alone: one
// that leans on what was said before, or that was understood by it, has no answer of
// its own, and what is written later in a conversation may refer to it.
func (b *Bot) known(ctx context.Context, m bot.Message, q retrieval.Query, found retrieval.Result, out *release) (bot.Answer, bool) {
	if b.writer == nil || b.memory == nil || len(q.Context) > 0 || q.Text != m.Text.String() {
		return bot.Answer{}, false
	}
	asked := &bot.Asked{Question: m.Text, Language: m.Language, Revision: found.Revision, Setup: strings.Join([]string{b.config.Hash, b.writer.Name(), cite.Version}, " ")}
	a, ok, err := b.memory.Remembered(ctx, *asked)
	if err != nil {
		b.logger.Warn("an earlier answer could not be looked up", "turn", out.turn.ID, "error", err)
	}
	if !ok {
		if out.turn.Number == 1 {
			out.asked = asked
		}
		return bot.Answer{}, false
	}
	a.From, a.Turn, a.Redacted = a.Turn, out.turn.ID, nil
	out.lead, out.sentences = a.Lead, a.Sentences
	return a, true
}

// remember keeps a written answer that has ended for the next one who asks the same.
func (b *Bot) remember(ctx context.Context, out *release, a bot.Answer) {
	if out.asked == nil || a.Outcome != bot.Answered || !a.Sentences[0].Written {
		return
	}
	if err := b.memory.Remember(context.WithoutCancel(ctx), *out.asked, out.turn.ID); err != nil {
		b.logger.Warn("an answer could not be remembered", "turn", out.turn.ID, "error", err)
	}
}
