package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"slices"

	"townclerk/bot"
)

// Remember keeps that a turn answers a question, for Remembered to find; it takes
// the place of an earlier turn. What was kept of earlier revisions goes. A turn that
// is unknown or erased is bot.NotFound.
func (s *Store) Remember(ctx context.Context, q bot.Asked, turn bot.TurnID) error {
	err := s.write(ctx, func(ctx context.Context, tx *txn) error {
		h, err := s.holdOf(ctx, tx, turn)
		if err == nil && h.erased.Valid {
			err = errNotFound
		}
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO remembered (revision, key, turn) VALUES ($1, $2, $3)
			ON CONFLICT (revision, key) DO UPDATE SET turn = excluded.turn`, int64(q.Revision), s.askedMAC(q), string(turn))
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM remembered WHERE revision < $1", int64(q.Revision))
		return err
	})
	return wrap(err, "remember turn %.40q", turn)
}

// Remembered returns the answer that was recorded for the same question at the same
// revision, and whether there is one: it was given in full, its conversation is not
// erased, and nobody has called it unhelpful. Its Turn is the one that it was given
// in.
func (s *Store) Remembered(ctx context.Context, q bot.Asked) (a bot.Answer, found bool, err error) {
	const turn = "(SELECT turn FROM remembered WHERE revision = $1 AND key = $2)"
	err = s.db.Look(ctx, func(c *sql.Conn) error {
		l := loader{store: s, fields: []string{bot.TextAnswer}}
		err := l.run(ctx, c, "t.id = "+turn, "(SELECT conversation FROM turns WHERE id = "+turn+")", int64(q.Revision), s.askedMAC(q))
		if err != nil || l.sealer == nil {
			return err
		}
		if h := l.histories[0]; h.Outcome == bot.Answered && h.Answer != nil && !slices.ContainsFunc(h.events, unhelpful) {
			a, found = *h.Answer, true
		}
		return nil
	})
	return a, found, wrap(err, "look up an answer")
}

func unhelpful(e bot.Event) bool { return e.Kind == bot.Feedback && e.Facts[bot.FactHelpful] == false }

// Forget drops what is remembered of a turn: for an answer that was called unhelpful
// where it was shown again, in another turn than the one that it was given in.
func (s *Store) Forget(ctx context.Context, turn bot.TurnID) error {
	err := s.write(ctx, func(ctx context.Context, tx *txn) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM remembered WHERE turn = $1", lookup(turn))
		return err
	})
	return wrap(err, "forget turn %.40q", turn)
}

// askedMAC returns what is stored of a question. Without the master key not even a
// guess can be tried against it.
func (s *Store) askedMAC(q bot.Asked) []byte {
	mac := hmac.New(sha256.New, s.asked)
	mac.Write(q.Bytes())
	return mac.Sum(nil)
}
