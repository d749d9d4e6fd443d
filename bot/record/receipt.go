package record

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"townclerk/bot/ledger"
	"townclerk/bot/ledger/receipt"
)

// Receipt proves items, at least one and in order of index, under the last
// checkpoint, and signs first where that does not count them yet. What it returns
// verifies.
func (s *Signer) Receipt(ctx context.Context, items []receipt.Item) ([]byte, error) {
	signed, size, err := s.covering(ctx, items[len(items)-1].Index)
	if err != nil {
		return nil, err
	}
	proven := make([]receipt.Item, len(items))
	hashes := s.log.Hashes(ctx)
	for i, item := range items {
		if item.Proof, err = tlog.ProveRecord(size, item.Index, hashes); err != nil {
			return nil, fmt.Errorf("prove entry %d: %w", item.Index, err)
		}
		proven[i] = item
	}
	written, err := receipt.Write(proven, signed)
	if err == nil {
		_, _, err = receipt.Verify(written, ledger.LogKey{Verifier: s.verifier})
	}
	if err != nil {
		return nil, err
	}
	return written, nil
}

// covering returns a signed note that counts the entry at an index, and its size.
func (s *Signer) covering(ctx context.Context, index int64) (signed []byte, size int64, err error) {
	if signed, size, err = s.last(ctx); err != nil || size > index {
		return signed, size, err
	}
	if _, err := s.Sign(ctx); err != nil {
		return nil, 0, err
	}
	if signed, size, err = s.last(ctx); err == nil && size <= index {
		err = fmt.Errorf("entry %d is not on the record", index)
	}
	return signed, size, err
}

// last returns the last note and how many entries it counts.
func (s *Signer) last(ctx context.Context) (signed []byte, size int64, err error) {
	signed, err = s.log.LastCheckpoint(ctx)
	if err != nil || signed == nil {
		return nil, 0, err
	}
	text, _, _ := strings.Cut(string(signed), "\n\n")
	c, err := ledger.ParseCheckpoint(text + "\n")
	return signed, c.Size, err
}
