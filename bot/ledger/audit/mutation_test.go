package audit_test

import (
	"bytes"
	"flag"
	"fmt"
	mrand "math/rand/v2"
	"slices"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"townclerk/bot/ledger"
	"townclerk/bot/ledger/audit"
)

var mutations = flag.Int("mutations", 2000, "random changes of a log that are to be found")

// named is what a change must be found as: by each of these indexes, in one of these
// kinds.
type named struct {
	kinds []audit.Kind
	at    []int64
}

func as(kinds ...audit.Kind) func(at ...int64) named {
	return func(at ...int64) named { return named{kinds, at} }
}

// mutation changes a world and says what is to be found; no index: it changed nothing.
type mutation struct {
	name   string
	change func(w *world, r *mrand.Rand) named
}

func flipBit(b []byte, r *mrand.Rand) { b[r.IntN(len(b))] ^= 1 << r.IntN(8) }

// two are different places in a list.
func two(r *mrand.Rand, n int) (int, int) {
	i, j := r.IntN(n), r.IntN(n-1)
	if j >= i {
		j++
	}
	return min(i, j), max(i, j)
}

var changed, missing, text = as(audit.Changed), as(audit.Missing), as(audit.BadText)

// again encodes an entry that somebody changed with care.
func again(w *world, i int, change func(e *ledger.Entry)) {
	e, err := ledger.Parse(w.rows[i].Line)
	if err != nil {
		panic(err)
	}
	change(&e)
	if w.rows[i].Line, err = ledger.Encode(e); err != nil {
		panic(err)
	}
}

func retime(r *mrand.Rand) func(e *ledger.Entry) {
	d := time.Duration(1+r.IntN(10_000)) * time.Minute
	return func(e *ledger.Entry) { e.Time = e.Time.Add(d) }
}

var ofEntries = []mutation{
	{"bit of a line", func(w *world, r *mrand.Rand) named {
		i := r.IntN(len(w.rows))
		flipBit(w.rows[i].Line, r)
		return changed(int64(i))
	}},
	{"line cut", func(w *world, r *mrand.Rand) named {
		i := r.IntN(len(w.rows))
		w.rows[i].Line = w.rows[i].Line[:r.IntN(len(w.rows[i].Line))]
		return changed(int64(i))
	}},
	{"outcome", func(w *world, r *mrand.Rand) named {
		i := r.IntN(len(w.rows))
		again(w, i, func(e *ledger.Entry) { e.Outcome = "abstained" })
		return changed(int64(i))
	}},
	{"time", func(w *world, r *mrand.Rand) named {
		i := r.IntN(len(w.rows))
		again(w, i, retime(r))
		return changed(int64(i))
	}},
	{"row deleted", func(w *world, r *mrand.Rand) named {
		i := r.IntN(len(w.rows))
		w.rows = slices.Delete(w.rows, i, i+1)
		return missing(int64(i))
	}},
	{"rows cut off", func(w *world, r *mrand.Rand) named {
		i := r.IntN(len(w.rows))
		w.rows = w.rows[:i]
		return missing(int64(i))
	}},
	{"lines swapped", func(w *world, r *mrand.Rand) named {
		i, j := two(r, len(w.rows))
		w.rows[i].Line, w.rows[j].Line = w.rows[j].Line, w.rows[i].Line
		return changed(int64(i), int64(j))
	}},
	{"row doubled", func(w *world, r *mrand.Rand) named {
		i := r.IntN(len(w.rows))
		w.rows = slices.Insert(w.rows, i, w.rows[i])
		return as(audit.Repeated)(int64(i))
	}},
	{"line put over another", func(w *world, r *mrand.Rand) named {
		i, j := two(r, len(w.rows))
		w.rows[j].Line = w.rows[i].Line
		return changed(int64(j))
	}},
	{"line doubled, the others moved", func(w *world, r *mrand.Rand) named {
		i := r.IntN(len(w.rows) - 1)
		w.rows = slices.Insert(w.rows, i+1, w.rows[i])
		for k := range w.rows {
			w.rows[k].Index = int64(k)
		}
		return changed(int64(i + 1))
	}},
	{"row deleted, the others moved", func(w *world, r *mrand.Rand) named {
		i := r.IntN(len(w.rows) - 1)
		w.rows = slices.Delete(w.rows, i, i+1)
		for k := range w.rows {
			w.rows[k].Index = int64(k)
		}
		return changed(int64(i))
	}},
	{"rows out of order", func(w *world, r *mrand.Rand) named {
		i, j := two(r, len(w.rows))
		w.rows[i], w.rows[j] = w.rows[j], w.rows[i]
		return as(audit.Missing, audit.Repeated)(int64(i))
	}},
	{"row too many", func(w *world, r *mrand.Rand) named {
		n := int64(len(w.rows))
		w.rows = append(w.rows, audit.Row{Index: n, Line: w.rows[r.IntN(len(w.rows))].Line})
		return as(audit.BadHash)(tlog.StoredHashIndex(0, n))
	}},
}

