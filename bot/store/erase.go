package store

import (
	"context"
	"database/sql"
	"errors"

	"townclerk/bot"
)

// Erase makes the texts of a conversation unreadable for ever, and its token
// worthless; what stays are events with facts and commitments. An open turn is
// ended first as bot.Failed, with the fact "reason": "erased". To erase twice is
// no error; an unknown conversation is bot.NotFound.
//
// An error that says bot.Unavailable may mean that the conversation is erased but
// old pages linger in the write-ahead log; call it again, or leave it to Reap.
func (s *Store) Erase(ctx context.Context, id bot.ConversationID) error {
	err := s.db.Tx(ctx, func(tx *sql.Tx) error { return s.eraseTx(ctx, tx, id) })
	if err != nil {
		return wrap(err, "erase %.40q", id)
	}
	return wrap(s.scrub(ctx), "erase %.40q", id)
}

func (s *Store) eraseTx(ctx context.Context, tx *sql.Tx, id bot.ConversationID) error {
	var erased sql.NullInt64
	err := tx.QueryRowContext(ctx, "SELECT erased_at FROM conversations WHERE id = $1", string(id)).Scan(&erased)
	if errors.Is(err, sql.ErrNoRows) {
		return errNotFound
	}
	if err != nil || erased.Valid {
		return err
	}
	if err := s.endErased(ctx, tx, id); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx,
		"DELETE FROM openings WHERE turn IN (SELECT id FROM turns WHERE conversation = $1)", string(id))
	if err != nil {
		return err
	}
	// The same sizes as before: the row is overwritten where it lies.
	_, err = tx.ExecContext(ctx,
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
	turn, found, err := openTurn(ctx, tx, id)
	if err != nil || !found {
		return err
	}
	t, err := loadTail(ctx, tx, turn)
	if err != nil {
		return err
	}
	return t.end(ctx, tx, s, bot.Failed, "erased")
}

// scrub clears the write-ahead log of the pages from before an erasure. It does
// nothing where no erasure waits for it. This is SQLite's own; on another engine
// it is whatever rewrites the dead rows.
func (s *Store) scrub(ctx context.Context) error {
	ids, err := column(ctx, s.db.Read,
		"SELECT id FROM conversations WHERE erased_at IS NOT NULL AND scrubbed_at IS NULL")
	if err != nil || len(ids) == 0 {
		return err
	}
	// Waits for readers of old pages as long as for other processes, then gives up.
	var busy, logged, moved int
	err = s.db.Write.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &logged, &moved)
	if err != nil {
		return err
	}
	if busy != 0 {
		return errUnscrubbed
	}
	return s.db.Tx(ctx, func(tx *sql.Tx) error {
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
