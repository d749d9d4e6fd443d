package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"townclerk/internal/litedb"
	"townclerk/internal/pgdb"
	"townclerk/knowledge/ingest"
	"townclerk/retrieval/hybrid"
	"townclerk/retrieval/litesearch"
	"townclerk/retrieval/pgsearch"
)

// engine is where everything is kept: a SQLite file, or a Postgres database.
type engine struct {
	knowledge library
	turns     database
	warnings  []string
	close     func() error
}

// library keeps revisions and hands them out to be searched.
type library interface {
	ingest.Store
	hybrid.Engine
	movable
}

// openEngine opens the engine that the configuration names.
func openEngine(ctx context.Context, c config, now func() time.Time) (engine, error) {
	if onPostgres(c.Database) {
		if err := os.MkdirAll(c.Data, 0o700); err != nil { // for the key
			return engine{}, fmt.Errorf("create the data folder: %w", err)
		}
		return openPostgres(ctx, c.Database, now)
	}
	return openLite(ctx, c.file(), now)
}

// file is the path of the SQLite file.
func (c *config) file() string { return filepath.Join(c.Data, databaseFile) }

func onPostgres(database string) bool {
	return strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
}

func openLite(ctx context.Context, path string, now func() time.Time) (engine, error) {
	db, err := litedb.Open(path)
	if err != nil {
		return engine{}, err
	}
	k, err := litesearch.NewStore(ctx, db, now)
	if err != nil {
		return engine{}, errors.Join(err, db.Close())
	}
	return engine{knowledge: k, turns: db, close: db.Close}, nil
}

func openPostgres(ctx context.Context, url string, now func() time.Time) (engine, error) {
	db, err := pgdb.Open(ctx, url, pgdb.Options{Vector: true, AfterConnect: pgsearch.AfterConnect})
	if err != nil {
		return engine{}, err
	}
	closing := func() error { db.Close(); return nil }
	k, err := pgsearch.NewStore(ctx, db, now, pgsearch.Options{})
	if err != nil {
		closing()
		return engine{}, err
	}
	return engine{knowledge: k, turns: db, warnings: db.Warnings(), close: closing}, nil
}
