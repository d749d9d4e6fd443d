package main

import (
	"os"

	"townclerk/bot/answer"
	"townclerk/bot/budget"
	"townclerk/bot/draft"
	"townclerk/bot/llm"
	"townclerk/bot/route"
	"townclerk/internal/httpx"
)

// modelConfig names a language model that writes answers, behind a server that
// speaks OpenAI's protocol. Without BaseURL answers are extractive.
type modelConfig struct {
	BaseURL   string `yaml:"base_url"`
	Name      string `yaml:"name"`
	MaxTokens int    `yaml:"max_tokens"`
	// Schema says that the server holds replies to a JSON schema.
	Schema bool `yaml:"json_schema"`
	// NoFinishReason is for servers that do not say why a reply ended.
	NoFinishReason bool `yaml:"no_finish_reason"`
	// Cost and the budgets are in one currency, whichever; a budget of zero is none.
	Cost          costConfig `yaml:"cost"`
	DailyBudget   float64    `yaml:"daily_budget"`
	MonthlyBudget float64    `yaml:"monthly_budget"`
}

const modelKey = "TOWNCLERK_MODEL_KEY"

func (c *modelConfig) check(add complain) {
	orDefault(add, "model.max_tokens", c.MaxTokens, 50, 100_000)
	c.checkBudget(add)
	if unnamed(add, "model", "name", c.BaseURL, c.Name, *c != modelConfig{}) {
		return
	}
	if err := c.open("", nil, &answer.Parts{}); err != nil {
		add("model.base_url", "%q: %v", shown(c.BaseURL), err)
	}
}

// open sets what writes answers, what judges sentences in another language than their
// quotes, and what makes follow-ups stand alone; nothing where no model is named. The
// budget, which may be nil, is for all of them.
func (c *modelConfig) open(agency string, b *budget.Budget, p *answer.Parts) error {
	client, err := c.client(b)
	if client == nil || err != nil {
		return err
	}
	if p.Writer, err = draft.New(client, agency, c.Schema); err != nil {
		return err
	}
	if p.Judge, err = draft.NewJudge(client); err != nil {
		return err
	}
	p.Rewriter, err = draft.NewRewriter(client)
	return err
}

// client talks to the model; nil without one.
func (c *modelConfig) client(b *budget.Budget) (*llm.Client, error) {
	if c.BaseURL == "" && c.Name == "" {
		return nil, nil
	}
	config := llm.Config{
		BaseURL: c.BaseURL, Model: c.Name, Key: httpx.Secret(os.Getenv(modelKey)), MaxTokens: c.MaxTokens,
		NoFinishReason: c.NoFinishReason,
	}
	if b != nil {
		config.Budget = b
	}
	return llm.New(config, nil, httpx.Clock{})
}

// chooser chooses among departments with the model; nil without one.
func (c *modelConfig) chooser(b *budget.Budget) (route.Chooser, error) {
	client, err := c.client(b)
	if client == nil || err != nil {
		return nil, err
	}
	return draft.NewChooser(client)
}
