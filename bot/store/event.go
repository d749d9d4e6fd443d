package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"townclerk/bot"
	"townclerk/bot/ledger"
)

// check reports what is wrong with an event, whatever its turn. What passes can
// be read back.
func check(e bot.Event) error {
	kinds := []bot.EventKind{bot.Opened, bot.Shown, bot.Corrected, bot.Ended, bot.Feedback}
	if !slices.Contains(kinds, e.Kind) {
		return fmt.Errorf("%w: unknown kind %.20q", ErrInvalidEvent, e.Kind)
	}
	if e.Kind == bot.Ended && outcomeOf(e) == "" {
		return fmt.Errorf("%w: an ended event needs the fact %q", ErrInvalidEvent, bot.FactOutcome)
	}
	if e.Kind == bot.Opened && e.Texts[bot.TextQuestion] == nil {
		return fmt.Errorf("%w: an opened event needs the text %q", ErrInvalidEvent, bot.TextQuestion)
	}
	if err := checkTexts(e.Texts); err != nil {
		return fmt.Errorf("%w: of a %s event %w", ErrInvalidEvent, e.Kind, err)
	}
	// The decoders' errors may quote the text, so they are left out.
	if _, err := question(e); err != nil {
		return fmt.Errorf("%w: %s text %q is no JSON string", ErrInvalidEvent, e.Kind, bot.TextQuestion)
	}
	if _, err := answer(e); err != nil {
		return fmt.Errorf("%w: %s text %q is no Answer", ErrInvalidEvent, e.Kind, bot.TextAnswer)
	}
	return nil
}

func checkTexts(texts map[string]json.RawMessage) error {
	for field, value := range texts {
		if !isName(field) || !json.Valid(value) {
			return fmt.Errorf("the text %.20q is no JSON or ill-named", field)
		}
	}
	return nil
}

// outcomeOf returns the outcome that an event states, or nothing.
func outcomeOf(e bot.Event) bot.Outcome {
	var o bot.Outcome
	switch v := e.Facts[bot.FactOutcome].(type) {
	case bot.Outcome:
		o = v
	case string:
		o = bot.Outcome(v)
	}
	if !isName(string(o)) {
		return ""
	}
	return o
}

// question decodes the question of an event; empty where it has none.
func question(e bot.Event) (text string, err error) {
	if value := e.Texts[bot.TextQuestion]; value != nil {
		err = json.Unmarshal(value, &text)
	}
	return text, err
}

// answer decodes the answer of an event; nil where it has none.
func answer(e bot.Event) (a *bot.Answer, err error) {
	if value := e.Texts[bot.TextAnswer]; value != nil {
		err = json.Unmarshal(value, &a)
	}
	return a, err
}

// insert writes a turn's events from number first, with their openings. Where
// none has texts the sealer may be nil.
func insert(ctx context.Context, tx *txn, s *sealer, turn bot.TurnID, first int, events []bot.Event) error {
	if len(events) == 0 {
		return nil
	}
	var rows, openings []any
	for i, e := range events {
		seq := first + i
		facts, err := encodeFacts(e.Facts)
		if err != nil {
			return fmt.Errorf("%w: facts of a %s event: %w", ErrInvalidEvent, e.Kind, err)
		}
		commitments, commits, sealed := s.sealAll(string(turn), seq, e.Texts)
		for _, o := range sealed {
			openings = append(openings, string(turn), seq, o.field, o.sealed)
		}
		rows = append(rows, string(turn), seq, string(e.Kind), micros(e.At), facts, commitments)
		tx.log(turnEntry(turn, e, facts, commitments, commits), seq)
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO events (turn, seq, kind, at, facts, commitments) VALUES "+marks(len(rows), 6), rows...)
	if err != nil || len(openings) == 0 {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO openings (turn, seq, field, sealed) VALUES "+marks(len(openings), 4), openings...)
	return err
}

func encodeFacts(facts map[string]any) (string, error) {
	if facts == nil {
		return "{}", nil
	}
	b, err := json.Marshal(facts)
	return string(b), err
}

// opening is a sealed text of an event.
type opening struct {
	field  string
	sealed []byte
}

// sealAll seals the texts of an event, in the order of their fields, and returns the
// commitments to them as its row holds them, and as they are.
func (s *sealer) sealAll(owner string, seq int, texts map[string]json.RawMessage) (row string, commits map[string]ledger.Commit, openings []opening) {
	encoded := make(map[string]string, len(texts))
	commits = make(map[string]ledger.Commit, len(texts))
	for _, field := range slices.Sorted(maps.Keys(texts)) {
		sealed, c := s.seal(place{owner, seq, field}, texts[field])
		encoded[field], commits[field] = hex.EncodeToString(c[:]), c
		openings = append(openings, opening{field, sealed})
	}
	b, _ := json.Marshal(encoded) // of strings: cannot fail
	return string(b), commits, openings
}

// marks are the placeholders of n values in rows of the given width.
func marks(n, width int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(map[bool]string{true: ", ($", false: ", $"}[i%width == 0])
		b.WriteString(strconv.Itoa(i + 1))
		if i%width == width-1 {
			b.WriteByte(')')
		}
	}
	return strings.TrimPrefix(b.String(), ", ")
}

// decodeCommitments reads the commitments of an event's row.
func decodeCommitments(text string) (map[string][]byte, error) {
	var encoded map[string]string
	if err := json.Unmarshal([]byte(text), &encoded); err != nil {
		return nil, errors.New("commitments are no JSON object of strings")
	}
	decoded := make(map[string][]byte, len(encoded))
	for field, c := range encoded {
		b, err := hex.DecodeString(c)
		if err != nil || len(b) != 32 {
			return nil, fmt.Errorf("commitment %.40q is no SHA-256", field)
		}
		decoded[field] = b
	}
	return decoded, nil
}

// isName reports whether s can name a field: lower-case letters, digits and
// underscores, at most 40.
func isName(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return s != "" && len(s) <= 40
}
