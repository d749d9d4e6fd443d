package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"townclerk/bot/store"
	"townclerk/internal/litedb"
	"townclerk/internal/pgdb"
	"townclerk/internal/schema"
	"townclerk/retrieval/litesearch"
	"townclerk/retrieval/pgsearch"
)

type migrateCmd struct {
	Check bool `help:"Change nothing; fail where something is to be done."`
}

func (cmd *migrateCmd) Run(ctx context.Context, g *Globals) error {
	c, err := loadConfig(g)
	if err != nil {
		return err
	}
	db, closing, err := cmd.open(ctx, c)
	if err != nil {
		return err
	}
	return errors.Join(cmd.migrate(ctx, db, os.Stdout), closing())
}

// database is *litedb.DB or *pgdb.DB.
type database interface {
	store.Database
	// Schema tells how far table is with the migrations in fsys.
	Schema(ctx context.Context, fsys fs.FS, table string) (schema.State, error)
	// Tables returns the names of all tables and views.
	Tables(ctx context.Context) ([]string, error)
}

// open opens the database; to check it, only where it is.
func (cmd *migrateCmd) open(ctx context.Context, c config) (database, func() error, error) {
	if onPostgres(c.Database) {
		db, err := pgdb.Open(ctx, c.Database, pgdb.Options{Vector: !cmd.Check})
		if err != nil {
			return nil, nil, err
		}
		return db, db.Close, nil
	}
	if _, err := os.Stat(c.file()); cmd.Check && err != nil {
		return nil, nil, fmt.Errorf("there is no database yet; `townclerk migrate` makes it (%w)", err)
	}
	db, err := litedb.Open(c.file())
	if err != nil {
		return nil, nil, err
	}
	return db, db.Close, nil
}

// A list of migrations, named for who reads what was done.
type list struct {
	name  string
	files fs.FS
	table string
}

// schemas are the lists of an engine.
func schemas(dialect string) []list {
	pages := list{"pages", litesearch.Migrations(), litesearch.MigrationTable}
	if dialect == "postgres" {
		pages = list{"pages", pgsearch.Migrations(), pgsearch.MigrationTable}
	}
	return []list{pages, {"conversations", store.Migrations(dialect), store.MigrationTable}}
}

var errPending = errors.New("the schema is not up to date: run `townclerk migrate`, or start the server, which does the same")

// whole returns store.ErrMoving where a move to the database is not finished.
func whole(ctx context.Context, db database) error {
	s, err := db.Schema(ctx, store.Migrations(db.Dialect()), store.MigrationTable)
	if err != nil || s.Applied == 0 {
		return err
	}
	return store.CheckWhole(ctx, db)
}

// foreign returns the names of tables that are not Townclerk's.
func foreign(ctx context.Context, db database) ([]string, error) {
	all, err := db.Tables(ctx)
	if err != nil {
		return nil, err
	}
	var own []string
	for _, l := range schemas(db.Dialect()) {
		if !slices.Contains(all, l.table) { // what has our tables' names was made by others
			continue
		}
		made, err := schema.Made(l.files)
		if err != nil {
			return nil, err
		}
		own = append(append(own, made...), l.table)
	}
	return slices.DeleteFunc(all, func(name string) bool {
		return slices.Contains(own, name) || pgsearch.IsSet(name) && slices.Contains(own, "vector_sets")
	}), nil
}

// migrate brings the lists up to date one after the other, and says how far each
// was and is.
func (cmd *migrateCmd) migrate(ctx context.Context, db database, w io.Writer) error {
	if err := whole(ctx, db); err != nil {
		return err
	}
	pending := false
	for _, l := range schemas(db.Dialect()) {
		before, err := db.Schema(ctx, l.files, l.table)
		if err != nil {
			return err
		}
		switch {
		case before.Applied > before.Known:
			return fmt.Errorf("%s: %w (it is at %d, this program knows %d)", l.name, schema.ErrNewer, before.Applied, before.Known)
		case !before.Pending():
			fmt.Fprintf(w, "%s: %d, up to date\n", l.name, before.Applied)
		case cmd.Check:
			fmt.Fprintf(w, "%s: %d of %d\n", l.name, before.Applied, before.Known)
			pending = true
		default:
			if err := db.Migrate(ctx, l.files, l.table); err != nil {
				return err
			}
			fmt.Fprintf(w, "%s: from %d to %d\n", l.name, before.Applied, before.Known)
		}
	}
	if pending {
		return errPending
	}
	return nil
}
