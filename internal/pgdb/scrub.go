package pgdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// How long Scrub waits for transactions that still see the old rows.
const (
	scrubPatience = 2 * time.Second
	scrubPause    = 20 * time.Millisecond
)

// ErrNoVacuum says that the user has no right to VACUUM a table.
var ErrNoVacuum = errors.New("the database's user may not VACUUM Townclerk's tables, so deleted rows stay in their files: " +
	"make it their owner (ALTER TABLE ... OWNER TO), or on Postgres 17 and later GRANT MAINTAIN on them")

// Scrub vacuums tables, so that the rows that were deleted or replaced before are
// rows no more, and reports whether it did. It reports false where something
// still sees them after two seconds: a long transaction, a prepared one, a
// replica's query, a replication slot.
//
// A vacuumed row cannot be read with SQL. Its bytes stay in the free space of
// their page until another row takes it, and in the write-ahead log, its archive,
// replicas and backups. VACUUM FULL writes a table anew without them, and locks
// it meanwhile: that is for the operator to decide.
func (db *DB) Scrub(ctx context.Context, tables ...string) (bool, error) {
	deadline := time.Now().Add(scrubPatience)
	for {
		left := false
		for _, table := range tables {
			dead, err := db.vacuum(ctx, table)
			if err != nil {
				return false, fmt.Errorf("vacuum %s: %w", table, Explain(err))
			}
			left = left || dead > 0
		}
		if !left || time.Now().After(deadline) {
			return !left, nil
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(scrubPause):
		}
	}
}

// vacuum vacuums a table and returns how many dead rows it had to leave there and
// in the table of its large values.
func (db *DB) vacuum(ctx context.Context, table string) (dead int64, err error) {
	conn, err := db.SQL.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	before, _, err := vacuumed(ctx, conn, table)
	if err != nil {
		return 0, err
	}
	if _, err := conn.ExecContext(ctx, "SELECT set_config('statement_timeout', '0', false)"); err != nil {
		return 0, err
	}
	_, err = conn.ExecContext(ctx, "VACUUM "+pgx.Identifier{table}.Sanitize())
	if _, resetErr := conn.ExecContext(ctx, "RESET statement_timeout"); err != nil || resetErr != nil {
		return 0, errors.Join(err, resetErr)
	}
	// A user without the right gets a notice, not an error, so look whether it was
	// done. Postgres counts the rows that VACUUM left as the dead ones.
	after, dead, err := vacuumed(ctx, conn, table)
	if err == nil && after == before {
		err = ErrNoVacuum
	}
	return dead, err
}

func vacuumed(ctx context.Context, conn *sql.Conn, table string) (times, dead int64, err error) {
	err = conn.QueryRowContext(ctx, `
		SELECT pg_stat_get_vacuum_count(oid),
			pg_stat_get_dead_tuples(oid) + coalesce(pg_stat_get_dead_tuples(nullif(reltoastrelid, 0)), 0)
		FROM pg_class WHERE oid = to_regclass($1)`, table).Scan(&times, &dead)
	return times, dead, err
}
