package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"slices"
	"time"

	"townclerk/bot"
	"townclerk/bot/escalate"
	"townclerk/bot/ledger"
)

// Erase makes the texts of a conversation unreadable for ever, and its token
// worthless; what stays are events with facts and commitments. An open turn is
// ended first as bot.Failed, with the fact "reason": "erased". To erase twice is
// no error; an unknown conversation is bot.NotFound.
//
// An error that says bot.Unavailable may mean that the conversation is erased but
// old rows linger because somebody still reads them; call it again, or leave it to Reap.
func (s *Store) Erase(ctx context.Context, id bot.ConversationID) error {
	err := s.write(ctx, func(ctx context.Context, tx *txn) error {
		h, err := s.hold(ctx, tx, id)
		if err != nil || h.erased.Valid {
			return err
		}
		return s.eraseTx(ctx, tx, id)
	})
	if err != nil {
		return wrap(err, "erase %.40q", id)
	}
	return wrap(s.scrub(ctx), "erase %.40q", id)
}

func (s *Store) eraseTx(ctx context.Context, tx *txn, id bot.ConversationID) error {
	if err := s.endErased(ctx, tx, id); err != nil {
		return err
	}
	if err := s.eraseTickets(ctx, tx, id); err != nil {
		return err
	}
	if err := s.eraseContributions(ctx, tx, id); err != nil {
		return err
	}
	if err := logErasure(ctx, tx, id); err != nil {
		return err
	}
	for _, table := range []string{"openings", "remembered"} {
		_, err := tx.ExecContext(ctx,
			"DELETE FROM "+table+" WHERE turn IN (SELECT id FROM turns WHERE conversation = $1)", string(id))
		if err != nil {
			return err
		}
	}
	// The same sizes as before: SQLite overwrites the row where it lies.
	_, err := tx.ExecContext(ctx,
		"UPDATE conversation_keys SET token_hash = $1, wrapped = $2 WHERE conversation = $3",
		make([]byte, 32), make([]byte, 60), string(id))
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE conversations SET erased_at = $1 WHERE id = $2",
		micros(s.now()), string(id))
	return err
}

// logErasure puts on the record that the texts of all turns and tickets of a
// conversation are erased.
func logErasure(ctx context.Context, tx *txn, id bot.ConversationID) error {
	return each(ctx, tx, func(rows *sql.Rows) error {
		var subject string
		err := rows.Scan(&subject)
		tx.log(ledger.Entry{Type: ledger.Erasure, Subject: subject}, 0)
		return err
	}, "SELECT id FROM turns WHERE conversation = $1 UNION ALL SELECT id FROM tickets WHERE conversation = $1 ORDER BY id", string(id))
}

// eraseTickets closes the tickets of a conversation with an erased event, which tells
// sinks to remove what they hold, and erases their texts and addresses.
func (s *Store) eraseTickets(ctx context.Context, tx *txn, id bot.ConversationID) error {
	tickets, err := outlines(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, t := range tickets {
		e := bot.TicketEvent{Kind: bot.TicketErased, At: s.now(), By: bot.Actor{Kind: bot.Citizen}}
		after, err := escalate.Apply(t, e)
		if err != nil {
			return err
		}
		after.Next = time.Time{}
		if err := s.updateTicket(ctx, tx, t, after, e.At); err != nil {
			return err
		}
		if err := insertTicketEvent(ctx, tx, nil, t.ID, t.Version+1, e, ownOrigin+rand.Text()); err != nil {
			return err
		}
	}
	const theirs = "IN (SELECT id FROM tickets WHERE conversation = $1)"
	if _, err := tx.ExecContext(ctx, "DELETE FROM ticket_openings WHERE ticket "+theirs, string(id)); err != nil {
		return err
	}
	return forgetAddress(ctx, tx, theirs, string(id))
}

// outlines returns the tickets of a conversation without their events: texts that do not
// open are to be erased too. Their versions are those of the events that are there.
func outlines(ctx context.Context, q querier, id bot.ConversationID) (tickets []bot.Ticket, err error) {
	err = each(ctx, q, func(rows *sql.Rows) error {
		var t bot.Ticket
		var due sql.NullInt64
		err := rows.Scan(&t.ID, &t.Department, &t.State, &t.Claimant.Kind, &t.Claimant.ID, &due, &t.Version)
		t.Due = fromMoment(due)
		tickets = append(tickets, t)
		return err
	}, `SELECT id, department, state, claimant_kind, claimant_id, due, (SELECT max(seq) FROM ticket_events e WHERE e.ticket = tickets.id)
		FROM tickets WHERE conversation = $1 ORDER BY id`, string(id))
	return tickets, err
}

// endErased ends the turn that is open, if one is.
func (s *Store) endErased(ctx context.Context, tx *txn, id bot.ConversationID) error {
	at, err := loadEnd(ctx, tx, id, nil)
	if err != nil || !at.open.Valid {
		return err
	}
	t, err := loadTail(ctx, tx, bot.TurnID(at.open.String))
	if err != nil {
		return err
	}
	return t.end(ctx, tx, s, bot.Failed, "erased")
}

// scrub has the engine clear away the rows from before an erasure. It does
// nothing where no erasure waits for it.
func (s *Store) scrub(ctx context.Context) error {
	ids, err := s.column(ctx,
		"SELECT id FROM conversations WHERE erased_at IS NOT NULL AND scrubbed_at IS NULL ORDER BY id")
	if err != nil {
		return err
	}
	addresses, err := s.unscrubbedAddresses(ctx)
	if err != nil || len(ids)+len(addresses) == 0 {
		return err
	}
	tables := []string{"address_keys", "addresses"}
	if len(ids) > 0 {
		tables = append(slices.Clone(erasable), "remembered")
	}
	clean, err := s.db.Scrub(ctx, tables...)
	if err != nil {
		return err
	}
	if !clean {
		return errUnscrubbed
	}
	return s.write(ctx, func(ctx context.Context, tx *txn) error {
		for _, id := range ids {
			_, err := tx.ExecContext(ctx,
				"UPDATE conversations SET scrubbed_at = $1 WHERE id = $2 AND scrubbed_at IS NULL",
				micros(s.now()), id)
			if err != nil {
				return err
			}
		}
		for id, wrapped := range addresses {
			_, err := tx.ExecContext(ctx, "UPDATE address_keys SET unscrubbed = 0 WHERE ticket = $1 AND wrapped = $2", string(id), wrapped)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// erasable are the tables in which erased rows lie, and their keys, as they are moved.
var erasable = []string{"conversation_keys", "openings", "ticket_openings", "address_keys", "addresses", "contribution_texts", "conversations"}

// unscrubbedAddresses returns the keys of addresses, as they are now, that have taken
// the place of others.
func (s *Store) unscrubbedAddresses(ctx context.Context) (keys map[bot.TicketID][]byte, err error) {
	err = s.db.Look(ctx, func(c *sql.Conn) error {
		keys = map[bot.TicketID][]byte{}
		return each(ctx, c, func(rows *sql.Rows) error {
			var id bot.TicketID
			var wrapped []byte
			err := rows.Scan(&id, &wrapped)
			keys[id] = wrapped
			return err
		}, "SELECT ticket, wrapped FROM address_keys WHERE unscrubbed = 1")
	})
	return keys, err
}
