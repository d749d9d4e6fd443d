// Package pgsearch is the engine for many replicas: documents, versions, passages
// and vectors in Postgres with pgvector, searched by any number of processes.
//
// The database is the truth; each process holds a snapshot of the current
// revision in memory, the words' index with it, and ranks with retrieval/hybrid.
// Every search first asks the database for the number of the current revision and
// loads a new snapshot when it has moved, whichever process moved it.
//
// # Vectors
//
// A vector is named by a hash of what was encoded, and never changes. The vectors
// of one encoder are a set: a table of its own, so that another encoder's are
// loaded and indexed beside those in use.
//
// Below Options.MemoryBelow passages the vectors are part of the snapshot and are
// compared with the question there: the result is that of retrieval/litesearch, to
// the bit. From there on they stay in the database, and an HNSW index (Malkov
// and Yashunin, 2016) finds those near the question. That is approximate in which
// passages it brings in, not in their scores: the vectors come along, as do those
// of the passages that the words found, and are compared here as ever.
//
// # Consistency
//
// A change is one transaction under a lock on the one row of head, with the index
// of a new set in it. A search takes passages from one snapshot only. The
// statement that asks for near vectors also reads the revision: where that has
// moved on the search starts again.
package pgsearch

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pgvector/pgvector-go"
	pgvectorpgx "github.com/pgvector/pgvector-go/pgx"

	"townclerk/internal/pgdb"
	"townclerk/knowledge"
)

//go:embed migrations/*.sql
var migrations embed.FS

// MigrationTable lists the migrations that were applied.
const MigrationTable = "knowledge_migrations"

// Migrations returns those of this package's tables.
func Migrations() fs.FS {
	files, _ := fs.Sub(migrations, "migrations") // fails only for a name that is no path
	return files
}

// Options are what a Store and its Index may be told. The zero value works.
type Options struct {
	// MemoryBelow is the number of live passages from which on vectors stay in the
	// database, found with an HNSW index. Below it each server has them in memory, at
	// two bytes and a bit for each dimension, and searches without asking the
	// database. 0: 200,000, that is 164 MB at 384 dimensions, 653 at 1,536.
	MemoryBelow int
	// ExactFiltered is how many passages a filter may leave for them to be compared
	// one by one nevertheless: an index walks past most of what it meets where a
	// filter leaves little. 0: 10,000.
	ExactFiltered int
	// EfSearch is how many vectors the index looks at for one question
	// (hnsw.ef_search): more find better and take longer. 0: 100. From 60 to 1,000.
	EfSearch int
	// BuildMemory is how many megabytes of memory building an index may take on the
	// server (maintenance_work_mem). 0: 1,024. It takes what it needs, for 100,000
	// vectors of 1,536 dimensions 400. One that does not fit is built many times
	// slower.
	BuildMemory int
	// AcquireTimeout bounds the wait for a free connection. 0: 5 s.
	AcquireTimeout time.Duration
}

func (o Options) filled() Options {
	o.MemoryBelow = cmp.Or(o.MemoryBelow, 200_000)
	o.ExactFiltered = cmp.Or(o.ExactFiltered, 10_000)
	o.EfSearch = min(max(cmp.Or(o.EfSearch, 100), reach), 1000)
	o.BuildMemory = cmp.Or(o.BuildMemory, 1024)
	o.AcquireTimeout = cmp.Or(o.AcquireTimeout, 5*time.Second)
	return o
}

// AfterConnect makes a connection know pgvector's types. It is for
// pgdb.Options.AfterConnect.
func AfterConnect(ctx context.Context, conn *pgx.Conn) error {
	return pgvectorpgx.RegisterTypes(ctx, conn)
}

// Store keeps an agency's knowledge in a Postgres database. It is safe for
// concurrent use, by any number of processes.
type Store struct {
	pool *pgxpool.Pool
	db   *pgdb.DB // the same database, for SQL text that serves SQLite too
	now  func() time.Time
	o    Options
}

var (
	_ knowledge.Store  = (*Store)(nil)
	_ knowledge.Keeper = (*Store)(nil)
)

// NewStore brings the schema up to date and returns the store. The database was
// opened with pgdb.Options{Vector: true, AfterConnect: pgsearch.AfterConnect}.
func NewStore(ctx context.Context, db *pgdb.DB, now func() time.Time, o Options) (*Store, error) {
	if err := db.Migrate(ctx, Migrations(), MigrationTable); err != nil {
		return nil, err
	}
	s := &Store{pool: db.Pool, db: db, now: now, o: o.filled()}
	return s, s.withConn(ctx, "look at the database's types", func(c *pgx.Conn) error {
		if _, ok := c.TypeMap().TypeForName("halfvec"); !ok {
			return errors.New("the pool does not know pgvector's types: open the database with pgsearch.AfterConnect")
		}
		return nil
	})
}

// withConn runs fn with a connection that it waits for no longer than the options
// allow, and says what an error means.
func (s *Store) withConn(ctx context.Context, op string, fn func(*pgx.Conn) error) error {
	waiting, stop := context.WithTimeout(ctx, s.o.AcquireTimeout)
	conn, err := s.pool.Acquire(waiting)
	if err != nil && ctx.Err() == nil && waiting.Err() != nil {
		// The cause as text, for it wraps the end of a context that is not the caller's.
		err = fmt.Errorf("%w (after %v: %v)", pgdb.ErrExhausted, s.o.AcquireTimeout, pgdb.Explain(err))
	}
	stop()
	if err != nil {
		return wrap(ctx, op, err)
	}
	defer conn.Release()
	return wrap(ctx, op, fn(conn.Conn()))
}

