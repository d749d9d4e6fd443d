package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"townclerk/bot/store"
	"townclerk/internal/litedb"
	"townclerk/internal/pgdb"
	"townclerk/knowledge"
	"townclerk/retrieval"
	"townclerk/retrieval/lexical"
	"townclerk/retrieval/litesearch"
	"townclerk/retrieval/pgsearch"
)

// engine is where everything is kept: a SQLite file, or a Postgres database.
type engine struct {
	knowledge knowledge.Store
	index     retrieval.Index
	turns     store.Database
	warnings  []string
	close     func() error
}

// words are what both engines analyse questions with.
type words struct {
	analyzer *lexical.Analyzer
	expander *lexical.Expander
}

// openEngine opens the engine that the configuration names.
func openEngine(ctx context.Context, c config, now func() time.Time, m knowledge.Models, w words) (engine, error) {
	if onPostgres(c.Database) {
		if err := os.MkdirAll(c.Data, 0o700); err != nil { // for the key
			return engine{}, fmt.Errorf("create the data folder: %w", err)
		}
		return openPostgres(ctx, c.Database, now, m, w)
	}
	return openLite(ctx, filepath.Join(c.Data, "townclerk.db"), now, m, w)
}

func onPostgres(database string) bool {
	return strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
}

func openLite(ctx context.Context, path string, now func() time.Time, m knowledge.Models, w words) (engine, error) {
	db, err := litedb.Open(path)
	if err != nil {
		return engine{}, err
	}
	k, err := litesearch.NewStore(ctx, db, now)
	if err != nil {
		return engine{}, errors.Join(err, db.Close())
	}
	return engine{knowledge: k, index: litesearch.NewIndex(k, m, w.analyzer, w.expander), turns: db, close: db.Close}, nil
}

func openPostgres(ctx context.Context, url string, now func() time.Time, m knowledge.Models, w words) (engine, error) {
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
	return engine{
		knowledge: k, index: pgsearch.NewIndex(k, m, w.analyzer, w.expander), turns: db,
		warnings: db.Warnings(), close: closing,
	}, nil
}
