package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"townclerk/bot"
	"townclerk/internal/carry"
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
	// Explain makes the engine's errors say what to do, as all methods do with theirs.
	Explain(err error) error
}

// held is a conversation that is being written to.
type held struct {
	id      bot.ConversationID
	wrapped []byte // its data key, sealed
	erased  sql.NullInt64
}

const heldColumns = "SELECT c.id, k.wrapped, c.erased_at FROM conversations c JOIN conversation_keys k ON k.conversation = c.id"

// hold returns a conversation. Nobody else writes until the transaction ends, as write
// says. Unknown ones are errNotFound.
func (s *Store) hold(ctx context.Context, tx *txn, id bot.ConversationID) (held, error) {
	return s.find(ctx, tx, heldColumns+" WHERE c.id = $1", lookup(id))
}

// holdOf is hold for the conversation of a turn.
func (s *Store) holdOf(ctx context.Context, tx *txn, id bot.TurnID) (held, error) {
	return s.find(ctx, tx, heldColumns+" JOIN turns t ON t.conversation = c.id WHERE t.id = $1", lookup(id))
}

// holdTicket is hold for the conversation of a ticket.
func (s *Store) holdTicket(ctx context.Context, tx *txn, id bot.TicketID) (held, error) {
	h, err := s.find(ctx, tx, heldColumns+" JOIN tickets t ON t.conversation = c.id WHERE t.id = $1", lookup(id))
	if errors.Is(err, errNotFound) {
		err = errNoTicket
	}
	return h, err
}

func (s *Store) find(ctx context.Context, tx *txn, query, id string) (h held, err error) {
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
