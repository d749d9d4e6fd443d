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
	histories []history
	opener
}

// opener opens the texts of one event after another.
type opener struct {
	sealer *sealer           // nil: there is no such conversation, or it was erased
	place  place             // of the event that is being read
	owed   map[string][]byte // its commitments whose texts were not there yet
}

// begin goes to an event and returns its facts, and where its texts go.
func (o *opener) begin(at place, facts, commitments string) (f map[string]any, texts map[string]json.RawMessage, err error) {
	o.place = at
	if err := json.Unmarshal([]byte(facts), &f); err != nil {
		return nil, nil, fmt.Errorf("facts of %s event %d: %w", at.owner, at.seq, ErrTampered)
	}
	if o.owed, err = decodeCommitments(commitments); err != nil {
		return nil, nil, fmt.Errorf("%s event %d: %w (%w)", at.owner, at.seq, ErrTampered, err)
	}
	if o.sealer != nil {
		texts = map[string]json.RawMessage{}
	}
	return f, texts, nil
}

// open returns a text of the event after it was held against its commitment.
func (o *opener) open(field string, sealed []byte) (json.RawMessage, error) {
	p := o.place
	p.field = field
	salt, value, err := o.sealer.open(p, sealed)
	if err != nil {
		return nil, err
	}
	if got := Commitment(salt, field, value); !hmac.Equal(got[:], o.owed[field]) {
		return nil, fmt.Errorf("%v: %w", p, ErrTampered)
	}
	delete(o.owed, field)
	return value, nil
}

// settle sees that the event has its texts, or those of the fields that are given.
func (o *opener) settle(fields ...string) error {
	for field := range o.owed {
		if o.sealer != nil && (len(fields) == 0 || slices.Contains(fields, field)) {
			o.place.field = field
			return fmt.Errorf("%v: %w", o.place, ErrTampered)
		}
	}
	return nil
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
	return l.tell()
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
	if at := (place{owner: r.turn.String, seq: int(r.seq.Int64)}); at != l.place {
		if err := l.tell(); err != nil {
			return err
		}
		if at.owner != l.place.owner {
			l.histories = append(l.histories, r.history())
		}
		if err := l.next(at, r); err != nil {
			return err
		}
	}
	if !r.field.Valid || l.sealer == nil {
		return nil
	}
	value, err := l.open(r.field.String, r.sealed)
	if err != nil {
		return err
	}
	h := &l.histories[len(l.histories)-1]
	h.events[len(h.events)-1].Texts[r.field.String] = value
	return nil
}

func (r *row) history() history {
	return history{Turn: bot.Turn{
		ID: bot.TurnID(r.turn.String), Conversation: r.id, Number: int(r.number.Int64),
		OpenedAt: fromMicros(r.opened.Int64), Deadline: fromMicros(r.deadline.Int64),
		Ended: r.outcome.Valid, Outcome: bot.Outcome(r.outcome.String),
	}}
}

// next appends the row's event, without texts.
func (l *loader) next(at place, r row) (err error) {
	e := bot.Event{Kind: bot.EventKind(r.kind.String), At: fromMicros(r.at.Int64)}
	if e.Facts, e.Texts, err = l.begin(at, r.facts.String, r.commitments.String); err != nil {
		return err
	}
	h := &l.histories[len(l.histories)-1]
	h.events = append(h.events, e)
	return nil
}

// tell sees that the last event has its texts, and continues its turn with it.
func (l *loader) tell() error {
	if len(l.histories) == 0 {
		return nil
	}
	if err := l.settle(l.fields...); err != nil {
		return err
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
	case bot.Feedback:
		helpful, said := e.Facts[bot.FactHelpful].(bool)
		h.Unhelpful = said && !helpful
	case bot.Shown, bot.Corrected, bot.Ended:
		a, err := answer(e)
		if a != nil {
			h.Answer = a
		}
		return err
	}
	return nil
}
