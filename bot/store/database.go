package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"townclerk/bot"
	"townclerk/internal/carry"
	"townclerk/internal/pgdb"
)

// Database is the engine under a Store: *litedb.DB or *pgdb.DB. It prints its
// name, and no password.
type Database interface {
	carry.Database
	// Locked runs fn in a transaction that first takes a lock on what it decides by,
	// and commits it where fn returns nil. After an error nothing was written, unless
	// the error says that the commit's result is unknown.
	Locked(ctx context.Context, fn func(*sql.Tx) error) error
	// Look runs fn without a transaction: each statement sees a state of its own.
	// It may run fn again, with another connection.
	Look(ctx context.Context, fn func(*sql.Conn) error) error
	// Migrate applies the migrations in fsys that table does not list yet.
	Migrate(ctx context.Context, fsys fs.FS, table string) error
	// Scrub clears away, as far as the engine can, the rows of the tables that were
	// deleted or replaced before. False: somebody still sees them; try again later.
	Scrub(ctx context.Context, tables ...string) (bool, error)
}

// write runs fn in a transaction that decides by no more than what it reads of one
// conversation, after hold. On SQLite that is the transaction as it is: one at a
// time. On Postgres serializable transactions would be right too, but there two
// conversations whose rows share a page of an index count as a conflict: of 16
// writers in 16 conversations of a small database each tenth to fifth turn was
// given up after five tries. So there the lock on the conversation does it, and
// every statement sees what was committed before it; nobody is refused.
func (s *Store) write(ctx context.Context, fn func(*sql.Tx) error) error {
	return s.db.Locked(ctx, fn)
}

// surely is write for what finds its own work where it was done: a commit whose result
// was lost is tried once more.
func (s *Store) surely(ctx context.Context, fn func(*sql.Tx) error) error {
	err := s.write(ctx, fn)
	if errors.Is(err, pgdb.ErrCommitUnknown) {
		err = s.write(ctx, fn)
	}
	return err
}

// held is a conversation that nobody else writes to until the transaction ends.
type held struct {
	id      bot.ConversationID
	wrapped []byte // its data key, sealed
	erased  sql.NullInt64
}

const heldColumns = "SELECT c.id, k.wrapped, c.erased_at FROM conversations c JOIN conversation_keys k ON k.conversation = c.id"

// hold keeps others from writing to a conversation until the transaction ends. It
// comes before everything that the transaction reads. Unknown ones are errNotFound.
func (s *Store) hold(ctx context.Context, tx *sql.Tx, id bot.ConversationID) (held, error) {
	return s.lock(ctx, tx, heldColumns+" WHERE c.id = $1", lookup(id))
}

// holdOf is hold for the conversation of a turn.
func (s *Store) holdOf(ctx context.Context, tx *sql.Tx, id bot.TurnID) (held, error) {
	return s.lock(ctx, tx, heldColumns+" JOIN turns t ON t.conversation = c.id WHERE t.id = $1", lookup(id))
}

// holdTicket is hold for the conversation of a ticket.
func (s *Store) holdTicket(ctx context.Context, tx *sql.Tx, id bot.TicketID) (held, error) {
	h, err := s.lock(ctx, tx, heldColumns+" JOIN tickets t ON t.conversation = c.id WHERE t.id = $1", lookup(id))
	if errors.Is(err, errNotFound) {
		err = errNoTicket
	}
	return h, err
}

func (s *Store) lock(ctx context.Context, tx *sql.Tx, query, id string) (h held, err error) {
	if s.postgres { // on SQLite the transaction holds the file
		query += " FOR NO KEY UPDATE OF c"
	}
	err = tx.QueryRowContext(ctx, query, id).Scan(&h.id, &h.wrapped, &h.erased)
	if errors.Is(err, sql.ErrNoRows) {
		err = errNotFound
	}
	return h, err
}

// sealer returns what seals the texts of the conversation; errNotFound for an
// erased one.
func (s *Store) sealer(h held) (*sealer, error) {
	if h.erased.Valid {
		return nil, errNotFound
	}
	dataKey, err := s.wrap.Open(nil, nil, h.wrapped, []byte(h.id))
	if err != nil {
		return nil, fmt.Errorf("data key of the conversation: %w", ErrTampered)
	}
	return newSealer(h.id, dataKey)
}
