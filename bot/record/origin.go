package record

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"townclerk/bot/ledger"
)

// NewOrigin begins a new log where the old one cannot go on, such as after a backup was
// restored: the entries that are there stay the first of its tree, the next is an origin
// entry that embeds the last checkpoint that is known of the old log, and a checkpoint
// of the new key's is made at once. The key is to have another name than the old.
func NewOrigin(ctx context.Context, log Log, key Key, outside External) (ledger.Checkpoint, error) {
	old, err := lastKnown(ctx, log, outside)
	if err != nil {
		return ledger.Checkpoint{}, err
	}
	e := ledger.Entry{Type: ledger.Origin, Facts: map[string]any{"key": key.Public()}}
	if old != nil {
		if err := embed(e.Facts, old); err != nil {
			return ledger.Checkpoint{}, err
		}
		if e.Facts["old_origin"] == key.Origin() {
			return ledger.Checkpoint{}, fmt.Errorf("the new origin is to have another name than the old, %s", key.Origin())
		}
	}
	if err := log.Note(ctx, e); err != nil {
		return ledger.Checkpoint{}, err
	}
	c := ledger.Checkpoint{Origin: key.Origin()}
	if c.Size, err = log.LogSize(ctx); err != nil {
		return c, err
	}
	if c.Root, err = tlog.TreeHash(c.Size, log.Hashes(ctx)); err != nil {
		return c, err
	}
	signed, err := ledger.Sign(c, key.signer)
	if err != nil {
		return c, err
	}
	added, err := log.AddCheckpoint(ctx, c.Size, signed)
	if err == nil && !added {
		err = errors.New("somebody signs the log meanwhile: stop all servers first")
	}
	if err == nil && outside != nil {
		err = outside.Publish(ctx, signed)
	}
	return c, err
}

// lastKnown returns the last note outside of the database, or else in it; nil: none.
func lastKnown(ctx context.Context, log Log, outside External) ([]byte, error) {
	if outside != nil {
		if note, err := outside.Last(ctx); err != nil || note != nil {
			return note, err
		}
	}
	return log.LastCheckpoint(ctx)
}

// embed puts an old checkpoint among the facts of an origin entry. Its signature is kept
// as it is: who has the old key can check it.
func embed(facts map[string]any, note []byte) error {
	text, signatures, found := strings.Cut(string(note), "\n\n")
	c, err := ledger.ParseCheckpoint(text + "\n")
	if err != nil || !found {
		return fmt.Errorf("read the old log's last checkpoint: %w", errors.Join(err, ledger.ErrCheckpoint))
	}
	facts["old_origin"], facts["old_size"], facts["old_root"] = c.Origin, c.Size, c.Root.String()
	line, _, _ := strings.Cut(signatures, "\n")
	if fields := strings.Fields(line); len(fields) == 3 {
		facts["old_signature"] = fields[2]
	}
	return nil
}