var ofTexts = []mutation{
	{"bit of a text", func(w *world, r *mrand.Rand) named {
		o := w.texts[r.IntN(len(w.texts))]
		flipBit(o.Text, r)
		return text(o.Index)
	}},
	{"bit of a salt", func(w *world, r *mrand.Rand) named {
		o := w.texts[r.IntN(len(w.texts))]
		flipBit(o.Salt, r)
		return text(o.Index)
	}},
	{"text cut", func(w *world, r *mrand.Rand) named {
		o := &w.texts[r.IntN(len(w.texts))]
		o.Text = o.Text[:r.IntN(len(o.Text))]
		return text(o.Index)
	}},
	{"salt cut", func(w *world, r *mrand.Rand) named {
		o := &w.texts[r.IntN(len(w.texts))]
		o.Salt = o.Salt[:r.IntN(len(o.Salt))]
		return text(o.Index)
	}},
	{"zero after a salt", func(w *world, r *mrand.Rand) named {
		o := &w.texts[r.IntN(len(w.texts))]
		o.Salt = append(o.Salt, 0)
		return text(o.Index)
	}},
	{"opening deleted", func(w *world, r *mrand.Rand) named {
		i := r.IntN(len(w.texts))
		at := w.texts[i].Index
		w.texts = slices.Delete(w.texts, i, i+1)
		return as(audit.Neither)(at)
	}},
	{"openings cut off", func(w *world, r *mrand.Rand) named {
		i := r.IntN(len(w.texts))
		n := as(audit.Neither)()
		for _, o := range w.texts[i:] {
			n.at = append(n.at, o.Index)
		}
		w.texts = w.texts[:i]
		return n
	}},
	{"texts swapped", func(w *world, r *mrand.Rand) named {
		i, j := two(r, len(w.texts))
		w.texts[i].Text, w.texts[j].Text = w.texts[j].Text, w.texts[i].Text
		return text(w.texts[i].Index, w.texts[j].Index)
	}},
	{"openings swapped", func(w *world, r *mrand.Rand) named {
		i, j := two(r, len(w.texts))
		if w.texts[i].Index == w.texts[j].Index {
			return named{} // an entry's openings have no order
		}
		w.texts[i].Opening, w.texts[j].Opening = w.texts[j].Opening, w.texts[i].Opening
		return text(w.texts[i].Index, w.texts[j].Index)
	}},
	{"opening doubled", func(w *world, r *mrand.Rand) named {
		i := r.IntN(len(w.texts))
		w.texts = slices.Insert(w.texts, i, w.texts[i])
		return text(w.texts[i].Index)
	}},
	{"opening of another entry", func(w *world, r *mrand.Rand) named {
		i, j := two(r, len(w.texts))
		at := w.texts[j].Index
		o := audit.Opening{Index: at, Opening: w.texts[i].Opening}
		w.texts = slices.Insert(w.texts, j, o)
		return text(at)
	}},
	{"opening of no entry", func(w *world, r *mrand.Rand) named {
		o := w.texts[r.IntN(len(w.texts))]
		o.Index = int64(len(w.rows) + r.IntN(9))
		w.texts = append(w.texts, o)
		return text(o.Index)
	}},
	{"erased text put back", func(w *world, r *mrand.Rand) named {
		for i, e := range w.entries {
			for field := range e.Commitments {
				here := func(o audit.Opening) bool { return o.Index == int64(i) && o.Field == field }
				if !slices.ContainsFunc(w.texts, here) {
					after := slices.IndexFunc(w.texts, func(o audit.Opening) bool { return o.Index > int64(i) })
					if after < 0 {
						after = len(w.texts)
					}
					o := audit.Opening{Index: int64(i), Opening: ledger.Opening{Field: field, Salt: ledger.NewSalt(), Text: []byte("1")}}
					w.texts = slices.Insert(w.texts, after, o)
					return as(audit.Both)(int64(i))
				}
			}
		}
		return named{}
	}},
}

