package litedb_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"townclerk/internal/litedb"
)

var schema = fstest.MapFS{"00001_t.sql": {Data: []byte("-- +goose Up\nCREATE TABLE t (x BLOB);\n")}}

func TestReadPoolCannotWrite(t *testing.T) {
	db := open(t)
	if _, err := db.Read.Exec("INSERT INTO t VALUES (1)"); err == nil {
		t.Fatal("the read pool accepted a write")
	}
}

func TestTxRollsBackWhole(t *testing.T) {
	db := open(t)
	boom := errors.New("boom")
	err := db.Tx(t.Context(), func(tx *sql.Tx) error {
		if _, err := tx.Exec("INSERT INTO t VALUES (1)"); err != nil {
			return err
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatalf("got %v", err)
	}
	if n := count(t, db); n != 0 {
		t.Fatalf("%d rows after a failed transaction", n)
	}
}

// A full disk is played by SQLite's own page limit, which fails with the same code.
func TestFullDiskLosesNothingAndSaysWhatToDo(t *testing.T) {
	db := open(t)
	if _, err := db.Write.Exec("INSERT INTO t VALUES (1)"); err != nil {
		t.Fatal(err)
	}
	var pages int
	if err := db.Write.QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Write.Exec("PRAGMA max_page_count = " + string(rune('0'+min(pages, 9)))); err != nil {
		t.Fatal(err)
	}
	err := db.Tx(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO t VALUES (zeroblob(10000000))")
		return err
	})
	if !errors.Is(err, litedb.ErrFull) || !strings.Contains(err.Error(), "free some space") {
		t.Fatalf("got %v, want ErrFull", err)
	}
	if n := count(t, db); n != 1 {
		t.Fatalf("%d rows, want the one committed before", n)
	}
}

func TestNotADatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := litedb.Open(path); err == nil || !strings.Contains(err.Error(), "restore it from a backup") {
		t.Fatalf("got %v", err)
	}
}

func TestFileIsPrivate(t *testing.T) {
	db := open(t)
	info, err := os.Stat(db.Path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v", info.Mode())
	}
}

func open(t *testing.T) *litedb.DB {
	t.Helper()
	db, err := litedb.Open(filepath.Join(t.TempDir(), "sub", "t.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.Migrate(t.Context(), schema, "t_migrations"); err != nil {
		t.Fatal(err)
	}
	return db
}

func count(t *testing.T, db *litedb.DB) (n int) {
	t.Helper()
	if err := db.Read.QueryRow("SELECT count(*) FROM t").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
