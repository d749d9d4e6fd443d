package carry

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
)

// A page of rows, read or written at once, ends with one of these.
const (
	pageRows  = 500
	pageBytes = 4 << 20
)

// compare orders two values of one column: NULL first, integers by value, text and
// bytes by their bytes.
func compare(a, b any) int {
	if a == nil || b == nil {
		return cmp.Compare(rank(a), rank(b))
	}
	switch a := a.(type) {
	case int64:
		return cmp.Compare(a, b.(int64))
	case string:
		return strings.Compare(a, b.(string))
	}
	return bytes.Compare(a.([]byte), b.([]byte))
}

func rank(value any) int {
	if value == nil {
		return 0
	}
	return 1
}

// size is about how many bytes a row takes.
func size(r Row) int {
	n := 0
	for _, value := range r {
		switch v := value.(type) {
		case string:
			n += len(v)
		case []byte:
			n += len(v)
		}
		n += 8
	}
	return n
}

// cursor reads a table row by row.
type cursor struct {
	table Table
	page  []Row
	last  Row
	ended bool
	seen  func(rows int) // is told at each page how many rows were taken; may be nil
	rows  int
}

// peek returns the row at the cursor, nil at the end.
func (c *cursor) peek(ctx context.Context) (Row, error) {
	if len(c.page) == 0 && !c.ended {
		page, err := c.table.Next(ctx, c.last)
		if err != nil {
			return nil, err
		}
		c.page, c.ended = page, len(page) == 0
		if c.seen != nil {
			c.seen(c.rows)
		}
		c.rows += len(page)
	}
	if c.ended {
		return nil, nil
	}
	return c.page[0], nil
}

// take moves on.
func (c *cursor) take() { c.last, c.page = c.page[0], c.page[1:] }

// batch gathers rows to be written at once.
type batch struct {
	rows, gone []Row
	bytes      int
	write      func(*batch) error
}

// add puts a row on one of the batch's lists.
func (b *batch) add(list *[]Row, r Row) error {
	*list = append(*list, r)
	b.bytes += size(r)
	if len(b.rows)+len(b.gone) < pageRows && b.bytes < pageBytes {
		return nil
	}
	return b.flush(nil)
}

// flush writes what was gathered, unless there was an error before.
func (b *batch) flush(before error) error {
	if before != nil || len(b.rows)+len(b.gone) == 0 {
		return nil
	}
	err := b.write(b)
	b.rows, b.gone, b.bytes = nil, nil, 0
	return err
}

// Digest is what a table holds.
type Digest struct {
	Rows int
	Hash [sha256.Size]byte // of all values, in the order of the key
}

// Sum reads a table. seen is told how many rows were read.
func Sum(ctx context.Context, t Table, seen func(rows int)) (Digest, error) {
	var d Digest
	hash := sha256.New()
	var buf []byte
	var last Row
	for {
		page, err := t.Next(ctx, last)
		if err != nil {
			return d, fmt.Errorf("read the table %s: %w", t.Shape().Name, err)
		}
		if len(page) == 0 {
			hash.Sum(d.Hash[:0])
			return d, nil
		}
		for _, row := range page {
			buf = encode(buf[:0], row)
			hash.Write(buf)
		}
		d.Rows += len(page)
		last = page[len(page)-1]
		seen(d.Rows)
	}
}

// encode appends a row so that no two rows read the same: each value with its
// kind and its length.
func encode(b []byte, r Row) []byte {
	for _, value := range r {
		switch v := value.(type) {
		case nil:
			b = append(b, 'n')
		case int64:
			b = binary.BigEndian.AppendUint64(append(b, 'i'), uint64(v))
		case string:
			b = append(binary.AppendUvarint(append(b, 's'), uint64(len(v))), v...)
		case []byte:
			b = append(binary.AppendUvarint(append(b, 'b'), uint64(len(v))), v...)
		}
	}
	return b
}
