// Package pgdb opens the Postgres database that the second engine lives in, and
// brings its schema up to date. The packages that own tables share one DB.
//
// There is one pool of connections with two views: Pool speaks Postgres's own
// protocol, for who needs its types, batches or COPY; SQL is database/sql, for
// packages whose SQL text serves SQLite too. A connection that one of them uses
// is one that the other waits for.
//
// # Transactions
//
// Write in a transaction. A statement outside of one, run with SQL.Exec, may be
// done twice: where the connection is lost in the middle of a statement without
// arguments, pgx 5.12 reports it as never sent, and database/sql sends it again.
//
// Tx is serializable: whatever transactions did at the same time, the result is
// one that they could have had one after the other. Postgres reaches that by
// refusing some of them, so Tx runs a refused one again. What a transaction
// returns is therefore decided by its last run, and it must not do anything
// outside of the database. A transaction that locks the rows it decides by can do
// with Locked, which is never refused for what others did to the same page of an
// index.
//
// # Connections
//
// Migrations lock with a session, and settings are those of a session. The URL is
// that of a server, or of a pooler in session mode; never of one in transaction
// mode.
package pgdb

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// Options are what a DB may be told. The zero value works.
type Options struct {
	// MaxConns is the size of the pool. 0: twice the processor's cores, at least 4.
	// It wins over pool_max_conns in the URL.
	MaxConns int
	// StatementTimeout ends a statement that takes longer. 0: 30 s.
	StatementTimeout time.Duration
	// IdleInTransactionTimeout ends a session whose transaction does nothing for
	// longer. 0: 60 s.
	IdleInTransactionTimeout time.Duration
	// ConnectTimeout bounds each attempt to connect. 0: 5 s. One in the URL wins.
	ConnectTimeout time.Duration
	// AcquireTimeout bounds how long a transaction waits for a free connection
	// before it fails with ErrExhausted. 0: 5 s.
	AcquireTimeout time.Duration
	// ApplicationName is seen in pg_stat_activity. Empty: "townclerk". One in the
	// URL wins.
	ApplicationName string
	// Vector says that pgvector is needed: Open creates the extension where it is
	// not, and fails where it cannot or where the extension is older than 0.8.0.
	Vector bool
	// AfterConnect runs once for each new connection, after Open has seen to the
	// extension: the place to register types. A connection on which it fails is
	// not used.
	AfterConnect func(ctx context.Context, conn *pgx.Conn) error
	// Backoff says how long Tx waits after a number of refused runs (1 to 4). Nil:
	// a random time of up to 10 ms, 20 ms, 40 ms, 80 ms.
	Backoff func(refused int) time.Duration
}

// DB is a Postgres database.
type DB struct {
	Pool *pgxpool.Pool
	SQL  *sql.DB // over Pool

	name     string // host, port and database
	backoff  func(refused int) time.Duration
	patience time.Duration // for a connection
	warnings []string
}

// Open connects to the database and looks whether it will do. The URL is a
// postgres:// URL or a list of key=value pairs; what it does not say is taken
// from the PG* environment variables. No error repeats a password. Where the
// database was asked for but is out of reach, Open fails; later losses are
// repaired by the pool.
func Open(ctx context.Context, url string, o Options) (*DB, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		// The error quotes the URL, and hides its password only as well as it can.
		return nil, errors.New("the database's URL cannot be read; write it as postgres://USER:PASSWORD@HOST:5432/DATABASE, " +
			"with characters such as / @ : # % in the password percent-encoded")
	}
	o.apply(config)
	db := &DB{
		name:     name(config.ConnConfig),
		backoff:  o.Backoff,
		patience: cmp.Or(o.AcquireTimeout, 5*time.Second),
	}
	if db.backoff == nil {
		db.backoff = jitter
	}
	facts, err := inspect(ctx, config.ConnConfig, o.Vector)
	if err == nil {
		db.warnings, err = facts.judge(o.Vector)
	}
	if err != nil {
		return nil, fmt.Errorf("open the database %s: %w", db.name, Explain(err))
	}
	if facts.parallelBuildsAreUnsafe() {
		config.ConnConfig.RuntimeParams["max_parallel_maintenance_workers"] = "0"
	}
	if facts.asynchronous() {
		config.ConnConfig.RuntimeParams["synchronous_commit"] = "on"
	}
	db.Pool, err = pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open the database %s: %w", db.name, Explain(err))
	}
	db.SQL = stdlib.OpenDBFromPool(db.Pool)
	// A hook that fails should fail here and not at the first question.
	if err := db.Pool.Ping(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open the database %s: %w", db.name, Explain(err)), db.Close())
	}
	return db, nil
}

func (o Options) apply(c *pgxpool.Config) {
	c.MaxConns = int32(cmp.Or(o.MaxConns, max(4, 2*runtime.NumCPU())))
	c.AfterConnect = o.AfterConnect
	if c.ConnConfig.ConnectTimeout == 0 {
		c.ConnConfig.ConnectTimeout = cmp.Or(o.ConnectTimeout, 5*time.Second)
	}
	preset(c.ConnConfig.RuntimeParams, map[string]string{
		"application_name":                    cmp.Or(o.ApplicationName, "townclerk"),
		"statement_timeout":                   millis(cmp.Or(o.StatementTimeout, 30*time.Second)),
		"idle_in_transaction_session_timeout": millis(cmp.Or(o.IdleInTransactionTimeout, time.Minute)),
	})
}

// preset sets what is not set yet.
func preset(params, defaults map[string]string) {
	for name, value := range defaults {
		if params[name] == "" {
			params[name] = value
		}
	}
}

func millis(d time.Duration) string { return strconv.FormatInt(max(1, d.Milliseconds()), 10) }

func name(c *pgx.ConnConfig) string {
	return fmt.Sprintf("%s on %s:%d", c.Database, c.Host, c.Port)
}

// jitter is the default backoff.
func jitter(refused int) time.Duration {
	return rand.N(5 * time.Millisecond << refused)
}

// String names the database without user and password.
func (db *DB) String() string { return db.name }

// Warnings returns what the operator should know though it works: an outdated
// pgvector, a server that may lose what it has confirmed.
func (db *DB) Warnings() []string { return db.warnings }

// Dialect returns "postgres".
func (db *DB) Dialect() string { return "postgres" }

// Close closes all connections and waits for those in use.
func (db *DB) Close() error {
	err := db.SQL.Close()
	db.Pool.Close()
	return err
}
