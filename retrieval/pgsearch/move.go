package pgsearch

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/pgvector/pgvector-go"

	"townclerk/internal/carry"
	"townclerk/knowledge"
	vec "townclerk/retrieval/embed"
)

// Tables returns the store's tables as they are moved to another engine. The tables
// of all sets of vectors are one, as on SQLite.
func (s *Store) Tables(ctx context.Context) (set carry.Set, err error) {
	for _, t := range [][]string{
		{"models", "fingerprint"},
		{"revisions", "id"},
		{"versions", "id"},
		{"passages", "version", "ordinal"},
		{"live", "document", "since"},
	} {
		table, err := carry.Open(ctx, s.db, t[0], t[1:]...)
		if err != nil {
			return set, err
		}
		set.Tables = append(set.Tables, table)
	}
	set.Tables = append(set.Tables, vectors{s})
	set.Locks = []string{"head"}
	return set, nil
}

// Finish makes what was moved here the current state, and builds the index that it
// needs. Before that there is no revision.
func (s *Store) Finish(ctx context.Context) error {
	return s.write(ctx, "finish the move", func(tx pgx.Tx, _ knowledge.Revision) error {
		// Freshly loaded tables have no statistics yet to plan a join with.
		for _, sql := range []string{
			"UPDATE head SET revision = (SELECT coalesce(max(id), 0) FROM revisions)", "ANALYZE versions, passages, live",
		} {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return err
			}
		}
		m, err := current(ctx, tx)
		if err != nil {
			return err
		}
		set, err := findSet(ctx, tx, m.Encoder)
		if err != nil || set.id == 0 {
			return err
		}
		if _, err := tx.Exec(ctx, "ANALYZE "+set.table()); err != nil {
			return err
		}
		if err := set.refresh(ctx, tx, ""); err != nil {
			return err
		}
		return s.grown(ctx, tx, &set)
	})
}

// vectors are all sets as one table.
type vectors struct{ store *Store }

var _ carry.Table = vectors{}

// Shape is that of SQLite's table.
func (vectors) Shape() carry.Shape {
	return carry.Shape{Name: "vectors", Columns: []string{"encoder", "key", "vector"}, Key: 2, Erasable: true}
}

// vectorPage is how many vectors are read at once.
const vectorPage = 500

// Next returns a page of one encoder's vectors.
func (v vectors) Next(ctx context.Context, after carry.Row) (page []carry.Row, err error) {
	encoder, last := "", []byte{}
	if after != nil {
		encoder, last = after[0].(string), after[1].([]byte)
	}
	err = v.store.read(ctx, "read vectors", func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "SELECT encoder FROM vector_sets WHERE encoder >= $1 ORDER BY encoder", encoder)
		if err != nil {
			return err
		}
		encoders, err := pgx.CollectRows(rows, pgx.RowTo[string])
		for _, e := range encoders {
			if e != encoder {
				last = []byte{}
			}
			if page, err = vectorsAfter(ctx, tx, e, last); err != nil || len(page) > 0 {
				break
			}
		}
		return err
	})
	return page, err
}

func vectorsAfter(ctx context.Context, tx pgx.Tx, encoder string, last []byte) (page []carry.Row, err error) {
	set, err := findSet(ctx, tx, encoder)
	if err != nil {
		return nil, err
	}
	var key []byte
	var half pgvector.HalfVector
	err = each(ctx, tx, []any{&key, &half}, func() error {
		page = append(page, carry.Row{encoder, slices.Clone(key), vec.Pack(half.Slice())})
		return nil
	}, fmt.Sprintf("SELECT key, vector FROM %s WHERE key > $1 ORDER BY key LIMIT %d", set.table(), vectorPage), last)
	return page, err
}

// Add writes vectors, not live: Finish sees which are, and what their passages say
// of them.
func (v vectors) Add(ctx context.Context, rows []carry.Row) error {
	return v.store.write(ctx, "write vectors", func(tx pgx.Tx, _ knowledge.Revision) error {
		for len(rows) > 0 {
			encoder := rows[0][0].(string)
			end := slices.IndexFunc(rows, func(r carry.Row) bool { return r[0] != encoder })
			if end < 0 {
				end = len(rows)
			}
			if err := v.store.addVectors(ctx, tx, encoder, rows[:end]); err != nil {
				return err
			}
			rows = rows[end:]
		}
		return nil
	})
}

func (s *Store) addVectors(ctx context.Context, tx pgx.Tx, encoder string, rows []carry.Row) error {
	w := writer{ctx: ctx, tx: tx, change: knowledge.Change{Encoder: encoder}}
	var err error
	if w.set, err = findSet(ctx, tx, encoder); err != nil {
		return err
	}
	fresh := make([][]any, len(rows))
	for i, row := range rows {
		v, err := vec.Unpack(row[2].([]byte))
		if err != nil {
			return err
		}
		if err := w.ensureSet(len(v)); err != nil {
			return err
		}
		fresh[i] = []any{row[1], false, "", []string{}, pgvector.NewHalfVector(v)}
	}
	if err := w.copy(w.set.table(), fresh, "key", "live", "language", "departments", "vector"); err != nil {
		return err
	}
	return s.keptAhead(ctx, tx, w.set)
}

// Amend deletes vectors whose set the source has pruned. It changes none: a vector
// never changes.
func (v vectors) Amend(ctx context.Context, changed, gone []carry.Row) error {
	if len(changed) > 0 {
		return errors.New("vectors differ that have the same key: they never change, so one of the databases is damaged")
	}
	return v.store.write(ctx, "delete vectors", func(tx pgx.Tx, _ knowledge.Revision) error {
		for _, row := range gone {
			set, err := findSet(ctx, tx, row[0].(string))
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, "DELETE FROM "+set.table()+" WHERE key = $1", row[1]); err != nil {
				return err
			}
		}
		return nil
	})
}
