package draft

import (
	"context"
	"fmt"
	"strings"

	"townclerk/bot"
	"townclerk/bot/answer"
	"townclerk/bot/llm"
	"townclerk/bot/prompt"
)

// Rewriter has a model make follow-ups stand alone. It is safe for concurrent use.
type Rewriter struct {
	model  Model
	prompt *prompt.Prompt
}

var _ answer.Rewriter = (*Rewriter)(nil)

// NewRewriter returns a rewriter.
func NewRewriter(m Model) (*Rewriter, error) {
	p, err := prompt.Load(prompt.Rewrite)
	return &Rewriter{m, p}, err
}

// Name names the model and the prompt.
func (r *Rewriter) Name() string { return r.model.Name() + " " + r.prompt.Version() }

// Rewrite returns what the model wrote, unchecked, at most longestQuestion bytes.
func (r *Rewriter) Rewrite(ctx context.Context, question bot.Redacted, earlier []answer.Exchange) (string, error) {
	tokens := newTokens()
	f := prompt.FollowUp{Question: tokens.hide(question.String())}
	for _, e := range earlier {
		f.Earlier = append(f.Earlier, prompt.Exchange{Question: tokens.hide(e.Question.String()), Answer: tokens.hide(e.Answer)})
	}
	system, user, err := r.prompt.Render(f)
	if err != nil {
		return "", err
	}
	said, err := short(ctx, r.model, llm.Request{System: system, User: user}, longestQuestion)
	if err != nil {
		return "", fmt.Errorf("rewrite with %s: %w", r.Name(), err)
	}
	return tokens.restore(strings.TrimSpace(said)), nil
}

const longestQuestion = 2 * bot.MaxQuestion

// short asks the model for a text of at most limit bytes.
func short(ctx context.Context, m Model, r llm.Request, limit int) (string, error) {
	var said strings.Builder
	err := m.Stream(ctx, r, func(text string) error {
		said.WriteString(text)
		if said.Len() > limit {
			return errWordy
		}
		return nil
	})
	return said.String(), err
}
