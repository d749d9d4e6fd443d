package store

import (
	"context"
	"crypto/hmac"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"townclerk/bot"
)

// span is a range of a conversation's turns by their numbers, both ends included.
type span struct {
	conversation bot.ConversationID
	first, last  int64
}

func (s span) args() []any { return []any{string(s.conversation), s.first, s.last} }

// history is a turn with its events.
type history struct {
	bot.Turn
	events []bot.Event
}

// locate returns the span of one turn and whether its conversation was erased.
func locate(ctx context.Context, q querier, id bot.TurnID) (at span, erased bool, err error) {
	var erasedAt sql.NullInt64
	err = q.QueryRowContext(ctx, `
		SELECT c.id, t.ordinal, c.erased_at
		FROM turns t JOIN conversations c ON c.id = t.conversation
		WHERE t.id = $1`, lookup(id)).Scan(&at.conversation, &at.first, &erasedAt)
	if errors.Is(err, sql.ErrNoRows) {
		err = errNotFound
	}
	at.last = at.first
	return at, erasedAt.Valid, err
}

// load returns turns with their events and the texts of the given fields; of all
// fields where none is given; no texts where the sealer is nil.
func load(ctx context.Context, q querier, s *sealer, at span, fields ...string) ([]history, error) {
	histories, err := loadTurns(ctx, q, at)
	if err != nil || len(histories) == 0 {
		return nil, err
	}
	var openings map[place]opening
	if s != nil {
		if openings, err = loadOpenings(ctx, q, s, at, fields); err != nil {
			return nil, err
		}
	}
	i := 0
	err = each(ctx, q, func(rows *sql.Rows) error {
		p, e, commitments, err := scanEvent(rows)
		if err != nil {
			return err
		}
		if s != nil {
			if e.Texts, err = take(p, commitments, openings, fields); err != nil {
				return err
			}
		}
		for histories[i].ID != p.turn {
			i++
		}
		return histories[i].add(e)
	}, `
		SELECT e.turn, e.seq, e.kind, e.at, e.facts, e.commitments
		FROM events e JOIN turns t ON t.id = e.turn
		WHERE t.conversation = $1 AND t.ordinal BETWEEN $2 AND $3
		ORDER BY t.ordinal, e.seq`, at.args()...)
	if err == nil && len(openings) > 0 {
		return nil, fmt.Errorf("a text without an event: %w", ErrTampered)
	}
	return histories, err
}

func loadTurns(ctx context.Context, q querier, at span) (histories []history, err error) {
	err = each(ctx, q, func(rows *sql.Rows) error {
		h := history{Turn: bot.Turn{Conversation: at.conversation}}
		var opened, deadline int64
		var outcome sql.NullString
		if err := rows.Scan(&h.ID, &opened, &deadline, &outcome); err != nil {
			return err
		}
		h.OpenedAt, h.Deadline = fromMicros(opened), fromMicros(deadline)
		h.Ended, h.Outcome = outcome.Valid, bot.Outcome(outcome.String)
		histories = append(histories, h)
		return nil
	}, `
		SELECT id, opened_at, deadline, outcome
		FROM turns WHERE conversation = $1 AND ordinal BETWEEN $2 AND $3
		ORDER BY ordinal`, at.args()...)
	return histories, err
}

// add continues a turn with its next event.
func (h *history) add(e bot.Event) error {
	h.events = append(h.events, e)
	switch e.Kind {
	case bot.Opened:
		text, err := question(e)
		h.Question = bot.AsRedacted(text)
		return err
	case bot.Shown, bot.Corrected, bot.Ended:
		a, err := answer(e)
		if a != nil {
			h.Answer = a
		}
		return err
	}
	return nil
}

// scanEvent reads an event's row. The place has no field.
func scanEvent(rows *sql.Rows) (p place, e bot.Event, commitments map[string][]byte, err error) {
	var at int64
	var facts, encoded string
	if err := rows.Scan(&p.turn, &p.seq, &e.Kind, &at, &facts, &encoded); err != nil {
		return p, e, nil, err
	}
	e.At = fromMicros(at)
	if err := json.Unmarshal([]byte(facts), &e.Facts); err != nil {
		return p, e, nil, fmt.Errorf("facts of turn %s event %d: %w", p.turn, p.seq, ErrTampered)
	}
	if commitments, err = decodeCommitments(encoded); err != nil {
		return p, e, nil, fmt.Errorf("turn %s event %d: %w (%w)", p.turn, p.seq, ErrTampered, err)
	}
	return p, e, commitments, nil
}

// opening is what a sealed text holds.
type opening struct{ salt, value []byte }

// loadOpenings decrypts the texts of the given fields; of all where none is given.
func loadOpenings(ctx context.Context, q querier, s *sealer, at span, fields []string) (map[place]opening, error) {
	query, args := `
		SELECT o.turn, o.seq, o.field, o.sealed
		FROM openings o JOIN turns t ON t.id = o.turn
		WHERE t.conversation = $1 AND t.ordinal BETWEEN $2 AND $3`, at.args()
	if len(fields) > 0 {
		var marks []string
		for _, field := range fields {
			args = append(args, field)
			marks = append(marks, fmt.Sprintf("$%d", len(args)))
		}
		query += " AND o.field IN (" + strings.Join(marks, ", ") + ")"
	}
	openings := map[place]opening{}
	err := each(ctx, q, func(rows *sql.Rows) error {
		var p place
		var sealed []byte
		if err := rows.Scan(&p.turn, &p.seq, &p.field, &sealed); err != nil {
			return err
		}
		salt, value, err := s.open(p, sealed)
		openings[p] = opening{salt, value}
		return err
	}, query, args...)
	return openings, err
}

// take moves the texts of one event out of openings and holds each against its
// commitment.
func take(p place, commitments map[string][]byte, openings map[place]opening, fields []string) (map[string]json.RawMessage, error) {
	texts := map[string]json.RawMessage{}
	for field, want := range commitments {
		if len(fields) > 0 && !slices.Contains(fields, field) {
			continue
		}
		p.field = field
		o, found := openings[p]
		got := Commitment(o.salt, field, o.value)
		if !found || !hmac.Equal(got[:], want) {
			return nil, fmt.Errorf("%v: %w", p, ErrTampered)
		}
		delete(openings, p)
		texts[field] = o.value
	}
	return texts, nil
}
