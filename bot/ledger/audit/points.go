package audit

import (
	"cmp"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"townclerk/bot/ledger"
)

// point is what is kept of a checkpoint; where it was kept elsewhere the number is
// its place in Saved.
type point struct {
	size, number int64
	root         tlog.Hash
	saved        bool
}

// readPoints opens all checkpoints, holds them against one another, and sorts them by
// size, to be held against the tree.
func (v *verifier) readPoints() error {
	own := read(v.log.Checkpoints)
	defer own.stop()
	want := int64(1)
	for ; own.ok; own.next() {
		number := own.head.Number
		if number > want {
			v.find(BadPoint, want, "it is missing: the next has the number %d", number)
		} else if number < want {
			v.find(BadPoint, number, "its number comes again or out of order")
		}
		want = max(want, number+1)
		if c, ok := v.openPoint(BadPoint, number, own.head.Note); ok {
			if s := own.head.Size; s != 0 && s != c.Size {
				v.find(BadPoint, number, "it counts %d entries and is filed with %d", c.Size, s)
			}
			v.addPoint(point{c.Size, number, c.Root, false})
		}
	}
	if own.err != nil {
		return own.err
	}
	bySize := map[int64]point{}
	for _, p := range v.points {
		bySize[p.size] = p
	}
	for i, note := range v.log.Saved {
		c, ok := v.openPoint(BadSaved, int64(i), note)
		if !ok {
			continue
		}
		switch p, found := bySize[c.Size]; {
		case !found:
			v.find(BadSaved, int64(i), "the log has no such checkpoint: %v", c)
			v.points = append(v.points, point{c.Size, int64(i), c.Root, true})
		case p.root != c.Root:
			v.find(Fork, p.number, "of %d entries the log says %v, and a checkpoint that was kept %v", p.size, p.root, c.Root)
		}
	}
	slices.SortStableFunc(v.points, func(a, b point) int { return cmp.Compare(a.size, b.size) })
	return nil
}

// openPoint opens a checkpoint.
func (v *verifier) openPoint(kind Kind, number int64, note []byte) (ledger.Checkpoint, bool) {
	c, err := ledger.Open(note, v.log.Keys...)
	if err == nil && (v.log.Origin == "" || c.Origin == v.log.Origin) {
		return c, true
	}
	if err != nil {
		v.find(kind, number, "%v", err)
	} else {
		v.find(kind, number, "it is of %.100q", c.Origin)
	}
	return c, false
}

// addPoint adds one of the log's own: each is to be larger than the one before.
func (v *verifier) addPoint(p point) {
	v.sum.Checkpoints++
	if len(v.points) > 0 {
		switch last := v.points[len(v.points)-1]; {
		case p.size == last.size && p.root != last.root:
			v.find(Fork, p.number, "of %d entries it says %v, and checkpoint %d %v", p.size, p.root, last.number, last.root)
		case p.size <= last.size:
			v.find(BadPoint, p.number, "it counts %d entries, checkpoint %d before it %d", p.size, last.number, last.size)
		}
	}
	v.sum.Signed = max(v.sum.Signed, p.size)
	v.points = append(v.points, p)
}
