package ledger

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"townclerk/bot/ledger/jcs"
)

// ErrEntry says that an entry, or the line of one, has not the form that it must have.
var ErrEntry = errors.New("no valid entry")

// knownType reports whether a type is one that version 1 has.
func knownType(t Type) bool {
	return slices.Contains([]Type{Opened, Shown, Corrected, Ended, Feedback, Ticket, Erasure, Knowledge,
		Configuration, Access, Key, Origin, Hold, Sample}, t)
}

// knownFact reports whether a fact may stand in an entry. A new one is added here on
// purpose: what is in the log cannot be taken out.
func knownFact(name string) bool {
	switch name {
	case "revision", "encoder", "candidates", "probability", "hazard", "reason", "language", "sentences", "citations",
		"milliseconds", "cost_micros", "tokens_in", "tokens_out", "event", // of a turn
		"action", "actor", "department", "corrects", "ticket", "turn", "helpful", "wrong", // of tickets and feedback
		FactRow,                                                // of what an event's row holds
		FactField, FactSeq, "class", "hold", "active", "count", // of erasure and retention
		"pages", "passages", "version", "name", // of knowledge and configuration
		"role", "purpose", "seed", "stratum", "size", "until", // of audits
		"key", "old_key", "old_origin", "old_size", "old_root", "old_signature": // of the log itself
		return true
	}
	return false
}

// Encode returns an entry as the line that is its leaf, without a newline.
func Encode(e Entry) ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEntry, err)
	}
	members := map[string]any{
		"v": Version, "type": string(e.Type), "subject": e.Subject, "seq": e.Seq,
		"time": e.Time.UTC().Truncate(time.Minute).Format(time.RFC3339),
	}
	if e.Outcome != "" {
		members["outcome"] = e.Outcome
	}
	hashes := map[string]any{}
	for _, h := range e.Hashes.all() {
		if h[1] != "" {
			hashes[h[0]] = h[1]
		}
	}
	commitments := make(map[string]any, len(e.Commitments))
	for field, c := range e.Commitments {
		commitments[field] = hex.EncodeToString(c[:])
	}
	for name, group := range map[string]map[string]any{"hashes": hashes, "facts": e.Facts, "commitments": commitments} {
		if len(group) > 0 {
			members[name] = group
		}
	}
	line, err := jcs.Append(make([]byte, 0, 512), members)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEntry, err)
	}
	if len(line) > MaxLine {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrEntry, len(line), MaxLine)
	}
	return line, nil
}

// Parse returns the entry of a line. It takes exactly the lines that Encode returns;
// of any other the error wraps ErrEntry and quotes nothing.
func Parse(line []byte) (Entry, error) {
	var w wire
	if len(line) > MaxLine || json.Unmarshal(line, &w) != nil || w.V != Version {
		return Entry{}, fmt.Errorf("%w: no JSON object of version %d", ErrEntry, Version)
	}
	at, err := time.Parse(time.RFC3339, w.Time)
	if err != nil {
		return Entry{}, fmt.Errorf("%w: no time of RFC 3339", ErrEntry)
	}
	e := Entry{Type: w.Type, Time: at, Subject: w.Subject, Seq: w.Seq, Outcome: w.Outcome, Hashes: w.Hashes, Facts: w.Facts}
	for name, v := range e.Facts {
		if f, ok := v.(float64); ok && f == math.Trunc(f) && math.Abs(f) <= jcs.MaxSafe {
			e.Facts[name] = int64(f)
		}
	}
	for field, encoded := range w.Commitments {
		b, err := hex.DecodeString(encoded)
		if err != nil || len(b) != len(Commit{}) {
			return Entry{}, fmt.Errorf("%w: a commitment is no SHA-256", ErrEntry)
		}
		if e.Commitments == nil {
			e.Commitments = make(map[string]Commit, len(w.Commitments))
		}
		e.Commitments[field] = Commit(b)
	}
	again, err := Encode(e)
	if err != nil {
		return Entry{}, err
	}
	if !bytes.Equal(again, line) {
		return Entry{}, fmt.Errorf("%w: not in canonical form", ErrEntry)
	}
	return e, nil
}

// wire is an entry as JSON.
type wire struct {
	V           int64
	Type        Type
	Time        string
	Subject     string
	Seq         int64
	Outcome     string
	Hashes      Hashes
	Facts       map[string]any
	Commitments map[string]string
}

// all are the hashes, each with its name.
func (h Hashes) all() [4][2]string {
	return [4][2]string{{"model", h.Model}, {"prompt", h.Prompt}, {"corpus", h.Corpus}, {"config", h.Config}}
}

func (e Entry) check() error {
	if !knownType(e.Type) {
		return fmt.Errorf("unknown type %.20q", e.Type)
	}
	if y := e.Time.UTC().Year(); y < 1970 || y > 9999 {
		return errors.New("its time is out of range")
	}
	if !isID(e.Subject) || e.Seq < 1 {
		return errors.New("it needs a subject of 32 hexadecimal digits and a number from 1")
	}
	if e.Outcome != "" && !isName(e.Outcome) {
		return errors.New("its outcome is no name")
	}
	for _, h := range e.Hashes.all() {
		if h[1] != "" && !Short(h[1]) {
			return fmt.Errorf("the hash %s is no short string", h[0])
		}
	}
	for field := range e.Commitments {
		if !isName(field) {
			return errors.New("a commitment's field is no name")
		}
	}
	return checkFacts(e.Facts)
}

func checkFacts(facts map[string]any) error {
	for name, v := range facts {
		if !MayStand(name, v) {
			return fmt.Errorf("the fact %.40q is not in the list of facts, or no bool, number or short string; what may be personal is committed to instead", name)
		}
	}
	return nil
}

// MayStand reports whether a fact may stand in an entry.
func MayStand(name string, v any) bool {
	switch v := v.(type) {
	case bool, int, int64:
		return knownFact(name)
	case float64:
		return knownFact(name) && math.Abs(v) <= jcs.MaxSafe
	case string:
		return knownFact(name) && Short(v)
	}
	return false
}

// isID reports whether s is 128 bits in lower-case hexadecimal.
func isID(s string) bool {
	return len(s) == 32 && only(s, "0123456789abcdef")
}

// isName reports whether s can name a field: lower-case letters, digits and
// underscores, at most 40.
func isName(s string) bool {
	return s != "" && len(s) <= 40 && only(s, "abcdefghijklmnopqrstuvwxyz0123456789_")
}

// Short reports whether s is an identifier, a hash or a number, and no prose.
func Short(s string) bool {
	return s != "" && len(s) <= 200 &&
		only(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/@+=-")
}

// only reports whether every byte of s is in set.
func only(s, set string) bool {
	for _, c := range []byte(s) {
		if strings.IndexByte(set, c) < 0 {
			return false
		}
	}
	return true
}
