package store

import (
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"

	"townclerk/bot"
)

// saltSize is the length of a commitment's salt in bytes.
const saltSize = 32

// Commitment returns the commitment to the value of a field:
// HMAC-SHA-256(salt, "townclerk/commitment/v1" 0x00 field 0x00 value). The field
// holds no zero byte; the value is the field's JSON exactly as it was recorded.
func Commitment(salt []byte, field string, value []byte) [sha256.Size]byte {
	mac := hmac.New(sha256.New, salt)
	mac.Write([]byte("townclerk/commitment/v1\x00" + field + "\x00"))
	mac.Write(value)
	return [sha256.Size]byte(mac.Sum(nil))
}

// place is where a text belongs. The owner is a turn, or "ticket " and a ticket.
type place struct {
	owner string
	seq   int
	field string
}

func (p place) String() string {
	return fmt.Sprintf("%s event %d field %s", p.owner, p.seq, p.field)
}

// ticketOwner is the owner of a ticket's texts. No turn is named like it.
func ticketOwner(id bot.TicketID) string { return "ticket " + string(id) }

// sealer seals and opens the texts of one conversation.
type sealer struct {
	conversation bot.ConversationID
	texts        cipher.AEAD
	keys         []byte // for message keys
}

func newSealer(id bot.ConversationID, dataKey []byte) (*sealer, error) {
	texts, err := newAEAD(dataKey, "townclerk/texts/v1")
	if err != nil {
		return nil, err
	}
	keys, err := derive(dataKey, "townclerk/message-keys/v1")
	if err != nil {
		return nil, err
	}
	return &sealer{conversation: id, texts: texts, keys: keys}, nil
}

// seal returns the opening of a text and its commitment.
func (s *sealer) seal(p place, value []byte) (sealed []byte, commitment [sha256.Size]byte) {
	plain := make([]byte, saltSize, saltSize+len(value))
	rand.Read(plain)
	commitment = Commitment(plain, p.field, value)
	return s.texts.Seal(nil, nil, append(plain, value...), s.bind(p)), commitment
}

// open returns salt and text of an opening, or ErrTampered.
func (s *sealer) open(p place, sealed []byte) (salt, value []byte, err error) {
	plain, err := s.texts.Open(nil, nil, sealed, s.bind(p))
	if err != nil || len(plain) < saltSize {
		return nil, nil, fmt.Errorf("%v: %w", p, ErrTampered)
	}
	return plain[:saltSize:saltSize], plain[saltSize:], nil
}

// bind returns a place as associated data. Each part is preceded by its length,
// so that no two places read the same.
func (s *sealer) bind(p place) []byte {
	var b []byte
	for _, part := range []string{string(s.conversation), p.owner, strconv.Itoa(p.seq), p.field} {
		b = binary.AppendUvarint(b, uint64(len(part)))
		b = append(b, part...)
	}
	return b
}

// keyMAC returns what is stored of a message's key.
func (s *sealer) keyMAC(key string) []byte {
	mac := hmac.New(sha256.New, s.keys)
	mac.Write([]byte(key))
	return mac.Sum(nil)
}
