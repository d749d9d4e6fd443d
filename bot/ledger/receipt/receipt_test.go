package receipt_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"townclerk/bot/ledger"
	"townclerk/bot/ledger/receipt"
)

const turn = "000102030405060708090a0b0c0d0e0f"

// office is a log with one conversation on it, and its openings.
type office struct {
	lines    [][]byte
	openings map[int64][]ledger.Opening
	hashes   ledger.Memory
	signer   note.Signer
	key      ledger.LogKey
}

func newOffice(t testing.TB) *office {
	t.Helper()
	secret, public, err := note.GenerateKey(rand.Reader, "example.gov/ledger")
	if err != nil {
		t.Fatal(err)
	}
	o := &office{openings: map[int64][]ledger.Opening{}}
	if o.signer, err = note.NewSigner(secret); err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(public)
	if err != nil {
		t.Fatal(err)
	}
	o.key = ledger.LogKey{Verifier: v}
	for i := range int64(9) {
		e := ledger.Entry{Type: ledger.Knowledge, Subject: strings.Repeat("ab", 16), Seq: i + 1}
		switch i {
		case 2:
			e = o.record(i, ledger.Opened, 1, map[string]string{"question": `"What is a cart?"`})
		case 5:
			e = o.record(i, ledger.Ended, 2, map[string]string{"answer": `"A cart costs $60.\nSay “cart”."`, "trace": `{"candidates":[]}`})
		}
		o.add(t, e)
	}
	return o
}

func (o *office) record(i int64, kind ledger.Type, seq int64, texts map[string]string) ledger.Entry {
	e := ledger.Entry{Type: kind, Subject: turn, Seq: seq, Commitments: map[string]ledger.Commit{}}
	for field, text := range texts {
		opening := ledger.Opening{Field: field, Salt: ledger.NewSalt(), Text: []byte(text)}
		e.Commitments[field] = ledger.Commitment(opening.Salt, field, opening.Text)
		if field != "trace" {
			o.openings[i] = append(o.openings[i], opening)
		}
	}
	return e
}

func (o *office) add(t testing.TB, e ledger.Entry) {
	t.Helper()
	e.Time = time.Date(2026, 3, 1, 9, 26, 0, 0, time.UTC)
	line, err := ledger.Encode(e)
	if err != nil {
		t.Fatal(err)
	}
	b, err := ledger.Append(int64(len(o.lines)), [][]byte{line}, o.hashes)
	if err != nil {
		t.Fatal(err)
	}
	o.lines, o.hashes = append(o.lines, line), append(o.hashes, b.Hashes...)
}

func (o *office) checkpoint(t testing.TB) (ledger.Checkpoint, []byte) {
	t.Helper()
	root, err := tlog.TreeHash(int64(len(o.lines)), o.hashes)
	if err != nil {
		t.Fatal(err)
	}
	c := ledger.Checkpoint{Origin: "example.gov/ledger", Size: int64(len(o.lines)), Root: root}
	signed, err := ledger.Sign(c, o.signer)
	if err != nil {
		t.Fatal(err)
	}
	return c, signed
}

func (o *office) items(t testing.TB) []receipt.Item {
	t.Helper()
	var items []receipt.Item
	for _, i := range []int64{2, 5} {
		proof, err := tlog.ProveRecord(int64(len(o.lines)), i, o.hashes)
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, receipt.Item{Index: i, Line: o.lines[i], Openings: o.openings[i], Proof: proof})
	}
	return items
}

