package budget_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"townclerk/bot/budget"
)

// book is a ledger of one process, one call after the other.
type book struct {
	open map[string]budget.Amount
	days map[string]budget.Amount
	fail error
}

var _ budget.Ledger = (*book)(nil)

func (b *book) Spent(_ context.Context, day string) (s budget.Spent, err error) {
	for d, sum := range b.days {
		if d == day {
			s.Today += sum
		}
		if d[:7] == day[:7] {
			s.Month += sum
		}
	}
	return s, b.fail
}

func (b *book) Reserve(ctx context.Context, r budget.Reservation, caps budget.Caps) (bool, error) {
	spent, err := b.Spent(ctx, r.Day)
	if err != nil || !caps.Allow(spent, r.Amount) {
		return false, err
	}
	b.open[r.Call] = r.Amount
	b.days[r.Day] += r.Amount
	return true, nil
}

func (b *book) Settle(ctx context.Context, r budget.Reservation) error {
	b.days[r.Day] += r.Amount - b.open[r.Call]
	return errors.Join(b.fail, ctx.Err())
}

func zone(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// The day and the month are those of the agency's clock, on the day of a changed
// clock too, and at their end there is room again. Each change is logged once.
func TestDays(t *testing.T) {
	here := zone(t)
	var log strings.Builder
	now := time.Date(2026, 3, 7, 23, 30, 0, 0, here)
	l := &book{map[string]budget.Amount{}, map[string]budget.Amount{}, nil}
	caps := budget.Caps{Daily: budget.AmountOf(0.5), Monthly: budget.AmountOf(0.95)}
	b := budget.New(l, budget.Prices{Input: 100, Output: 1000}, caps, here, func() time.Time { return now }, slog.New(slog.NewTextHandler(&log, nil)))
	use := func(want string) {
		t.Helper()
		settle, err := b.Reserve(t.Context(), budget.Tokens{Input: 1000, Output: 400}) // 0.1 + 0.4
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			settle(budget.Tokens{Input: 500, Output: 400}) // 0.05 + 0.4
		}
		if got != want || (err != nil) != b.Closed() || err != nil && !errors.Is(err, budget.ErrExhausted) {
			t.Errorf("%v: %q, want %q", now, got, want)
		}
	}
	use("")
	use("the budget is used up until 2026-03-08T00:00:00-06:00")
	use("the budget is used up until 2026-03-08T00:00:00-06:00")
	now = time.Date(2026, 3, 8, 0, 0, 0, 0, here)
	if b.Closed() {
		t.Error("closed on the next day")
	}
	use("")
	use("the budget is used up until 2026-04-01T00:00:00-05:00")
	s, err := b.State(t.Context())
	if err != nil || s.Today != budget.AmountOf(0.45) || s.Month != budget.AmountOf(0.9) || s.DayEnds.Sub(now) != 23*time.Hour || s.Daily.String() != "0.5000" {
		t.Errorf("%+v, %v", s, err)
	}
	now = time.Date(2026, 4, 1, 0, 0, 0, 0, here)
	use("")
	if n := strings.Count(log.String(), "used up"); n != 2 || strings.Count(log.String(), "room again") != 2 {
		t.Error(log.String())
	}
}

// Without the ledger no call is made, and what a call cost is recorded also when its
// turn is over.
func TestLedgerOutOfReach(t *testing.T) {
	l := &book{map[string]budget.Amount{}, map[string]budget.Amount{}, errors.New("gone")}
	var log strings.Builder
	b := budget.New(l, budget.Prices{Output: 1}, budget.Caps{}, time.UTC, time.Now, slog.New(slog.NewTextHandler(&log, nil)))
	if _, err := b.Reserve(t.Context(), budget.Tokens{Output: 1}); !errors.Is(err, l.fail) || errors.Is(err, budget.ErrExhausted) {
		t.Error(err)
	}
	l.fail = nil
	ctx, cancel := context.WithCancel(t.Context())
	settle, err := b.Reserve(ctx, budget.Tokens{Output: 1})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	settle(budget.Tokens{Output: 1})
	if log.Len() > 0 {
		t.Error(log.String())
	}
	l.fail = errors.New("gone again")
	settle(budget.Tokens{Output: 1})
	if !strings.Contains(log.String(), "could not be recorded") {
		t.Error("it was not said that the cost is lost")
	}
}

func TestPricesAreRoundedUp(t *testing.T) {
	p := budget.Prices{Input: 0.15, Output: 0.6}
	for tokens, want := range map[budget.Tokens]budget.Amount{{}: 0, {Input: 1}: 1, {Input: 1000, Output: 1000}: 750, {Input: 1001}: 151} {
		if got := p.Of(tokens); got != want {
			t.Errorf("%+v cost %d, want %d", tokens, got, want)
		}
	}
}
