package store

import (
	"context"
	"database/sql"
	"math"

	"townclerk/bot"
)

// Transcript returns all turns of a conversation in order. A turn's Answer is the
// last one that was shown, and its own Outcome may be older than the turn's. An
// unknown or erased conversation is bot.NotFound; a text that was changed, moved
// or taken away is ErrTampered.
func (s *Store) Transcript(ctx context.Context, id bot.ConversationID) ([]bot.Turn, error) {
	return s.Recent(ctx, id, math.MaxInt32)
}

// Recent returns the last n turns of a conversation in order, as Transcript does.
func (s *Store) Recent(ctx context.Context, id bot.ConversationID, n int) (turns []bot.Turn, err error) {
	err = s.db.Look(ctx, func(c *sql.Conn) error {
		histories, err := s.loadLast(ctx, c, id, max(n, 0))
		turns = nil
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
	var h history
	err := s.db.Look(ctx, func(c *sql.Conn) (err error) {
		h, err = s.loadTurn(ctx, c, id)
		return err
	})
	if err != nil {
		return nil, wrap(err, "read the events of turn %.40q", id)
	}
	return h.events, nil
}