func write(t testing.TB, items []receipt.Item, signed []byte) []byte {
	t.Helper()
	r, err := receipt.Write(items, signed)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestReceipt(t *testing.T) {
	o := newOffice(t)
	want, signed := o.checkpoint(t)
	r := write(t, o.items(t), signed)
	c, said, err := receipt.Verify(r, o.key)
	if err != nil || c.Text() != want.Text() || len(said) != 2 {
		t.Fatalf("%v %+v %v", c, said, err)
	}
	if s := said[1]; s.Index != 5 || s.Entry.Type != ledger.Ended || s.Entry.Subject != turn || len(s.Entry.Commitments) != 2 ||
		len(s.Texts) != 1 || string(s.Texts["answer"]) != `"A cart costs $60.\nSay “cart”."` {
		t.Errorf("%+v", s)
	}
	if !bytes.HasPrefix(r, []byte("c2sp.org/tlog-proof@v1\nextra ")) || !bytes.HasSuffix(r, signed) {
		t.Errorf("no tlog-proof:\n%s", r)
	}
}

// Each bit of a receipt counts: flipped, it does not hold. Nor does it when it is cut,
// or a line is missing, doubled or swapped with the next.
func TestEveryChangeIsRefused(t *testing.T) {
	o := newOffice(t)
	_, signed := o.checkpoint(t)
	r := write(t, o.items(t), signed)
	refused := func(changed []byte, what string, args ...any) {
		if bytes.Equal(changed, r) {
			return
		}
		if _, said, err := receipt.Verify(changed, o.key); !errors.Is(err, receipt.ErrReceipt) || said != nil {
			t.Errorf("%s: it holds, %v", fmt.Sprintf(what, args...), err)
		}
	}
	for i := range r {
		for bit := range 8 {
			changed := bytes.Clone(r)
			changed[i] ^= 1 << bit
			refused(changed, "byte %d bit %d", i, bit)
		}
	}
	second := bytes.LastIndex(r, []byte("c2sp.org"))
	for i := range r {
		if i != second { // the first proof alone is a receipt
			refused(r[:i], "cut at %d", i)
		}
	}
	lines := bytes.SplitAfter(r, []byte("\n"))
	for i := range lines[:len(lines)-1] {
		without := append(append([][]byte{}, lines[:i]...), lines[i+1:]...)
		refused(bytes.Join(without, nil), "line %d missing", i+1)
		doubled := append(append(append([][]byte{}, lines[:i+1]...), lines[i]), lines[i+1:]...)
		refused(bytes.Join(doubled, nil), "line %d doubled", i+1)
		if i+2 < len(lines) {
			swapped := append([][]byte{}, lines...)
			swapped[i], swapped[i+1] = swapped[i+1], swapped[i]
			refused(bytes.Join(swapped, nil), "lines %d and %d swapped", i+1, i+2)
		}
	}
	refused(append(bytes.Clone(r), r...), "twice")
	refused(append(bytes.Clone(r), '\n'), "a newline after it")
	refused(bytes.ReplaceAll(r, []byte("\n"), []byte("\r\n")), "carriage returns")
}

// The same openings in other JSON, or the same bytes in other base64.
func TestOneWayToWriteIt(t *testing.T) {
	o := newOffice(t)
	_, signed := o.checkpoint(t)
	r := string(write(t, o.items(t)[:1], signed))
	extra := strings.Split(r, "\n")[1][len("extra "):]
	data, err := base64.StdEncoding.DecodeString(extra)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for name, other := range map[string]string{
		"case of a name":      strings.Replace(text, `"salt"`, `"Salt"`, 1),
		"case of hexadecimal": upperSalt(text),
		"space":               strings.Replace(text, `,"text"`, `, "text"`, 1),
		"twice":               strings.Replace(text, `"field"`, `"field":"x","field"`, 1),
		"one more":            strings.Replace(text, `"field"`, `"extra":1,"field"`, 1),
		"escape":              strings.Replace(text, `cart`, `\u0063art`, 1),
		"order":               strings.Replace(text, `{"entry":`, `{"openings":[],"entry":`, 1),
	} {
		changed := strings.Replace(r, extra, base64.StdEncoding.EncodeToString([]byte(other)), 1)
		if _, _, err := receipt.Verify([]byte(changed), o.key); !errors.Is(err, receipt.ErrReceipt) || changed == r {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, changed := range map[string]string{
		"newline in base64": strings.Replace(r, extra, extra[:8]+"\n"+extra[8:], 1),
		"return in base64":  strings.Replace(r, extra, extra[:8]+"\r"+extra[8:], 1),
		"leading zero":      strings.Replace(r, "index 2", "index 02", 1),
		"sign":              strings.Replace(r, "index 2", "index +2", 1),
		"negative":          strings.Replace(r, "index 2", "index -2", 1),
	} {
		if _, _, err := receipt.Verify([]byte(changed), o.key); !errors.Is(err, receipt.ErrReceipt) || changed == r {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// upperSalt writes the salt of a receipt in upper case.
func upperSalt(text string) string {
	at := strings.Index(text, `"salt":"`) + len(`"salt":"`)
	return text[:at] + strings.ToUpper(text[at:at+64]) + text[at+64:]
}

// The error says which line it is.
func TestLines(t *testing.T) {
	o := newOffice(t)
	_, signed := o.checkpoint(t)
	items := o.items(t)
	_, other := newOffice(t).checkpoint(t)
	for name, c := range map[string]struct {
		receipt []byte
		line    int
	}{
		"nothing":           {nil, 1},
		"something else":    {[]byte("hello\n"), 1},
		"no extra":          {[]byte("c2sp.org/tlog-proof@v1\nindex 3\n"), 2},
		"extra is not JSON": {[]byte("c2sp.org/tlog-proof@v1\nextra aGVsbG8=\n"), 2},
		"no hash":           {write(t, []receipt.Item{items[0]}, []byte("\n\n")), 0},
		"another log's key": {write(t, items, other), 4 + len(items[0].Proof) + 1},
		"another text":      {write(t, with(items[:1], func(i *receipt.Item) { i.Openings[0].Text = []byte(`"What?"`) }), signed), 2},
		"another salt":      {write(t, with(items[:1], func(i *receipt.Item) { i.Openings[0].Salt = make([]byte, 32) }), signed), 2},
		"longer salt":       {write(t, with(items[:1], func(i *receipt.Item) { i.Openings[0].Salt = append(bytes.Clone(i.Openings[0].Salt), 0) }), signed), 2},
		"another field":     {write(t, with(items[:1], func(i *receipt.Item) { i.Openings[0].Field = "answer" }), signed), 2},
		"opened twice":      {write(t, with(items[:1], func(i *receipt.Item) { i.Openings = append(i.Openings, i.Openings[0]) }), signed), 2},
		"another entry":     {write(t, with(items[:1], func(i *receipt.Item) { i.Line = items[1].Line }), signed), 2},
		"no entry":          {write(t, with(items[:1], func(i *receipt.Item) { i.Line = nil; i.Openings = nil }), signed), 2},
		"order":             {write(t, []receipt.Item{items[1], items[0]}, signed), 16},
		"same entry again":  {write(t, []receipt.Item{items[0], items[0]}, signed), 16},
	} {
		_, _, err := receipt.Verify(c.receipt, o.key)
		var at *receipt.LineError
		if !errors.As(err, &at) || c.line > 0 && at.Line != c.line {
			t.Errorf("%s: %v, want line %d\n%s", name, err, c.line, c.receipt)
		}
	}
	if _, err := receipt.Write(with(items, func(i *receipt.Item) { i.Openings[0].Text = []byte("\xff") }), signed); err == nil {
		t.Error("a text that is not UTF-8 is written")
	}
}

// with returns copies of items, changed.
func with(items []receipt.Item, change func(*receipt.Item)) []receipt.Item {
	var changed []receipt.Item
	for _, i := range items {
		i.Openings = append([]ledger.Opening{}, i.Openings...)
		change(&i)
		changed = append(changed, i)
	}
	return changed
}

// After an erasure, and however far the log has grown, an old receipt holds, and its
// tree is part of the one that there is now.
func TestOldReceiptsHoldAfterErasure(t *testing.T) {
	o := newOffice(t)
	before, signed := o.checkpoint(t)
	r := write(t, o.items(t), signed)
	o.openings = nil
	for i := range int64(100) {
		o.add(t, ledger.Entry{Type: ledger.Erasure, Subject: turn, Seq: i + 3, Facts: map[string]any{"reason": "citizen"}})
		now, _ := o.checkpoint(t)
		then, said, err := receipt.Verify(r, o.key)
		if err != nil || len(said) != 2 || string(said[0].Texts["question"]) != `"What is a cart?"` || then.Text() != before.Text() {
			t.Fatalf("after %d more entries: %v", i+1, err)
		}
		if relation, err := ledger.Compare(then, now, o.hashes); relation != ledger.Newer || err != nil {
			t.Fatalf("after %d more entries: %v %v", i+1, relation, err)
		}
	}
	// A new receipt shows the same entries with nothing opened.
	_, now := o.checkpoint(t)
	if _, said, err := receipt.Verify(write(t, o.items(t), now), o.key); err != nil || len(said[0].Texts) != 0 {
		t.Errorf("%+v %v", said, err)
	}
}

// Whatever is read holds or not, without a panic; what holds is written the same.
func FuzzVerify(f *testing.F) {
	o := newOffice(f)
	_, signed := o.checkpoint(f)
	whole := write(f, o.items(f), signed)
	f.Add(whole)
	f.Add(write(f, o.items(f)[:1], signed))
	f.Add([]byte("c2sp.org/tlog-proof@v1\nindex 0\n\n"))
	f.Fuzz(func(t *testing.T, r []byte) {
		c, said, err := receipt.Verify(r, o.key)
		if err != nil {
			return
		}
		var items []receipt.Item
		for _, s := range said {
			for _, i := range o.items(t) {
				if i.Index == s.Index {
					items = append(items, i)
				}
			}
		}
		if c.Size != int64(len(o.lines)) || len(items) != len(said) {
			t.Fatalf("%q holds, but nobody wrote it", r)
		}
	})
}
