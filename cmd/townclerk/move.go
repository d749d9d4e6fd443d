package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"text/tabwriter"
	"time"

	"townclerk/bot/store"
	"townclerk/internal/carry"
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
	fmt.Fprint(os.Stdout, next(from, to, c))
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
	if err := to.fit(from); err != nil {
		return fmt.Errorf("the target: %w", err)
	}
	if err := to.alone(ctx); err != nil {
		return fmt.Errorf("the target: %w", err)
	}
	if m.to, err = to.open(ctx); err != nil {
		return fmt.Errorf("the target: %w", err)
	}
	for _, warning := range m.to.warnings {
		slog.Warn(warning)
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
	err = carry.Hold(ctx, m.from.turns, from.Locks, func() error {
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
	return all, err
}

func (m *mover) carry(ctx context.Context, pairs []carry.Pair) ([]moved, error) {
	var all []moved
	for _, p := range pairs {
		one := moved{table: p.From.Shape().Name}
		var err error
		if one.from, err = carry.Sum(ctx, p.From, m.step(one.table, 0)); err != nil {
			return nil, fmt.Errorf("the source: %w", err)
		}
		if one.counts, err = p.Carry(ctx, m.step(one.table, one.from.Rows)); err != nil {
			return nil, err
		}
		if one.to, err = carry.Sum(ctx, p.To, m.step(one.table, one.from.Rows)); err != nil {
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

// step shows how far a table is. It is gone through three times: counted at the
// source, moved, and checked at the target.
func (m *mover) step(table string, total int) func(rows int) {
	return func(rows int) { m.show(ingest.Progress{Step: ingest.Step(table), Done: rows, Total: max(total, rows)}) }
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

// next says what to do after a move from one place to another.
func next(from, to place, c config) string {
	folder, change := to.folder(c.Data), "set\n     database: "+to.public()
	if _, ok := to.file(); ok {
		change = "leave out `database` and set\n     data: " + folder
	}
	key := "TOWNCLERK_KEY stays as it is"
	if os.Getenv("TOWNCLERK_KEY") == "" {
		was := keyPath(from.folder(c.Data))
		key = fmt.Sprintf("copy %s to %s", was, keyPath(folder))
		if _, err := os.Stat(keyPath(folder)); err == nil {
			key = keyPath(folder) + " stays where it is"
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
