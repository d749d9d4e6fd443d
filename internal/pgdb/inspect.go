package pgdb

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Errors of a server that will not do.
var (
	ErrOldServer = errors.New("the Postgres server is too old: Townclerk needs version 15 or later; upgrade the server (17 is a good choice)")
	ErrReadOnly  = errors.New("this Postgres server is a read-only replica or a read-only database: " +
		"let the URL name the primary (with several hosts in it, add target_session_attrs=read-write)")
	ErrNoVector = errors.New("the database has no pgvector: install the package on the server (Debian: postgresql-17-pgvector; " +
		"managed servers list it among their extensions), then run CREATE EXTENSION vector in the database as a superuser")
	ErrOldVector = errors.New("the database's pgvector is too old: Townclerk needs 0.8.0 or later; " +
		"install the new package on the server, then run ALTER EXTENSION vector UPDATE in the database")
)

// facts are what Open asks of a server.
type facts struct {
	version    int  // 170006 is 17.6
	readOnly   bool // a replica, or a database that is set so
	vector     string
	available  string // the version of pgvector that could be created; empty without one
	syncCommit string
	fsync      bool
}

// inspect asks a server for its facts, over a connection of its own, and creates
// the extension where it is wanted and can be.
func inspect(ctx context.Context, config *pgx.ConnConfig, vector bool) (f facts, err error) {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return f, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if f, err = ask(ctx, conn); err != nil {
		return f, err
	}
	if vector && f.vector == "" && f.available != "" && !f.readOnly && f.version >= oldestServer {
		// Two servers may start at once: CREATE ... IF NOT EXISTS is not enough.
		_, err = conn.Exec(ctx, "CREATE EXTENSION IF NOT EXISTS vector")
		if again, askErr := ask(ctx, conn); askErr == nil && again.vector != "" {
			return again, nil
		}
		return f, errors.Join(ErrNoVector, err)
	}
	return f, nil
}

func ask(ctx context.Context, conn *pgx.Conn) (f facts, err error) {
	err = conn.QueryRow(ctx, `SELECT
		current_setting('server_version_num')::int,
		pg_is_in_recovery() OR current_setting('transaction_read_only')::bool,
		coalesce((SELECT extversion FROM pg_extension WHERE extname = 'vector'), ''),
		coalesce((SELECT default_version FROM pg_available_extensions WHERE name = 'vector'), ''),
		current_setting('synchronous_commit'),
		current_setting('fsync')::bool`).
		Scan(&f.version, &f.readOnly, &f.vector, &f.available, &f.syncCommit, &f.fsync)
	return f, err
}

const oldestServer = 150000

// judge returns what is wrong and what is worth a warning.
func (f facts) judge(vector bool) (warnings []string, err error) {
	switch {
	case f.version < oldestServer:
		return nil, fmt.Errorf("%w (it is %d.%d)", ErrOldServer, f.version/10000, f.version%10000)
	case f.readOnly:
		return nil, ErrReadOnly
	case vector && f.vector == "":
		return nil, ErrNoVector
	case vector && older(f.vector, "0.8.0"):
		return nil, fmt.Errorf("%w (it is %s)", ErrOldVector, f.vector)
	}
	if f.parallelBuildsAreUnsafe() {
		warnings = append(warnings, fmt.Sprintf("pgvector %s: update to 0.8.4 or later. Before 0.8.2 a parallel build of an HNSW index "+
			"can leak other tables' data (CVE-2026-3172), before 0.8.4 VACUUM can fail on one or damage it. "+
			"Until then Townclerk builds indexes without parallel workers", f.vector))
	}
	if f.asynchronous() {
		warnings = append(warnings, "the server's synchronous_commit is off: Townclerk turns it on for its own connections, "+
			"so that nothing is shown that a crash could take back")
	}
	if !f.fsync {
		warnings = append(warnings, "the server's fsync is off: a power cut can damage the whole database; turn it on in postgresql.conf")
	}
	return warnings, nil
}

func (f facts) parallelBuildsAreUnsafe() bool { return f.vector != "" && older(f.vector, "0.8.4") }

func (f facts) asynchronous() bool { return f.syncCommit == "off" }

// older compares versions as in "0.8.1", by their numbers.
func older(version, than string) bool {
	a, b := strings.Split(version, "."), strings.Split(than, ".")
	for i := range max(len(a), len(b)) {
		if x, y := part(a, i), part(b, i); x != y {
			return x < y
		}
	}
	return false
}

// part returns the number that a part begins with; 0 without one.
func part(parts []string, i int) int {
	if i >= len(parts) {
		return 0
	}
	digits := parts[i]
	if end := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
		digits = digits[:end]
	}
	n, _ := strconv.Atoi(digits) // no digits: 0
	return n
}
