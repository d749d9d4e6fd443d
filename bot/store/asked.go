package store

import (
	"context"
	"database/sql"
	"time"

	"townclerk/bot"
)

// Asked returns how many turns were opened since a time, in one conversation or,
// where that is empty, in all, and when the first of them was; the zero time where
// there is none.
func (s *Store) Asked(ctx context.Context, id bot.ConversationID, since time.Time) (n int, first time.Time, err error) {
	query, args := "SELECT count(*), min(opened_at) FROM turns WHERE opened_at >= $1", []any{micros(since)}
	if id != "" {
		query, args = query+" AND conversation = $2", append(args, lookup(id))
	}
	var at sql.NullInt64
	err = s.db.Look(ctx, func(c *sql.Conn) error {
		return c.QueryRowContext(ctx, query, args...).Scan(&n, &at)
	})
	if at.Valid {
		first = fromMicros(at.Int64)
	}
	return n, first, wrap(err, "count the turns of %.40q", id)
}
