package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

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

// migrate brings the lists up to date one after the other, and says how far each
// was and is.
func (cmd *migrateCmd) migrate(ctx context.Context, db database, w io.Writer) error {
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