// node says what a change of a stored hash is found as: a leaf's by its entry.
func node(at ...int64) named {
	for _, p := range at {
		if level, _ := tlog.SplitStoredHashIndex(p); level == 0 {
			return named{}
		}
	}
	return as(audit.BadHash)(at...)
}

var ofHashes = []mutation{
	{"bit of a leaf", func(w *world, r *mrand.Rand) named {
		i := r.IntN(len(w.rows))
		flipBit(w.nodes[tlog.StoredHashIndex(0, int64(i))].Hash[:], r)
		return changed(int64(i))
	}},
	{"bit of a node", func(w *world, r *mrand.Rand) named {
		p := r.IntN(len(w.nodes))
		n := node(int64(p))
		if n.at != nil {
			flipBit(w.nodes[p].Hash[:], r)
		}
		return n
	}},
	{"hash deleted", func(w *world, r *mrand.Rand) named {
		p := r.IntN(len(w.nodes))
		w.nodes = slices.Delete(w.nodes, p, p+1)
		return as(audit.BadHash)(int64(p))
	}},
	{"hash deleted with its row", func(w *world, r *mrand.Rand) named {
		i := r.IntN(len(w.rows) - 1)
		p := int(tlog.StoredHashIndex(0, int64(i)))
		w.rows, w.nodes = slices.Delete(w.rows, i, i+1), slices.Delete(w.nodes, p, p+1)
		return missing(int64(i))
	}},
	{"hashes cut off", func(w *world, r *mrand.Rand) named {
		p := r.IntN(len(w.nodes))
		w.nodes = w.nodes[:p]
		return as(audit.BadHash)(int64(p))
	}},
	{"hash doubled", func(w *world, r *mrand.Rand) named {
		p := r.IntN(len(w.nodes))
		w.nodes = slices.Insert(w.nodes, p, w.nodes[p])
		return as(audit.BadHash)(int64(p))
	}},
	{"leaves swapped", func(w *world, r *mrand.Rand) named {
		i, j := two(r, len(w.rows))
		a, b := tlog.StoredHashIndex(0, int64(i)), tlog.StoredHashIndex(0, int64(j))
		w.nodes[a].Hash, w.nodes[b].Hash = w.nodes[b].Hash, w.nodes[a].Hash
		return changed(int64(i), int64(j))
	}},
	{"nodes swapped", func(w *world, r *mrand.Rand) named {
		a, b := two(r, len(w.nodes))
		n := node(int64(a), int64(b))
		if n.at != nil {
			w.nodes[a].Hash, w.nodes[b].Hash = w.nodes[b].Hash, w.nodes[a].Hash
		}
		return n
	}},
}

var point = as(audit.BadPoint)

var ofCheckpoints = []mutation{
	{"bit of a checkpoint", func(w *world, r *mrand.Rand) named {
		p := w.points[r.IntN(len(w.points))]
		flipBit(p.Note, r)
		return point(p.Number)
	}},
	{"checkpoint cut", func(w *world, r *mrand.Rand) named {
		p := &w.points[r.IntN(len(w.points))]
		p.Note = p.Note[:r.IntN(len(p.Note))]
		return point(p.Number)
	}},
	{"checkpoint deleted", func(w *world, r *mrand.Rand) named {
		i := r.IntN(len(w.points))
		w.points = slices.Delete(w.points, i, i+1)
		if i == len(w.points) {
			return as(audit.BadSaved)(0)
		}
		return point(int64(i + 1))
	}},
	{"checkpoints cut off", func(w *world, r *mrand.Rand) named {
		w.points = w.points[:r.IntN(len(w.points))]
		return as(audit.BadSaved)(0)
	}},
	{"checkpoint doubled", func(w *world, r *mrand.Rand) named {
		i := r.IntN(len(w.points))
		w.points = slices.Insert(w.points, i, w.points[i])
		return point(w.points[i].Number)
	}},
	{"checkpoints swapped", func(w *world, r *mrand.Rand) named {
		i, j := two(r, len(w.points))
		w.points[i].Note, w.points[j].Note = w.points[j].Note, w.points[i].Note
		return point(w.points[j].Number)
	}},
	{"checkpoint put over another", func(w *world, r *mrand.Rand) named {
		i, j := two(r, len(w.points))
		w.points[j].Note = w.points[i].Note
		return point(w.points[j].Number)
	}},
}

