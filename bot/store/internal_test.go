package store

import (
	"bytes"
	"database/sql"
	"errors"
	"testing"

	"townclerk/bot"
	"townclerk/bot/ledger"
)

// OpenForTest returns salt and value of an opening.
func OpenForTest(t *testing.T, s *Store, turn bot.Turn, seq int, field string) (salt, value []byte) {
	t.Helper()
	err := s.db.Tx(t.Context(), func(tx *sql.Tx) error {
		h, err := s.hold(t.Context(), &txn{Tx: tx}, turn.Conversation)
		if err != nil {
			return err
		}
		sealer, err := s.sealer(h)
		if err != nil {
			return err
		}
		var sealed []byte
		err = tx.QueryRow("SELECT sealed FROM openings WHERE turn = $1 AND seq = $2 AND field = $3",
			string(turn.ID), seq, field).Scan(&sealed)
		if err != nil {
			return err
		}
		salt, value, err = sealer.open(place{string(turn.ID), seq, field}, sealed)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return salt, value
}

func TestNoTwoPlacesBindTheSame(t *testing.T) {
	seen := map[string]string{}
	for _, c := range []string{"", "a", "ab", "a\x01b"} {
		for _, turn := range []string{"", "b", "ab", "1"} {
			for _, seq := range []int{1, 11, 111} {
				for _, field := range []string{"f", "1f", "\x01f"} {
					s := &sealer{conversation: bot.ConversationID(c)}
					p := place{turn, seq, field}
					b := string(s.bind(p))
					if other, found := seen[b]; found {
						t.Fatalf("%q %v and %s bind the same", c, p, other)
					}
					seen[b] = p.String()
				}
			}
		}
	}
}

// What was sealed opens at its place and nowhere else, and no changed byte passes.
func FuzzOpening(f *testing.F) {
	f.Add([]byte(`"text"`), []byte{1}, 0)
	f.Add([]byte{}, []byte{}, 0)
	f.Add([]byte("x"), bytes.Repeat([]byte{0xff}, 100), 40)
	s, err := newSealer("c", make([]byte, 32))
	if err != nil {
		f.Fatal(err)
	}
	p := place{"t", 1, "f"}
	f.Fuzz(func(t *testing.T, value, mask []byte, at int) {
		sealed, commitment := s.seal(p, value)
		salt, got, err := s.open(p, sealed)
		if err != nil || !bytes.Equal(got, value) || ledger.Commitment(salt, p.field, got) != commitment {
			t.Fatalf("%q came back as %q, %v", value, got, err)
		}
		for _, other := range []place{{"u", 1, "f"}, {"t", 2, "f"}, {"t", 1, "g"}} {
			if _, _, err := s.open(other, sealed); !errors.Is(err, ErrTampered) {
				t.Errorf("it opens at %v: %v", other, err)
			}
		}
		if _, _, err := s.open(p, value); !errors.Is(err, ErrTampered) {
			t.Errorf("%q opens: %v", value, err)
		}
		changed := bytes.Clone(sealed)
		for i, m := range mask {
			changed[uint(at+i)%uint(len(changed))] ^= m
		}
		if _, _, err := s.open(p, changed); !bytes.Equal(changed, sealed) && !errors.Is(err, ErrTampered) {
			t.Errorf("a changed opening opens: %v", err)
		}
	})
}

func FuzzDecodeCommitments(f *testing.F) {
	f.Add(`{"a":"00"}`)
	f.Add(`{"question":"000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f"}`)
	f.Add(`null`)
	f.Fuzz(func(t *testing.T, text string) {
		commitments, err := decodeCommitments(text)
		for field, c := range commitments {
			if err != nil || len(c) != 32 {
				t.Errorf("%q: %d bytes, %v", field, len(c), err)
			}
		}
	})
}
