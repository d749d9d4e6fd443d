package ledger

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Relation says how a checkpoint stands to one that was known before.
type Relation int

// The relations.
const (
	Forked Relation = iota // both cannot be of one log
	Same                   // same size and root
	Newer                  // larger, and holds all of the known one
	Older                  // smaller: whether it is of the same log is not said
)

// ForkError says that two checkpoints cannot be of one log: somebody was shown
// another history.
type ForkError struct{ Known, Now Checkpoint }

func (e *ForkError) Error() string {
	return fmt.Sprintf("fork: %v and %v are not of one history; keep both, and sign nothing more", e.Known, e.Now)
}

// BehindError says that a log is shorter than it was: a restored backup, or a tail
// that was cut off.
type BehindError struct{ Known, Now Checkpoint }

func (e *BehindError) Error() string {
	return fmt.Sprintf("behind: known is %v, but this is %v; restore the newer log or begin a new origin", e.Known, e.Now)
}

// String says origin, size and root in one line.
func (c Checkpoint) String() string {
	return fmt.Sprintf("%s of %d entries with root %v", c.Origin, c.Size, c.Root)
}

// Compare says how the checkpoint now stands to the known one; r reads the hashes of
// now's tree. The error is nil for Same and Newer, a *BehindError for Older, a
// *ForkError for Forked, and another one, with Forked, when r fails.
func Compare(known, now Checkpoint, r tlog.HashReader) (Relation, error) {
	if known.Origin != now.Origin || known.Size == 0 || now.Size <= known.Size {
		return CheckConsistency(known, now, nil)
	}
	proof, err := tlog.ProveTree(now.Size, known.Size, r)
	if err != nil {
		return Forked, fmt.Errorf("prove that %v holds %v: %w", now, known, err)
	}
	return CheckConsistency(known, now, proof)
}

// CheckConsistency is Compare with a proof from elsewhere; it is needed only when now
// is larger and known is not empty.
func CheckConsistency(known, now Checkpoint, proof tlog.TreeProof) (Relation, error) {
	switch {
	case known.Origin != now.Origin:
	case known.Size > now.Size:
		return Older, &BehindError{known, now}
	case known.Size == now.Size:
		if known.Root == now.Root {
			return Same, nil
		}
	case known.Size == 0:
		if known.Root == emptyRoot() {
			return Newer, nil
		}
	case tlog.CheckTree(proof, now.Size, now.Root, known.Size, known.Root) == nil:
		return Newer, nil
	}
	return Forked, &ForkError{known, now}
}
