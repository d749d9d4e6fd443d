package store

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"errors"
	"fmt"

	"townclerk/internal/carry"
)

// Errors of databases that a move cannot begin or was not finished with.
var (
	// ErrMoving says that a move to the database was begun and not finished.
	ErrMoving = errors.New("a move to this database is not finished: run `townclerk move` from the same source again; " +
		"until then nothing can be asked here")
	// ErrNoStore says that the database holds no conversations of Townclerk's, not
	// even the mark of its key.
	ErrNoStore = errors.New("this is no database of Townclerk's, or it was never used: see that the address is right")
)

// Tables returns the tables as they are moved to another engine. Who was signed in or
// invited signs in, or is invited, again.
func Tables(ctx context.Context, db Database) (set carry.Set, err error) {
	set.Locks = []string{"bot_meta"}
	for _, t := range [][]string{
		{"conversations", "id"},
		{"conversation_keys", "conversation"},
		{"turns", "id"},
		{"events", "turn", "seq"},
		{"openings", "turn", "seq", "field"},
		{"tickets", "id"},
		{"ticket_events", "ticket", "seq"},
		{"ticket_openings", "ticket", "seq", "field"},
		{"deliveries", "ticket", "sink"},
		{"address_keys", "ticket"},
		{"addresses", "ticket"},
		{"received", "source", "id"},
		{"once_marks", "name"},
		{"accounts", "id"},
		{"contributions", "id"},
		{"contribution_steps", "contribution", "seq"},
		{"contribution_texts", "contribution", "seq"},
		{"ledger_entries", "idx"},
		{"ledger_hashes", "position"},
		{"ledger_head", "id"},
		{"ledger_checkpoints", "number"},
	} {
		table, err := carry.Open(ctx, db, t[0], t[1:]...)
		if err != nil {
			return set, err
		}
		switch t[0] {
		case "openings", "ticket_openings", "once_marks", "contribution_texts": // what Erase and Reap delete
			table = table.Erasable()
		case "tickets", "deliveries", "address_keys", "accounts", "contributions", "ledger_head":
			table = table.Changing()
		case "addresses", "received":
			table = table.Erasable().Changing()
		}
		set.Tables = append(set.Tables, table)
		set.Locks = append(set.Locks, t[0])
	}
	return set, nil
}

// Fits returns nil where the database was created with the master key, else
// ErrWrongKey or ErrNoStore. It writes nothing.
func Fits(ctx context.Context, db Database, master Key) error {
	want, err := derive(master[:], "townclerk/key-check/v1")
	if err != nil {
		return err
	}
	var got []byte
	err = db.Look(ctx, func(c *sql.Conn) error {
		return c.QueryRowContext(ctx, "SELECT value FROM bot_meta WHERE name = 'key_check'").Scan(&got)
	})
	switch {
	case err != nil:
		return fmt.Errorf("open the conversations in %v: %w (%w)", db, ErrNoStore, err)
	case subtle.ConstantTimeCompare(got, want) != 1:
		return fmt.Errorf("open the conversations in %v: %w", db, ErrWrongKey)
	}
	return nil
}

// BeginMove marks the database as one that a move is under way to. From now on
// New fails there with ErrMoving.
func BeginMove(ctx context.Context, db Database) error {
	return db.Tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO bot_meta (name, value) VALUES ('moving', $1) ON CONFLICT DO NOTHING", []byte{1})
		return err
	})
}

// EndMove clears away the old rows of what was erased while the move went on, and
// takes the mark off.
func EndMove(ctx context.Context, db Database) error {
	clean, err := db.Scrub(ctx, erasable...)
	if err == nil && !clean {
		err = errors.New("somebody keeps old rows of the target from being cleared away: end what reads it, then run the move again")
	}
	if err != nil {
		return err
	}
	return db.Tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM bot_meta WHERE name = 'moving'")
		return err
	})
}

func (s *Store) checkWhole(ctx context.Context) error { return CheckWhole(ctx, s.db) }

// CheckWhole returns ErrMoving between BeginMove and EndMove. The database has the
// tables of conversations.
func CheckWhole(ctx context.Context, db Database) error {
	return db.Look(ctx, func(c *sql.Conn) error {
		var n int
		err := c.QueryRowContext(ctx, "SELECT count(*) FROM bot_meta WHERE name = 'moving'").Scan(&n)
		if err == nil && n > 0 {
			err = ErrMoving
		}
		return err
	})
}
