// Package carry makes the tables of one database equal to those of another, on
// whatever engines they lie. It knows no table by name: the packages that own
// tables list them.
//
// Everything rests on one walk: two tables are read side by side in the order of
// their keys, and each difference is told. So it needs no memory of what an earlier
// run did. A run that was killed leaves rows in the target, and the next run finds
// them equal and goes on behind them; a source that went on since then shows as
// rows that changed, which are brought up to date.
//
// What a table may have been before is known from how the stores change rows: a
// value that was missing (NULL) is filled in, bytes are erased by zeros, and only
// in tables that say so rows go or values change otherwise. A target that differs in any other way holds
// something that the source never held, and is refused before anything is written.
package carry

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// ErrForeign says that the target holds something that the source never held.
var ErrForeign = errors.New("the target holds something else: move to an empty database, or to one where an earlier move " +
	"from the same source broke off; nothing was changed")

// Row is the values of a row, in the order of Shape.Columns. A value is an int64, a
// string, a []byte or nil.
type Row []any

// Shape describes a table. It is the same on both engines.
type Shape struct {
	Name    string
	Columns []string
	Key     int // so many of the columns, the first ones, are the primary key
	// Erasable says that rows may go from the source, Changing that their values may
	// change in any way.
	Erasable, Changing bool
}

// Table is a table on one engine. Nobody else writes to it meanwhile.
type Table interface {
	Shape() Shape
	// Next returns the rows after one, or the first ones after nil, in the order of
	// the key: integers by value, text and bytes by their bytes. None: the end.
	Next(ctx context.Context, after Row) ([]Row, error)
	// Add writes rows whose keys are not there, all or none.
	Add(ctx context.Context, rows []Row) error
	// Amend replaces rows by those with the same key, and deletes others, all or none.
	Amend(ctx context.Context, changed, gone []Row) error
}

// Set is the tables of one owner, in an order in which rows can be added.
type Set struct {
	Tables []Table
	// Locks names tables of which everybody who writes to the set locks or writes rows.
	Locks []string
}

// Pair is a table on both sides.
type Pair struct{ From, To Table }

// Pairs puts tables side by side.
func Pairs(from, to []Table) ([]Pair, error) {
	if len(from) != len(to) {
		return nil, fmt.Errorf("the source has %d tables and the target %d", len(from), len(to))
	}
	pairs := make([]Pair, len(from))
	for i := range from {
		a, b := from[i].Shape(), to[i].Shape()
		if a.Name != b.Name || a.Key != b.Key || !slices.Equal(a.Columns, b.Columns) {
			return nil, fmt.Errorf("the source has a table %s %v, the target %s %v", a.Name, a.Columns, b.Name, b.Columns)
		}
		pairs[i] = Pair{from[i], to[i]}
	}
	return pairs, nil
}

// Check returns ErrForeign where the target is not what the source is or was.
func (p Pair) Check(ctx context.Context) error {
	shape := p.To.Shape()
	n := 0
	var first Row
	err := p.walk(ctx, false, nil, func(have, want Row) error {
		if want == nil && shape.Erasable || want != nil && (shape.Changing || older(have, want)) {
			return nil
		}
		if n++; n == 1 {
			first = have[:shape.Key]
		}
		return nil
	})
	if err == nil && n > 0 {
		err = fmt.Errorf("%w (the table %s has %d such rows, the first is %.60s)", ErrForeign, shape.Name, n, fmt.Sprintf("%q", first))
	}
	return err
}

// older reports whether a row may have been have before it was want.
func older(have, want Row) bool {
	for i := range have {
		if have[i] != nil && compare(have[i], want[i]) != 0 && !zeros(want[i]) {
			return false
		}
	}
	return true
}

func zeros(value any) bool {
	b, ok := value.([]byte)
	return ok && !slices.ContainsFunc(b, func(c byte) bool { return c != 0 })
}

// Counts are what Carry did, in rows.
type Counts struct{ Added, Amended int }

// Carry makes the target equal to the source, of which Check has found it to be a
// part. seen is told how many of the source's rows it went past. What was written
// before an error stays.
func (p Pair) Carry(ctx context.Context, seen func(rows int)) (Counts, error) {
	var c Counts
	changes := &batch{write: func(b *batch) error {
		c.Amended += len(b.rows) + len(b.gone)
		return p.To.Amend(ctx, b.rows, b.gone)
	}}
	// First what is there already: a new row may need an older one out of its way.
	err := p.walk(ctx, false, nil, func(have, want Row) error {
		if want == nil {
			return changes.add(&changes.gone, have)
		}
		return changes.add(&changes.rows, want)
	})
	if err = errors.Join(err, changes.flush(err)); err != nil {
		return c, p.failed(err)
	}
	additions := &batch{write: func(b *batch) error {
		c.Added += len(b.rows)
		return p.To.Add(ctx, b.rows)
	}}
	err = p.walk(ctx, true, seen, func(_, want Row) error { return additions.add(&additions.rows, want) })
	return c, p.failed(errors.Join(err, additions.flush(err)))
}

func (p Pair) failed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("carry the table %s: %w", p.To.Shape().Name, err)
}

// walk reads both tables side by side and calls differ for each key where they
// differ: have is the target's row, want the source's, nil where there is none.
// Unless all is true it ends with the target's last row.
func (p Pair) walk(ctx context.Context, all bool, seen func(rows int), differ func(have, want Row) error) error {
	from, to := cursor{table: p.From, seen: seen}, cursor{table: p.To}
	key := p.To.Shape().Key
	for {
		want, err := from.peek(ctx)
		if err != nil {
			return fmt.Errorf("read the source: %w", err)
		}
		have, err := to.peek(ctx)
		if err != nil {
			return fmt.Errorf("read the target: %w", err)
		}
		if have == nil && (want == nil || !all) {
			return nil
		}
		order := 0
		switch {
		case have == nil:
			order = 1
		case want == nil:
			order = -1
		default:
			order = slices.CompareFunc(have[:key], want[:key], compare)
		}
		switch {
		case order < 0:
			err = differ(have, nil)
		case order > 0 && all:
			err = differ(nil, want)
		case order == 0 && slices.CompareFunc(have, want, compare) != 0:
			err = differ(have, want)
		}
		if err != nil {
			return err
		}
		if order <= 0 {
			to.take()
		}
		if order >= 0 {
			from.take()
		}
	}
}
