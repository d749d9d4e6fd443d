package store

import (
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"

	"townclerk/bot"
	"townclerk/bot/ledger"
)

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
func (s *sealer) seal(p place, value []byte) (sealed []byte, commitment ledger.Commit) {
	plain := ledger.NewSalt()
	commitment = ledger.Commitment(plain, p.field, value)
	return s.texts.Seal(nil, nil, append(plain, value...), s.bind(p)), commitment
}

// open returns salt and text of an opening, or ErrTampered.
func (s *sealer) open(p place, sealed []byte) (salt, value []byte, err error) {
	plain, err := s.texts.Open(nil, nil, sealed, s.bind(p))
	if err != nil || len(plain) < ledger.SaltSize {
		return nil, nil, fmt.Errorf("%v: %w", p, ErrTampered)
	}
	return plain[:ledger.SaltSize:ledger.SaltSize], plain[ledger.SaltSize:], nil
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
