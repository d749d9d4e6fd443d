// Package litesearch is the embedded engine: documents, versions, passages and
// vectors in SQLite, searched in memory.
//
// The database is the truth; a snapshot of its current revision is held in
// memory and ranked by retrieval/hybrid. Every search first asks the database
// for the number of the current revision, which costs some microseconds, and
// loads a new snapshot when it has moved, whichever process moved it. A search
// works on one snapshot from start to end.
package litesearch

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"townclerk/internal/litedb"
	"townclerk/knowledge"
	vec "townclerk/retrieval/embed"
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

// Store keeps an agency's knowledge in a SQLite file.
type Store struct {
	db  *litedb.DB
	now func() time.Time
}

var (
	_ knowledge.Store  = (*Store)(nil)
	_ knowledge.Keeper = (*Store)(nil)
)

// NewStore brings the schema up to date and returns the store.
func NewStore(ctx context.Context, db *litedb.DB, now func() time.Time) (*Store, error) {
	if err := db.Migrate(ctx, Migrations(), MigrationTable); err != nil {
		return nil, err
	}
	return &Store{db, now}, nil
}

// Revision returns the current revision; zero before the first.
func (s *Store) Revision(ctx context.Context) (knowledge.Revision, error) {
	var r knowledge.Revision
	err := s.db.Read.QueryRowContext(ctx, "SELECT coalesce(max(id), 0) FROM revisions").Scan(&r)
	return r, wrap("read the revision", err)
}

// Manifest returns what is live now.
func (s *Store) Manifest(ctx context.Context) (knowledge.Manifest, error) {
	tx, err := s.db.Read.BeginTx(ctx, nil)
	if err != nil {
		return knowledge.Manifest{}, wrap("read the manifest", err)
	}
	defer tx.Rollback()
	m, err := manifest(ctx, tx)
	return m, wrap("read the manifest", err)
}

func manifest(ctx context.Context, tx *sql.Tx) (knowledge.Manifest, error) {
	m := knowledge.Manifest{Live: map[knowledge.DocumentID]knowledge.VersionID{}}
	err := tx.QueryRowContext(ctx, `SELECT r.id, r.encoder, m.state FROM revisions r
		LEFT JOIN models m ON m.fingerprint = r.encoder ORDER BY r.id DESC LIMIT 1`).Scan(&m.Revision, &m.Encoder, &m.Model)
	if errors.Is(err, sql.ErrNoRows) {
		return m, nil
	}
	if err != nil {
		return m, err
	}
	err = each(ctx, tx, func(scan func(...any) error) error {
		var d knowledge.DocumentID
		var v knowledge.VersionID
		if err := scan(&d, &v); err != nil {
			return err
		}
		m.Live[d] = v
		return nil
	}, "SELECT document, version FROM live WHERE until IS NULL")
	return m, err
}

// Vectors returns the vectors that are kept for the keys.
func (s *Store) Vectors(ctx context.Context, encoder string, keys []knowledge.Key) (map[knowledge.Key][]float32, error) {
	out := make(map[knowledge.Key][]float32, len(keys))
	stmt, err := s.db.Read.PrepareContext(ctx, "SELECT vector FROM vectors WHERE encoder = $1 AND key = $2")
	if err != nil {
		return nil, wrap("read vectors", err)
	}
	defer stmt.Close()
	for _, k := range keys {
		var packed []byte
		err := stmt.QueryRowContext(ctx, encoder, k[:]).Scan(&packed)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, wrap("read vectors", err)
		}
		if out[k], err = vec.Unpack(packed); err != nil {
			return nil, wrap("read vectors", err)
		}
	}
	return out, nil
}

// Version returns a version, live or retired.
func (s *Store) Version(ctx context.Context, id knowledge.VersionID) (knowledge.Version, error) {
	v, err := scanVersion(s.db.Read.QueryRowContext(ctx, "SELECT "+versionColumns+" FROM versions v WHERE id = $1", id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return v, fmt.Errorf("version %s: %w", id, knowledge.ErrNotFound)
	}
	return v, wrap("read version "+string(id), err)
}

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

// each calls row for every row of the query.
func each(ctx context.Context, tx *sql.Tx, row func(scan func(...any) error) error, query string, args ...any) error {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

func wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", op, litedb.Explain(err))
}
