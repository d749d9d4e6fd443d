package draft

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"townclerk/bot"
	"townclerk/bot/llm"
	"townclerk/bot/prompt"
	"townclerk/bot/route"
)

// Chooser has a model say which of a few departments an inquiry is for. It is safe
// for concurrent use.
type Chooser struct {
	model  Model
	prompt *prompt.Prompt
}

var _ route.Chooser = (*Chooser)(nil)

// NewChooser returns a chooser.
func NewChooser(m Model) (*Chooser, error) {
	p, err := prompt.Load(prompt.Choose)
	return &Chooser{m, p}, err
}

// Choose returns the department that the model says, empty where it cannot tell.
// Whatever is no number of a candidate is an error.
func (c *Chooser) Choose(ctx context.Context, question bot.Redacted, earlier []bot.Redacted, candidates []route.Candidate) (bot.DepartmentID, error) {
	tokens := newTokens()
	s := prompt.Sorting{Question: tokens.hide(question.String())}
	for _, e := range earlier {
		s.Earlier = append(s.Earlier, tokens.hide(e.String()))
	}
	for i, d := range candidates {
		s.Departments = append(s.Departments, prompt.Department{Number: i + 1, Name: d.Name, Does: d.Does})
	}
	system, user, err := c.prompt.Render(s)
	if err != nil {
		return "", err
	}
	said, err := short(ctx, c.model, llm.Request{System: system, User: user}, longestWord)
	if err == nil {
		var n int
		if n, err = strconv.Atoi(strings.Trim(said, " \t\r\n.")); err == nil && n == 0 {
			return "", nil
		}
		if err == nil && 0 < n && n <= len(candidates) {
			return candidates[n-1].ID, nil
		}
		err = errWordy
	}
	return "", fmt.Errorf("choose with %s %s: %w", c.model.Name(), c.prompt.Version(), err)
}
