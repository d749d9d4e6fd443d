package bot

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
)

// NewConversationID returns a fresh random identifier.
func NewConversationID() ConversationID { return ConversationID(hexID()) }

// NewTurnID returns a fresh random identifier.
func NewTurnID() TurnID { return TurnID(hexID()) }

// NewTicketID returns a fresh random identifier.
func NewTicketID() TicketID { return TicketID(hexID()) }

// NewToken returns a fresh random token.
func NewToken() Token {
	var b [32]byte
	rand.Read(b[:]) // never fails: the runtime ends the process instead
	return Token(base64.RawURLEncoding.EncodeToString(b[:]))
}

func hexID() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
