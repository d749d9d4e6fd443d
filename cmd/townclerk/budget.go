package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"townclerk/bot/budget"
)

// costConfig is what a million tokens of the language model cost.
type costConfig struct {
	Input  float64 `yaml:"input_per_million"`
	Output float64 `yaml:"output_per_million"`
}

// maxMoney is more than a price or a budget can be meant to be.
const maxMoney = 1e8

func (c *modelConfig) checkBudget(add complain) {
	within(add, "model.cost.input_per_million", c.Cost.Input, 0, maxMoney)
	within(add, "model.cost.output_per_million", c.Cost.Output, 0, maxMoney)
	within(add, "model.daily_budget", c.DailyBudget, 0, maxMoney)
	within(add, "model.monthly_budget", c.MonthlyBudget, 0, maxMoney)
	if (c.DailyBudget > 0 || c.MonthlyBudget > 0) && c.Cost == (costConfig{}) {
		add("model.cost", "a budget needs to know what the model costs")
	}
}

// openBudget returns what bounds the model's costs; nil where it costs nothing.
func (h *house) openBudget() *budget.Budget {
	c := h.config.Model
	if c.Cost == (costConfig{}) {
		return nil
	}
	caps := budget.Caps{Daily: budget.AmountOf(c.DailyBudget), Monthly: budget.AmountOf(c.MonthlyBudget)}
	return budget.New(h.store, budget.Prices(c.Cost), caps, h.config.zone(), h.now, h.logger)
}

type budgetCmd struct{}

func (cmd *budgetCmd) Run(ctx context.Context, g *Globals) error {
	c, err := loadConfig(g)
	if err != nil {
		return err
	}
	h, err := open(ctx, c, slog.Default())
	if err != nil {
		return err
	}
	return errors.Join(h.printBudget(ctx, os.Stdout), h.Close())
}

// printBudget says how much of the caps is used, and when they are reset.
func (h *house) printBudget(ctx context.Context, w io.Writer) error {
	if h.budget == nil {
		fmt.Fprintln(w, "The model costs nothing: model.cost is not set.")
		return nil
	}
	s, err := h.budget.State(ctx)
	if err != nil {
		return err
	}
	for _, line := range []struct {
		name      string
		used, cap budget.Amount
		ends      time.Time
	}{{"today", s.Today, s.Daily, s.DayEnds}, {"month", s.Month, s.Monthly, s.MonthEnds}} {
		limit := "no cap"
		if line.cap > 0 {
			limit = fmt.Sprintf("of %v", line.cap)
		}
		fmt.Fprintf(w, "%s: %v (%s), until %s\n", line.name, line.used, limit, line.ends.Format(time.RFC3339))
	}
	return nil
}
