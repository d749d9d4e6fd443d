package store

import (
	"context"
	"crypto/hmac"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"townclerk/bot"
	"townclerk/bot/ledger"
)

// history is a turn with its events.
type history struct {
	bot.Turn
	events []bot.Event
}

// loading is the one statement that histories are read with, so that texts and
// key are of one state, also while the conversation is being erased. Its rows are
// openings with their events, turns and conversation; what has none of them has a
// row with NULL in their place.
const loading = `
	SELECT c.id, k.wrapped, c.erased_at, t.id, t.ordinal, t.opened_at, t.deadline, t.outcome,
		e.seq, e.kind, e.at, e.facts, e.commitments, o.field, o.sealed
	FROM conversations c JOIN conversation_keys k ON k.conversation = c.id
	LEFT JOIN turns t ON t.conversation = c.id AND %s
	LEFT JOIN events e ON e.turn = t.id
	LEFT JOIN openings o ON o.turn = e.turn AND o.seq = e.seq %s
	WHERE c.id = %s
	ORDER BY t.ordinal, e.seq, o.field`

// loadLast returns the last n turns of a conversation with their events and what
// was said in them. An unknown or erased conversation is errNotFound.
func (s *Store) loadLast(ctx context.Context, q querier, id bot.ConversationID, n int) ([]history, error) {
	return s.loadShown(ctx, q, "t.ordinal > (SELECT coalesce(max(ordinal), 0) FROM turns WHERE conversation = $1) - $2", id, int64(n))
}

// loadNumber is loadLast for the turn with a number.
func (s *Store) loadNumber(ctx context.Context, q querier, id bot.ConversationID, number int64) ([]history, error) {
	return s.loadShown(ctx, q, "t.ordinal = $2", id, number)
}

func (s *Store) loadShown(ctx context.Context, q querier, turns string, id bot.ConversationID, n int64) ([]history, error) {
	l := loader{store: s, fields: []string{bot.TextQuestion, bot.TextAnswer}}
	err := l.run(ctx, q, turns, "$1", lookup(id), n)
	if err == nil && l.sealer == nil {
		err = errNotFound
	}
	return l.histories, err
}

// loadTurn returns a turn with its events and all their texts; without texts where
// the conversation was erased.
func (s *Store) loadTurn(ctx context.Context, q querier, id bot.TurnID) (history, error) {
	l := loader{store: s}
	err := l.run(ctx, q, "t.id = $1", "(SELECT conversation FROM turns WHERE id = $1)", lookup(id))
	if err == nil && len(l.histories) == 0 {
		err = errNotFound
	}
	if err != nil {
		return history{}, err
	}
	return l.histories[0], nil
}

// loader makes histories of the rows of loading.
type loader struct {
	store     *Store
	fields    []string // of the texts that are wanted; none: all
	sealer    *sealer  // nil: there is no such conversation, or it was erased
	histories []history
	place     place             // of the event that is being read
	owed      map[string][]byte // its commitments whose texts were not there yet
}

// row is a row of loading.
type row struct {
	held
	turn, outcome, kind, facts, commitments, field sql.NullString
	number, opened, deadline, seq, at              sql.NullInt64
	sealed                                         []byte
}

func (l *loader) run(ctx context.Context, q querier, turns, conversation string, args ...any) error {
	only := ""
	if len(l.fields) > 0 { // names of this program, nobody's words
		only = "AND o.field IN ('" + strings.Join(l.fields, "', '") + "')"
	}
	if err := each(ctx, q, l.row, fmt.Sprintf(loading, turns, only, conversation), args...); err != nil {
		return err
	}
	return l.settle()
}

func (l *loader) row(rows *sql.Rows) error {
	var r row
	err := rows.Scan(&r.id, &r.wrapped, &r.erased, &r.turn, &r.number, &r.opened, &r.deadline, &r.outcome,
		&r.seq, &r.kind, &r.at, &r.facts, &r.commitments, &r.field, &r.sealed)
	if err != nil {
		return err
	}
	if l.sealer == nil && !r.erased.Valid {
		if l.sealer, err = l.store.sealer(r.held); err != nil {
			return err
		}
	}
	if !r.turn.Valid {
		return nil
	}
	if at := (place{turn: bot.TurnID(r.turn.String), seq: int(r.seq.Int64)}); at != l.place {
		if err := l.settle(); err != nil {
			return err
		}
		if at.turn != l.place.turn {
			l.histories = append(l.histories, r.history())
		}
		l.place = at
		if err := l.begin(r); err != nil {
			return err
		}
	}
	if !r.field.Valid || l.sealer == nil {
		return nil
	}
	return l.open(r.field.String, r.sealed)
}

func (r *row) history() history {
	return history{Turn: bot.Turn{
		ID: bot.TurnID(r.turn.String), Conversation: r.id, Number: int(r.number.Int64),
		OpenedAt: fromMicros(r.opened.Int64), Deadline: fromMicros(r.deadline.Int64),
		Ended: r.outcome.Valid, Outcome: bot.Outcome(r.outcome.String),
	}}
}

// begin appends the row's event, without texts.
func (l *loader) begin(r row) (err error) {
	e := bot.Event{Kind: bot.EventKind(r.kind.String), At: fromMicros(r.at.Int64)}
	if err := json.Unmarshal([]byte(r.facts.String), &e.Facts); err != nil {
		return fmt.Errorf("facts of turn %s event %d: %w", l.place.turn, l.place.seq, ErrTampered)
	}
	if l.owed, err = decodeCommitments(r.commitments.String); err != nil {
		return fmt.Errorf("turn %s event %d: %w (%w)", l.place.turn, l.place.seq, ErrTampered, err)
	}
	if l.sealer != nil {
		e.Texts = map[string]json.RawMessage{}
	}
	h := &l.histories[len(l.histories)-1]
	h.events = append(h.events, e)
	return nil
}

// open adds a text to the event and holds it against its commitment.
func (l *loader) open(field string, sealed []byte) error {
	p := l.place
	p.field = field
	salt, value, err := l.sealer.open(p, sealed)
	if err != nil {
		return err
	}
	if got := ledger.Commitment(salt, field, value); !hmac.Equal(got[:], l.owed[field]) {
		return fmt.Errorf("%v: %w", p, ErrTampered)
	}
	delete(l.owed, field)
	h := &l.histories[len(l.histories)-1]
	h.events[len(h.events)-1].Texts[field] = value
	return nil
}

// settle sees that the event has its texts, and continues its turn with it.
func (l *loader) settle() error {
	if len(l.histories) == 0 {
		return nil
	}
	for field := range l.owed {
		if l.sealer != nil && (len(l.fields) == 0 || slices.Contains(l.fields, field)) {
			l.place.field = field
			return fmt.Errorf("%v: %w", l.place, ErrTampered)
		}
	}
	return l.histories[len(l.histories)-1].tell()
}

// tell continues the turn with its last event.
func (h *history) tell() error {
	switch e := h.events[len(h.events)-1]; e.Kind {
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
