// Package record signs the record: it makes checkpoints of the log that storage keeps,
// holds each against what was signed before and against what lies outside of the
// database's reach, and stops where the two do not agree.
//
// It knows no database and no network: the log and the place outside are interfaces.
package record

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"townclerk/bot/ledger"
)

// Log is where the record is kept: *store.Store.
type Log interface {
	LogSize(ctx context.Context) (int64, error)
	Hashes(ctx context.Context) tlog.HashReader
	// LastCheckpoint returns the last signed note; nil: none.
	LastCheckpoint(ctx context.Context) ([]byte, error)
	// AddCheckpoint keeps a note, unless there is one of as many entries or more.
	AddCheckpoint(ctx context.Context, size int64, note []byte) (added bool, err error)
	Note(ctx context.Context, e ledger.Entry) error
}

// External is a place for checkpoints that who keeps the database cannot change.
type External interface {
	// Last returns the last note that was published; nil: none.
	Last(ctx context.Context) ([]byte, error)
	Publish(ctx context.Context, note []byte) error
}

// ErrStopped says that nothing is signed any more, because the log is not the one that
// was signed before.
var ErrStopped = errors.New("the record is not signed any more, because it is not the one that was signed before: " +
	"keep a copy of the database and of the checkpoints, find out why (a restored backup?), put the newer database back, " +
	"or begin a new origin with `townclerk ledger new-origin`")

// Signer signs a log. It is safe for concurrent use; several servers may each have one
// with the same key.
type Signer struct {
	log      Log
	key      note.Signer
	verifier note.Verifier
	outside  External // nil: none

	mu      sync.Mutex
	stopped error // wraps ErrStopped
}

// New returns a signer with a key whose name is the log's origin. outside may be nil.
func New(log Log, key Key, outside External) *Signer {
	return &Signer{log: log, key: key.signer, verifier: key.verifier, outside: outside}
}

// Stopped returns why nothing is signed any more; nil: all is well.
func (s *Signer) Stopped() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopped
}

// Sign makes a checkpoint of the log as it is now, where it grew since the last one,
// and publishes it. Before that it compares: where the log is behind what was signed,
// or another, it signs nothing and returns ErrStopped, with a *ledger.BehindError or
// *ledger.ForkError. It looks again each time, so that what is put right goes on.
func (s *Signer) Sign(ctx context.Context) (ledger.Checkpoint, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, signed, err := s.compare(ctx)
	var behind *ledger.BehindError
	var fork *ledger.ForkError
	switch s.stopped = nil; {
	case errors.As(err, &behind), errors.As(err, &fork), errors.Is(err, ledger.ErrCheckpoint):
		s.stopped = fmt.Errorf("%w (%w)", ErrStopped, err)
		return c, s.stopped
	case err != nil || c.Size == 0:
		return c, err
	}
	if signed == nil {
		if signed, err = ledger.Sign(c, s.key); err != nil {
			return c, err
		}
		if _, err := s.log.AddCheckpoint(ctx, c.Size, signed); err != nil {
			return c, err
		}
	}
	return c, s.publish(ctx, signed, c)
}

// compare returns the log's checkpoint as it is now, with the note where that was
// signed before, after it was held against the last ones.
func (s *Signer) compare(ctx context.Context) (now ledger.Checkpoint, signed []byte, err error) {
	last, err := s.log.LastCheckpoint(ctx)
	if err != nil {
		return now, nil, err
	}
	if now.Size, err = s.log.LogSize(ctx); err != nil {
		return now, nil, err
	}
	hashes := s.log.Hashes(ctx)
	if now.Root, err = tlog.TreeHash(now.Size, hashes); err != nil {
		return now, nil, fmt.Errorf("compute the root of the record: %w", err)
	}
	now.Origin = s.key.Name()
	if last != nil {
		relation, err := s.against(last, now, hashes)
		if err != nil {
			return now, nil, fmt.Errorf("the database's last checkpoint: %w", err)
		}
		if relation == ledger.Same {
			signed = last
		}
	}
	if s.outside == nil {
		return now, signed, nil
	}
	if last, err = s.outside.Last(ctx); err == nil && last != nil {
		_, err = s.against(last, now, hashes)
	}
	if err != nil {
		return now, nil, fmt.Errorf("the last checkpoint outside of the database: %w", err)
	}
	return now, signed, nil
}

func (s *Signer) against(last []byte, now ledger.Checkpoint, hashes tlog.HashReader) (ledger.Relation, error) {
	known, err := ledger.Open(last, ledger.LogKey{Verifier: s.verifier})
	if err != nil {
		return ledger.Forked, err
	}
	return ledger.Compare(known, now, hashes)
}

// publish publishes a note, unless the last one published is as large.
func (s *Signer) publish(ctx context.Context, signed []byte, c ledger.Checkpoint) error {
	if s.outside == nil {
		return nil
	}
	last, err := s.outside.Last(ctx)
	if err != nil {
		return fmt.Errorf("read the last checkpoint outside of the database: %w", err)
	}
	if last != nil {
		if known, err := ledger.Open(last, ledger.LogKey{Verifier: s.verifier}); err == nil && known.Size >= c.Size {
			return nil
		}
	}
	if err := s.outside.Publish(ctx, signed); err != nil {
		return fmt.Errorf("publish a checkpoint: %w", err)
	}
	return nil
}
