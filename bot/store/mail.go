package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/binary"
	"fmt"
	"time"

	"townclerk/bot/escalate"
)

var _ escalate.Mailroom = (*Store)(nil)

// How long it is known what was received and dealt with, and what was done once.
const (
	keepReceived = 7 * 24 * time.Hour
	keepOnce     = 60 * 24 * time.Hour
)

// Receive stores a message sealed; false: one of that id was received before, in the
// week before it or not dealt with yet.
func (s *Store) Receive(ctx context.Context, source, id string, body []byte) (fresh bool, err error) {
	sealed := s.mail.Seal(nil, nil, body, mailPlace(source, id)) // no two are alike
	err = s.surely(ctx, func(ctx context.Context, tx *txn) error {
		now := micros(s.now())
		_, err := tx.ExecContext(ctx, `
			INSERT INTO received (source, id, at, body, attempts, next_at) VALUES ($1, $2, $3, $4, 0, $3)
			ON CONFLICT (source, id) DO NOTHING`, source, id, now, sealed)
		if err != nil {
			return err
		}
		var there []byte
		err = tx.QueryRowContext(ctx, "SELECT body FROM received WHERE source = $1 AND id = $2", source, id).Scan(&there)
		fresh = bytes.Equal(there, sealed)
		return err
	})
	return fresh && err == nil, wrap(err, "receive a message of %q", source)
}

// Pending returns up to limit messages that were not dealt with and are due, oldest
// first. One that was changed is ErrTampered.
func (s *Store) Pending(ctx context.Context, source string, limit int) (mail []escalate.Mail, err error) {
	err = s.db.Look(ctx, func(c *sql.Conn) error {
		mail = nil
		return each(ctx, c, func(rows *sql.Rows) error {
			var m escalate.Mail
			var at int64
			var sealed []byte
			err := rows.Scan(&m.ID, &at, &sealed, &m.Attempts)
			if err != nil {
				return err
			}
			if m.Body, err = s.mail.Open(nil, nil, sealed, mailPlace(source, m.ID)); err != nil {
				return fmt.Errorf("message %.40q: %w", m.ID, ErrTampered)
			}
			m.At = fromMicros(at)
			mail = append(mail, m)
			return nil
		}, `SELECT id, at, body, attempts FROM received WHERE source = $1 AND done_at IS NULL AND next_at <= $2
			ORDER BY at, id LIMIT $3`, lookup(source), micros(s.now()), int64(limit))
	})
	return mail, wrap(err, "read the messages of %q", source)
}

// DealtWith forgets a message's body; that it was received stays known for a week. The
// body is overwritten with zeros; what that leaves of the sealed one is what the package
// comment says of erased rows, until others are cleared away.
func (s *Store) DealtWith(ctx context.Context, source, id string) error {
	err := s.surely(ctx, func(ctx context.Context, tx *txn) error {
		var size int
		err := tx.QueryRowContext(ctx, "SELECT length(body) FROM received WHERE source = $1 AND id = $2",
			lookup(source), lookup(id)).Scan(&size)
		if err != nil {
			return none(err)
		}
		_, err = tx.ExecContext(ctx, "UPDATE received SET body = $1, done_at = $2 WHERE source = $3 AND id = $4 AND done_at IS NULL",
			make([]byte, size), micros(s.now()), source, id)
		return err
	})
	return wrap(err, "put away message %.40q of %q", id, source)
}

// Again puts a message off.
func (s *Store) Again(ctx context.Context, source, id string, until time.Time) error {
	err := s.write(ctx, func(ctx context.Context, tx *txn) error {
		_, err := tx.ExecContext(ctx, `
			UPDATE received SET attempts = attempts + 1, next_at = $1 WHERE source = $2 AND id = $3 AND done_at IS NULL`,
			micros(until), lookup(source), lookup(id))
		return err
	})
	return wrap(err, "put off message %.40q of %q", id, source)
}

// mailPlace is a message's place as associated data.
func mailPlace(source, id string) []byte {
	b := binary.AppendUvarint(nil, uint64(len(source)))
	return append(append(b, source...), id...)
}

// Once reports true the first time that it is called with a name, on all servers; and
// again after sixty days.
func (s *Store) Once(ctx context.Context, name string) (first bool, err error) {
	me := rand.Text()
	err = s.surely(ctx, func(ctx context.Context, tx *txn) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO once_marks (name, at, first) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING",
			name, micros(s.now()), me)
		if err != nil {
			return err
		}
		var there string
		err = tx.QueryRowContext(ctx, "SELECT first FROM once_marks WHERE name = $1", name).Scan(&there)
		first = there == me
		return err
	})
	return first && err == nil, wrap(err, "do %.40q once", name)
}

// reapMarks deletes what need not be known any more.
func (s *Store) reapMarks(ctx context.Context) error {
	return s.write(ctx, func(ctx context.Context, tx *txn) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM received WHERE done_at < $1", micros(s.now().Add(-keepReceived)))
		if err == nil {
			_, err = tx.ExecContext(ctx, "DELETE FROM once_marks WHERE at < $1", micros(s.now().Add(-keepOnce)))
		}
		return err
	})
}
