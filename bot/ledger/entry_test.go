package ledger_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"townclerk/bot/ledger"
)

const turn = "000102030405060708090a0b0c0d0e0f"

func ended() ledger.Entry {
	return ledger.Entry{
		Type: ledger.Ended, Time: time.Date(2026, 3, 1, 9, 26, 0, 0, time.UTC), Subject: turn, Seq: 3, Outcome: "answered",
		Hashes: ledger.Hashes{Model: "extractive", Corpus: "sha256:ab12", Config: "c0ffee"},
		Facts:  map[string]any{"candidates": int64(20), "probability": 0.8125, "helpful": true, "language": "en"},
		Commitments: map[string]ledger.Commit{
			"answer": ledger.Commitment(bytes.Repeat([]byte{7}, 32), "answer", []byte(`"Carts cost $60."`)),
		},
	}
}

// The form of an entry is for ever: this line may not change.
const endedLine = `{"commitments":{"answer":"d74684a28884412205126db52a510ca076fa4e344591c47c8630d78d6a647233"},` +
	`"facts":{"candidates":20,"helpful":true,"language":"en","probability":0.8125},` +
	`"hashes":{"config":"c0ffee","corpus":"sha256:ab12","model":"extractive"},"outcome":"answered","seq":3,` +
	`"subject":"000102030405060708090a0b0c0d0e0f","time":"2026-03-01T09:26:00Z","type":"ended","v":1}`

func TestEncodeAndParse(t *testing.T) {
	line, err := ledger.Encode(ended())
	if err != nil || string(line) != endedLine {
		t.Fatalf("%s\nwant\n%s\n%v", line, endedLine, err)
	}
	if got, err := ledger.Parse(line); err != nil || !reflect.DeepEqual(got, ended()) {
		t.Errorf("%+v, %v", got, err)
	}
	e := ended()
	e.Time = e.Time.Add(59 * time.Second).In(time.FixedZone("", 3600))
	if again, err := ledger.Encode(e); err != nil || !bytes.Equal(again, line) {
		t.Errorf("seconds or the zone are in the entry: %s %v", again, err)
	}
}

