package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"townclerk/bot"
)

// Append adds events to a turn, all of them or none. It fails with ErrEnded
// where the turn has ended, except for feedback, which is taken only then; with
// ErrInvalidEvent where an event cannot be recorded; with bot.NotFound where the
// turn is unknown or its conversation erased. An event without a time gets the
// present one. Nothing of an event may leave the process before Append returns
// nil. A turn that is past its deadline can be continued until somebody ends it.
//
// Append knows no duplicates: after bot.Unavailable, whoever wants to try again
// asks Events first, as the commit may have been done. A context that ends with the
// citizen's connection is the wrong one for an ended event.
func (s *Store) Append(ctx context.Context, id bot.TurnID, events ...bot.Event) error {
	events = slices.Clone(events)
	for i := range events {
		if err := s.prepare(&events[i]); err != nil {
			return wrap(err, "append to turn %.40q", id)
		}
	}
	err := s.write(ctx, func(ctx context.Context, tx *txn) error {
		t, err := loadTail(ctx, tx, id)
		if err != nil {
			return err
		}
		sealer, err := s.sealer(t.of)
		if err != nil {
			return err
		}
		return t.append(ctx, tx, sealer, events...)
	})
	return wrap(err, "append to turn %.40q", id)
}

// tail is the end of a turn, where events are appended.
type tail struct {
	turn     bot.TurnID
	of       held
	seq      int // of the last event
	ended    bool
	deadline int64 // in microseconds
}

// loadTail returns errNotFound for an unknown turn.
func loadTail(ctx context.Context, q querier, id bot.TurnID) (*tail, error) {
	t := &tail{turn: id}
	var ended sql.NullInt64
	err := q.QueryRowContext(ctx, `
		SELECT c.id, k.wrapped, c.erased_at, t.ended_at, t.deadline, (SELECT max(e.seq) FROM events e WHERE e.turn = t.id)
		FROM turns t JOIN conversations c ON c.id = t.conversation JOIN conversation_keys k ON k.conversation = c.id
		WHERE t.id = $1`, lookup(id)).Scan(&t.of.id, &t.of.wrapped, &t.of.erased, &ended, &t.deadline, &t.seq)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errNotFound
	}
	t.ended = ended.Valid
	return t, err
}

// append writes the turn's next events.
func (t *tail) append(ctx context.Context, tx *txn, s *sealer, events ...bot.Event) error {
	first := t.seq + 1
	var end *bot.Event
	for i, e := range events {
		switch {
		case e.Kind == bot.Opened:
			return fmt.Errorf("%w: a turn is opened once", ErrInvalidEvent)
		case e.Kind == bot.Feedback && !t.ended:
			return fmt.Errorf("%w: feedback comes after the end", ErrInvalidEvent)
		case e.Kind != bot.Feedback && t.ended:
			return ErrEnded
		case e.Kind == bot.Ended:
			t.ended, end = true, &events[i]
		}
		t.seq++
	}
	if err := insert(ctx, tx, s, t.turn, first, events); err != nil || end == nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "UPDATE turns SET ended_at = $1, outcome = $2 WHERE id = $3",
		micros(end.At), string(outcomeOf(*end)), string(t.turn))
	return err
}

// end appends an ended event that holds only facts.
func (t *tail) end(ctx context.Context, tx *txn, s *Store, outcome bot.Outcome, reason string) error {
	return t.append(ctx, tx, nil, bot.Event{
		Kind:  bot.Ended,
		At:    s.now(),
		Facts: map[string]any{bot.FactOutcome: outcome, "reason": reason},
	})
}
