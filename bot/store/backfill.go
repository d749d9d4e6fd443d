package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"townclerk/bot"
	"townclerk/bot/ledger"
)

// backfilled is the mark of a database whose events are all on the record.
const backfilled = "on_record"

// backfillAtOnce is how many turns, or tickets, go on the record in one transaction.
const backfillAtOnce = 200

// backfill puts on the record what was written before there was one: once for each
// database, turn by turn and then ticket by ticket. The entries say when they were
// made, not when it happened. It goes on where it was broken off.
func (s *Store) backfill(ctx context.Context) error {
	marked, err := s.column(ctx, "SELECT name FROM bot_meta WHERE name = $1", backfilled)
	if err != nil || len(marked) > 0 {
		return err
	}
	for _, some := range []func(context.Context, *txn) (int, error){backfillTurns, backfillTickets} {
		for left := true; left; {
			err := s.write(ctx, func(ctx context.Context, tx *txn) error {
				n, err := some(ctx, tx)
				left = n > 0
				return err
			})
			if err != nil {
				return fmt.Errorf("put earlier events on the record: %w", err)
			}
		}
	}
	return s.write(ctx, func(ctx context.Context, tx *txn) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO bot_meta (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING", backfilled, []byte{1})
		return err
	})
}

// backfillTurns does some turns that have no entry, and returns how many events it
// found. What an erased conversation had gets its erasure too.
func backfillTurns(ctx context.Context, tx *txn) (n int, err error) {
	b := earlier{tx: tx}
	err = each(ctx, tx, func(rows *sql.Rows) error {
		n++
		var r earlierRow
		if err := rows.Scan(&r.subject, &r.erased, &r.seq, &r.kind, &r.at, &r.facts, &r.commitments); err != nil {
			return err
		}
		return b.add(r, func(e bot.Event, commits map[string]ledger.Commit) ledger.Entry {
			return turnEntry(bot.TurnID(r.subject), e, r.facts, r.commitments, commits)
		})
	}, `SELECT t.id, t.erased_at, e.seq, e.kind, e.at, e.facts, e.commitments
		FROM (SELECT t.id, t.opened_at, c.erased_at FROM turns t JOIN conversations c ON c.id = t.conversation
			WHERE NOT EXISTS (SELECT 1 FROM ledger_entries l WHERE l.subject = t.id) ORDER BY t.opened_at, t.id LIMIT $1) t
		JOIN events e ON e.turn = t.id ORDER BY t.opened_at, t.id, e.seq`, int64(backfillAtOnce))
	b.finish()
	return n, err
}

// backfillTickets is backfillTurns for tickets.
func backfillTickets(ctx context.Context, tx *txn) (n int, err error) {
	b := earlier{tx: tx}
	err = each(ctx, tx, func(rows *sql.Rows) error {
		n++
		var r earlierRow
		var by bot.Actor
		var origin string
		if err := rows.Scan(&r.subject, &r.erased, &r.seq, &r.kind, &r.at, &by.Kind, &by.ID, &origin, &r.facts, &r.commitments); err != nil {
			return err
		}
		return b.add(r, func(e bot.Event, commits map[string]ledger.Commit) ledger.Entry {
			te := bot.TicketEvent{Kind: bot.TicketEventKind(e.Kind), At: e.At, By: by}
			return ticketEntry(bot.TicketID(r.subject), te, origin, r.facts, r.commitments, commits)
		})
	}, `SELECT t.id, t.erased_at, e.seq, e.kind, e.at, e.actor_kind, e.actor_id, e.origin, e.facts, e.commitments
		FROM (SELECT t.id, t.opened_at, c.erased_at FROM tickets t JOIN conversations c ON c.id = t.conversation
			WHERE NOT EXISTS (SELECT 1 FROM ledger_entries l WHERE l.subject = t.id) ORDER BY t.opened_at, t.id LIMIT $1) t
		JOIN ticket_events e ON e.ticket = t.id ORDER BY t.opened_at, t.id, e.seq`, int64(backfillAtOnce))
	b.finish()
	return n, err
}

// earlier puts rows of earlier events on the record, subject by subject.
type earlier struct {
	tx     *txn
	last   string // subject
	erased bool
}

// earlierRow is a row of an event without what only tickets' have.
type earlierRow struct {
	subject                  string
	erased                   sql.NullInt64
	seq                      int
	kind, facts, commitments string
	at                       int64
}

func (b *earlier) add(r earlierRow, entry func(bot.Event, map[string]ledger.Commit) ledger.Entry) error {
	if r.subject != b.last {
		b.finish()
		b.last, b.erased = r.subject, r.erased.Valid
	}
	e := bot.Event{Kind: bot.EventKind(r.kind), At: fromMicros(r.at)}
	if err := json.Unmarshal([]byte(r.facts), &e.Facts); err != nil {
		return fmt.Errorf("facts of %s event %d: %w", r.subject, r.seq, ErrTampered)
	}
	decoded, err := decodeCommitments(r.commitments)
	if err != nil {
		return fmt.Errorf("%s event %d: %w (%w)", r.subject, r.seq, ErrTampered, err)
	}
	commits := make(map[string]ledger.Commit, len(decoded))
	for field, c := range decoded {
		commits[field] = ledger.Commit(c)
	}
	b.tx.log(entry(e, commits), r.seq)
	return nil
}

// finish ends a subject whose texts are gone.
func (b *earlier) finish() {
	if b.erased {
		b.tx.log(ledger.Entry{Type: ledger.Erasure, Subject: b.last}, 0)
	}
	b.erased = false
}