func TestEncodeRefuses(t *testing.T) {
	for name, change := range map[string]func(*ledger.Entry){
		"type":             func(e *ledger.Entry) { e.Type = "shouted" },
		"no time":          func(e *ledger.Entry) { e.Time = time.Time{} },
		"far time":         func(e *ledger.Entry) { e.Time = time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"no subject":       func(e *ledger.Entry) { e.Subject = "" },
		"upper case":       func(e *ledger.Entry) { e.Subject = strings.ToUpper(turn) },
		"number 0":         func(e *ledger.Entry) { e.Seq = 0 },
		"number too large": func(e *ledger.Entry) { e.Seq = 1 << 53 },
		"outcome":          func(e *ledger.Entry) { e.Outcome = "I am Ann" },
		"hash is prose":    func(e *ledger.Entry) { e.Hashes.Prompt = "You are a clerk" },
		"hash too long":    func(e *ledger.Entry) { e.Hashes.Prompt = strings.Repeat("a", 201) },
		"unlisted fact":    func(e *ledger.Entry) { e.Facts["conversation"] = turn },
		"fact is prose":    func(e *ledger.Entry) { e.Facts["reason"] = "Ann asked for it" },
		"fact is nested":   func(e *ledger.Entry) { e.Facts["reason"] = []any{"a"} },
		"fact is null":     func(e *ledger.Entry) { e.Facts["reason"] = nil },
		"fact is too big":  func(e *ledger.Entry) { e.Facts["count"] = 1e300 },
		"field":            func(e *ledger.Entry) { e.Commitments["An swer"] = ledger.Commit{} },
		"too long": func(e *ledger.Entry) {
			for i := range 1000 {
				e.Commitments["f"+strings.Repeat("a", i%30)+strings.Repeat("b", i/30)] = ledger.Commit{}
			}
		},
	} {
		e := ended()
		change(&e)
		if line, err := ledger.Encode(e); !errors.Is(err, ledger.ErrEntry) || line != nil {
			t.Errorf("%s: %s, %v", name, line, err)
		}
	}
}

// Another way to write the same entry is no entry.
func TestParseRefuses(t *testing.T) {
	replace := func(old, new string) string { return strings.Replace(endedLine, old, new, 1) }
	for name, line := range map[string]string{
		"empty":               "",
		"no JSON":             "{",
		"array":               "[]",
		"null":                "null",
		"space":               replace(`"seq":3`, `"seq": 3`),
		"newline":             endedLine + "\n",
		"case of a name":      replace(`"seq"`, `"Seq"`),
		"case of hexadecimal": replace("d746", "D746"),
		"order":               replace(`"type":"ended","v":1`, `"v":1,"type":"ended"`),
		"twice":               replace(`"seq":3`, `"seq":2,"seq":3`),
		"twice in facts":      replace(`"candidates":20`, `"candidates":1,"candidates":20`),
		"unknown member":      replace(`"seq":3`, `"seq":3,"spare":1`),
		"empty facts":         replace(`"facts":{"candidates":20,"helpful":true,"language":"en","probability":0.8125}`, `"facts":{}`),
		"empty outcome":       replace(`"outcome":"answered"`, `"outcome":""`),
		"null outcome":        replace(`"outcome":"answered"`, `"outcome":null`),
		"exponent":            replace(`:20,`, `:2e1,`),
		"point":               replace(`:20,`, `:20.0,`),
		"longer float":        replace(`0.8125`, `0.81250`),
		"more digits":         replace(`0.8125`, `0.81250000000000001`),
		"minus zero":          replace(`:20,`, `:-0,`),
		"beyond 2^53":         replace(`:20,`, `:9007199254740993,`),
		"escape":              replace(`"en"`, `"\u0065n"`),
		"version":             replace(`"v":1`, `"v":2`),
		"no version":          replace(`,"v":1`, ``),
		"seconds":             replace(`09:26:00Z`, `09:26:30Z`),
		"zone":                replace(`09:26:00Z`, `09:26:00+00:00`),
		"fraction":            replace(`09:26:00Z`, `09:26:00.0Z`),
		"commitment is short": replace(`7233"`, `72"`),
		"bad UTF-8":           replace(`"en"`, "\"\xff\""),
	} {
		if line == endedLine {
			t.Errorf("%s: nothing replaced", name)
		}
		if _, err := ledger.Parse([]byte(line)); !errors.Is(err, ledger.ErrEntry) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What Parse takes, Encode writes.
func FuzzParse(f *testing.F) {
	f.Add([]byte(endedLine))
	f.Add([]byte(`{"facts":{"probability":1e-7},"seq":1,"subject":"` + turn + `","time":"2026-03-01T09:26:00Z","type":"erasure","v":1}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		e, err := ledger.Parse(line)
		if err != nil {
			return
		}
		again, err := ledger.Encode(e)
		if err != nil || !bytes.Equal(line, again) {
			t.Fatalf("%q\n%q\n%v", line, again, err)
		}
	})
}

func TestCommitments(t *testing.T) {
	salt, text := ledger.NewSalt(), []byte(`"How do I renew?"`)
	c := ledger.Commitment(salt, "question", text)
	o := ledger.Opening{Field: "question", Salt: salt, Text: text}
	if !o.Opens(c) {
		t.Fatal("an opening does not open its commitment")
	}
	if bytes.Equal(salt, ledger.NewSalt()) {
		t.Error("two salts are equal")
	}
	for name, wrong := range map[string]ledger.Opening{
		"text":  {Field: "question", Salt: salt, Text: []byte(`"How do I renew?" `)},
		"field": {Field: "answer", Salt: salt, Text: text},
		"salt":  {Field: "question", Salt: ledger.NewSalt(), Text: text},
		// The boundary between field and text is fixed.
		"shifted": {Field: "questio", Salt: salt, Text: append([]byte("n\x00"), text...)},
	} {
		if wrong.Opens(c) {
			t.Errorf("another %s opens it", name)
		}
	}
	// HMAC pads its key with zeros.
	for _, salt := range [][]byte{nil, make([]byte, 31), make([]byte, 33)} {
		o := ledger.Opening{Field: "question", Salt: salt, Text: text}
		if o.Opens(ledger.Commitment(salt, "question", text)) {
			t.Errorf("a salt of %d bytes opens", len(salt))
		}
	}
}

// Who has the entry and guesses the text has nothing to confirm the guess with: the
// hashes that can be made without the salt are not in the line, and the same text
// recorded again looks like another.
func TestGuessCannotBeConfirmed(t *testing.T) {
	guess := []byte(`"How do I renew?"`)
	var lines [2]string
	for i := range lines {
		e := ended()
		e.Commitments = map[string]ledger.Commit{"question": ledger.Commitment(ledger.NewSalt(), "question", guess)}
		line, err := ledger.Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		lines[i] = string(line)
	}
	if lines[0] == lines[1] {
		t.Error("the same text twice makes the same entry")
	}
	for name, value := range map[string]string{
		"SHA-256": hexSum(guess), "SHA-256 of the bare words": hexSum([]byte("How do I renew?")),
		"HMAC without a key": hexHMAC(nil, guess), "HMAC under zeros": hexHMAC(make([]byte, 32), guess),
		"HMAC under the turn": hexHMAC([]byte(turn), guess), "the words": "renew",
	} {
		if strings.Contains(lines[0], value) {
			t.Errorf("the entry holds %s of the text", name)
		}
	}
}
