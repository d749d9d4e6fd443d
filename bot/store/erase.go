package store

import (
	"context"
	"database/sql"

	"townclerk/bot"
)

// Erase makes the texts of a conversation unreadable for ever, and its token
// worthless; what stays are events with facts and commitments. An open turn is
// ended first as bot.Failed, with the fact "reason": "erased". To erase twice is
// no error; an unknown conversation is bot.NotFound.
//
// An error that says bot.Unavailable may mean that the conversation is erased but
// old rows linger because somebody still reads them; call it again, or leave it to Reap.
func (s *Store) Erase(ctx context.Context, id bot.ConversationID) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
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

func (s *Store) eraseTx(ctx context.Context, tx *sql.Tx, id bot.ConversationID) error {
	if err := s.endErased(ctx, tx, id); err != nil {
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

// endErased ends the turn that is open, if one is.
func (s *Store) endErased(ctx context.Context, tx *sql.Tx, id bot.ConversationID) error {
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
	if err != nil || len(ids) == 0 {
		return err
	}
	clean, err := s.db.Scrub(ctx, "conversation_keys", "openings", "remembered", "conversations")
	if err != nil {
		return err
	}
	if !clean {
		return errUnscrubbed
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		for _, id := range ids {
			_, err := tx.ExecContext(ctx,
				"UPDATE conversations SET scrubbed_at = $1 WHERE id = $2 AND scrubbed_at IS NULL",
				micros(s.now()), id)
			if err != nil {
				return err
			}
		}
		return nil
	})
}
