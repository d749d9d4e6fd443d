package pgsearch

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/jackc/pgx/v5"

	"townclerk/knowledge"
)

// set is the vectors of one encoder. The zero set is none.
type set struct {
	id      int
	dims    int
	indexed bool
}

// table returns the name of the set's table.
// IsSet reports whether a table with this name is one of vectors, which are made as
// models come and not by a migration.
func IsSet(table string) bool { return setTable.MatchString(table) }

var setTable = regexp.MustCompile(`^vectors_\d+$`)

func (s set) table() string { return fmt.Sprintf("vectors_%d", s.id) }

// mostDims is how many dimensions pgvector indexes of a halfvec.
const mostDims = 4000

// findSet returns the encoder's set, the zero set where there is none.
func findSet(ctx context.Context, tx pgx.Tx, encoder string) (s set, err error) {
	err = tx.QueryRow(ctx, "SELECT id, dims, indexed FROM vector_sets WHERE encoder = $1", encoder).Scan(&s.id, &s.dims, &s.indexed)
	if errors.Is(err, pgx.ErrNoRows) {
		return set{}, nil
	}
	return s, err
}

// addSet makes a set. Head is locked.
//
// A vector is live while a live passage has its key; departments are those of
// these passages. Its language is part of the key. The room left in each page is
// for changes of departments, which then leave the index as it is.
func addSet(ctx context.Context, tx pgx.Tx, encoder string, dims int) (set, error) {
	s := set{dims: dims}
	err := tx.QueryRow(ctx, `INSERT INTO vector_sets (id, encoder, dims, indexed)
		SELECT coalesce(max(id), 0) + 1, $1, $2, false FROM vector_sets RETURNING id`, encoder, dims).Scan(&s.id)
	if err != nil {
		return set{}, err
	}
	_, err = tx.Exec(ctx, fmt.Sprintf(`CREATE TABLE %s (
		key         BYTEA PRIMARY KEY CHECK (length(key) = 32),
		live        BOOLEAN NOT NULL,
		language    TEXT NOT NULL,
		departments TEXT[] NOT NULL,
		vector      halfvec(%d) NOT NULL
	) WITH (fillfactor = 90)`, s.table(), dims))
	return s, err
}

// refresh brings live, departments and language up to what is live now. only is a condition
// for t, the set's rows, and its arguments; empty: of all.
func (s set) refresh(ctx context.Context, tx pgx.Tx, only string, args ...any) error {
	_, err := tx.Exec(ctx, fmt.Sprintf(`UPDATE %[1]s x SET live = n.live, departments = n.departments, language = n.language
		FROM (
			SELECT t.key, count(l.version) > 0 AS live,
				coalesce(array_agg(DISTINCT v.department) FILTER (WHERE l.version IS NOT NULL), '{}') AS departments,
				coalesce(min(v.language), t.language) AS language
			FROM %[1]s t
			LEFT JOIN passages p ON p.key = t.key
			LEFT JOIN live l ON l.version = p.version AND l.until IS NULL
			LEFT JOIN versions v ON v.id = l.version
			%[2]s
			GROUP BY t.key
		) n
		WHERE x.key = n.key AND (x.live, x.departments, x.language) IS DISTINCT FROM (n.live, n.departments, n.language)`, s.table(), only), args...)
	return err
}

// index builds the set's HNSW index, over live vectors only. It is part of the
// transaction: searches go on, changes wait.
func (s *set) index(ctx context.Context, tx pgx.Tx, megabytes int) error {
	if s.dims > mostDims {
		return nil
	}
	if _, err := tx.Exec(ctx, "SELECT set_config('maintenance_work_mem', $1, true)", fmt.Sprintf("%dMB", megabytes)); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, fmt.Sprintf("CREATE INDEX %[1]s_hnsw ON %[1]s USING hnsw (vector halfvec_cosine_ops) WHERE live", s.table())); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "UPDATE vector_sets SET indexed = true WHERE id = $1", s.id)
	s.indexed = err == nil
	return err
}

// grown builds the index where so many passages are live that it is needed.
func (s *Store) grown(ctx context.Context, tx pgx.Tx, set *set) error {
	if set.indexed {
		return nil
	}
	var live int
	err := tx.QueryRow(ctx, "SELECT count(*) FROM live l JOIN passages p ON p.version = l.version WHERE l.until IS NULL").Scan(&live)
	if err != nil || live < s.o.MemoryBelow {
		return err
	}
	return set.index(ctx, tx, s.o.BuildMemory)
}

// Prepare builds the index of the current revision's vectors where it is needed
// and missing. Apply sees to that itself; it is missing after MemoryBelow was
// lowered. Searches go on meanwhile, changes wait.
func (s *Store) Prepare(ctx context.Context) error {
	return s.write(ctx, "prepare the search index", func(tx pgx.Tx, _ knowledge.Revision) error {
		m, err := current(ctx, tx)
		if err != nil || m.Revision == 0 {
			return err
		}
		set, err := findSet(ctx, tx, m.Encoder)
		if err != nil || set.id == 0 {
			return err
		}
		return s.grown(ctx, tx, &set)
	})
}
