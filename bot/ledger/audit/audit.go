// Package audit checks a whole log in one pass: every line, hash, checkpoint and
// text, and says exactly what is wrong where. It reads what storage hands it as
// iterators and keeps about 60 bytes for each commitment and subject.
//
// Each check is local, so that one change is one finding or a few, and not all that
// follows: a line is held against its stored hash, a stored hash against the two
// below it, a root that the stored hashes make against a checkpoint. Where all
// of them hold, the log is the one that was signed.
package audit

import (
	"fmt"
	"iter"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"townclerk/bot/ledger"
)

// ClockTolerance is how far an entry's time may lie before that of the entry before
// it: servers that share a log have clocks of their own.
const ClockTolerance = 5 * time.Minute

// Row is an entry as it is stored.
type Row struct {
	Index int64
	Line  []byte
	Filed *Filed // nil: storage has no more than the line
}

// Filed is what storage keeps beside a line: what it is looked up by, and the row of
// the event that it is of, as it is hashed; nil where it is of none or that is gone.
type Filed struct {
	Type, Subject string
	Seq           int64
	Of            bool // it is filed as one of an event
	Event         []byte
}

// Node is a hash of the tree as it is stored; its position is tlog's.
type Node struct {
	Position int64
	Hash     tlog.Hash
}

// Opening is a text as it is stored. One that cannot be unsealed has no salt.
type Opening struct {
	Index int64
	ledger.Opening
}

// Signed is a checkpoint as it is stored; the number counts from 1 without gaps.
type Signed struct {
	Number int64
	Size   int64 // that it is filed with; 0: none
	Note   []byte
}

// Log is what is checked. The iterators are each ranged over once and may fail.
type Log struct {
	// Origin is the log's; empty: any that is the name of a key, as of a log that took
	// a new origin.
	Origin string
	// Keys are all that the log has ever had.
	Keys        []ledger.LogKey
	Rows        iter.Seq2[Row, error]     // by index
	Nodes       iter.Seq2[Node, error]    // by position
	Openings    iter.Seq2[Opening, error] // by index, then field
	Checkpoints iter.Seq2[Signed, error]  // by number
	// Size is how many entries storage says that there are; 0: it does not say.
	Size   int64
	Strays iter.Seq2[string, error] // names of events that no entry is of
	// Saved are checkpoints that were kept where the log's keeper cannot change them.
	// Without one a tail that is cut off with its checkpoints cannot be noticed.
	Saved [][]byte
}

// Kind says what is wrong.
type Kind string

// The kinds of findings, and what the index of a finding counts.
const (
	Missing    Kind = "missing"    // entry: there is none
	Repeated   Kind = "repeated"   // entry: its index comes again or late
	Malformed  Kind = "malformed"  // entry: its line is not in canonical form
	Changed    Kind = "changed"    // entry: its line does not fit its stored hash
	Disordered Kind = "disordered" // entry: its number does not follow that of its subject's last
	Backwards  Kind = "backwards"  // entry: its time runs back
	Misfiled   Kind = "misfiled"   // entry: it is filed as something else than it says
	BadEvent   Kind = "event"      // entry: the event that it is of is gone or not what was recorded
	Stray      Kind = "stray"      // number of the event, from 0: no entry is of it
	BadText    Kind = "text"       // entry: an opening does not fit
	Both       Kind = "both"       // entry: a text is there though it was erased
	Neither    Kind = "neither"    // entry: a text is not there and no entry says that it was erased
	BadHash    Kind = "hash"       // position of a stored hash: it is missing, in excess, or does not fit those below it
	BadHead    Kind = "head"       // size: that storage says and the log has not
	BadPoint   Kind = "checkpoint" // number of a checkpoint: it does not open, is missing or out of order
	BadRoot    Kind = "root"       // number of a checkpoint: the tree has another root
	BadSaved   Kind = "saved"      // place in Saved, from 0: it does not open, or is not among the log's own or of its tree
	Fork       Kind = "fork"       // number of a checkpoint: another of the same size has another root
	Truncated  Kind = "truncated"  // entry: the first that a checkpoint counts and the log has not
)

// Finding is one thing that is wrong.
type Finding struct {
	Kind   Kind
	Index  int64
	Detail string // quotes no text
}

func (f Finding) String() string { return fmt.Sprintf("%s %d: %s", f.Kind, f.Index, f.Detail) }

// Summary is what was checked.
type Summary struct {
	Entries int64
	Root    tlog.Hash
	// Signed is the size of the largest checkpoint; later entries are not yet signed.
	Signed      int64
	Checkpoints int
	Texts       int // that are there and fit
	Erased      int // commitments whose text was erased
	Findings    int
}

// Verify checks a log and reports each finding as it comes. The error is one of the
// iterators', and what was not read then is not checked.
func Verify(l Log, report func(Finding)) (Summary, error) {
	v := &verifier{log: l, report: report, subjects: map[[16]byte]*subject{}, fields: map[string]uint16{}}
	err := v.run()
	return v.sum, err
}

// cursor reads an iterator one ahead.
type cursor[T any] struct {
	pull func() (T, error, bool)
	stop func()
	head T
	ok   bool // there is a head
	err  error
}

func read[T any](seq iter.Seq2[T, error]) *cursor[T] {
	if seq == nil {
		seq = func(func(T, error) bool) {}
	}
	c := &cursor[T]{}
	c.pull, c.stop = iter.Pull2(seq)
	c.next()
	return c
}

// next moves on. After an error there is no head.
func (c *cursor[T]) next() {
	var err error
	if c.head, err, c.ok = c.pull(); c.ok && err != nil {
		c.err, c.ok = err, false
	}
}
