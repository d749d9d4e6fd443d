package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"townclerk/bot/ledger"
	"townclerk/bot/record"
)

// recordConfig says how the record is signed.
type recordConfig struct {
	// Origin names the log; it counts when the key is made.
	Origin string        `yaml:"origin"`
	Every  time.Duration `yaml:"every"`
	// Checkpoints is a file that they are appended to, out of the database's reach.
	Checkpoints string `yaml:"checkpoints"`
}

func (c *recordConfig) check(add complain) {
	orDefault(add, "record.every", c.Every, time.Second, 24*time.Hour)
	if _, err := record.NewKey(c.origin()); err != nil || !ledger.MayStand("old_origin", c.origin()) {
		add("record.origin", "%q is to be like example.gov/ledger, without spaces and +", c.Origin)
	}
}

func (c *recordConfig) origin() string {
	if c.Origin != "" {
		return c.Origin
	}
	return "townclerk/" + rand.Text()[:12]
}

func (c *recordConfig) outside() record.External {
	if c.Checkpoints == "" {
		return nil
	}
	return record.File(c.Checkpoints)
}

const recordKeyVariable = "TOWNCLERK_RECORD_KEY"

func recordKeyPath(dir string) string { return filepath.Join(dir, "record.key") }

// recordKey is TOWNCLERK_RECORD_KEY or, without it, a key kept beside the database and
// made at the first start.
func (c *config) recordKey() (record.Key, error) {
	if s := os.Getenv(recordKeyVariable); s != "" {
		k, err := record.ParseKey(s)
		if err != nil {
			return k, fmt.Errorf("%s: %w", recordKeyVariable, err)
		}
		return k, nil
	}
	path := recordKeyPath(c.Data)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		k, err := record.NewKey(c.Record.origin())
		if err == nil {
			err = writeOnce(path, k.Encode())
		}
		if errors.Is(err, fs.ErrExist) { // another process was faster
			return c.recordKey()
		}
		return k, err
	}
	if err != nil {
		return record.Key{}, fmt.Errorf("read the record's key: %w", err)
	}
	k, err := record.ParseKey(string(data))
	if err != nil {
		return k, fmt.Errorf("%s: %w", path, err)
	}
	return k, nil
}

// beginSigning notes on the record what this server works with, and signs.
func (h *house) beginSigning(ctx context.Context) error {
	key, err := h.config.recordKey()
	if err != nil {
		return err
	}
	h.signer = record.New(h.store, key, h.config.Record.outside())
	for _, e := range []ledger.Entry{
		{Type: ledger.Key, Facts: map[string]any{"key": key.Public()}},
		{Type: ledger.Configuration, Hashes: ledger.Hashes{Config: h.config.hash, Model: shortHash(h.config.Model.Name), Prompt: shortHash(h.writes)}},
	} {
		if _, err := h.store.NoteChange(ctx, e); err != nil {
			return err
		}
	}
	h.sign(ctx)
	return nil
}

// shortHash names a text in the record; empty: none.
func shortHash(text string) string {
	if text == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// sign notes the pages that are live, where they changed, and signs what is new. What
// goes wrong is in the log: answering goes on.
func (h *house) sign(ctx context.Context) {
	m, err := h.knowledge.Manifest(ctx)
	if err == nil && m.Revision > 0 {
		e := ledger.Entry{Type: ledger.Knowledge, Facts: map[string]any{"revision": int64(m.Revision)}}
		_, err = h.store.NoteChange(ctx, e)
	}
	if err == nil {
		_, err = h.signer.Sign(ctx)
	}
	if err != nil && ctx.Err() == nil {
		h.logger.Error("the record is not signed", "error", err)
	}
}

func (h *house) signAlways(ctx context.Context) {
	every := h.config.Record.Every
	if every == 0 {
		every = time.Minute
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			h.sign(ctx)
		}
	}
}
