package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"townclerk/bot/ledger"
)

// verifier is a check under way.
type verifier struct {
	log    Log
	report func(Finding)
	sum    Summary

	points []point // by size
	tree   edge
	texts  *cursor[Opening]

	subjects map[[16]byte]*subject
	fields   map[string]uint16 // names of fields, numbered
	owed     pages             // every commitment
	before   time.Time         // of the entry before
	unread   int               // entries that are missing or not what they were
}

func (v *verifier) find(kind Kind, index int64, format string, args ...any) {
	v.sum.Findings++
	v.report(Finding{kind, index, fmt.Sprintf(format, args...)})
}

func (v *verifier) run() error {
	if err := v.readPoints(); err != nil {
		return err
	}
	rows, nodes := read(v.log.Rows), read(v.log.Nodes)
	v.texts = read(v.log.Openings)
	defer rows.stop()
	defer nodes.stop()
	defer v.texts.stop()
	v.tree = edge{nodes: nodes, find: v.find}
	v.entries(rows)
	if err := errors.Join(rows.err, nodes.err, v.texts.err); err != nil {
		return err
	}
	for ; nodes.ok; nodes.next() {
		v.find(BadHash, nodes.head.Position, "a stored hash that no entry has")
	}
	v.closeTexts()
	strays := read(v.log.Strays)
	defer strays.stop()
	for i := int64(0); strays.ok; strays.next() {
		v.find(Stray, i, "%.200s is on no entry", strays.head)
		i++
	}
	if strays.err != nil {
		return strays.err
	}
	v.sum.Entries = v.tree.size
	v.sum.Root, _ = v.tree.root()
	if s := v.log.Size; s != 0 && s != v.sum.Entries {
		v.find(BadHead, s, "storage says so many entries, there are %d", v.sum.Entries)
	}
	if len(v.points) > 0 {
		v.find(Truncated, v.tree.size, "the log ends here, but checkpoint %d counts %d entries", v.points[0].number, v.points[0].size)
	}
	return nil
}

// entries goes through the log, index by index.
func (v *verifier) entries(rows *cursor[Row]) {
	v.checkRoots()
	gap := false
	for rows.ok || v.tree.more() {
		n := v.tree.size
		switch {
		case rows.ok && rows.head.Index < n:
			v.find(Repeated, rows.head.Index, "a row with this index comes again or out of order")
			rows.next()
			continue
		case rows.ok && rows.head.Index == n:
			gap = false
			whole := v.tree.append(rows.head.Line)
			v.entry(n, rows.head, whole)
			rows.next()
		default:
			if !gap {
				v.findGap(n, rows)
			}
			gap = true
			if v.unread++; !v.tree.more() {
				return // what follows hangs on nothing
			}
			v.skipTexts(n, false)
			v.tree.append(nil)
		}
		v.checkRoots()
	}
}

func (v *verifier) findGap(n int64, rows *cursor[Row]) {
	if rows.ok {
		v.find(Missing, n, "the next row has the index %d", rows.head.Index)
	} else if rows.err == nil {
		v.find(Missing, n, "the rows end here, the stored hashes do not")
	}
}

// entry checks what a line says; whole says that it fits its stored hash.
func (v *verifier) entry(n int64, row Row, whole bool) {
	e, err := ledger.Parse(row.Line)
	if !whole || err != nil {
		v.unread++
	}
	if !whole {
		v.find(Changed, n, "the line does not fit the stored hash %v", v.tree.leaf)
	}
	if err != nil {
		v.find(Malformed, n, "%v", err)
		v.skipTexts(n, false)
		return
	}
	v.filed(n, e, row.Filed)
	s := v.subject(e)
	if whole {
		v.order(n, e, s)
	}
	s.last = max(s.last, e.Seq)
	if e.Type == ledger.Erasure {
		v.erase(s, e.Scope())
	}
	v.open(n, e, s)
}

// filed checks what is kept beside a line.
func (v *verifier) filed(n int64, e ledger.Entry, f *Filed) {
	if f == nil {
		return
	}
	want, of := e.Facts[ledger.FactRow].(string)
	if f.Type != string(e.Type) || f.Subject != e.Subject || f.Seq != e.Seq || f.Of != of {
		v.find(Misfiled, n, "it is filed as another type, subject or number than it says, or as one of an event")
	}
	sum := sha256.Sum256(f.Event)
	switch {
	case of && f.Event == nil:
		v.find(BadEvent, n, "the event that it is of is not there")
	case of && hex.EncodeToString(sum[:]) != want, !of && f.Event != nil:
		v.find(BadEvent, n, "the event that it is filed with is not the one that was recorded")
	}
}

