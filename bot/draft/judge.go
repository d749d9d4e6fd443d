package draft

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"townclerk/bot/answer"
	"townclerk/bot/llm"
	"townclerk/bot/prompt"
)

// Judge asks a model whether a sentence follows from quotes, where that cannot be
// seen from the words: they are in different languages. It is safe for concurrent
// use.
type Judge struct {
	model  Model
	prompt *prompt.Prompt
}

var _ answer.Judge = (*Judge)(nil)

// NewJudge returns a judge.
func NewJudge(m Model) (*Judge, error) {
	p, err := prompt.Load(prompt.Entails)
	return &Judge{m, p}, err
}

// Entails reports whether the model says so. Whatever is no clear word is an error.
func (j *Judge) Entails(ctx context.Context, sentence string, quotes []string) (bool, error) {
	system, user, err := j.prompt.Render(prompt.Entailment{Sentence: sentence, Quotes: quotes})
	if err != nil {
		return false, err
	}
	said, err := short(ctx, j.model, llm.Request{System: system, User: user}, longestWord)
	if err != nil {
		return false, fmt.Errorf("judge with %s %s: %w", j.model.Name(), j.prompt.Version(), err)
	}
	switch strings.ToUpper(strings.Trim(said, " \t\r\n.")) {
	case "YES":
		return true, nil
	case "NO":
		return false, nil
	}
	return false, fmt.Errorf("judge with %s %s: %w", j.model.Name(), j.prompt.Version(), errWordy)
}

const longestWord = 16 // bytes of a verdict, with what surrounds it

var errWordy = errors.New("the reply is not what was asked for")
