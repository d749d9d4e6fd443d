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
		return openPostgres(ctx, c.Database, c.Postgres, now)
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

// postgresConfig tunes the second engine; zero values are the packages' own.
type postgresConfig struct {
	Connections      int           `yaml:"connections"`
	StatementTimeout time.Duration `yaml:"statement_timeout"`
	// MemoryBelow is the number of passages below which each server has the vectors
	// in memory.
	MemoryBelow   int `yaml:"memory_below"`
	EfSearch      int `yaml:"ef_search"`
	BuildMemoryMB int `yaml:"build_memory_mb"`
}

func (c *postgresConfig) check(add complain) {
	orDefault(add, "postgres.connections", c.Connections, 1, 10_000)
	orDefault(add, "postgres.statement_timeout", c.StatementTimeout, 100*time.Millisecond, time.Hour)
	orDefault(add, "postgres.memory_below", c.MemoryBelow, 1, 1_000_000_000)
	orDefault(add, "postgres.ef_search", c.EfSearch, 1, 1000) // what pgvector takes
	orDefault(add, "postgres.build_memory_mb", c.BuildMemoryMB, 1, 1<<21)
}

func openPostgres(ctx context.Context, url string, c postgresConfig, now func() time.Time) (engine, error) {
	db, err := pgdb.Open(ctx, url, pgdb.Options{
		Vector: true, AfterConnect: pgsearch.AfterConnect, MaxConns: c.Connections, StatementTimeout: c.StatementTimeout,
	})
	if err != nil {
		return engine{}, err
	}
	closing := func() error { db.Close(); return nil }
	k, err := pgsearch.NewStore(ctx, db, now, pgsearch.Options{MemoryBelow: c.MemoryBelow, EfSearch: c.EfSearch, BuildMemory: c.BuildMemoryMB})
	if err != nil {
		closing()
		return engine{}, err
	}
	return engine{knowledge: k, turns: db, warnings: db.Warnings(), close: closing}, nil
}
