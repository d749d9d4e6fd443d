// Package budget keeps what a language model costs under a cap, however many
// servers ask it.
//
// Before a call the most that it can cost is set aside in the shared ledger; where
// that would go over a cap the call is not made. Afterwards the true cost takes the
// place of what was set aside. What the server does not say is taken for the most.
// What a server had set aside that was killed in a call is released when the call's
// time is over: what that one cost nobody knows.
package budget

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"time"
)

// ErrExhausted says that a call was not made because it could go over a cap.
var ErrExhausted = errors.New("the budget is used up")

// Amount is money, in millionths of the currency that the prices are in.
type Amount int64

// AmountOf returns a sum of money as an Amount.
func AmountOf(sum float64) Amount { return Amount(math.Round(sum * 1e6)) }

// String returns the sum with four decimals.
func (a Amount) String() string { return fmt.Sprintf("%.4f", float64(a)/1e6) }

// Prices are those of a million tokens.
type Prices struct{ Input, Output float64 }

// Tokens counts what goes into a call and comes out of it.
type Tokens struct{ Input, Output int }

// Of returns what the tokens cost, rounded up.
func (p Prices) Of(t Tokens) Amount {
	return Amount(math.Ceil(p.Input*float64(t.Input) + p.Output*float64(t.Output)))
}

// Caps bound what may be spent; zero means that there is no bound.
type Caps struct{ Daily, Monthly Amount }

// Allow reports whether more may be spent after what was.
func (c Caps) Allow(spent Spent, more Amount) bool {
	return (c.Daily == 0 || spent.Today+more <= c.Daily) && (c.Monthly == 0 || spent.Month+more <= c.Monthly)
}

// Spent is what was spent or is set aside on a day and in its month.
type Spent struct{ Today, Month Amount }

// Reservation is what is set aside for one call.
type Reservation struct {
	Call   string // names the call
	Day    string // as 2006-01-02
	Amount Amount
	// Until is when it is released if it was not settled.
	Until time.Time
}

// Ledger is the record of what was spent, shared by all servers.
type Ledger interface {
	// Reserve sets r aside where the caps allow it, and reports whether they do.
	// Of calls at the same time one is looked at after the other.
	Reserve(ctx context.Context, r Reservation, caps Caps) (bool, error)
	// Settle puts r.Amount as spent in the place of what was set aside for r.Call.
	Settle(ctx context.Context, r Reservation) error
	// Spent returns what was spent or is set aside on the day and in its month.
	Spent(ctx context.Context, day string) (Spent, error)
}

// Budget is the money for one model. It is safe for concurrent use.
type Budget struct {
	ledger Ledger
	prices Prices
	caps   Caps
	zone   *time.Location
	now    func() time.Time
	logger *slog.Logger

	mu     sync.Mutex
	closed time.Time // until then no call is likely to be allowed
}

// New returns a budget whose days begin at midnight in the zone.
func New(l Ledger, p Prices, c Caps, zone *time.Location, now func() time.Time, logger *slog.Logger) *Budget {
	return &Budget{ledger: l, prices: p, caps: c, zone: zone, now: now, logger: logger}
}

const (
	heldFor    = time.Minute     // longer than a turn takes
	settleTime = 5 * time.Second // for the ledger, after the call
)

// Reserve sets the most aside that a call may use. The caller calls settle once,
// with what it used. The error is ErrExhausted, or that the ledger is out of reach;
// then the call must not be made.
func (b *Budget) Reserve(ctx context.Context, most Tokens) (settle func(used Tokens), err error) {
	now := b.now()
	r := Reservation{Call: rand.Text(), Day: b.day(now), Amount: b.prices.Of(most), Until: now.Add(heldFor)}
	ok, err := b.ledger.Reserve(ctx, r, b.caps)
	if err != nil {
		return nil, fmt.Errorf("reserve %v for a call: %w", r.Amount, err)
	}
	if !ok {
		return nil, b.refuse(ctx, r)
	}
	b.reopen()
	return func(used Tokens) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
		defer cancel()
		r.Amount = b.prices.Of(used)
		if err := b.ledger.Settle(ctx, r); err != nil {
			b.logger.Error("what a call cost could not be recorded", "cost", r.Amount, "error", err)
		}
	}, nil
}

// refuse says why the caps do not allow r.
func (b *Budget) refuse(ctx context.Context, r Reservation) error {
	s, err := b.State(ctx)
	if err != nil {
		return errors.Join(ErrExhausted, err)
	}
	resets := s.MonthEnds
	if b.caps.Daily > 0 && s.Today+r.Amount > b.caps.Daily && (b.caps.Monthly == 0 || s.Month+r.Amount <= b.caps.Monthly) {
		resets = s.DayEnds
	}
	b.mu.Lock()
	first := b.closed.IsZero()
	b.closed = resets
	b.mu.Unlock()
	if first {
		b.logger.Warn("the model's budget is used up: answers are word for word until it resets",
			"today", s.Today, "month", s.Month, "call", r.Amount, "daily_budget", b.caps.Daily, "monthly_budget", b.caps.Monthly, "resets", resets)
	}
	return fmt.Errorf("%w until %s", ErrExhausted, resets.Format(time.RFC3339))
}

func (b *Budget) reopen() {
	b.mu.Lock()
	was := b.closed
	b.closed = time.Time{}
	b.mu.Unlock()
	if !was.IsZero() {
		b.logger.Info("the model's budget has room again")
	}
}

// Closed reports whether the last call was refused and the cap has not been reset
// since. It asks nobody.
func (b *Budget) Closed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now().Before(b.closed)
}

// State is how much of the caps is used, and when they are reset.
type State struct {
	Spent
	Caps
	DayEnds, MonthEnds time.Time
}

// State asks the ledger.
func (b *Budget) State(ctx context.Context) (State, error) {
	now := b.now().In(b.zone)
	spent, err := b.ledger.Spent(ctx, b.day(now))
	if err != nil {
		return State{}, fmt.Errorf("look up what was spent: %w", err)
	}
	y, m, d := now.Date()
	return State{spent, b.caps, time.Date(y, m, d+1, 0, 0, 0, 0, b.zone), time.Date(y, m+1, 1, 0, 0, 0, 0, b.zone)}, nil
}

func (b *Budget) day(at time.Time) string { return at.In(b.zone).Format(time.DateOnly) }
