package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"townclerk/bot"
	"townclerk/bot/escalate"
)

var _ escalate.Queue = (*Store)(nil)

// NextDelivery leases the next event that a sink has not got, as escalate.Queue says,
// of the ticket that has waited longest. A lease is a try: it counts among the attempts
// though its holder is never heard of again. One whose commit was lost ends by itself.
func (s *Store) NextDelivery(ctx context.Context, sink string, lease time.Duration) (d bot.Delivery, found bool, err error) {
	skip := ""
	if s.postgres { // on SQLite the transaction holds the file
		skip = "FOR UPDATE SKIP LOCKED"
	}
	err = s.write(ctx, func(ctx context.Context, tx *txn) error {
		now := s.now()
		d, found = bot.Delivery{Sink: sink}, true
		err := tx.QueryRowContext(ctx, `
			UPDATE deliveries SET next_at = $1, attempts = attempts + 1 WHERE sink = $2 AND ticket = (
				SELECT ticket FROM deliveries WHERE sink = $2 AND done < version AND next_at <= $3
				ORDER BY next_at, ticket LIMIT 1 `+skip+`)
			RETURNING ticket, done + 1, channel, thread, attempts - 1`, micros(now.Add(lease)), lookup(sink), micros(now)).
			Scan(&d.Ticket, &d.Seq, &d.Place.Channel, &d.Place.Thread, &d.Attempts)
		if errors.Is(err, sql.ErrNoRows) {
			found, err = false, nil
		}
		return err
	})
	if err != nil || !found {
		return bot.Delivery{}, false, wrap(err, "look for what %q has not got", sink)
	}
	return d, true, nil
}

// mine are the columns of a delivery whose event has not arrived, as long as nobody
// else has it on lease: each lease counts as an attempt.
const mine = "ticket = $1 AND sink = $2 AND done = $3 - 1 AND attempts = $4 + 1"

// Arrived says that the event is there, and where the ticket is now: no other one may be
// at that place, unless it has no thread. Who is late, so
// that another one has the event on lease, is believed; the other one's lease goes on
// until its end, so that nobody begins with the next event before. What has arrived
// before changes nothing.
func (s *Store) Arrived(ctx context.Context, d bot.Delivery, at bot.Place) error {
	err := s.surely(ctx, func(ctx context.Context, tx *txn) error {
		_, err := tx.ExecContext(ctx, `
			UPDATE deliveries SET done = $3, channel = $5, thread = $6, attempts = 0,
				next_at = CASE WHEN attempts = $4 + 1 THEN $7 ELSE next_at END
			WHERE ticket = $1 AND sink = $2 AND done = $3 - 1`,
			lookup(d.Ticket), lookup(d.Sink), int64(d.Seq), int64(d.Attempts), at.Channel, at.Thread, micros(s.now()))
		return err
	})
	return wrap(err, "deliver event %d of ticket %.40q", d.Seq, d.Ticket)
}

// PutOff says that it is to be tried again at a time. Who has lost the lease to another
// one has no say.
func (s *Store) PutOff(ctx context.Context, d bot.Delivery, until time.Time) error {
	err := s.surely(ctx, func(ctx context.Context, tx *txn) error {
		_, err := tx.ExecContext(ctx, "UPDATE deliveries SET next_at = $5 WHERE "+mine,
			lookup(d.Ticket), lookup(d.Sink), int64(d.Seq), int64(d.Attempts), micros(until))
		return err
	})
	return wrap(err, "put off event %d of ticket %.40q", d.Seq, d.Ticket)
}

// TicketAt returns the ticket that a sink keeps at a place; bot.NotFound: none.
func (s *Store) TicketAt(ctx context.Context, sink string, at bot.Place) (id bot.TicketID, err error) {
	err = s.db.Look(ctx, func(c *sql.Conn) error {
		err := c.QueryRowContext(ctx, "SELECT ticket FROM deliveries WHERE sink = $1 AND channel = $2 AND thread = $3 AND thread <> ''",
			lookup(sink), lookup(at.Channel), lookup(at.Thread)).Scan(&id)
		return none(err)
	})
	return id, wrap(err, "look for the ticket at a place of %q", sink)
}

// PlaceOf returns where a sink keeps a ticket; bot.NotFound: nowhere yet.
func (s *Store) PlaceOf(ctx context.Context, sink string, id bot.TicketID) (at bot.Place, err error) {
	err = s.db.Look(ctx, func(c *sql.Conn) error {
		err := c.QueryRowContext(ctx, "SELECT channel, thread FROM deliveries WHERE sink = $1 AND ticket = $2 AND done > 0",
			lookup(sink), lookup(id)).Scan(&at.Channel, &at.Thread)
		return none(err)
	})
	return at, wrap(err, "look for the place of ticket %.40q at %q", id, sink)
}

// none makes errNoTicket of a query without rows.
func none(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return errNoTicket
	}
	return err
}
