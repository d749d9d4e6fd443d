// Package schema brings the tables of an owner up to date, on both engines. An
// owner's migrations are files with numbers, which go forward only; a table of
// the database lists those that were applied.
//
// A program that is newer than its database applies what is missing. One that is
// older refuses to start: it cannot know what the tables have become.
package schema

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

// ErrNewer says that the database belongs to a newer program. Nothing was changed.
var ErrNewer = errors.New("the database was brought up to date by a newer Townclerk: start that one, " +
	"or restore the backup that was taken before the update; nothing was changed")

// State is how far a database is with an owner's migrations.
type State struct {
	Applied int64 // number of the newest that was applied; zero: none
	Known   int64 // number of the newest that this program has
}

// Pending reports whether migrations are to be applied.
func (s State) Pending() bool { return s.Applied < s.Known }

// Up applies the migrations that are missing, in order. It fails with ErrNewer
// where the database has some that this program does not know.
func Up(ctx context.Context, db *sql.DB, dialect database.Dialect, files fs.FS, table string, o ...goose.ProviderOption) error {
	list, err := database.NewStore(dialect, table)
	if err != nil {
		return err
	}
	p, err := goose.NewProvider("", db, files, append(o, goose.WithStore(list), goose.WithDisableGlobalRegistry(true))...)
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return err
	}
	s, err := Look(ctx, db, dialect, files, table)
	if err == nil && s.Applied > s.Known {
		err = fmt.Errorf("%w (it is at %d, this program knows %d)", ErrNewer, s.Applied, s.Known)
	}
	return err
}

// Look tells how far the database is. It writes nothing, and waits for no
// migration that is under way.
func Look(ctx context.Context, db *sql.DB, dialect database.Dialect, files fs.FS, table string) (s State, err error) {
	if s.Known, err = newest(files); err != nil {
		return s, err
	}
	list, err := database.NewStore(dialect, table)
	if err != nil {
		return s, err
	}
	there := false
	if err := db.QueryRowContext(ctx, exists[dialect], table).Scan(&there); err != nil || !there {
		return s, err
	}
	s.Applied, err = list.GetLatestVersion(ctx, db)
	if errors.Is(err, database.ErrVersionNotFound) {
		err = nil
	}
	return s, err
}

// exists tells whether there is a table.
var exists = map[database.Dialect]string{
	database.DialectPostgres: "SELECT to_regclass($1) IS NOT NULL",
	database.DialectSQLite3:  "SELECT count(*) > 0 FROM sqlite_schema WHERE type = 'table' AND name = $1",
}

// newest returns the highest number of a migration.
func newest(files fs.FS) (n int64, err error) {
	names, err := fs.Glob(files, "*.sql")
	for _, name := range names {
		v, err := goose.NumericComponent(name)
		if err != nil {
			return 0, err
		}
		n = max(n, v)
	}
	return n, err
}
