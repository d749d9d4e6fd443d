package pgdb

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"

	"townclerk/internal/schema"
)

// Migrate applies the migrations in fsys that table does not list yet, in order.
// Each owner of tables has its own list. Any number of servers may call it at
// once: one migrates, the others wait for it. A migration may take as long as
// ctx lets it. It fails with schema.ErrNewer where a newer program was here.
func (db *DB) Migrate(ctx context.Context, fsys fs.FS, table string) error {
	err := schema.Up(ctx, db.SQL, database.DialectPostgres, fsys, table, goose.WithSessionLocker(locker{}))
	if err != nil {
		return fmt.Errorf("migrate %s: %w", table, Explain(err))
	}
	return nil
}

// Schema tells how far table is with the migrations in fsys. It changes nothing.
func (db *DB) Schema(ctx context.Context, fsys fs.FS, table string) (schema.State, error) {
	s, err := schema.Look(ctx, db.SQL, database.DialectPostgres, fsys, table)
	if err != nil {
		return s, fmt.Errorf("look at %s: %w", table, Explain(err))
	}
	return s, nil
}

// Tables returns the names of the tables and views of the database.
func (db *DB) Tables(ctx context.Context) ([]string, error) {
	names, err := schema.Tables(ctx, db.SQL, database.DialectPostgres)
	if err != nil {
		return nil, fmt.Errorf("list the tables: %w", Explain(err))
	}
	return names, nil
}

// migrationLock is the number of the advisory lock: one for all lists of a
// database, for migrations of different owners may touch the same extension.
const migrationLock int64 = 0x746f776e636c726b // "townclrk"

// locker holds an advisory lock, and lifts the session's time limits, while
// migrations run. It asks again and again instead of waiting in the server: a
// statement that waits there keeps CREATE INDEX CONCURRENTLY from finishing.
type locker struct{}

func (locker) SessionLock(ctx context.Context, conn *sql.Conn) error {
	for {
		var locked bool
		err := conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", migrationLock).Scan(&locked)
		if err != nil {
			return err
		}
		if locked {
			_, err := conn.ExecContext(ctx, "SELECT set_config('statement_timeout', '0', false)")
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for another server's migration: %w", ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (locker) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, "RESET statement_timeout")
	if err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "SELECT pg_advisory_unlock($1)", migrationLock)
	return err
}
