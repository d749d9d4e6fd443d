package main

import (
	"context"
	"errors"
	"sync"
	"time"
)

// What /readyz says. Anybody can ask, so it says no more than this; the cause is
// in the log.
var (
	errStopping = errors.New("stopping")
	errSlow     = errors.New("the database does not answer in time")
	errDatabase = errors.New("the database cannot be reached")
	errSchema   = errors.New("the database's schema is not up to date; run townclerk migrate")
	errPages    = errors.New("the pages cannot be loaded")
)

const (
	noPages    = "there are no pages yet"
	unsigned   = "the record is not signed, because it is not the one that was signed before"
	budgetUsed = "the model's budget is used up, so answers are word for word"
)

// Limits of a look at the database: how often there is one at most, how long a
// probe waits for it, and how long it may take.
const (
	lookEvery = time.Second
	lookWait  = 2 * time.Second
	lookLimit = time.Minute // pages may have to be loaded
)

// readiness is whether requests should be sent here. However many ask, the
// database is looked at once at a time, and once a second.
type readiness struct {
	mu       sync.Mutex
	asked    bool // somebody goes by it
	stopping bool
	last     *look
}

// A look at the database. What it found is there once done is closed.
type look struct {
	at   time.Time
	done chan struct{}
	note string
	err  error
}

// ready returns nil where questions can be answered, with a note on what is
// missing nevertheless.
func (h *house) ready(ctx context.Context) (note string, err error) {
	seen, err := h.readiness.look(h.now(), h.look)
	if err != nil {
		return "", err
	}
	late := time.NewTimer(lookWait)
	defer late.Stop()
	select {
	case <-seen.done:
		return seen.note, seen.err
	case <-late.C:
		return "", errSlow
	case <-ctx.Done():
		return "", errSlow
	}
}

// look returns the last look, or begins a new one where that is too old.
func (r *readiness) look(now time.Time, do func(context.Context) (string, error)) (*look, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = true
	if r.stopping {
		return nil, errStopping
	}
	if r.last != nil && (!r.last.over() || now.Sub(r.last.at) < lookEvery) {
		return r.last, nil
	}
	l := &look{at: now, done: make(chan struct{})}
	r.last = l
	go func() { // for all who ask meanwhile, whoever of them leaves
		defer close(l.done)
		ctx, cancel := context.WithTimeout(context.Background(), lookLimit)
		defer cancel()
		l.note, l.err = do(ctx)
	}()
	return l, nil
}

func (l *look) over() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

// stop makes the server unready for good, and reports whether anybody has asked.
func (r *readiness) stop() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopping = true
	return r.asked
}

// look looks whether the database answers, has the schema that this program knows
// or a newer one, and whether the current pages are loaded.
func (h *house) look(ctx context.Context) (note string, err error) {
	for _, s := range schemas(h.turns.Dialect()) {
		state, err := h.turns.Schema(ctx, s.files, s.table)
		if err != nil {
			h.logger.Warn("not ready", "error", err)
			return "", errDatabase
		}
		if state.Pending() {
			return "", errSchema
		}
	}
	revision, err := h.revisions.Ready(ctx)
	if err != nil {
		h.logger.Warn("not ready", "error", err)
		return "", errPages
	}
	switch {
	case revision == 0:
		return noPages, nil
	case h.budget != nil && h.budget.Closed():
		return budgetUsed, nil
	case h.signer != nil && h.signer.Stopped() != nil:
		return unsigned, nil
	}
	return "", nil
}
