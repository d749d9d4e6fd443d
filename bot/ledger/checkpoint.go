package ledger

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// ErrCheckpoint says that a checkpoint has not the form, the origin or the signature
// that it must have.
var ErrCheckpoint = errors.New("no valid checkpoint")

// Checkpoint is a statement about a log: that its tree has this size and root. Its
// text is C2SP's tlog-checkpoint.
type Checkpoint struct {
	// Origin names the log, and is the name of the keys that sign for it.
	Origin string
	Size   int64
	Root   tlog.Hash
	// Extensions are further lines; we write none.
	Extensions []string
}

// Text returns the checkpoint as the text that is signed.
func (c Checkpoint) Text() string {
	return strings.Join(append([]string{c.Origin, strconv.FormatInt(c.Size, 10), c.Root.String()}, c.Extensions...), "\n") + "\n"
}

// ParseCheckpoint returns the checkpoint of a text: exactly those that Text returns.
func ParseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 4 {
		return Checkpoint{}, fmt.Errorf("%w: it needs three lines", ErrCheckpoint)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 {
		return Checkpoint{}, fmt.Errorf("%w: its size is no number", ErrCheckpoint)
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: its root is no hash", ErrCheckpoint)
	}
	c := Checkpoint{Origin: lines[0], Size: size, Root: root}
	if len(lines) > 4 {
		c.Extensions = lines[3 : len(lines)-1]
	}
	if err := c.check(); err != nil {
		return Checkpoint{}, err
	}
	if c.Text() != text {
		return Checkpoint{}, fmt.Errorf("%w: not in canonical form", ErrCheckpoint)
	}
	return c, nil
}

func (c Checkpoint) check() error {
	if c.Origin == "" || strings.ContainsFunc(c.Origin, unicode.IsSpace) || strings.Contains(c.Origin, "+") {
		return fmt.Errorf("%w: the origin is to be like example.gov/ledger, without spaces and +", ErrCheckpoint)
	}
	if c.Size < 0 || c.Size == 0 && c.Root != emptyRoot() {
		return fmt.Errorf("%w: no tree has its size and root", ErrCheckpoint)
	}
	for _, line := range c.Extensions {
		if line == "" || strings.Contains(line, "\n") {
			return fmt.Errorf("%w: an extension is not one line", ErrCheckpoint)
		}
	}
	return nil
}

// Includes checks a proof that an entry is in the tree of the checkpoint.
func (c Checkpoint) Includes(index int64, line []byte, proof tlog.RecordProof) error {
	return tlog.CheckRecord(proof, c.Size, c.Root, index, tlog.RecordHash(line))
}

// LogKey is a key that signs, or has signed, the checkpoints of a log.
type LogKey struct {
	note.Verifier
	// Last is the size of the last checkpoint that it may have signed, so that a key
	// that was retired cannot sign what came later; 0: it is in use.
	Last int64
}

// Sign returns the checkpoint as a signed note. The signers' names are to be the
// origin; a witness adds its own line.
func Sign(c Checkpoint, signers ...note.Signer) ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	for _, s := range signers {
		if s.Name() != c.Origin {
			return nil, fmt.Errorf("%w: the key is named %q, the log %q", ErrCheckpoint, s.Name(), c.Origin)
		}
	}
	return note.Sign(&note.Note{Text: c.Text()}, signers...)
}

// Open returns the checkpoint of a signed note, when one of the keys has signed it and
// the keys are named as its origin. Lines of other signers are let pass, if they are
// in canonical form.
func Open(signed []byte, keys ...LogKey) (Checkpoint, error) {
	verifiers := make([]note.Verifier, len(keys))
	for i, k := range keys {
		verifiers[i] = k.Verifier
	}
	n, err := note.Open(signed, note.VerifierList(verifiers...))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	c, err := ParseCheckpoint(n.Text)
	if err != nil {
		return Checkpoint{}, err
	}
	for _, sig := range append(n.Sigs, n.UnverifiedSigs...) {
		if b, err := base64.StdEncoding.DecodeString(sig.Base64); err != nil || base64.StdEncoding.EncodeToString(b) != sig.Base64 {
			return Checkpoint{}, fmt.Errorf("%w: the signature of %s is not in canonical form", ErrCheckpoint, sig.Name)
		}
	}
	for _, sig := range n.Sigs {
		for _, k := range keys {
			if sig.Name == c.Origin && k.Name() == sig.Name && k.KeyHash() == sig.Hash && (k.Last == 0 || c.Size <= k.Last) {
				return c, nil
			}
		}
	}
	return Checkpoint{}, fmt.Errorf("%w: no key of %s signed it while it was in use", ErrCheckpoint, c.Origin)
}
