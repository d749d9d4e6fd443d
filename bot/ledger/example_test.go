package ledger_test

import (
	"fmt"
	"time"

	"townclerk/bot/ledger"
)

// Two entries are appended to an empty log. What is stored is their lines, the hashes
// of the batch, and, where they can be erased, salt and text.
func Example() {
	question := ledger.Opening{Field: "question", Salt: ledger.NewSalt(), Text: []byte(`"How do I renew?"`)}
	opened := ledger.Entry{
		Type: ledger.Opened, Time: time.Date(2026, 3, 1, 9, 26, 0, 0, time.UTC),
		Subject: "000102030405060708090a0b0c0d0e0f", Seq: 1,
		Commitments: map[string]ledger.Commit{"question": ledger.Commitment(question.Salt, question.Field, question.Text)},
	}
	erased := ledger.Entry{Type: ledger.Erasure, Time: opened.Time, Subject: opened.Subject, Seq: 2}
	var lines [][]byte
	for _, e := range []ledger.Entry{opened, erased} {
		line, err := ledger.Encode(e)
		if err != nil {
			panic(err)
		}
		lines = append(lines, line)
	}
	batch, err := ledger.Append(0, lines, ledger.Memory(nil))
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s\n%d entries, %d hashes\n", lines[1], batch.Size, len(batch.Hashes))
	// Output:
	// {"seq":2,"subject":"000102030405060708090a0b0c0d0e0f","time":"2026-03-01T09:26:00Z","type":"erasure","v":1}
	// 2 entries, 3 hashes
}