// order checks an entry's time and its number. Gaps in the numbers may be due to
// entries that could not be read, which are findings of their own.
func (v *verifier) order(n int64, e ledger.Entry, s *subject) {
	if v.before.Sub(e.Time) > ClockTolerance {
		v.find(Backwards, n, "its time is %s, that of the entry before %s", e.Time.Format(time.RFC3339), v.before.Format(time.RFC3339))
	}
	v.before = e.Time
	if e.Seq <= s.last || e.Seq > s.last+1 && v.unread == 0 {
		v.find(Disordered, n, "it is number %d of %s, and number %d came last", e.Seq, e.Subject, s.last)
	}
}

// checkRoots holds the tree, as large as it is now, against the checkpoints of its size.
func (v *verifier) checkRoots() {
	for len(v.points) > 0 && v.points[0].size == v.tree.size {
		p := v.points[0]
		v.points = v.points[1:]
		root, known := v.tree.root()
		switch {
		case !known: // a line and its hash are missing, which was found
		case root == p.root:
			v.tree.agreed = v.tree.size
		case p.saved:
			v.find(BadSaved, p.number, "it says %v for %d entries, the tree has %v", p.root, p.size, root)
		default:
			v.find(BadRoot, p.number, "it says %v for %d entries, the tree has %v: something from entry %d on is not what was signed",
				p.root, p.size, root, v.tree.agreed)
		}
	}
}

// edge is the right edge of the tree that the stored hashes make.
type edge struct {
	nodes  *cursor[Node]
	find   func(kind Kind, index int64, format string, args ...any)
	size   int64
	agreed int64     // the size at which a checkpoint last agreed
	leaf   tlog.Hash // the last stored leaf
	at     int64     // the position that comes next
	lost   bool      // the hash before it was not stored
	stack  []hash    // of full subtrees, the widest first
}

// hash is a hash that may not be known.
type hash struct {
	tlog.Hash
	known bool
}

// more reports whether there are stored hashes that were not read.
func (t *edge) more() bool { return t.nodes.ok }

// append adds a line, or nil where it is missing, with its stored hashes. It reports
// whether the line fits the hash that is stored for it.
func (t *edge) append(line []byte) (whole bool) {
	leaf, whole := t.take(), true
	t.leaf = leaf.Hash
	if line != nil {
		computed := tlog.RecordHash(line)
		if whole = !leaf.known || leaf.Hash == computed; !leaf.known {
			leaf = hash{computed, true}
		}
	}
	t.stack = append(t.stack, leaf)
	t.size++
	for n := t.size; n&1 == 0; n >>= 1 {
		last := len(t.stack) - 1
		left, right := t.stack[last-1], t.stack[last]
		node, computed := t.take(), hash{known: left.known && right.known}
		if computed.known {
			computed.Hash = tlog.NodeHash(left.Hash, right.Hash)
		}
		if node.known && computed.known && node != computed {
			width := t.size / n * 2
			t.find(BadHash, t.at-1, "it is to cover entries %d to %d, but does not fit the two hashes below it", t.size-width, t.size-1)
		}
		if !node.known {
			node = computed
		}
		t.stack = append(t.stack[:last-1], node)
	}
	return whole
}

// take returns the stored hash of the next position.
func (t *edge) take() hash {
	for ; t.nodes.ok && t.nodes.head.Position < t.at; t.nodes.next() {
		t.find(BadHash, t.nodes.head.Position, "the hash of this position comes again or out of order")
	}
	t.at++
	if t.nodes.ok && t.nodes.head.Position == t.at-1 {
		h := hash{t.nodes.head.Hash, true}
		t.lost = false
		t.nodes.next()
		return h
	}
	if !t.lost && t.nodes.err == nil {
		t.find(BadHash, t.at-1, "no hash is stored for entry %d", t.size)
	}
	t.lost = true
	return hash{}
}

// root returns the root of the tree, where its hashes are known.
func (t *edge) root() (tlog.Hash, bool) {
	if len(t.stack) == 0 {
		root, err := tlog.TreeHash(0, nil)
		return root, err == nil
	}
	root, known := t.stack[len(t.stack)-1], true
	for i := len(t.stack) - 1; i >= 0; i-- {
		known = known && t.stack[i].known
		if i < len(t.stack)-1 {
			root.Hash = tlog.NodeHash(t.stack[i].Hash, root.Hash)
		}
	}
	return root.Hash, known
}
