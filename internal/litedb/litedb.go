// Package litedb opens the SQLite file that the embedded engine lives in, and
// brings its schema up to date. The packages that own tables share one DB.
package litedb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3/database"
	"modernc.org/sqlite" // also registers the driver
	sqlite3 "modernc.org/sqlite/lib"

	"townclerk/internal/schema"
)

// DB is a SQLite file. Write has one connection, so writers queue in the
// process instead of colliding in the file; other processes are waited for.
// Readers never wait for a writer.
type DB struct {
	Path        string
	Write, Read *sql.DB
}

// ErrFull says that the disk has no room left. What was being written is not
// there; everything committed before is.
var ErrFull = errors.New("the disk is full: free some space, nothing that was committed is lost")

// Open opens or creates the file at path. A commit is durable when it returns
// (synchronous=FULL), and deleted content is overwritten (secure_delete).
func Open(path string) (*DB, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("create the data folder: %w", err)
	}
	if err := private(path); err != nil {
		return nil, fmt.Errorf("create the database file: %w", err)
	}
	pragmas := url.Values{
		"_pragma": {
			"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)",
			"foreign_keys(1)", "secure_delete(1)", "temp_store(MEMORY)",
		},
		"_time_format": {"sqlite"},
	}
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + pragmas.Encode()
	write, err := sql.Open("sqlite", dsn+"&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	write.SetMaxOpenConns(1)
	read, err := sql.Open("sqlite", dsn+"&_pragma=query_only(1)")
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	read.SetMaxOpenConns(8)
	db := &DB{Path: path, Write: write, Read: read}
	unlock, err := lock(path)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	defer unlock()
	if err := write.Ping(); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, Explain(err)), db.Close())
	}
	return db, nil
}

// private creates the file readable by its owner only.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// Close closes both pools.
func (db *DB) Close() error { return errors.Join(db.Read.Close(), db.Write.Close()) }

// Migrate applies the migrations in fsys that table does not list yet, in order.
// Each owner of tables has its own list. It fails with schema.ErrNewer where a
// newer program was here.
func (db *DB) Migrate(ctx context.Context, fsys fs.FS, table string) error {
	unlock, err := lock(db.Path)
	if err != nil {
		return err
	}
	defer unlock()
	if err := schema.Up(ctx, db.Write, database.DialectSQLite3, fsys, table); err != nil {
		return fmt.Errorf("migrate %s: %w", table, Explain(err))
	}
	return nil
}

// Schema tells how far table is with the migrations in fsys. It changes nothing.
func (db *DB) Schema(ctx context.Context, fsys fs.FS, table string) (schema.State, error) {
	s, err := schema.Look(ctx, db.Read, database.DialectSQLite3, fsys, table)
	if err != nil {
		return s, fmt.Errorf("look at %s: %w", table, Explain(err))
	}
	return s, nil
}

// Tables returns the names of the tables and views in the file.
func (db *DB) Tables(ctx context.Context) ([]string, error) {
	names, err := schema.Tables(ctx, db.Read, database.DialectSQLite3)
	if err != nil {
		return nil, fmt.Errorf("list the tables: %w", Explain(err))
	}
	return names, nil
}

// Tx runs fn in a write transaction and commits it where fn returns nil.
func (db *DB) Tx(ctx context.Context, fn func(*sql.Tx) error) error {
	tx, err := db.Write.BeginTx(ctx, nil)
	if err != nil {
		return Explain(err)
	}
	if err := fn(tx); err != nil {
		tx.Rollback() // the first error is the one to report
		return Explain(err)
	}
	return Explain(tx.Commit())
}

// Locked is Tx: a transaction that writes holds the file.
func (db *DB) Locked(ctx context.Context, fn func(*sql.Tx) error) error { return db.Tx(ctx, fn) }

// Look runs fn with a connection that reads, and no transaction: each statement
// sees a state of its own.
func (db *DB) Look(ctx context.Context, fn func(*sql.Conn) error) error {
	conn, err := db.Read.Conn(ctx)
	if err != nil {
		return Explain(err)
	}
	defer conn.Close()
	return Explain(fn(conn))
}

// Snapshot runs fn in a transaction that sees one state of the database and
// writes nothing.
func (db *DB) Snapshot(ctx context.Context, fn func(*sql.Tx) error) error {
	tx, err := db.Read.BeginTx(ctx, nil)
	if err != nil {
		return Explain(err)
	}
	defer tx.Rollback() // nothing was written
	return Explain(fn(tx))
}

// Scrub takes what was deleted or replaced before out of the write-ahead log, and
// reports whether it did: not where a reader of an old state is in the way for
// longer than other processes are waited for. In the file itself deleted content
// is overwritten at once. The names of the tables are not needed.
func (db *DB) Scrub(ctx context.Context, _ ...string) (bool, error) {
	var busy, logged, moved int
	err := db.Write.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &logged, &moved)
	return err == nil && busy == 0, Explain(err)
}

// Explain is Explain.
func (db *DB) Explain(err error) error { return Explain(err) }

// Dialect returns "sqlite".
func (db *DB) Dialect() string { return "sqlite" }

// String returns the file's path.
func (db *DB) String() string { return db.Path }

// Explain wraps SQLite's errors in ones that say what to do.
func Explain(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%w (%w)", ErrFull, err)
	case sqlite3.SQLITE_BUSY:
		return fmt.Errorf("another process has held the database for over 10 seconds; wait for it to finish and try again (%w)", err)
	case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("the file is no Townclerk database or is damaged; restore it from a backup (%w)", err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return fmt.Errorf("the database file cannot be written; check its owner and permissions (%w)", err)
	}
	return err
}
