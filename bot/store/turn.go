package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"townclerk/bot"
	"townclerk/internal/pgdb"
)

// Open opens a turn with its opened event, which holds the question, and reports
// true. Where the conversation has seen the message's key before, it returns that
// turn as it is now (with what was shown so far) and false, whatever the message
// says this time. An empty key is never a duplicate.
//
// One turn of a conversation is open at a time: where another one is, Open fails
// with bot.Busy. A turn whose deadline has passed is no obstacle: it is ended
// first, as Reap does. An unknown or erased conversation is bot.NotFound.
//
// A duplicate of a turn that is still open is being answered by whoever opened
// it. Where that one is gone the deadline ends it. A commit whose result was lost is
// tried once more, and so finds its own turn where it was done.
func (s *Store) Open(ctx context.Context, m bot.Message, e bot.Event, deadline time.Time) (turn bot.Turn, fresh bool, err error) {
	if err := s.prepare(&e); err != nil {
		return bot.Turn{}, false, wrap(err, "open a turn in %.40q", m.Conversation)
	}
	if e.Kind != bot.Opened || deadline.IsZero() {
		err := fmt.Errorf("%w: a turn opens with an opened event and a deadline", ErrInvalidEvent)
		return bot.Turn{}, false, wrap(err, "open a turn in %.40q", m.Conversation)
	}
	if m.Key == "" {
		m.Key = rand.Text()
	}
	id := bot.NewTurnID() // the same however often this is tried
	try := func(tx *sql.Tx) (err error) {
		turn, fresh, err = s.openTx(ctx, tx, id, m, e, deadline)
		return err
	}
	err = s.write(ctx, try)
	if errors.Is(err, pgdb.ErrCommitUnknown) {
		err = s.write(ctx, try) // finds what the first one did
	}
	if err != nil {
		return bot.Turn{}, false, wrap(err, "open a turn in %.40q", m.Conversation)
	}
	turn.Key = m.Key
	return turn, fresh, nil
}

// openTx returns the turn with the message's key, or opens the one with id.
func (s *Store) openTx(ctx context.Context, tx *sql.Tx, id bot.TurnID, m bot.Message, e bot.Event, deadline time.Time) (bot.Turn, bool, error) {
	if err := s.hold(ctx, tx, itself, lookup(m.Conversation)); err != nil {
		return bot.Turn{}, false, err
	}
	sealer, err := s.sealer(ctx, tx, m.Conversation)
	if err != nil {
		return bot.Turn{}, false, err
	}
	open, busy, err := openTurn(ctx, tx, m.Conversation)
	if err != nil {
		return bot.Turn{}, false, err
	}
	if busy && open != id { // its own is from a try whose result was lost
		ended, err := s.endOverdue(ctx, tx, open)
		if err != nil {
			return bot.Turn{}, false, err
		}
		busy = !ended
	}
	mac := sealer.keyMAC(m.Key)
	var seen int64
	err = tx.QueryRowContext(ctx, "SELECT ordinal FROM turns WHERE conversation = $1 AND key_mac = $2",
		string(m.Conversation), mac).Scan(&seen)
	switch {
	case err == nil:
		turns, err := load(ctx, tx, sealer, span{m.Conversation, seen, seen}, shownTexts...)
		if err != nil {
			return bot.Turn{}, false, err
		}
		return turns[0].Turn, turns[0].ID == id && !turns[0].Ended, nil
	case !errors.Is(err, sql.ErrNoRows):
		return bot.Turn{}, false, err
	case busy:
		return bot.Turn{}, false, errBusy
	}
	turn, err := insertTurn(ctx, tx, sealer, id, mac, e, deadline)
	return turn, true, err
}

// insertTurn writes the next turn of a conversation and its first event.
func insertTurn(ctx context.Context, tx *sql.Tx, s *sealer, id bot.TurnID, mac []byte, e bot.Event, deadline time.Time) (bot.Turn, error) {
	text, err := question(e)
	if err != nil {
		return bot.Turn{}, err
	}
	turn := bot.Turn{
		ID:           id,
		Conversation: s.conversation,
		OpenedAt:     fromMicros(micros(e.At)),
		Deadline:     fromMicros(micros(deadline)),
		Question:     bot.AsRedacted(text),
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO turns (id, conversation, ordinal, key_mac, opened_at, deadline)
		VALUES ($1, $2, (SELECT coalesce(max(ordinal), 0) + 1 FROM turns WHERE conversation = $2), $3, $4, $5)`,
		string(turn.ID), string(turn.Conversation), mac, micros(e.At), micros(deadline))
	if err != nil {
		return bot.Turn{}, err
	}
	return turn, insert(ctx, tx, s, turn.ID, 1, e)
}

// openTurn returns the turn of a conversation that is open, if one is.
func openTurn(ctx context.Context, q querier, id bot.ConversationID) (turn bot.TurnID, found bool, err error) {
	err = q.QueryRowContext(ctx, "SELECT id FROM turns WHERE conversation = $1 AND ended_at IS NULL",
		string(id)).Scan(&turn)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	return turn, err == nil, err
}

// prepare checks an event and gives it a time where it has none.
func (s *Store) prepare(e *bot.Event) error {
	if e.At.IsZero() {
		e.At = s.now()
	}
	return check(*e)
}
