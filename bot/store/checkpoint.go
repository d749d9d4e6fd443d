package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"maps"

	"townclerk/bot/ledger"
)

// LogSize returns how many entries the record has.
func (s *Store) LogSize(ctx context.Context) (size int64, err error) {
	err = s.db.Look(ctx, func(c *sql.Conn) error {
		return c.QueryRowContext(ctx, "SELECT size FROM ledger_head WHERE id = 1").Scan(&size)
	})
	return size, wrap(err, "read the size of the record")
}

// LastCheckpoint returns the signed note that was added last; nil: none was.
func (s *Store) LastCheckpoint(ctx context.Context) (note []byte, err error) {
	err = s.db.Look(ctx, func(c *sql.Conn) error {
		err := c.QueryRowContext(ctx, "SELECT note FROM ledger_checkpoints ORDER BY number DESC LIMIT 1").Scan(&note)
		if errors.Is(err, sql.ErrNoRows) {
			err = nil
		}
		return err
	})
	return note, wrap(err, "read the last checkpoint")
}

// AddCheckpoint keeps a signed note about so many entries, unless there is one of as
// many or more: another server has signed meanwhile.
func (s *Store) AddCheckpoint(ctx context.Context, size int64, note []byte) (added bool, err error) {
	err = s.surely(ctx, func(ctx context.Context, tx *txn) error {
		done, err := tx.ExecContext(ctx, `
			INSERT INTO ledger_checkpoints (number, size, note)
			SELECT coalesce(max(number), 0) + 1, CAST($1 AS BIGINT), $2 FROM ledger_checkpoints HAVING coalesce(max(size), -1) < CAST($1 AS BIGINT)`, size, string(note))
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		added = n > 0
		return err
	})
	return added && err == nil, wrap(err, "keep a checkpoint")
}

// Note puts an entry on the record that is of no event. Where it has no subject it gets
// one of its own; its number and time are given to it.
func (s *Store) Note(ctx context.Context, e ledger.Entry) error {
	if e.Subject == "" {
		e.Subject = newSubject()
	}
	err := s.write(ctx, func(_ context.Context, tx *txn) error {
		tx.log(e, 0)
		return nil
	})
	return wrap(err, "put a note on the record")
}

// NoteChange is Note, unless the last entry of that type says the same; else the entry
// continues that one's subject.
func (s *Store) NoteChange(ctx context.Context, e ledger.Entry) (changed bool, err error) {
	if before, found, err := s.lastNote(ctx, e.Type); err != nil || found && same(before, e) {
		return false, wrap(err, "look for a change to put on the record")
	}
	err = s.write(ctx, func(ctx context.Context, tx *txn) error {
		before, found, err := lastNote(ctx, tx, e.Type)
		changed = err == nil && !(found && same(before, e))
		if !changed {
			return err
		}
		if e.Subject = before.Subject; !found {
			e.Subject = newSubject()
		}
		tx.log(e, 0)
		return nil
	})
	return changed && err == nil, wrap(err, "put a change on the record")
}

// LastNote returns the last entry of a type that is of no event.
func (s *Store) LastNote(ctx context.Context, t ledger.Type) (e ledger.Entry, found bool, err error) {
	e, found, err = s.lastNote(ctx, t)
	return e, found, wrap(err, "read the last %s on the record", t)
}

func (s *Store) lastNote(ctx context.Context, t ledger.Type) (e ledger.Entry, found bool, err error) {
	err = s.db.Look(ctx, func(c *sql.Conn) error {
		e, found, err = lastNote(ctx, c, t)
		return err
	})
	return e, found, err
}

func lastNote(ctx context.Context, q querier, t ledger.Type) (e ledger.Entry, found bool, err error) {
	var line []byte
	err = q.QueryRowContext(ctx, "SELECT line FROM ledger_entries WHERE event IS NULL AND type = $1 ORDER BY idx DESC LIMIT 1", string(t)).Scan(&line)
	if errors.Is(err, sql.ErrNoRows) {
		return e, false, nil
	}
	if err == nil {
		e, err = ledger.Parse(line)
	}
	return e, err == nil, err
}

// Notes returns the entries of these types that are of no event, the oldest first.
func (s *Store) Notes(ctx context.Context, types ...ledger.Type) (notes []ledger.Entry, err error) {
	var args []any
	for _, t := range types {
		args = append(args, string(t))
	}
	err = s.db.Look(ctx, func(c *sql.Conn) error {
		notes = nil
		return each(ctx, c, func(rows *sql.Rows) error {
			var line []byte
			if err := rows.Scan(&line); err != nil {
				return err
			}
			e, err := ledger.Parse(line)
			notes = append(notes, e)
			return err
		}, "SELECT line FROM ledger_entries WHERE event IS NULL AND type IN "+marks(len(args), len(args))+" ORDER BY idx", args...)
	})
	return notes, wrap(err, "read the notes on the record")
}

// same reports whether two entries say the same. Whole numbers are int64.
func same(a, b ledger.Entry) bool {
	return a.Outcome == b.Outcome && a.Hashes == b.Hashes && maps.Equal(a.Facts, b.Facts)
}

func newSubject() string {
	var id [16]byte
	rand.Read(id[:]) // never fails: the runtime ends the process instead
	return hex.EncodeToString(id[:])
}
