package account

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
)

// Token opens a session or an invitation. It does not print itself.
type Token string

// NewToken returns a fresh token of 256 random bits.
func NewToken() Token {
	var b [32]byte
	rand.Read(b[:])
	return Token(base64.RawURLEncoding.EncodeToString(b[:]))
}

// Digest is what is kept of it.
func (t Token) Digest() Digest { return sha256.Sum256([]byte(t)) }

// Format keeps the token out of logs, whatever the verb.
func (t Token) Format(w fmt.State, _ rune) { io.WriteString(w, "[token]") }

// Seal returns what a form carries that is of this session and no other one. From it
// the token cannot be found.
func (t Token) Seal() string {
	mac := hmac.New(sha256.New, []byte(t))
	mac.Write([]byte("townclerk/form/v1"))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Sealed reports in constant time whether a form is of this session.
func (t Token) Sealed(seal string) bool {
	return subtle.ConstantTimeCompare([]byte(t.Seal()), []byte(seal)) == 1
}