// ofInsiders are changes by somebody who makes all hashes anew. Without the log's key
// the checkpoints give them away, from where on they say.
var ofInsiders = []mutation{
	{"another outcome", func(w *world, r *mrand.Rand) named {
		return w.insider(r, 0, func(i int) { again(w, i, func(e *ledger.Entry) { e.Outcome = "abstained" }) })
	}},
	{"another time", func(w *world, r *mrand.Rand) named {
		return w.insider(r, 0, func(i int) { again(w, i, retime(r)) })
	}},
	{"an entry less", func(w *world, r *mrand.Rand) named {
		return w.insider(r, 0, func(i int) { w.rows = slices.Delete(w.rows, i, i+1) })
	}},
	{"an entry twice", func(w *world, r *mrand.Rand) named {
		return w.insider(r, 1, func(i int) { w.rows = slices.Insert(w.rows, i, w.rows[i]) })
	}},
	{"another order", func(w *world, r *mrand.Rand) named {
		return w.insider(r, 0, func(i int) {
			j := (i + 1) % len(w.rows)
			w.rows[i], w.rows[j] = w.rows[j], w.rows[i]
		})
	}},
}

// insider has somebody change the log at i, where the entries from i+after on are other
// ones then.
func (w *world) insider(r *mrand.Rand, after int, change func(i int)) named {
	i := r.IntN(len(w.rows) - 1)
	change(i)
	w.rebuild()
	for _, p := range w.points {
		if c, err := ledger.Open(p.Note, w.key); err == nil && c.Size > int64(i+after) && c.Size <= int64(len(w.rows)) {
			return as(audit.BadRoot)(p.Number)
		}
	}
	return as(audit.Truncated)(int64(len(w.rows)))
}

// Random changes, all found and named; and nothing is found in what was not
// changed.
func TestMutations(t *testing.T) {
	r := mrand.New(mrand.NewPCG(1, 2))
	var worlds []*world
	for _, size := range []int{9, 16, 33, 64, 90} {
		worlds = append(worlds, generate(t, r, size))
	}
	ways := slices.Concat(ofEntries, ofTexts, ofHashes, ofCheckpoints, ofInsiders)
	done, most := 0, 0
	for i := 0; done < *mutations; i++ {
		m := ways[i%len(ways)]
		w := worlds[r.IntN(len(worlds))].copy()
		if len(w.points) < 2 || len(w.texts) < 2 {
			t.Fatal("a log has too few texts or checkpoints")
		}
		want := m.change(w, r)
		if len(want.at) == 0 {
			continue // it changed nothing
		}
		done++
		found, _ := w.verify(t)
		most = max(most, len(found))
		if !want.in(found) {
			t.Errorf("%s: want %v, found %v", m.name, want, found)
		}
	}
	t.Logf("%d changes of %d kinds, all looked for; at most %d findings for one", done, len(ways), most)
}

func (n named) in(found []audit.Finding) bool {
	for _, at := range n.at {
		if !slices.ContainsFunc(found, func(f audit.Finding) bool { return f.Index == at && slices.Contains(n.kinds, f.Kind) }) {
			return false
		}
	}
	return true
}

func TestNoFalseAlarms(t *testing.T) {
	r := mrand.New(mrand.NewPCG(3, 4))
	for size := range 150 {
		w := generate(t, r, size)
		found, sum := w.verify(t)
		if len(found) != 0 {
			t.Errorf("%d entries, nothing changed: %v", size, found)
		}
		commitments := 0
		for _, e := range w.entries {
			commitments += len(e.Commitments)
		}
		if sum.Entries != int64(size) || sum.Root != w.edge.Root() || sum.Signed != int64(size) || sum.Checkpoints != len(w.points) ||
			sum.Texts != len(w.texts) || sum.Erased != commitments-len(w.texts) {
			t.Errorf("%d entries: %+v", size, sum)
		}
	}
}

