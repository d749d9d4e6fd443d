// Package receipt writes and checks what a citizen takes home: proof, without the
// server, that they were told something.
//
// A receipt is one or more proofs in the form of C2SP's tlog-proof, one after the
// other, all under the same checkpoint. A proof's "extra" is the entry's line and
// openings of its commitments:
//
//	{"entry":"<line>","openings":[{"field":"…","salt":"<64 hexadecimal digits>","text":"…"}]}
//
// in canonical JSON, then base64. There is one way to write a receipt down, and no
// other is taken; still, a receipt or a hash of it is no identifier: who holds it can
// leave proofs out or have it signed under a later checkpoint.
package receipt

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"townclerk/bot/ledger"
	"townclerk/bot/ledger/jcs"
)

const header = "c2sp.org/tlog-proof@v1"

// ErrReceipt says that a receipt does not hold, or cannot be written.
var ErrReceipt = errors.New("the receipt does not hold")

// LineError says in which line of a receipt, from 1, what is wrong.
type LineError struct {
	Line int
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

func (e *LineError) Unwrap() []error { return []error{ErrReceipt, e.Err} }

// Item is an entry with what opens it and what proves it.
type Item struct {
	Index int64
	Line  []byte
	// Openings are those that the citizen may see, by field. Of the others the
	// receipt says nothing but that they are.
	Openings []ledger.Opening
	Proof    tlog.RecordProof
}

// Said is what a receipt shows to be on the record.
type Said struct {
	Index int64
	Entry ledger.Entry
	// Texts are the opened values, by field: each is the text of its commitment.
	Texts map[string][]byte
}

// Write returns the receipt of items, in order of index, under a signed checkpoint.
// It does not check the proofs; Verify does.
func Write(items []Item, checkpoint []byte) ([]byte, error) {
	var b bytes.Buffer
	for _, item := range items {
		extra, err := encode(item)
		if err != nil {
			return nil, fmt.Errorf("write a receipt of entry %d: %w", item.Index, err)
		}
		fmt.Fprintf(&b, "%s\nextra %s\nindex %d\n", header, base64.StdEncoding.EncodeToString(extra), item.Index)
		for _, h := range item.Proof {
			fmt.Fprintln(&b, h)
		}
		fmt.Fprintf(&b, "\n%s", checkpoint)
	}
	return b.Bytes(), nil
}

func encode(item Item) ([]byte, error) {
	openings := make([]any, len(item.Openings))
	for i, o := range item.Openings {
		openings[i] = map[string]any{"field": o.Field, "salt": hex.EncodeToString(o.Salt), "text": string(o.Text)}
	}
	return jcs.Append(nil, map[string]any{"entry": string(item.Line), "openings": openings})
}

// Verify checks a receipt against the keys of its log, and returns the checkpoint that
// it stands under and what was recorded, in order. The error wraps ErrReceipt, and is
// a *LineError where a line can be named.
func Verify(receipt []byte, keys ...ledger.LogKey) (ledger.Checkpoint, []Said, error) {
	p := parser{lines: strings.SplitAfter(string(receipt), "\n")}
	var c ledger.Checkpoint
	var signed string
	var said []Said
	var items []Item
	for first := true; first || p.at < len(p.lines)-1; first = false {
		start := p.at
		item, note, err := p.proof()
		if err != nil {
			return c, nil, &LineError{p.at + 1, err}
		}
		if first {
			signed = note
			if c, err = ledger.Open([]byte(note), keys...); err != nil {
				return c, nil, &LineError{p.noteAt + 1, err}
			}
		}
		if note != signed {
			return c, nil, &LineError{p.noteAt + 1, errors.New("another checkpoint than that of the first proof")}
		}
		if !first && item.Index <= items[len(items)-1].Index {
			return c, nil, &LineError{start + 3, errors.New("the entries are not in order")}
		}
		s, err := check(item, c)
		if err != nil {
			return c, nil, &LineError{start + 2, err}
		}
		items, said = append(items, item), append(said, s)
	}
	again, err := Write(items, []byte(signed))
	if err != nil || !bytes.Equal(again, receipt) {
		return c, nil, fmt.Errorf("%w: not in canonical form", ErrReceipt)
	}
	return c, said, nil
}

// check holds an item against the checkpoint, and its openings against its entry.
func check(item Item, c ledger.Checkpoint) (Said, error) {
	if err := c.Includes(item.Index, item.Line, item.Proof); err != nil {
		return Said{}, fmt.Errorf("entry %d: %w", item.Index, err)
	}
	e, err := ledger.Parse(item.Line)
	if err != nil {
		return Said{}, err
	}
	said := Said{Index: item.Index, Entry: e, Texts: make(map[string][]byte, len(item.Openings))}
	last := ""
	for _, o := range item.Openings {
		commit, ok := e.Commitments[o.Field]
		if !ok || o.Field <= last || !o.Opens(commit) {
			return Said{}, fmt.Errorf("the text of the field %.40q is not the one that was recorded", o.Field)
		}
		said.Texts[o.Field], last = o.Text, o.Field
	}
	return said, nil
}

// parser reads proofs off the lines of a receipt; at is the line that comes next, and
// noteAt the first of the last proof's checkpoint.
type parser struct {
	lines      []string
	at, noteAt int
}

// take returns the next line, which must begin with prefix, without that.
func (p *parser) take(prefix string) (string, error) {
	if p.at >= len(p.lines) || !strings.HasPrefix(p.lines[p.at], prefix) || !strings.HasSuffix(p.lines[p.at], "\n") {
		return "", fmt.Errorf("a line %q was to come", prefix)
	}
	p.at++
	return strings.TrimSuffix(p.lines[p.at-1][len(prefix):], "\n"), nil
}

func (p *parser) proof() (item Item, note string, err error) {
	if rest, err := p.take(header); err != nil || rest != "" {
		return item, "", fmt.Errorf("no proof begins here: %q was to come", header)
	}
	extra, err := p.take("extra ")
	if err != nil {
		return item, "", err
	}
	if item, err = decode(extra); err != nil {
		p.at--
		return item, "", err
	}
	index, err := p.take("index ")
	if err != nil {
		return item, "", err
	}
	if item.Index, err = strconv.ParseInt(index, 10, 64); err != nil {
		p.at--
		return item, "", errors.New("the index is no number")
	}
	for p.at < len(p.lines) && p.lines[p.at] != "\n" {
		h, err := tlog.ParseHash(strings.TrimSuffix(p.lines[p.at], "\n"))
		if err != nil {
			return item, "", errors.New("no hash in base64")
		}
		item.Proof = append(item.Proof, h)
		p.at++
	}
	if _, err := p.take("\n"); err != nil {
		return item, "", errors.New("an empty line and the checkpoint were to come")
	}
	p.noteAt = p.at
	for p.at < len(p.lines) && p.lines[p.at] != header+"\n" {
		note += p.lines[p.at]
		p.at++
	}
	return item, note, nil
}

// decode reads the extra of a proof. That it is in canonical form is checked when the
// whole is written again.
func decode(extra string) (Item, error) {
	data, err := base64.StdEncoding.DecodeString(extra)
	if err != nil {
		return Item{}, errors.New("no base64")
	}
	var w struct {
		Entry    string
		Openings []struct{ Field, Salt, Text string }
	}
	if json.Unmarshal(data, &w) != nil {
		return Item{}, errors.New("no entry with openings in JSON")
	}
	item := Item{Line: []byte(w.Entry)}
	for _, o := range w.Openings {
		salt, err := hex.DecodeString(o.Salt)
		if err != nil {
			return Item{}, errors.New("a salt is not hexadecimal")
		}
		item.Openings = append(item.Openings, ledger.Opening{Field: o.Field, Salt: salt, Text: []byte(o.Text)})
	}
	return item, nil
}
