package pgdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// runs is how often a transaction is tried.
const runs = 5

// commitTimeout bounds a commit, which does not end with its caller's context.
const commitTimeout = 10 * time.Second

// Tx runs fn in a serializable transaction and commits it where fn returns nil.
// Where Postgres refuses it because of what others did at the same time, Tx
// begins again, with a pause, and tries five times in all: fn starts from
// nothing each time and does nothing outside of the database. After the fifth
// time the error is ErrConflict.
//
// After an error nothing was written, unless it is ErrCommitUnknown. A context
// that ends stops the transaction up to its commit, and not the commit.
func (db *DB) Tx(ctx context.Context, fn func(*sql.Tx) error) error {
	return db.tx(ctx, sql.LevelSerializable, fn)
}

// Locked is Tx for a transaction that first locks the rows it decides by: each of
// its statements sees what was committed before that statement.
func (db *DB) Locked(ctx context.Context, fn func(*sql.Tx) error) error {
	return db.tx(ctx, sql.LevelReadCommitted, fn)
}

func (db *DB) tx(ctx context.Context, level sql.IsolationLevel, fn func(*sql.Tx) error) error {
	for run := 1; ; run++ {
		err := db.try(ctx, level, fn)
		if run == runs || !refused(err) {
			return Explain(err)
		}
		select {
		case <-time.After(db.backoff(run)):
		case <-ctx.Done():
			return fmt.Errorf("%w (%w)", ctx.Err(), Explain(err))
		}
	}
}

func (db *DB) try(ctx context.Context, level sql.IsolationLevel, fn func(*sql.Tx) error) error {
	tx, err := db.begin(ctx, &sql.TxOptions{Isolation: level})
	if err != nil {
		return err
	}
	defer tx.end()
	if err := fn(tx.Tx); err != nil {
		return err
	}
	if !tx.detach() { // the caller's context has ended
		return ctx.Err()
	}
	late := time.AfterFunc(commitTimeout, tx.cancel)
	defer late.Stop()
	return commitError(tx.Commit())
}

// transaction is one that ends with its caller's context until it is detached.
type transaction struct {
	*sql.Tx
	cancel context.CancelFunc
	detach func() bool // false: the caller's context has ended
}

// end rolls back what was not committed.
func (tx *transaction) end() {
	tx.Rollback() // does nothing after a commit
	tx.detach()
	tx.cancel()
}

// begin waits for a connection no longer than the options allow.
func (db *DB) begin(ctx context.Context, o *sql.TxOptions) (*transaction, error) {
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	detach := context.AfterFunc(ctx, cancel)
	late := time.AfterFunc(db.patience, cancel)
	tx, err := db.SQL.BeginTx(own, o)
	inTime := late.Stop()
	if err == nil && inTime {
		return &transaction{tx, cancel, detach}, nil
	}
	detach()
	cancel()
	switch {
	case ctx.Err() != nil:
		err = ctx.Err()
	case !inTime: // the cause as text, for it wraps the end of a context that is not the caller's
		err = fmt.Errorf("%w (after %v: %v)", ErrExhausted, db.patience, Explain(err))
	}
	return nil, err
}

// commitError tells a commit that was not done from one that may have been. A
// server that answers with an error has not committed, unless it ends the
// session: that can come after the commit. pgconn.SafeToRetry is of no use here:
// in pgx 5.12 it is true also of a connection that was lost after the commit had
// been sent.
func commitError(err error) error {
	if err == nil || errors.Is(err, pgx.ErrTxCommitRollback) || errors.Is(err, sql.ErrTxDone) {
		return err
	}
	var server *pgconn.PgError
	if errors.As(err, &server) && server.SeverityUnlocalized == "ERROR" && server.Code != "40003" && !strings.HasPrefix(server.Code, "08") {
		return err
	}
	return fmt.Errorf("%w (%w)", ErrCommitUnknown, err)
}

// refused reports whether the same transaction may succeed if it is run again.
func refused(err error) bool {
	var server *pgconn.PgError
	return !errors.Is(err, ErrCommitUnknown) && errors.As(err, &server) &&
		(server.Code == "40001" || server.Code == "40P01")
}

// Snapshot runs fn in a transaction that sees one state of the database and
// writes nothing.
func (db *DB) Snapshot(ctx context.Context, fn func(*sql.Tx) error) error {
	tx, err := db.begin(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return Explain(err)
	}
	defer tx.end()
	return Explain(fn(tx.Tx))
}

// Look runs fn with a connection and no transaction: each statement sees a state
// of its own. Where the connection turns out to be dead fn is run again with
// another one.
func (db *DB) Look(ctx context.Context, fn func(*sql.Conn) error) error {
	var err error
	for range runs {
		if err = db.look(ctx, fn); !errors.Is(err, driver.ErrBadConn) {
			break
		}
	}
	return Explain(err)
}

func (db *DB) look(ctx context.Context, fn func(*sql.Conn) error) error {
	waiting, cancel := context.WithTimeout(ctx, db.patience)
	conn, err := db.SQL.Conn(waiting)
	late := waiting.Err()
	cancel()
	switch {
	case err != nil && ctx.Err() == nil && late != nil:
		return fmt.Errorf("%w (after %v: %v)", ErrExhausted, db.patience, Explain(err))
	case err != nil:
		return err
	}
	defer conn.Close()
	return fn(conn)
}
