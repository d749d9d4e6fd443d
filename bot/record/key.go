package record

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"townclerk/bot/ledger"
)

// Key is the log's key, whose name is the log's origin. It does not print itself.
type Key struct {
	encoded, public string
	signer          note.Signer
	verifier        note.Verifier
}

var errKey = errors.New("it is no key of a record; it is to be like PRIVATE+KEY+example.gov/ledger+0123abcd+…")

// NewKey makes a key for an origin.
func NewKey(origin string) (Key, error) {
	encoded, _, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		return Key{}, fmt.Errorf("make a key for %q: %w", origin, err)
	}
	return ParseKey(encoded)
}

// ParseKey reads what Encode wrote. The error does not repeat it.
func ParseKey(encoded string) (Key, error) {
	k := Key{encoded: strings.TrimSpace(encoded)}
	parts := strings.SplitN(k.encoded, "+", 5)
	var err error
	if k.signer, err = note.NewSigner(k.encoded); err != nil || len(parts) != 5 {
		return Key{}, errKey
	}
	secret, err := base64.StdEncoding.DecodeString(parts[4])
	if err != nil || len(secret) != 1+ed25519.SeedSize {
		return Key{}, errKey
	}
	public := ed25519.NewKeyFromSeed(secret[1:]).Public().(ed25519.PublicKey)
	if k.public, err = note.NewEd25519VerifierKey(k.signer.Name(), public); err != nil {
		return Key{}, errKey
	}
	if k.verifier, err = note.NewVerifier(k.public); err != nil {
		return Key{}, errKey
	}
	return k, nil
}

// Encode returns the key as ParseKey reads it.
func (k Key) Encode() string { return k.encoded }

// Public returns what others verify with, as golang.org/x/mod/sumdb/note reads it.
func (k Key) Public() string { return k.public }

// Origin returns the name of the log.
func (k Key) Origin() string { return k.signer.Name() }

// LogKey returns what others verify with.
func (k Key) LogKey() ledger.LogKey { return ledger.LogKey{Verifier: k.verifier} }

// Format keeps the key out of logs, whatever the verb.
func (k Key) Format(w fmt.State, _ rune) { io.WriteString(w, "[key]") }
