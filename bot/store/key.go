package store

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Key is the master key: who has it can read every conversation that was not
// erased; without it nobody can read any. It does not print itself.
type Key [32]byte

// ErrWrongKey says that the database belongs to another master key.
var ErrWrongKey = errors.New("the master key is not the one that this database was created with; " +
	"use the key file that belongs to it (a new key cannot read old conversations)")

// NewKey returns a fresh random key.
func NewKey() Key {
	var k Key
	rand.Read(k[:])
	return k
}

// ParseKey reads what Encode wrote: 32 bytes in standard base64. White space
// around it is ignored. The error does not repeat the text.
func ParseKey(text string) (Key, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSpace(text))
	if err != nil {
		return Key{}, errors.New("the key is not base64")
	}
	if len(b) != len(Key{}) {
		return Key{}, fmt.Errorf("the key has %d bytes, want 32 in base64", len(b))
	}
	return Key(b), nil
}

// Encode returns the key as ParseKey reads it.
func (k Key) Encode() string { return base64.StdEncoding.EncodeToString(k[:]) }

// Format keeps the key out of logs, whatever the verb.
func (k Key) Format(w fmt.State, _ rune) { io.WriteString(w, "[key]") }

// checkKey compares master with the value that was stored when the database was
// new, or stores it.
func (s *Store) checkKey(ctx context.Context, master Key) error {
	want, err := derive(master[:], "townclerk/key-check/v1")
	if err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx *txn) error {
		// Several servers may start at once on a new database.
		_, err := tx.ExecContext(ctx, "INSERT INTO bot_meta (name, value) VALUES ('key_check', $1) ON CONFLICT DO NOTHING", want)
		if err != nil {
			return err
		}
		var got []byte
		err = tx.QueryRowContext(ctx, "SELECT value FROM bot_meta WHERE name = 'key_check'").Scan(&got)
		if err == nil && subtle.ConstantTimeCompare(got, want) != 1 {
			return ErrWrongKey
		}
		return err
	})
}

// derive returns the 256-bit key for one purpose (HKDF, RFC 5869).
func derive(key []byte, purpose string) ([]byte, error) {
	return hkdf.Key(sha256.New, key, nil, purpose, 32)
}

// newAEAD returns AES-256-GCM under the key for one purpose. Each Seal draws a
// random 96-bit nonce and puts it in front of the ciphertext; that is safe for
// 2^32 messages a key (NIST SP 800-38D).
func newAEAD(key []byte, purpose string) (cipher.AEAD, error) {
	k, err := derive(key, purpose)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(k)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
