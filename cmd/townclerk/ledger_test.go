package main

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"townclerk/bot"
	"townclerk/bot/ledger"
	"townclerk/bot/ledger/audit"
	"townclerk/bot/record"
)

// verifyRecord expects that `townclerk audit verify` finds nothing.
func verifyRecord(t *testing.T, binary, config string) {
	t.Helper()
	if out, err := exec.Command(binary, "--config", config, "audit", "verify").CombinedOutput(); err != nil {
		t.Fatalf("audit verify: %v\n%s", err, out)
	}
}

// checkLedger expects a leaf for every sentence that was received, with a proof that
// it is in the tree of a signed checkpoint.
func checkLedger(t *testing.T, dir string, seen *received) {
	t.Helper()
	h := openAt(t, dir, time.Now)
	key, err := (&config{Data: dir}).recordKey()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := record.New(h.store, key, nil).Sign(t.Context()); err != nil {
		t.Fatal(err)
	}
	note, err := h.store.LastCheckpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	point, err := ledger.Open(note, key.LogKey())
	if err != nil {
		t.Fatal(err)
	}
	at := leavesOf(t, h)
	hashes := h.store.Hashes(t.Context())
	for _, sentences := range seen.sentences {
		for text := range sentences {
			index, found := at[text]
			if !found {
				t.Errorf("a client was shown %q, which no leaf has", text)
				continue
			}
			line, err := h.store.Line(t.Context(), index)
			if err != nil {
				t.Fatal(err)
			}
			proof, err := tlog.ProveRecord(point.Size, index, hashes)
			if err == nil {
				err = point.Includes(index, line, proof)
			}
			if err != nil {
				t.Errorf("entry %d: %v", index, err)
			}
		}
	}
}

// leavesOf returns the entry of each sentence that was shown, by its turn and text.
func leavesOf(t *testing.T, h *house) map[string]int64 {
	t.Helper()
	at, subjects := map[string]int64{}, map[int64]string{}
	err := h.store.Audit(t.Context(), func(l audit.Log) error {
		for row, err := range l.Rows {
			if err != nil {
				return err
			}
			subjects[row.Index] = row.Filed.Subject
		}
		for o, err := range l.Openings {
			var a bot.Answer
			if err == nil && o.Field == bot.TextAnswer {
				err = json.Unmarshal(o.Text, &a)
			}
			if err != nil {
				return err
			}
			for _, s := range a.Sentences {
				at[subjects[o.Index]+" "+s.Text] = o.Index
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// checkAudit expects that nothing is wrong with the record, whose key is in a folder.
func checkAudit(t *testing.T, dir string, h *house) {
	t.Helper()
	var out strings.Builder
	if err := new(auditVerifyCmd).verify(t.Context(), config{Data: dir}, h.store, &out); err != nil {
		t.Errorf("%v\n%s", err, &out)
	}
}
