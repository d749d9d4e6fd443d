package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"time"

	"townclerk/bot"
)

// Open opens a turn with its opened event, which holds the question, and reports
// true. Where the conversation has seen the message's key before, it returns that
// turn as it is now (with what was shown so far) and false; where that turn asks
// something else, bot.Reused. An empty key is never a duplicate.
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
	err = s.surely(ctx, func(ctx context.Context, tx *txn) (err error) {
		turn, fresh, err = s.openTx(ctx, tx, id, m, e, deadline)
		return err
	})
	if err != nil {
		return bot.Turn{}, false, wrap(err, "open a turn in %.40q", m.Conversation)
	}
	turn.Key = m.Key
	return turn, fresh, nil
}

// openTx returns the turn with the message's key, or opens the one with id.
func (s *Store) openTx(ctx context.Context, tx *txn, id bot.TurnID, m bot.Message, e bot.Event, deadline time.Time) (bot.Turn, bool, error) {
	h, err := s.hold(ctx, tx, m.Conversation)
	if err != nil {
		return bot.Turn{}, false, err
	}
	sealer, err := s.sealer(h)
	if err != nil {
		return bot.Turn{}, false, err
	}
	asked, err := question(e)
	if err != nil {
		return bot.Turn{}, false, err
	}
	at, mac, err := s.findKey(ctx, tx, sealer, m.Key, asked)
	if err != nil {
		return bot.Turn{}, false, err
	}
	busy := at.open.Valid
	if open := bot.TurnID(at.open.String); busy && open != id { // its own is from a try whose result was lost
		ended, err := s.endOverdue(ctx, tx, open)
		if err != nil {
			return bot.Turn{}, false, err
		}
		if ended {
			return s.openTx(ctx, tx, id, m, e, deadline) // it may have had the key
		}
	}
	switch {
	case at.seen.Valid:
		return at.turn, at.turn.ID == id && !at.turn.Ended, nil
	case busy:
		return bot.Turn{}, false, errBusy
	}
	turn, err := insertTurn(ctx, tx, sealer, bot.Turn{ID: id, Number: at.last + 1}, mac, e, deadline)
	return turn, true, err
}

// end is where a conversation's next turn goes.
type end struct {
	last int
	open sql.NullString // the turn that is open
	seen sql.NullInt64  // the number of the turn with the message's key
	turn bot.Turn       // that turn, where findKey looked for it
}

// findKey looks for the turn of a message's key. One that failed before anything was
// shown does not count: whoever sends its message again is to get an answer, under a key
// of its own that is made of the same. The MAC is that of the turn, or of the next one.
// A key that came with another question is errReused.
func (s *Store) findKey(ctx context.Context, tx *txn, sealer *sealer, key, asked string) (at end, mac []byte, err error) {
	for try := 1; ; try++ {
		mac = sealer.keyMAC(key)
		if try > 1 {
			mac = sealer.keyMAC(fmt.Sprint(key, "\x00", try)) // no client's key holds a zero byte
		}
		if at, err = loadEnd(ctx, tx, sealer.conversation, mac); err != nil || !at.seen.Valid {
			return at, mac, err
		}
		turns, err := s.loadNumber(ctx, tx, sealer.conversation, at.seen.Int64)
		if err != nil {
			return at, mac, err
		}
		if at.turn = turns[0].Turn; at.turn.Question.String() != asked {
			return at, mac, errReused
		}
		if failed := at.turn.Ended && at.turn.Outcome == bot.Failed && at.turn.Answer == nil; !failed {
			return at, mac, nil
		}
	}
}

func loadEnd(ctx context.Context, q querier, id bot.ConversationID, mac []byte) (e end, err error) {
	err = q.QueryRowContext(ctx, `
		SELECT coalesce(max(ordinal), 0), max(id) FILTER (WHERE ended_at IS NULL), max(ordinal) FILTER (WHERE key_mac = $2)
		FROM turns WHERE conversation = $1`, string(id), mac).Scan(&e.last, &e.open, &e.seen)
	return e, err
}

// insertTurn writes a turn and its first event.
func insertTurn(ctx context.Context, tx *txn, s *sealer, turn bot.Turn, mac []byte, e bot.Event, deadline time.Time) (bot.Turn, error) {
	text, err := question(e)
	if err != nil {
		return bot.Turn{}, err
	}
	turn.Conversation, turn.Question = s.conversation, bot.AsRedacted(text)
	turn.OpenedAt, turn.Deadline = fromMicros(micros(e.At)), fromMicros(micros(deadline))
	_, err = tx.ExecContext(ctx, `
		INSERT INTO turns (id, conversation, ordinal, key_mac, opened_at, deadline) VALUES ($1, $2, $3, $4, $5, $6)`,
		string(turn.ID), string(turn.Conversation), turn.Number, mac, micros(e.At), micros(deadline))
	if err != nil {
		return bot.Turn{}, err
	}
	return turn, insert(ctx, tx, s, turn.ID, 1, []bot.Event{e})
}

// prepare checks an event and gives it a time where it has none.
func (s *Store) prepare(e *bot.Event) error {
	if e.At.IsZero() {
		e.At = s.now()
	}
	return check(*e)
}
