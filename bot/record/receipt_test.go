package record_test

import (
	"errors"
	"path/filepath"
	"testing"

	"townclerk/bot/ledger/receipt"
	"townclerk/bot/record"
)

// A receipt is of what is on the log, under a checkpoint that counts it; where nothing
// may be signed any more there is one of what was signed before, and none of the rest.
func TestReceiptsNeedASignature(t *testing.T) {
	s, _ := open(t, filepath.Join(t.TempDir(), "a.db"))
	outside := record.File(filepath.Join(t.TempDir(), "checkpoints"))
	key := newKey(t, origin)
	signer := record.New(s, key, outside)
	item := func(i int64) []receipt.Item {
		line, err := s.Line(t.Context(), min(i, 4))
		if err != nil {
			t.Fatal(err)
		}
		return []receipt.Item{{Index: i, Line: line}}
	}
	write(t, s, 5)
	for range 2 { // signed first, then as it is
		file, err := signer.Receipt(t.Context(), item(4))
		if err != nil {
			t.Fatal(err)
		}
		if c, said, err := receipt.Verify(file, key.LogKey()); err != nil || c.Size != 5 || len(said) != 1 || said[0].Index != 4 {
			t.Errorf("%+v %+v %v", c, said, err)
		}
	}
	if _, err := signer.Receipt(t.Context(), item(5)); err == nil {
		t.Error("of an entry that is not there")
	}
	wrong := item(3)
	wrong[0].Line = item(4)[0].Line
	if _, err := signer.Receipt(t.Context(), wrong); !errors.Is(err, receipt.ErrReceipt) {
		t.Errorf("of another line: %v", err)
	}
	write(t, s, 1)
	stopped := record.New(s, newKey(t, origin), nil) // with a key that did not sign what there is
	if _, err := stopped.Receipt(t.Context(), []receipt.Item{{Index: 5}}); !errors.Is(err, record.ErrStopped) {
		t.Errorf("nothing may be signed, but: %v", err)
	}
	if _, err := signer.Receipt(t.Context(), item(4)); err != nil {
		t.Errorf("of what was signed before: %v", err)
	}
}
