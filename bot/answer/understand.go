package answer

import (
	"context"
	"strings"

	"townclerk/bot"
	"townclerk/bot/guard"
	"townclerk/bot/understand"
	"townclerk/retrieval"
)

// Rewriter makes a follow-up stand alone. What it writes is checked before it is
// used, and is never shown.
type Rewriter interface {
	// Rewrite returns the question as it would be asked without what was said
	// earlier, oldest first.
	Rewrite(ctx context.Context, question bot.Redacted, earlier []Exchange) (string, error)
	// Name names the model and the prompt for the record.
	Name() string
}

// Exchange is an earlier question with the beginning of its answer.
type Exchange struct {
	Question bot.Redacted
	Answer   string
}

// Limits of a rewriting.
const (
	exchanges    = 4   // that the rewriter is told
	answerBytes  = 400 // of an answer
	rewriteShare = 10  // part of the turn's time that it may take
)

// understand turns a message into a search. A follow-up is rewritten to stand alone;
// where that fails it leans on the words of what was said before, and followUp says
// so. What the citizen was asked to choose from stands alone as well.
func (b *Bot) understand(ctx context.Context, m bot.Message, before []bot.Turn, trace *Trace) (q retrieval.Query, followUp bool) {
	text := guard.Bare(m.Text.String())
	u := understand.Context(text, spoken(before), nil)
	if n := len(before); n > 0 && before[n-1].Answer != nil {
		if question, ok := understand.Chosen(text, before[n-1].Answer.Choices); ok {
			trace.Rewritten, u = question, understand.Understanding{Reason: "chosen"}
		}
	}
	if b.rewriter != nil && u.Leans() {
		b.rewrite(ctx, m, before, trace)
	}
	if alone := trace.alone(); alone != "" {
		text, u.Context, u.FollowUp = alone, nil, false
	}
	q = u.Query(text)
	q.Language = understand.Language(text, m.Language)
	trace.understood(q, u)
	return q, u.FollowUp
}

// understandAlone is understand for a question that was answered before: no model is
// asked.
func (b *Bot) understandAlone(m bot.Message, before []bot.Turn) (q retrieval.Query, followUp bool) {
	text := guard.Bare(m.Text.String())
	u := understand.Context(text, spoken(before), nil)
	q = u.Query(text)
	q.Language = understand.Language(text, m.Language)
	return q, u.FollowUp
}

// alone returns the question that stands alone in place of the message, if there is one.
func (t *Trace) alone() string {
	if t.Unrewritten != "" {
		return ""
	}
	return t.Rewritten
}

// rewrite has a follow-up rewritten, and says in the trace what came of it.
func (b *Bot) rewrite(ctx context.Context, m bot.Message, before []bot.Turn, trace *Trace) {
	ctx, stop := context.WithTimeout(ctx, b.config.Deadline/rewriteShare)
	defer stop()
	before = before[max(0, len(before)-exchanges):]
	told := spoken(before)
	earlier := make([]Exchange, len(before))
	for i := range before {
		told[i].Answer = strings.ToValidUTF8(told[i].Answer[:min(len(told[i].Answer), answerBytes)], "")
		earlier[i] = Exchange{before[i].Question, told[i].Answer}
	}
	trace.Rewriter = b.rewriter.Name()
	text, err := b.rewriter.Rewrite(ctx, m.Text, earlier)
	if err == nil {
		trace.Rewritten = text
		err = understand.CheckRewritten(text, m.Text.String(), told, m.Language)
	}
	if err != nil {
		trace.Unrewritten = err.Error()
	}
	trace.step("rewrite")
}

// clarify asks the citizen which of several things a vague question means, once.
func (b *Bot) clarify(turn bot.Turn, t texts, q retrieval.Query, before []bot.Turn, found retrieval.Result) (bot.Answer, bool) {
	if n := len(before); len(q.Context) > 0 || n > 0 && before[n-1].Outcome == bot.Clarified {
		return bot.Answer{}, false
	}
	choices := understand.Clarify(q.Text, q.Language, found.Hits)
	return bot.Answer{Turn: turn.ID, Outcome: bot.Clarified, Closing: t.Clarify, Choices: choices}, choices != nil
}