// An insider who has the key as well can write another history that is sound in
// itself. Only a checkpoint that was kept elsewhere gives it away.
func TestOnlyASavedCheckpointTellsHistoriesApart(t *testing.T) {
	w := generate(t, mrand.New(mrand.NewPCG(5, 6)), 40)
	again(w, 7, func(e *ledger.Entry) { e.Outcome = "abstained" })
	w.rebuild()
	var points []audit.Signed
	points, w.points = w.points, nil
	lines := w.rows
	w.edge, w.nodes, w.rows = ledger.Edge{}, nil, nil
	for _, p := range points {
		c, err := ledger.Open(p.Note, w.key)
		if err != nil {
			t.Fatal(err)
		}
		for w.edge.Size() < c.Size {
			w.store(lines[w.edge.Size()].Line)
		}
		w.sign(t)
	}
	w.rows = lines
	saved := w.saved
	w.saved = nil
	if found, _ := w.verify(t); len(found) != 0 {
		t.Errorf("the forged history is not sound: %v", found)
	}
	w.saved = saved
	found, _ := w.verify(t)
	if !as(audit.Fork)(int64(len(points))).in(found) || len(found) != 1 {
		t.Errorf("found %v", found)
	}
}

// What cannot be told from the tree: times that run back, numbers that are left out.
func TestOrder(t *testing.T) {
	for name, c := range map[string]struct {
		seqs    []int64
		minutes []int
		want    named
	}{
		"in order":            {[]int64{1, 2, 3}, []int{0, 0, 9}, named{}},
		"clocks differ":       {[]int64{1, 2, 3}, []int{5, 0, 9}, named{}},
		"runs back":           {[]int64{1, 2, 3}, []int{6, 0, 9}, as(audit.Backwards)(1)},
		"a number left out":   {[]int64{1, 3, 4}, []int{0, 0, 0}, as(audit.Disordered)(1)},
		"a number twice":      {[]int64{1, 1, 2}, []int{0, 0, 0}, as(audit.Disordered)(1)},
		"begins with another": {[]int64{2, 3, 4}, []int{0, 0, 0}, as(audit.Disordered)(0)},
	} {
		w := newWorld(t)
		for i, seq := range c.seqs {
			w.add(t, ledger.Entry{Type: ledger.Knowledge, Seq: seq, Subject: "000102030405060708090a0b0c0d0e0f",
				Time: time.Date(2026, 3, 1, 9, c.minutes[i], 0, 0, time.UTC)})
		}
		w.sign(t)
		if found, _ := w.verify(t); !c.want.in(found) || len(found) != len(c.want.at) {
			t.Errorf("%s: %v", name, found)
		}
	}
}

// A reader that fails is an error and no finding.
func TestReadersFail(t *testing.T) {
	w := generate(t, mrand.New(mrand.NewPCG(7, 8)), 20)
	broken := fmt.Errorf("disk")
	for name, spoil := range map[string]func(l *audit.Log){
		"rows":        func(l *audit.Log) { l.Rows = failing(w.rows, broken) },
		"nodes":       func(l *audit.Log) { l.Nodes = failing(w.nodes, broken) },
		"openings":    func(l *audit.Log) { l.Openings = failing(w.texts, broken) },
		"checkpoints": func(l *audit.Log) { l.Checkpoints = failing(w.points, broken) },
	} {
		l := w.log()
		spoil(&l)
		if _, err := audit.Verify(l, func(audit.Finding) {}); err == nil {
			t.Errorf("%s fail, and there is no error", name)
		}
	}
}

func failing[T any](list []T, err error) func(func(T, error) bool) {
	return func(yield func(T, error) bool) {
		for _, v := range list[:len(list)/2] {
			if !yield(v, nil) {
				return
			}
		}
		yield(*new(T), err)
	}
}

// Findings are for people who may not see the texts.
func TestFindingsQuoteNoText(t *testing.T) {
	w := generate(t, mrand.New(mrand.NewPCG(9, 10)), 30)
	for i := range w.texts {
		w.texts[i].Text = []byte("secret words")
	}
	for i := range w.rows {
		w.rows[i].Line = append(bytes.Clone(w.rows[i].Line), "secret words"...)
	}
	found, _ := w.verify(t)
	if len(found) == 0 {
		t.Error("nothing found")
	}
	for _, f := range found {
		if bytes.Contains([]byte(f.String()), []byte("secret")) {
			t.Error(f)
		}
	}
}