// read runs fn in a transaction that sees one state and writes nothing.
func (s *Store) read(ctx context.Context, op string, fn func(pgx.Tx) error) error {
	return s.withConn(ctx, op, func(c *pgx.Conn) error {
		return pgx.BeginTxFunc(ctx, c, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, fn)
	})
}

// wrap says what was being done and what an error means. A caller that has left is
// told so, whatever that did to the connection.
func wrap(ctx context.Context, op string, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil && !errors.Is(err, pgdb.ErrCommitUnknown):
		return fmt.Errorf("%s: %w", op, ctx.Err())
	}
	return fmt.Errorf("%s: %w", op, pgdb.Explain(err))
}

// Revision returns the current revision; zero before the first.
func (s *Store) Revision(ctx context.Context) (knowledge.Revision, error) {
	var r knowledge.Revision
	err := s.withConn(ctx, "read the revision", func(c *pgx.Conn) error {
		return c.QueryRow(ctx, "SELECT revision FROM head").Scan(&r)
	})
	return r, err
}

// Manifest returns what is live now.
func (s *Store) Manifest(ctx context.Context) (knowledge.Manifest, error) {
	var m knowledge.Manifest
	err := s.read(ctx, "read the manifest", func(tx pgx.Tx) (err error) {
		m, err = manifest(ctx, tx)
		return err
	})
	return m, err
}

func manifest(ctx context.Context, tx pgx.Tx) (knowledge.Manifest, error) {
	m, err := current(ctx, tx)
	if err != nil {
		return m, err
	}
	m.Live = map[knowledge.DocumentID]knowledge.VersionID{}
	var d knowledge.DocumentID
	var v knowledge.VersionID
	err = each(ctx, tx, []any{&d, &v}, func() error {
		m.Live[d] = v
		return nil
	}, "SELECT document, version FROM live WHERE until IS NULL")
	return m, err
}

// current returns the manifest without what is live.
func current(ctx context.Context, tx pgx.Tx) (m knowledge.Manifest, err error) {
	err = tx.QueryRow(ctx, `SELECT r.id, r.encoder, m.state FROM head h JOIN revisions r ON r.id = h.revision
		LEFT JOIN models m ON m.fingerprint = r.encoder`).Scan(&m.Revision, &m.Encoder, &m.Model)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return m, err
}

// each scans every row of the query into dest and calls row.
func each(ctx context.Context, tx pgx.Tx, dest []any, row func() error, query string, args ...any) error {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	_, err = pgx.ForEachRow(rows, dest, row)
	return err
}

// Vectors returns the vectors that are kept for the keys.
func (s *Store) Vectors(ctx context.Context, encoder string, keys []knowledge.Key) (map[knowledge.Key][]float32, error) {
	out := make(map[knowledge.Key][]float32, len(keys))
	err := s.read(ctx, "read vectors", func(tx pgx.Tx) error {
		set, err := findSet(ctx, tx, encoder)
		if err != nil || set.id == 0 {
			return err
		}
		var key []byte
		var v pgvector.HalfVector
		return each(ctx, tx, []any{&key, &v}, func() error {
			out[knowledge.Key(key)] = v.Slice()
			return nil
		}, "SELECT key, vector FROM "+set.table()+" WHERE key = ANY($1)", raw(keys))
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// raw returns the keys as the driver wants them.
func raw(keys []knowledge.Key) [][]byte {
	out := make([][]byte, len(keys))
	for i := range keys {
		out[i] = keys[i][:]
	}
	return out
}

// Version returns a version, live or retired.
func (s *Store) Version(ctx context.Context, id knowledge.VersionID) (knowledge.Version, error) {
	var v knowledge.Version
	op := "read version " + string(id)
	if !storable(string(id)) {
		return v, fmt.Errorf("%s: %w", op, knowledge.ErrNotFound)
	}
	err := s.withConn(ctx, op, func(c *pgx.Conn) (err error) {
		v, err = scanVersion(c.QueryRow(ctx, "SELECT "+versionColumns+" FROM versions v WHERE id = $1", id).Scan)
		if errors.Is(err, pgx.ErrNoRows) {
			return knowledge.ErrNotFound
		}
		return err
	})
	return v, err
}

// storable reports whether Postgres can have the text in a column. What it cannot
// have it has not.
func storable(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

const versionColumns = "v.id, v.document, v.url, v.title, v.description, v.language, v.department, v.reviewed, v.review_by, v.ends, v.text, v.blocks"

func scanVersion(scan func(...any) error) (knowledge.Version, error) {
	var v knowledge.Version
	var reviewed, reviewBy, ends, blocks string
	err := scan(&v.ID, &v.Document, &v.URL, &v.Title, &v.Description, &v.Language, &v.Department, &reviewed, &reviewBy, &ends, &v.Text, &blocks)
	if err != nil {
		return v, err
	}
	var bad [3]error
	v.Reviewed, bad[0] = knowledge.ParseDay(reviewed)
	v.ReviewBy, bad[1] = knowledge.ParseDay(reviewBy)
	v.Ends, bad[2] = knowledge.ParseDay(ends)
	if err := errors.Join(bad[:]...); err != nil {
		return v, fmt.Errorf("version %s: %w", v.ID, err)
	}
	return v, json.Unmarshal([]byte(blocks), &v.Blocks)
}
