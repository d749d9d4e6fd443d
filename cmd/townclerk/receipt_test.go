package main

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"townclerk/bot/ledger/receipt"
	"townclerk/bot/record"
)

// A citizen asks, keeps a receipt and checks it without the server: it says what they
// asked and were told. No byte of it can be another, and it holds after the erasure.
func TestReceiptIsKept(t *testing.T) {
	h := openAt(t, t.TempDir(), time.Now)
	syncRiverton(t, h)
	address := serveHouse(t, h)
	me := newTalker(t, address)
	var file []byte
	fetch := func(r io.Reader) { file, _ = io.ReadAll(r) }
	status := func(token string) int {
		code, err := request(t.Context(), "GET", me.address+"/receipt", token, nil, func(io.Reader) {})
		if code == 0 {
			t.Fatal(err)
		}
		return code
	}
	if got := status(me.token); got != 404 {
		t.Errorf("of nothing: %d", got)
	}
	me.say(t, "How much is a birth certificate?", func(io.Reader) {})
	if got := status(me.token); got != 503 {
		t.Errorf("before anything is signed: %d", got)
	}
	if err := h.beginSigning(t.Context()); err != nil {
		t.Fatal(err)
	}
	me.say(t, "When does the library open?", func(io.Reader) {}) // after what is signed
	me.call(t, "GET", "/receipt", nil, fetch)
	if got := status(newTalker(t, address).token); got != 404 {
		t.Errorf("somebody else's: %d", got)
	}
	key, err := h.config.recordKey()
	if err != nil {
		t.Fatal(err)
	}
	public := []string{key.Public()}
	wantSaid(t, file, public)
	for i := 0; i < len(file); i += 7 {
		changed := bytes.Clone(file)
		changed[i] ^= 1
		var out strings.Builder
		if err := verifyReceipt(changed, public, &out); !errors.Is(err, receipt.ErrReceipt) || out.Len() > 0 {
			t.Fatalf("byte %d is another, and it holds: %v %s", i, err, &out)
		}
	}
	var at *receipt.LineError
	if err := verifyReceipt(bytes.Replace(file, []byte("extra "), []byte("extra x"), 1), public, io.Discard); !errors.As(err, &at) || at.Line != 2 {
		t.Errorf("the line is not named: %v", err)
	}
	other, err := record.NewKey(key.Origin())
	if err != nil {
		t.Fatal(err)
	}
	if err := verifyReceipt(file, []string{other.Public()}, io.Discard); !errors.Is(err, receipt.ErrReceipt) {
		t.Errorf("with another's key: %v", err)
	}
	me.call(t, "DELETE", "", nil, func(io.Reader) {})
	wantSaid(t, file, public)
	if got := status(me.token); got != 404 {
		t.Errorf("after the erasure: %d", got)
	}
}

func wantSaid(t *testing.T, file []byte, keys []string) {
	t.Helper()
	var out strings.Builder
	if err := verifyReceipt(file, keys, &out); err != nil {
		t.Fatalf("%v\n%s", err, file)
	}
	for _, want := range []string{"How much is a birth certificate?", "$", "When does the library open?", ": ended, ", "The receipt holds: "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, &out)
		}
	}
	for _, staffs := range []string{"trace", "candidates"} {
		if strings.Contains(out.String(), staffs) {
			t.Errorf("it says %q:\n%s", staffs, &out)
		}
	}
}

// What a receipt says gives no orders to the terminal.
func TestReceiptIsPrintable(t *testing.T) {
	if got := printable("a\x1b[2J\u202eb\r\nc\u200dd"); got != "a[2Jb\nc\u200dd" {
		t.Errorf("%q", got)
	}
}
