package store

import (
	"context"
	"database/sql"

	"townclerk/bot"
)

// Reap ends every open turn whose deadline has passed, as bot.Partial where
// something was shown and else as bot.Failed, with the fact "reason":
// "interrupted". It returns how many it ended itself: several reapers at once end
// each turn once. It also finishes erasures that a reader or a crash got in the
// way of, and forgets that messages were received a week after they were dealt with,
// and that something was done once after sixty days; and sessions, invitations and tries to
// sign in that are over. Where it fails, what it had done until then stays done.
func (s *Store) Reap(ctx context.Context) (int, error) {
	ids, err := s.column(ctx,
		"SELECT id FROM turns WHERE ended_at IS NULL AND deadline <= $1 ORDER BY deadline, id", micros(s.now()))
	if err != nil {
		return 0, wrap(err, "reap")
	}
	n := 0
	for _, id := range ids {
		var ended bool
		err := s.write(ctx, func(ctx context.Context, tx *txn) (err error) {
			ended, err = s.endOverdue(ctx, tx, bot.TurnID(id))
			return err
		})
		if err != nil {
			return n, wrap(err, "reap turn %s", id)
		}
		if ended {
			n++
		}
	}
	if err := s.reapMarks(ctx); err != nil {
		return n, wrap(err, "reap")
	}
	if err := s.reapSessions(ctx); err != nil {
		return n, wrap(err, "reap")
	}
	return n, wrap(s.scrub(ctx), "reap")
}

// endOverdue ends a turn if it is open and its deadline has passed, and reports
// whether it did. The caller holds the conversation.
func (s *Store) endOverdue(ctx context.Context, tx *txn, id bot.TurnID) (bool, error) {
	t, err := loadTail(ctx, tx, id)
	if err != nil || t.ended || t.deadline > micros(s.now()) {
		return false, err
	}
	var shown int
	err = tx.QueryRowContext(ctx, "SELECT count(*) FROM events WHERE turn = $1 AND kind = $2",
		string(id), string(bot.Shown)).Scan(&shown)
	if err != nil {
		return false, err
	}
	outcome := bot.Failed
	if shown > 0 {
		outcome = bot.Partial
	}
	return true, t.end(ctx, tx, s, outcome, "interrupted")
}

// column returns the first column of a query's rows.
func (s *Store) column(ctx context.Context, query string, args ...any) (values []string, err error) {
	err = s.db.Look(ctx, func(c *sql.Conn) error {
		values = nil
		return each(ctx, c, func(rows *sql.Rows) error {
			var v string
			err := rows.Scan(&v)
			values = append(values, v)
			return err
		}, query, args...)
	})
	return values, err
}

// each calls fn for every row of a query.
func each(ctx context.Context, q querier, fn func(*sql.Rows) error, query string, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
