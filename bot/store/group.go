package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"townclerk/bot"
	"townclerk/internal/pgdb"
)

// most is how many writers share a transaction at most.
const most = 64

// group has those who write at the same time share a transaction: whoever comes while
// one is under way is in the next. So a commit, which is what costs, is paid once, and
// the lock on the record's head is taken once.
type group struct {
	mu      sync.Mutex
	waiting []*writer
	leading bool // somebody runs lead
}

// writer is somebody who waits for what they have to write.
type writer struct {
	ctx      context.Context
	fn       func(context.Context, *txn) error
	done     chan struct{}
	err      error // the writer's own, not that of the transaction
	panicked any
}

// txn is a transaction with what goes on the record with it.
type txn struct {
	*sql.Tx
	leaves  []leaf
	written bool // something was, or may have been
}

// ExecContext runs a statement that writes.
func (tx *txn) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	tx.written = true
	return tx.Tx.ExecContext(ctx, query, args...)
}

// write runs fn in a transaction that nobody writes beside, and whose context is not
// the caller's: a caller who leaves before it began writes nothing, one who leaves later
// is waited for, as others may be in the same transaction; when all have left it is
// stopped. Where fn returns an error nothing of it is written. fn may be run again, and
// must not call the Store.
func (s *Store) write(ctx context.Context, fn func(context.Context, *txn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w := &writer{ctx: ctx, fn: fn, done: make(chan struct{})}
	s.group.mu.Lock()
	s.group.waiting = append(s.group.waiting, w)
	if !s.group.leading {
		s.group.leading = true
		go s.lead()
	}
	s.group.mu.Unlock()
	select {
	case <-w.done:
	case <-ctx.Done():
		if s.group.leave(w) {
			return ctx.Err()
		}
		<-w.done
	}
	if w.panicked != nil {
		panic(w.panicked)
	}
	if own := ctx.Err(); own != nil && errors.Is(w.err, context.Canceled) {
		return fmt.Errorf("%w (%w)", own, w.err)
	}
	return w.err
}

// leave takes out a writer whose turn has not come.
func (g *group) leave(w *writer) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, other := range g.waiting {
		if other == w {
			g.waiting = append(g.waiting[:i:i], g.waiting[i+1:]...)
			return true
		}
	}
	return false
}

// take returns those whose turn it is; none: nobody waits, and nobody leads any more.
func (g *group) take() []*writer {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(len(g.waiting), most)
	taken := g.waiting[:n:n]
	g.waiting = g.waiting[n:]
	g.leading = n > 0
	return taken
}

// lead writes for all who wait until nobody does.
func (s *Store) lead() {
	for writers := s.group.take(); len(writers) > 0; writers = s.group.take() {
		s.writeAll(writers)
		for range 8 { // those who were just told may have more to write
			runtime.Gosched()
		}
	}
}

func (s *Store) writeAll(writers []*writer) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var there atomic.Int32
	there.Store(int32(len(writers)))
	for _, w := range writers {
		defer context.AfterFunc(w.ctx, func() {
			if there.Add(-1) == 0 {
				cancel()
			}
		})()
	}
	try := func(apart bool) error {
		return s.db.Locked(ctx, func(tx *sql.Tx) error { return s.together(ctx, &txn{Tx: tx}, writers, apart) })
	}
	err := try(false)
	if errors.Is(err, errApart) {
		err = try(true)
	}
	for _, w := range writers {
		if w.err == nil {
			w.err = err
		}
		close(w.done)
	}
}

// errApart says that what one of several has written is to be taken back, and the
// others' is not: they are to run again, behind savepoints.
var errApart = errors.New("one of several writers failed")

// together runs the writers one after the other and puts what they did on the record.
// A savepoint for each costs as much as a third of what it writes, so that they have
// some only when apart is true.
func (s *Store) together(ctx context.Context, tx *txn, writers []*writer, apart bool) error {
	head, err := s.lockHead(ctx, tx)
	if err != nil {
		return err
	}
	for _, w := range writers {
		w.err = nil
	}
	for _, w := range writers {
		switch {
		case len(writers) == 1:
			err = w.run(ctx, tx)
		case apart:
			err = s.runApart(ctx, tx, w)
		default:
			err = runAmong(ctx, tx, w)
		}
		if err != nil {
			return err
		}
	}
	return s.enter(ctx, tx, head)
}

// runAmong runs one of several writers. One who is refused and has written nothing is
// told so, and the others go on.
func runAmong(ctx context.Context, tx *txn, w *writer) error {
	tx.written = false
	err := w.run(ctx, tx)
	var refused *bot.Error
	switch {
	case err == nil:
		return nil
	case !tx.written && (errors.As(err, &refused) || errors.Is(err, ErrEnded)):
		w.err = err
		return nil
	}
	return fmt.Errorf("%w: %w", errApart, err)
}

// runApart runs one of several writers behind a savepoint. Its error is its own, unless
// the whole transaction is lost with it.
func (s *Store) runApart(ctx context.Context, tx *txn, w *writer) error {
	if _, err := tx.ExecContext(ctx, "SAVEPOINT writer"); err != nil {
		return err
	}
	before := len(tx.leaves)
	then := "RELEASE SAVEPOINT writer"
	err := w.run(ctx, tx)
	if err != nil {
		tx.leaves = tx.leaves[:before]
		then = "ROLLBACK TO SAVEPOINT writer"
	}
	explained := s.db.Explain(err)
	if errors.Is(explained, pgdb.ErrConflict) {
		return err
	}
	if _, lost := tx.ExecContext(ctx, then); lost != nil {
		return errors.Join(err, lost)
	}
	w.err = explained
	return nil
}

// run runs what the writer has to write. A panic is the caller's.
func (w *writer) run(ctx context.Context, tx *txn) (err error) {
	defer func() {
		if w.panicked = recover(); w.panicked != nil {
			err = errors.New("the function that was to write panicked")
		}
	}()
	return w.fn(ctx, tx)
}

// surely is write for what finds its own work where it was done: a commit whose result
// was lost is tried once more.
func (s *Store) surely(ctx context.Context, fn func(context.Context, *txn) error) error {
	err := s.write(ctx, fn)
	if errors.Is(err, pgdb.ErrCommitUnknown) {
		err = s.write(ctx, fn)
	}
	return err
}
