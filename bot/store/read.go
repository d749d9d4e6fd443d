package store

import (
	"context"
	"database/sql"
	"math"

	"townclerk/bot"
)

// shownTexts are the fields that a turn is told from.
var shownTexts = []string{bot.TextQuestion, bot.TextAnswer}

// Transcript returns all turns of a conversation in order. A turn's Answer is the
// last one that was shown, and its own Outcome may be older than the turn's. An
// unknown or erased conversation is bot.NotFound; a text that was changed, moved
// or taken away is ErrTampered.
func (s *Store) Transcript(ctx context.Context, id bot.ConversationID) ([]bot.Turn, error) {
	return s.Recent(ctx, id, math.MaxInt32)
}

// Recent returns the last n turns of a conversation in order, as Transcript does.
func (s *Store) Recent(ctx context.Context, id bot.ConversationID, n int) ([]bot.Turn, error) {
	var turns []bot.Turn
	err := s.db.Snapshot(ctx, func(tx *sql.Tx) error {
		sealer, err := s.sealer(ctx, tx, id)
		if err != nil {
			return err
		}
		var last int64
		err = tx.QueryRowContext(ctx, "SELECT coalesce(max(ordinal), 0) FROM turns WHERE conversation = $1",
			string(id)).Scan(&last)
		if err != nil {
			return err
		}
		histories, err := load(ctx, tx, sealer, span{id, last - int64(max(n, 0)) + 1, last}, shownTexts...)
		for _, h := range histories {
			turns = append(turns, h.Turn)
		}
		return err
	})
	if err != nil {
		return nil, wrap(err, "read conversation %.40q", id)
	}
	return turns, nil
}

// Events returns the events of a turn in order, with their texts where these were
// not erased. Numbers among the facts come back as float64. An unknown turn is
// bot.NotFound; a text that does not fit its commitment is ErrTampered.
func (s *Store) Events(ctx context.Context, id bot.TurnID) ([]bot.Event, error) {
	var events []bot.Event
	err := s.db.Snapshot(ctx, func(tx *sql.Tx) error {
		at, erased, err := locate(ctx, tx, id)
		if err != nil {
			return err
		}
		var seal *sealer
		if !erased {
			if seal, err = s.sealer(ctx, tx, at.conversation); err != nil {
				return err
			}
		}
		histories, err := load(ctx, tx, seal, at)
		if err != nil {
			return err
		}
		events = histories[0].events
		return nil
	})
	if err != nil {
		return nil, wrap(err, "read the events of turn %.40q", id)
	}
	return events, nil
}
