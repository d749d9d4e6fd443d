package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"townclerk/bot/store"
	"townclerk/internal/carry"
	"townclerk/internal/litedb"
	"townclerk/internal/pgdb"
	"townclerk/knowledge/ingest"
)

type moveCmd struct {
	From string `required:"" placeholder:"ADDRESS" help:"Where everything is now: sqlite:PATH of a townclerk.db, or postgres://…"`
	To   string `required:"" placeholder:"ADDRESS" help:"Where it shall be: an address of the same kinds. PGPASSWORD can hold the password."`
}

func (cmd *moveCmd) Run(ctx context.Context, g *Globals) error {
	c, err := loadConfig(g)
	if err != nil {
		return err
	}
	from, to := place(cmd.From), place(cmd.To)
	key, err := from.key(c.Data)
	if err != nil {
		return err
	}
	bar := newProgress(os.Stdout)
	defer bar.done()
	m := mover{show: bar.show}
	defer m.close()
	if err := m.open(ctx, from, to, key); err != nil {
		return err
	}
	moved, err := m.run(ctx)
	bar.done()
	if err != nil {
		return err
	}
	printMoved(os.Stdout, moved)
	fmt.Fprint(os.Stdout, to.next(from, c))
	return nil
}

// movable is what a move needs of the knowledge on an engine.
type movable interface {
	Tables(context.Context) (carry.Set, error)
	// Finish makes what has arrived the current state.
	Finish(context.Context) error
}

// mover takes everything from one engine to another.
type mover struct {
	from, to engine
	show     func(ingest.Progress)
}

// open looks at the source before anything is written anywhere.
func (m *mover) open(ctx context.Context, from, to place, key store.Key) (err error) {
	if err := from.holds(ctx, key); err != nil {
		return fmt.Errorf("the source: %w", err)
	}
	if m.from, err = from.open(ctx); err != nil {
		return fmt.Errorf("the source: %w", err)
	}
	if _, err := store.New(ctx, m.from.turns, key, time.Now); err != nil {
		return fmt.Errorf("the source: %w", err)
	}
	if from.same(to) {
		return errors.New("source and target are the same")
	}
	if m.to, err = to.open(ctx); err != nil {
		return fmt.Errorf("the target: %w", err)
	}
	if _, err := store.New(ctx, m.to.turns, key, time.Now); err != nil && !errors.Is(err, store.ErrMoving) {
		return fmt.Errorf("the target: %w", err)
	}
	return nil
}

func (m *mover) close() {
	for _, e := range []engine{m.from, m.to} {
		if e.close != nil {
			e.close()
		}
	}
}

// moved is what became of a table.
type moved struct {
	table    string
	counts   carry.Counts
	from, to carry.Digest
}

// run carries everything while nobody can write to the source. Until it is done
// the target refuses to be used.
func (m *mover) run(ctx context.Context) (all []moved, err error) {
	from, err := m.from.tables(ctx)
	if err != nil {
		return nil, err
	}
	to, err := m.to.tables(ctx)
	if err != nil {
		return nil, err
	}
	pairs, err := carry.Pairs(from.Tables, to.Tables)
	if err != nil {
		return nil, fmt.Errorf("source and target were made by different versions of Townclerk: %w", err)
	}
	return all, carry.Hold(ctx, m.from.turns, from.Locks, func() error {
		for _, p := range pairs {
			if err := p.Check(ctx); err != nil {
				return err
			}
		}
		if err := store.BeginMove(ctx, m.to.turns); err != nil {
			return err
		}
		if all, err = m.carry(ctx, pairs); err != nil {
			return fmt.Errorf("%w; what has arrived stays, and the same command goes on from there", err)
		}
		return store.EndMove(ctx, m.to.turns)
	})
}

func (m *mover) carry(ctx context.Context, pairs []carry.Pair) ([]moved, error) {
	var all []moved
	for _, p := range pairs {
		one := moved{table: p.From.Shape().Name}
		var err error
		if one.from, err = carry.Sum(ctx, p.From, m.step("counting", one.table, 0)); err != nil {
			return nil, fmt.Errorf("the source: %w", err)
		}
		if one.counts, err = p.Carry(ctx, m.step("moving", one.table, one.from.Rows)); err != nil {
			return nil, err
		}
		if one.to, err = carry.Sum(ctx, p.To, m.step("checking", one.table, one.from.Rows)); err != nil {
			return nil, fmt.Errorf("the target: %w", err)
		}
		if one.from != one.to {
			return nil, fmt.Errorf("%s: %d rows with the hash %x at the source, %d with %x at the target: somebody writes to one of them",
				one.table, one.from.Rows, one.from.Hash, one.to.Rows, one.to.Hash)
		}
		all = append(all, one)
	}
	m.show(ingest.Progress{Step: "preparing the search"})
	return all, m.to.knowledge.Finish(ctx)
}

