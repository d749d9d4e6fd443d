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
	"regexp"

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

// Tables returns the names of the tables and views where the owners' tables are or
// would be, beside the server's own and those of extensions, in order.
func Tables(ctx context.Context, db *sql.DB, dialect database.Dialect) (names []string, err error) {
	rows, err := db.QueryContext(ctx, tables[dialect])
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

var tables = map[database.Dialect]string{
	database.DialectPostgres: `SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname = ANY (current_schemas(false))
			AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
		ORDER BY c.relname`,
	database.DialectSQLite3: `SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name`,
}

var creates = regexp.MustCompile(`(?im)^\s*CREATE TABLE (?:IF NOT EXISTS )?(\w+)`)

// Made returns the names of the tables that the migrations make.
func Made(files fs.FS) (names []string, err error) {
	all, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, err
	}
	for _, name := range all {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		for _, m := range creates.FindAllSubmatch(text, -1) {
			names = append(names, string(m[1]))
		}
	}
	return names, nil
}
