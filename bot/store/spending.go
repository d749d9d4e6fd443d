package store

import (
	"context"
	"database/sql"

	"townclerk/bot/budget"
)

var _ budget.Ledger = (*Store)(nil)

// Reserve sets an amount aside for a call where the caps allow it, and reports
// whether they do. What is past its time is released first.
func (s *Store) Reserve(ctx context.Context, r budget.Reservation, caps budget.Caps) (ok bool, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *txn) error {
		ok = false
		if _, err := tx.ExecContext(ctx, "DELETE FROM spending WHERE expires_at <= $1", micros(s.now())); err != nil {
			return err
		}
		spent, err := loadSpent(ctx, tx, r.Day)
		if err != nil || !caps.Allow(spent, r.Amount) {
			return err
		}
		ok = true
		_, err = tx.ExecContext(ctx, "INSERT INTO spending (day, call, amount, expires_at) VALUES ($1, $2, $3, $4)",
			r.Day, r.Call, int64(r.Amount), micros(r.Until))
		return err
	})
	return ok && err == nil, wrap(err, "reserve money")
}

// Settle adds the amount to what was spent on the day, in the place of what was set
// aside for the call.
func (s *Store) Settle(ctx context.Context, r budget.Reservation) error {
	err := s.write(ctx, func(ctx context.Context, tx *txn) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM spending WHERE day = $1 AND call = $2", r.Day, r.Call); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO spending (day, call, amount) VALUES ($1, '', $2)
			ON CONFLICT (day, call) DO UPDATE SET amount = spending.amount + excluded.amount`, r.Day, int64(r.Amount))
		return err
	})
	return wrap(err, "record what a call cost")
}

// Spent returns what was spent or is set aside on the day and in its month.
func (s *Store) Spent(ctx context.Context, day string) (spent budget.Spent, err error) {
	err = s.db.Look(ctx, func(c *sql.Conn) error {
		spent, err = loadSpent(ctx, c, day)
		return err
	})
	return spent, wrap(err, "read what was spent")
}

func loadSpent(ctx context.Context, q querier, day string) (spent budget.Spent, err error) {
	err = q.QueryRowContext(ctx, `
		SELECT CAST(coalesce(sum(CASE WHEN day = $1 THEN amount ELSE 0 END), 0) AS BIGINT), CAST(coalesce(sum(amount), 0) AS BIGINT)
		FROM spending WHERE day BETWEEN $2 AND $3`, day, day[:7]+"-01", day[:7]+"-31").Scan(&spent.Today, &spent.Month)
	return spent, err
}
