package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"townclerk/bot/store"
	"townclerk/internal/litedb"
	"townclerk/internal/pgdb"
)

// place is an address to move from or to.
type place string

// databaseFile is what the file is called in a data folder.
const databaseFile = "townclerk.db"

// file returns the path of a SQLite file, of the one in the folder where the
// address names a folder. False: the place is a Postgres database.
func (p place) file() (string, bool) {
	path, ok := strings.CutPrefix(string(p), "sqlite:")
	if ok && filepath.Ext(path) != ".db" {
		path = filepath.Join(path, databaseFile)
	}
	return path, ok
}

// fit returns nil where the place can be the target of a move, as far as its
// address tells.
func (p place) fit(from place) error {
	path, ok := p.file()
	if ok && filepath.Base(path) != databaseFile {
		return fmt.Errorf("%s: a server looks for %s in its data folder, so give the file that name", path, databaseFile)
	}
	source, _ := from.file()
	one, err := os.Stat(source)
	other, errOther := os.Stat(path)
	if p == from || err == nil && errOther == nil && os.SameFile(one, other) {
		return errors.New("it is the source")
	}
	return nil
}

func (p place) open(ctx context.Context) (engine, error) {
	if path, ok := p.file(); ok {
		return openLite(ctx, path, time.Now)
	}
	if onPostgres(string(p)) {
		return openPostgres(ctx, string(p), postgresConfig{}, time.Now)
	}
	return engine{}, errors.New("give an address that begins with sqlite: or postgres://") // not repeated: it may hold a password
}

// holds returns nil where the place is an installation that the key belongs to. It
// makes nothing.
func (p place) holds(ctx context.Context, key store.Key) error {
	if path, ok := p.file(); ok {
		db, err := litedb.Open(path)
		if err != nil {
			return err
		}
		return errors.Join(store.Fits(ctx, db, key), db.Close())
	}
	if !onPostgres(string(p)) {
		_, err := p.open(ctx)
		return err
	}
	db, err := pgdb.Open(ctx, string(p), pgdb.Options{})
	if err != nil {
		return err
	}
	return errors.Join(store.Fits(ctx, db, key), db.Close())
}

// alone returns nil where the place holds nothing, or nothing but Townclerk's tables.
// It makes nothing.
func (p place) alone(ctx context.Context) error {
	var db database
	var closing func() error
	if path, ok := p.file(); ok {
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			return nil
		}
		lite, err := litedb.Open(path)
		if err != nil {
			return err
		}
		db, closing = lite, lite.Close
	} else if onPostgres(string(p)) {
		pg, err := pgdb.Open(ctx, string(p), pgdb.Options{})
		if err != nil {
			return err
		}
		db, closing = pg, pg.Close
	} else {
		return nil // open says that it is no address
	}
	others, err := foreign(ctx, db)
	if err = errors.Join(err, closing()); err == nil && len(others) > 0 {
		err = fmt.Errorf("it holds tables that are not Townclerk's (%s): name a database of its own, "+
			"newly made with CREATE DATABASE, or a folder without a %s; nothing was changed", strings.Join(others, ", "), databaseFile)
	}
	return err
}

// folder is that of the SQLite file; for Postgres it is the data folder.
func (p place) folder(data string) string {
	if path, ok := p.file(); ok {
		return filepath.Dir(path)
	}
	return data
}

// key is TOWNCLERK_KEY or the file in the place's folder. Neither it nor the
// database is made.
func (p place) key(data string) (store.Key, error) {
	data = p.folder(data)
	if path, ok := p.file(); ok {
		if _, err := os.Stat(path); err != nil {
			return store.Key{}, fmt.Errorf("the source: %w", err)
		}
	}
	if _, err := os.Stat(keyPath(data)); err != nil && os.Getenv("TOWNCLERK_KEY") == "" {
		return store.Key{}, fmt.Errorf("the key of the source is needed: set TOWNCLERK_KEY, or bring its file to its place (%w)", err)
	}
	return masterKey(data)
}

// public is the address without a password.
func (p place) public() string {
	u, err := url.Parse(string(p))
	if err != nil {
		return "postgres://…"
	}
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	q := u.Query()
	for name := range q {
		if strings.Contains(strings.ToLower(name), "password") {
			q.Del(name)
		}
	}
	u.RawQuery = q.Encode()
	return u.String()
}
