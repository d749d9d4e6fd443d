package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
)

// Database is the engine under a Store: *litedb.DB or *pgdb.DB. It prints its
// name, and no password.
type Database interface {
	// Tx runs fn in a transaction that ends as if it had run alone, and commits it
	// where fn returns nil. It may run fn again where the engine refused the first
	// try. After an error nothing was written, unless the error says that the
	// commit's result is unknown.
	Tx(ctx context.Context, fn func(*sql.Tx) error) error
	// Snapshot runs fn in a transaction that sees one state and writes nothing.
	Snapshot(ctx context.Context, fn func(*sql.Tx) error) error
	// Migrate applies the migrations in fsys that table does not list yet.
	Migrate(ctx context.Context, fsys fs.FS, table string) error
	// Scrub clears away, as far as the engine can, the rows of the tables that were
	// deleted or replaced before. False: somebody still sees them; try again later.
	Scrub(ctx context.Context, tables ...string) (bool, error)
	// Dialect is "sqlite" or "postgres": a folder of migrations.
	Dialect() string
}

// write runs fn in a transaction that decides by no more than what it reads of one
// conversation, after hold. On SQLite that is the transaction as it is: one at a
// time. On Postgres serializable transactions would be right too, but there two
// conversations whose rows share a page of an index count as a conflict: of 16
// writers in 16 conversations of a small database each tenth to fifth turn was
// given up after five tries. So there the lock on the conversation does it, and
// every statement sees what was committed before it; nobody is refused.
func (s *Store) write(ctx context.Context, fn func(*sql.Tx) error) error {
	return s.db.Tx(ctx, func(tx *sql.Tx) error {
		if s.postgres {
			if _, err := tx.ExecContext(ctx, "SET TRANSACTION ISOLATION LEVEL READ COMMITTED"); err != nil {
				return err
			}
		}
		return fn(tx)
	})
}

// The row that hold locks, by an identifier.
const (
	itself = "SELECT c.id FROM conversations c WHERE c.id = $1"
	ofTurn = "SELECT c.id FROM conversations c JOIN turns t ON t.conversation = c.id WHERE t.id = $1"
)

// hold keeps others from writing to a conversation until the transaction ends. It
// comes before everything that the transaction reads. One that is not there is
// left to who reads it next.
func (s *Store) hold(ctx context.Context, tx *sql.Tx, row, id string) error {
	if !s.postgres {
		return nil // the transaction holds the file
	}
	var held string
	err := tx.QueryRowContext(ctx, row+" FOR NO KEY UPDATE OF c", id).Scan(&held)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}
