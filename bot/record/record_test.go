package record_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"townclerk/bot/ledger"
	"townclerk/bot/ledger/audit"
	"townclerk/bot/record"
	"townclerk/bot/store"
	"townclerk/internal/litedb"
)

var _ record.Log = (*store.Store)(nil)

const origin = "example.gov/ledger"

func newKey(t *testing.T, name string) record.Key {
	t.Helper()
	k, err := record.NewKey(name)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func open(t *testing.T, path string) (*store.Store, *litedb.DB) {
	t.Helper()
	db, err := litedb.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s, err := store.New(t.Context(), db, store.Key{1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s, db
}

func write(t *testing.T, s *store.Store, n int) {
	t.Helper()
	for i := range n {
		if err := s.Note(t.Context(), ledger.Entry{Type: ledger.Sample, Facts: map[string]any{"seed": i}}); err != nil {
			t.Fatal(err)
		}
	}
}

func audited(t *testing.T, s *store.Store, saved [][]byte, keys ...ledger.LogKey) (found []string) {
	t.Helper()
	err := s.Audit(t.Context(), func(l audit.Log) error {
		l.Keys, l.Saved = keys, saved
		_, err := audit.Verify(l, func(f audit.Finding) { found = append(found, f.String()) })
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestCheckpointsAreMadeWhenTheLogGrows(t *testing.T) {
	s, _ := open(t, filepath.Join(t.TempDir(), "a.db"))
	outside := record.File(filepath.Join(t.TempDir(), "checkpoints"))
	key := newKey(t, origin)
	signer := record.New(s, key, outside)
	if _, err := signer.Sign(t.Context()); err != nil {
		t.Fatalf("an empty log: %v", err)
	}
	for _, n := range []int{1, 0, 7, 0, 100} {
		write(t, s, n)
		for range 2 {
			if _, err := signer.Sign(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	file, err := os.ReadFile(string(outside))
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(file, []byte("\n=\n")); n != 3 {
		t.Errorf("%d checkpoints were published, want 3", n)
	}
	last, err := outside.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if c, err := ledger.Open(last, key.LogKey()); err != nil || c.Size != 108 {
		t.Errorf("the last is %v, %v", c, err)
	}
	if found := audited(t, s, [][]byte{last}, key.LogKey()); len(found) > 0 {
		t.Error(found)
	}
}

// A copy of the database is put back: nothing is signed until a new origin begins, and
// what the old log had says so.
func TestRestoredBackupIsNotSigned(t *testing.T) {
	dir := t.TempDir()
	s, db := open(t, filepath.Join(dir, "a.db"))
	outside, key := record.File(filepath.Join(dir, "checkpoints")), newKey(t, origin)
	write(t, s, 5)
	if _, err := record.New(s, key, outside).Sign(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Write.Exec("VACUUM INTO ?", filepath.Join(dir, "backup.db")); err != nil {
		t.Fatal(err)
	}
	write(t, s, 3)
	if _, err := record.New(s, key, outside).Sign(t.Context()); err != nil {
		t.Fatal(err)
	}
	restored, _ := open(t, filepath.Join(dir, "backup.db"))
	signer := record.New(restored, key, outside)
	var behind *ledger.BehindError
	if _, err := signer.Sign(t.Context()); !errors.Is(err, record.ErrStopped) || !errors.As(err, &behind) || signer.Stopped() == nil {
		t.Fatalf("behind: %v", err)
	}
	write(t, restored, 9) // longer than the old one, and another
	var fork *ledger.ForkError
	if _, err := signer.Sign(t.Context()); !errors.Is(err, record.ErrStopped) || !errors.As(err, &fork) {
		t.Fatalf("forked: %v", err)
	}
	if _, err := record.NewOrigin(t.Context(), restored, key, outside); err == nil {
		t.Error("the old name was taken")
	}
	second := newKey(t, "example.gov/ledger/2")
	if _, err := record.NewOrigin(t.Context(), restored, second, outside); err != nil {
		t.Fatal(err)
	}
	write(t, restored, 1)
	signer = record.New(restored, second, outside)
	if _, err := signer.Sign(t.Context()); err != nil || signer.Stopped() != nil {
		t.Fatal(err)
	}
	e, found, err := restored.LastNote(t.Context(), ledger.Origin)
	if err != nil || !found || e.Facts["old_size"] != int64(8) || e.Facts["old_origin"] != origin {
		t.Errorf("the origin entry says %v, %v", e.Facts, err)
	}
	if found := audited(t, restored, nil, key.LogKey(), second.LogKey()); len(found) > 0 {
		t.Error(found)
	}
	last, _ := outside.Last(t.Context())
	if found := audited(t, restored, [][]byte{last}, key.LogKey(), second.LogKey()); len(found) > 0 {
		t.Error(found)
	}
}

// Two servers with one key sign one log: their checkpoints do not contradict.
func TestTwoSigners(t *testing.T) {
	dir := t.TempDir()
	s, _ := open(t, filepath.Join(dir, "a.db"))
	key := newKey(t, origin)
	a, b := record.New(s, key, nil), record.New(s, key, nil)
	done := make(chan error)
	for _, signer := range []*record.Signer{a, b} {
		go func() {
			var err error
			for i := 0; i < 50 && err == nil; i++ {
				if err = s.Note(context.Background(), ledger.Entry{Type: ledger.Sample, Facts: map[string]any{"seed": i}}); err == nil {
					_, err = signer.Sign(context.Background())
				}
			}
			done <- err
		}()
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if found := audited(t, s, nil, key.LogKey()); len(found) > 0 {
		t.Error(found)
	}
}

// A database that was changed below the last checkpoint is not signed.
func TestChangedLogIsNotSigned(t *testing.T) {
	s, db := open(t, filepath.Join(t.TempDir(), "a.db"))
	key := newKey(t, origin)
	signer := record.New(s, key, nil)
	write(t, s, 4)
	if _, err := signer.Sign(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := db.Tx(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec("DROP TRIGGER ledger_hashes_keep_content; UPDATE ledger_hashes SET hash = zeroblob(32) WHERE position = 6")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := signer.Sign(t.Context()); !errors.Is(err, record.ErrStopped) {
			t.Errorf("got %v", err)
		}
		write(t, s, 4)
	}
}

func TestKeys(t *testing.T) {
	k := newKey(t, origin)
	again, err := record.ParseKey(k.Encode() + "\n")
	if err != nil || again.Public() != k.Public() || again.Origin() != origin || !strings.HasPrefix(k.Public(), origin+"+") {
		t.Errorf("%v %q", err, k.Public())
	}
	if got := fmt.Sprintf("%v %+v %#v %s", k, k, k, k); strings.Contains(got, "PRIVATE") {
		t.Errorf("it prints %q", got)
	}
	for _, text := range []string{"", "PRIVATE+KEY+a", k.Public(), k.Encode()[1:], k.Encode()[:len(k.Encode())-4]} {
		if _, err := record.ParseKey(text); err == nil || text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// A note that a crash left half written is none, and the next one is whole.
func TestHalfWrittenNote(t *testing.T) {
	f := record.File(filepath.Join(t.TempDir(), "c"))
	for i, half := range []string{"", "half", "half\n", "half\n="} {
		note := fmt.Appendf(nil, "text\n%d\n\n— sig\n", i)
		if err := f.Publish(t.Context(), note); err != nil {
			t.Fatal(err)
		}
		file, err := os.OpenFile(string(f), os.O_APPEND|os.O_WRONLY, 0)
		if err == nil {
			_, err = file.WriteString(half)
			file.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		if last, err := f.Last(t.Context()); err != nil || !bytes.Equal(last, note) {
			t.Errorf("after %q the last is %q, %v", half, last, err)
		}
	}
}
