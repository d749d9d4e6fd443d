package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"townclerk/bot/ledger"
)

// leaf is an entry of the record that has no number and no time yet.
type leaf struct {
	ledger.Entry
	event int // the number of the event's row; 0: it is of none
}

// log puts an entry on the record, at the end of the transaction.
func (tx *txn) log(e ledger.Entry, event int) { tx.leaves = append(tx.leaves, leaf{e, event}) }

// head is where the record ends.
type head struct{ size, at int64 }

// lockHead keeps everybody else from writing until the transaction ends.
func (s *Store) lockHead(ctx context.Context, tx *txn) (h head, err error) {
	query := "SELECT size, at FROM ledger_head WHERE id = 1"
	if s.postgres { // on SQLite the transaction holds the file
		query += " FOR UPDATE"
	}
	err = tx.QueryRowContext(ctx, query).Scan(&h.size, &h.at)
	return h, err
}

// enter appends what the transaction has gathered. The time is that of now, or of the
// entry before where a server's clock is behind another's.
func (s *Store) enter(ctx context.Context, tx *txn, h head) error {
	if len(tx.leaves) == 0 {
		return nil
	}
	h.at = max(h.at, micros(s.now()))
	lines, rows, err := tx.encode(ctx, h)
	if err != nil {
		return err
	}
	batch, err := ledger.Append(h.size, lines, hashes{ctx, tx})
	if err != nil {
		return err
	}
	var nodes []any
	for i, hash := range batch.Hashes {
		nodes = append(nodes, batch.First+int64(i), hash[:])
	}
	if err := tx.insert(ctx, "INSERT INTO ledger_entries (idx, type, subject, seq, event, line) VALUES ", 6, rows); err != nil {
		return err
	}
	if err := tx.insert(ctx, "INSERT INTO ledger_hashes (position, hash) VALUES ", 2, nodes); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE ledger_head SET size = $1, at = $2 WHERE id = 1", batch.Size, h.at)
	return err
}

// encode numbers the entries and returns their lines, and the values of their rows.
func (tx *txn) encode(ctx context.Context, h head) (lines [][]byte, rows []any, err error) {
	last, err := tx.lastNumbers(ctx)
	if err != nil {
		return nil, nil, err
	}
	for i, l := range tx.leaves {
		last[l.Subject]++
		l.Seq, l.Time = last[l.Subject], fromMicros(h.at).Truncate(time.Minute)
		line, err := ledger.Encode(l.Entry)
		if err != nil {
			return nil, nil, fmt.Errorf("%w: it cannot go on the record: %w", ErrInvalidEvent, err)
		}
		lines = append(lines, line)
		rows = append(rows, h.size+int64(i), string(l.Type), l.Subject, l.Seq, sql.NullInt64{Int64: int64(l.event), Valid: l.event > 0}, string(line))
	}
	return lines, rows, nil
}

// lastNumbers returns the number of the last entry of each subject.
func (tx *txn) lastNumbers(ctx context.Context) (map[string]int64, error) {
	last := map[string]int64{}
	var subjects []any
	for _, l := range tx.leaves {
		if _, ok := last[l.Subject]; !ok {
			last[l.Subject] = 0
			subjects = append(subjects, l.Subject)
		}
	}
	for some := range slices.Chunk(subjects, maxValues) {
		err := each(ctx, tx, func(rows *sql.Rows) error {
			var subject string
			var seq int64
			err := rows.Scan(&subject, &seq)
			last[subject] = seq
			return err
		}, `SELECT column1, coalesce((SELECT max(seq) FROM ledger_entries WHERE subject = column1), 0)
			FROM (VALUES `+marks(len(some), 1)+") AS subjects", some...)
		if err != nil {
			return nil, err
		}
	}
	return last, nil
}

// maxValues is how many values a statement has at most, in rows of up to six.
const maxValues = 6 * 1000

// insert writes rows of the given width, however many.
func (tx *txn) insert(ctx context.Context, into string, width int, values []any) error {
	for some := range slices.Chunk(values, maxValues) {
		if _, err := tx.ExecContext(ctx, into+marks(len(some), width), some...); err != nil {
			return err
		}
	}
	return nil
}

// hashes reads the hashes of the tree.
type hashes struct {
	ctx context.Context
	querier
}

var _ tlog.HashReader = hashes{}

func (h hashes) ReadHashes(at []int64) ([]tlog.Hash, error) {
	found := make(map[int64]tlog.Hash, len(at))
	wanted := make([]any, len(at))
	for i, position := range at {
		wanted[i] = position
	}
	for some := range slices.Chunk(wanted, maxValues) {
		err := each(h.ctx, h, func(rows *sql.Rows) error {
			var position int64
			var hash []byte
			err := rows.Scan(&position, &hash)
			if err == nil && len(hash) != tlog.HashSize {
				err = fmt.Errorf("hash %d of the record: %w", position, ErrTampered)
			}
			if err == nil {
				found[position] = tlog.Hash(hash)
			}
			return err
		}, "SELECT position, hash FROM ledger_hashes WHERE position IN "+marks(len(some), len(some)), some...)
		if err != nil {
			return nil, err
		}
	}
	read := make([]tlog.Hash, len(at))
	for i, position := range at {
		hash, ok := found[position]
		if !ok {
			return nil, fmt.Errorf("hash %d of the record is missing: %w", position, ErrTampered)
		}
		read[i] = hash
	}
	return read, nil
}
