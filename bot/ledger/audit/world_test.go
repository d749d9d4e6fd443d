package audit_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"iter"
	mrand "math/rand/v2"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"townclerk/bot/ledger"
	"townclerk/bot/ledger/audit"
)

const origin = "example.gov/ledger"

// world is a log as storage has it.
type world struct {
	entries []ledger.Entry
	rows    []audit.Row
	nodes   []audit.Node
	texts   []audit.Opening
	points  []audit.Signed
	saved   [][]byte
	signer  note.Signer
	key     ledger.LogKey
	edge    ledger.Edge
}

func newWorld(t testing.TB) *world {
	t.Helper()
	secret, public, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{}
	if w.signer, err = note.NewSigner(secret); err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(public)
	if err != nil {
		t.Fatal(err)
	}
	w.key = ledger.LogKey{Verifier: v}
	return w
}

// generate makes a log: turns that run side by side, some of them erased, in batches
// with a checkpoint each. The last checkpoint is saved elsewhere too.
func generate(t testing.TB, r *mrand.Rand, size int) *world {
	w := newWorld(t)
	clock := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	type turn struct {
		id  string
		seq int64
	}
	var open []*turn
	for n := range size {
		if len(open) == 0 || r.IntN(3) == 0 {
			open = append(open, &turn{id: fmt.Sprintf("%016x%016x", r.Uint64(), r.Uint64())})
		}
		u := open[r.IntN(len(open))]
		u.seq++
		clock = clock.Add(time.Duration(r.IntN(5)-1) * time.Minute)
		e := ledger.Entry{Type: ledger.Shown, Time: clock, Subject: u.id, Seq: u.seq,
			Facts: map[string]any{"candidates": r.IntN(20), "probability": r.Float64()}}
		switch {
		case u.seq > 2 && r.IntN(4) == 0:
			e.Type = ledger.Erasure
			e.Facts = map[string]any{"reason": "citizen"}
			switch r.IntN(3) {
			case 0:
				e.Facts[ledger.FactField] = "answer"
			case 1:
				e.Facts[ledger.FactSeq] = int64(1)
			}
			w.eraseTexts(e)
		default:
			e.Commitments = map[string]ledger.Commit{}
			for _, field := range []string{"answer", "question"}[r.IntN(2):] {
				o := ledger.Opening{Field: field, Salt: ledger.NewSalt(), Text: fmt.Appendf(nil, "%q", fmt.Sprint("text ", r.Uint64()))}
				e.Commitments[field] = ledger.Commitment(o.Salt, field, o.Text)
				w.texts = append(w.texts, audit.Opening{Index: int64(n), Opening: o})
			}
		}
		w.add(t, e)
		if r.IntN(5) == 0 || n == size-1 {
			w.sign(t)
		}
	}
	if len(w.points) > 0 {
		w.saved = [][]byte{w.points[len(w.points)-1].Note}
	}
	return w
}

// eraseTexts deletes what an erasure covers.
func (w *world) eraseTexts(e ledger.Entry) {
	var kept []audit.Opening
	for _, o := range w.texts {
		of, s := w.entries[o.Index], e.Scope()
		if of.Subject != e.Subject || s.Field != "" && s.Field != o.Field || s.Seq != 0 && s.Seq != of.Seq {
			kept = append(kept, o)
		}
	}
	w.texts = kept
}

func (w *world) add(t testing.TB, e ledger.Entry) {
	line, err := ledger.Encode(e)
	if err != nil {
		t.Fatal(err)
	}
	w.entries = append(w.entries, e)
	w.rows = append(w.rows, audit.Row{Index: int64(len(w.rows)), Line: line})
	w.store(line)
}

func (w *world) store(line []byte) {
	for _, h := range w.edge.Append(nil, tlog.RecordHash(line)) {
		w.nodes = append(w.nodes, audit.Node{Position: int64(len(w.nodes)), Hash: h})
	}
}

func (w *world) sign(t testing.TB) {
	c := ledger.Checkpoint{Origin: origin, Size: w.edge.Size(), Root: w.edge.Root()}
	signed, err := ledger.Sign(c, w.signer)
	if err != nil {
		t.Fatal(err)
	}
	w.points = append(w.points, audit.Signed{Number: int64(len(w.points) + 1), Note: signed})
}

// rebuild makes all stored hashes anew from the rows, as an insider would.
func (w *world) rebuild() {
	w.edge, w.nodes = ledger.Edge{}, nil
	for i := range w.rows {
		w.rows[i].Index = int64(i)
		w.store(w.rows[i].Line)
	}
}

// copy returns a world that can be changed without changing this one.
func (w *world) copy() *world {
	c := *w
	c.rows, c.nodes, c.texts, c.points = nil, nil, nil, nil
	for _, r := range w.rows {
		c.rows = append(c.rows, audit.Row{Index: r.Index, Line: bytes.Clone(r.Line)})
	}
	c.nodes = append(c.nodes, w.nodes...)
	for _, o := range w.texts {
		o.Salt, o.Text = bytes.Clone(o.Salt), bytes.Clone(o.Text)
		c.texts = append(c.texts, o)
	}
	for _, p := range w.points {
		c.points = append(c.points, audit.Signed{Number: p.Number, Note: bytes.Clone(p.Note)})
	}
	return &c
}

func all[T any](list []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, v := range list {
			if !yield(v, nil) {
				return
			}
		}
	}
}

func (w *world) log() audit.Log {
	return audit.Log{Origin: origin, Keys: []ledger.LogKey{w.key}, Rows: all(w.rows), Nodes: all(w.nodes),
		Openings: all(w.texts), Checkpoints: all(w.points), Saved: w.saved}
}

func (w *world) verify(t testing.TB) (found []audit.Finding, sum audit.Summary) {
	t.Helper()
	sum, err := audit.Verify(w.log(), func(f audit.Finding) { found = append(found, f) })
	if err != nil {
		t.Fatal(err)
	}
	if sum.Findings != len(found) {
		t.Fatalf("%d findings are counted, %d reported", sum.Findings, len(found))
	}
	return found, sum
}