func (m *mover) step(what, table string, total int) func(rows int) {
	return func(rows int) {
		m.show(ingest.Progress{Step: ingest.Step(what + " " + table), Done: rows, Total: max(total, rows)})
	}
}

// tables are those of all owners.
func (e engine) tables(ctx context.Context) (carry.Set, error) {
	all, err := e.knowledge.Tables(ctx)
	if err != nil {
		return all, err
	}
	turns, err := store.Tables(ctx, e.turns)
	return carry.Set{Tables: append(all.Tables, turns.Tables...), Locks: append(all.Locks, turns.Locks...)}, err
}

func printMoved(w io.Writer, all []moved) {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "table\trows\tadded now\tbrought up to date\tSHA-256 on both sides")
	rows := 0
	for _, m := range all {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%x identical\n", m.table, m.to.Rows, m.counts.Added, m.counts.Amended, m.to.Hash[:8])
		rows += m.to.Rows
	}
	t.Flush()
	fmt.Fprintf(w, "\nEverything has arrived: %d rows in %d tables.\n", rows, len(all))
}

// place is an address to move from or to.
type place string

// file returns the path of a SQLite file; false: the place is a Postgres database.
func (p place) file() (string, bool) {
	path, ok := strings.CutPrefix(string(p), "sqlite:")
	if info, err := os.Stat(path); ok && err == nil && info.IsDir() {
		path = filepath.Join(path, "townclerk.db")
	}
	return path, ok
}

// same reports whether two places are plainly one.
func (p place) same(q place) bool {
	a, _ := p.file()
	b, _ := q.file()
	one, err := os.Stat(a)
	other, errOther := os.Stat(b)
	return p == q || err == nil && errOther == nil && os.SameFile(one, other)
}

func (p place) open(ctx context.Context) (engine, error) {
	if path, ok := p.file(); ok {
		return openLite(ctx, path, time.Now)
	}
	if onPostgres(string(p)) {
		return openPostgres(ctx, string(p), time.Now)
	}
	return engine{}, fmt.Errorf("%.12q…: give an address that begins with sqlite: or postgres://", string(p))
}

// holds returns nil where the place is an installation that the key belongs to. It
// makes nothing.
func (p place) holds(ctx context.Context, key store.Key) error {
	if path, ok := p.file(); ok {
		if _, err := os.Stat(path); err != nil {
			return err
		}
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

// key is TOWNCLERK_KEY or the key file beside the SQLite file; for Postgres it is
// in the data folder. None is made.
func (p place) key(data string) (store.Key, error) {
	if path, ok := p.file(); ok {
		data = filepath.Dir(path)
	}
	if _, err := os.Stat(keyPath(data)); err != nil && os.Getenv("TOWNCLERK_KEY") == "" {
		return store.Key{}, fmt.Errorf("the key of the source is needed: set TOWNCLERK_KEY, or bring its file to its place (%w)", err)
	}
	return masterKey(data)
}

// next says what to do after a move to the place.
func (p place) next(from place, c config) string {
	change, folder := "leave out `database`, and set\n     data: ", ""
	if path, ok := p.file(); ok {
		folder = filepath.Dir(path)
		change += folder
	} else {
		change, folder = "set\n     database: "+p.public(), c.Data
	}
	key := "TOWNCLERK_KEY stays as it is"
	if os.Getenv("TOWNCLERK_KEY") == "" {
		was := c.Data
		if path, ok := from.file(); ok {
			was = filepath.Dir(path)
		}
		key = "the key stays in " + keyPath(was)
		if filepath.Clean(was) != filepath.Clean(folder) {
			key = fmt.Sprintf("copy %s to %s", keyPath(was), keyPath(folder))
		}
	}
	return fmt.Sprintf(`
What to do next:
  1. In the configuration, %s
  2. Keep the key: %s.
     Without it no conversation can be read.
  3. Start the server.
The source is as it was. It still holds every conversation, also those that are
erased from now on: delete it when all is well.
`, change, key)
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
	return u.String()
}
