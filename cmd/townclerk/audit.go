package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"townclerk/bot/ledger"
	"townclerk/bot/ledger/audit"
	"townclerk/bot/record"
	"townclerk/bot/store"
)

type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"Check every entry, hash, text and checkpoint of the record; fail where something is wrong."`
	Show   auditShowCmd   `cmd:"" help:"Print an entry and the proof that it is on the record."`
}

type auditVerifyCmd struct {
	Checkpoint []string `type:"existingfile" help:"File with a checkpoint that was kept elsewhere. Can be repeated."`
	Key        []string `help:"Public key that signed, as ledger key prints it. Can be repeated. Without one: those that the record itself names, which proves less."`
	JSON       bool     `name:"json" help:"Print JSON lines: each finding, then the summary."`
}

func (cmd *auditVerifyCmd) Run(ctx context.Context, g *Globals) error {
	return withRecord(ctx, g, func(c config, s *store.Store) error {
		return cmd.verify(ctx, c, s, os.Stdout)
	})
}

func (cmd *auditVerifyCmd) verify(ctx context.Context, c config, s *store.Store, w io.Writer) error {
	keys, err := cmd.keys(ctx, c, s)
	if err != nil {
		return err
	}
	var saved [][]byte
	for _, path := range cmd.Checkpoint {
		b, err := record.File(path).Last(ctx) // such a file, or a note by itself
		if err == nil && b == nil {
			b, err = os.ReadFile(path)
		}
		if err != nil {
			return fmt.Errorf("read a checkpoint: %w", err)
		}
		saved = append(saved, b)
	}
	var sum audit.Summary
	out := json.NewEncoder(w)
	err = s.Audit(ctx, func(l audit.Log) (err error) {
		l.Keys, l.Saved = keys, saved
		sum, err = audit.Verify(l, func(f audit.Finding) {
			if cmd.JSON {
				out.Encode(f)
			} else {
				fmt.Fprintln(w, f)
			}
		})
		return err
	})
	if err != nil {
		return err
	}
	if cmd.JSON {
		out.Encode(sum)
	} else {
		printRecord(w, sum)
	}
	if sum.Findings > 0 {
		return fmt.Errorf("%d things are wrong with the record", sum.Findings)
	}
	return nil
}

func printRecord(w io.Writer, s audit.Summary) {
	fmt.Fprintf(w, "%d entries with root %v; %d of them are signed, by %d checkpoints.\n%d texts fit, %d were erased.\n",
		s.Entries, s.Root, s.Signed, s.Checkpoints, s.Texts, s.Erased)
}

// keys are those of the flags, or that at hand and those that the record names.
func (cmd *auditVerifyCmd) keys(ctx context.Context, c config, s *store.Store) (keys []ledger.LogKey, err error) {
	encoded := cmd.Key
	if len(encoded) == 0 {
		own, err := c.recordKey()
		if err != nil {
			return nil, err
		}
		notes, err := s.Notes(ctx, ledger.Key, ledger.Origin)
		if err != nil {
			return nil, err
		}
		encoded = []string{own.Public()}
		for _, e := range notes {
			if key, ok := e.Facts["key"].(string); ok {
				encoded = append(encoded, key)
			}
		}
	}
	return parseKeys(encoded)
}

// parseKeys reads public keys, each once.
func parseKeys(encoded []string) (keys []ledger.LogKey, err error) {
	seen := map[string]bool{}
	for _, key := range encoded {
		if key = strings.TrimSpace(key); seen[key] {
			continue
		}
		seen[key] = true
		v, err := note.NewVerifier(key)
		if err != nil {
			return nil, fmt.Errorf("the key %.100q: %w; `townclerk ledger key` prints it", key, err)
		}
		keys = append(keys, ledger.LogKey{Verifier: v})
	}
	return keys, nil
}

type auditShowCmd struct {
	Number int64 `arg:"" help:"Number of the entry, from 0."`
}

func (cmd *auditShowCmd) Run(ctx context.Context, g *Globals) error {
	return withRecord(ctx, g, func(_ config, s *store.Store) error { return cmd.show(ctx, s, os.Stdout) })
}

// show prints what is recorded of an entry; its texts are not read.
func (cmd *auditShowCmd) show(ctx context.Context, s *store.Store, w io.Writer) error {
	line, err := s.Line(ctx, cmd.Number)
	if err != nil {
		return err
	}
	var pretty map[string]any
	if err := json.Unmarshal(line, &pretty); err != nil {
		return fmt.Errorf("entry %d: %w", cmd.Number, errors.Join(ledger.ErrEntry, err))
	}
	b, err := json.MarshalIndent(pretty, "", "  ")
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s\n\nleaf hash %v\n", b, tlog.RecordHash(line))
	signed, err := s.LastCheckpoint(ctx)
	if err != nil {
		return err
	}
	text, _, _ := strings.Cut(string(signed), "\n\n")
	c, err := ledger.ParseCheckpoint(text + "\n")
	if err != nil || c.Size <= cmd.Number {
		fmt.Fprintln(w, "It is not signed yet.")
		return nil
	}
	proof, err := tlog.ProveRecord(c.Size, cmd.Number, s.Hashes(ctx))
	if err == nil {
		err = c.Includes(cmd.Number, line, proof)
	}
	if err != nil {
		return fmt.Errorf("entry %d is not in the tree that was signed: %w", cmd.Number, err)
	}
	fmt.Fprintf(w, "It is in the tree of the last checkpoint, as these hashes prove:\n")
	for _, hash := range proof {
		fmt.Fprintln(w, hash)
	}
	fmt.Fprintf(w, "\n%s", signed)
	return nil
}
