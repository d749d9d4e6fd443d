package pgsearch

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/pgvector/pgvector-go"

	"townclerk/knowledge"
	"townclerk/retrieval"
	"townclerk/retrieval/hybrid"
)

const (
	// reach is how many near vectors are asked for: some more than are wanted, because
	// the server rounds the question's vector too, and may order neighbours otherwise.
	reach = hybrid.Candidates * 6 / 5
	// filteredReach is how many the index has to find under a filter before the search
	// ends. What it meets first is not the nearest: where a question is about what the
	// filter leaves out, it comes upon the rest from afar, in no good order.
	filteredReach = 6 * reach
)

// The query for near vectors. The index serves an ORDER BY alone with its LIMIT, so
// that stands in a query of its own. With + 0 the server does not take what the index
// met for sorted, and so reads all of it. The settings are the transaction's; the plan
// must not be one that was made for any filter.
const (
	settings = `SELECT set_config('hnsw.ef_search', $1, true), set_config('hnsw.iterative_scan', $2, true),
		set_config('hnsw.max_scan_tuples', $3, true), set_config('enable_seqscan', 'off', true),
		set_config('plan_cache_mode', 'force_custom_plan', true)`
	frame = `SELECT h.revision, x.key, x.vector FROM head h LEFT JOIN (
			SELECT key, vector FROM (%[2]s) near
			UNION ALL
			SELECT key, vector FROM %[1]s WHERE key = ANY($2)
		) x ON true`
	byIndex = `WITH met AS MATERIALIZED (
				SELECT key, vector, vector <=> $1 AS distance FROM %[1]s WHERE live%[4]s ORDER BY distance LIMIT %[3]d
			) SELECT key, vector FROM met ORDER BY distance + 0 LIMIT %[2]d`
	byKeys = `WITH few AS MATERIALIZED (SELECT key, vector <=> $1 AS distance FROM %[1]s WHERE key = ANY($3))
			SELECT v.key, v.vector FROM (SELECT key FROM few ORDER BY distance LIMIT %[2]d) f JOIN %[1]s v ON v.key = f.key`
)

// plan is what is asked of the server for one question.
type plan struct {
	iterative string // hnsw.iterative_scan
	scan      int    // hnsw.max_scan_tuples
	query     string
	args      []any
}

// near returns the vectors that are near the question's and those of the passages
// that the words found: one round trip, one state of the database, whose revision it
// returns.
func (s *Store) near(ctx context.Context, snap *snapshot, f retrieval.Filter, vector []float32, words []int) ([]hybrid.Near, knowledge.Revision, error) {
	revision := snap.manifest.Revision
	p, ok := snap.plan(f, vector, words, s.o.ExactFiltered)
	if !ok {
		return nil, revision, nil
	}
	var out []hybrid.Near
	err := s.withConn(ctx, "find near passages", func(c *pgx.Conn) error {
		b := &pgx.Batch{}
		b.Queue(settings, strconv.Itoa(s.o.EfSearch), p.iterative, strconv.Itoa(p.scan))
		b.Queue(p.query, p.args...).Query(func(rows pgx.Rows) error {
			var key []byte
			var v *pgvector.HalfVector
			_, err := pgx.ForEachRow(rows, []any{&revision, &key, &v}, func() error {
				if v == nil {
					return nil
				}
				for _, i := range snap.byKey[knowledge.Key(key)] {
					out = append(out, hybrid.Near{Index: i, Vector: v.Slice()})
				}
				return nil
			})
			return err
		})
		return c.SendBatch(ctx, b).Close()
	})
	return out, revision, err
}

// plan says how to find what is near; false: nothing is. Passages of a filter that
// leaves few are compared one by one, by the server.
func (s *snapshot) plan(f retrieval.Filter, vector []float32, words []int, few int) (plan, bool) {
	allowed := s.allowed(f)
	if allowed == 0 || !slices.ContainsFunc(vector, func(x float32) bool { return x != 0 }) {
		return plan{}, false // no passage, or no direction to compare
	}
	p, depth := plan{iterative: "off", scan: 20_000}, reach
	p.args = []any{pgvector.NewHalfVector(vector), s.keysOf(words)}
	if len(f.Departments)+len(f.Languages) > 0 {
		if allowed <= few {
			p.args = append(p.args, raw(s.matching(f)))
			p.query = fmt.Sprintf(frame, s.set.table(), fmt.Sprintf(byKeys, s.set.table(), reach))
			return p, true
		}
		// As far as it takes until enough were met, were they spread evenly; and four
		// times that, for they are not.
		p.iterative, p.scan, depth = "relaxed_order", max(p.scan, 4*filteredReach*len(s.passages)/allowed), filteredReach
	}
	p.query = fmt.Sprintf(frame, s.set.table(), fmt.Sprintf(byIndex, s.set.table(), reach, depth, p.where(f)))
	return p, true
}

// where returns the filter's conditions and adds their arguments.
func (p *plan) where(f retrieval.Filter) (sql string) {
	for _, c := range []struct {
		condition string
		values    []string
	}{{"departments && $%d", f.Departments}, {"language = ANY($%d)", f.Languages}} {
		if len(c.values) > 0 {
			p.args = append(p.args, slices.DeleteFunc(slices.Clone(c.values), func(v string) bool { return !storable(v) }))
			sql += " AND " + fmt.Sprintf(c.condition, len(p.args))
		}
	}
	return sql
}

// keysOf returns the keys of passages.
func (s *snapshot) keysOf(passages []int) [][]byte {
	out := make([][]byte, len(passages))
	for i, n := range passages {
		out[i] = s.keys[n][:]
	}
	return out
}

// matching returns the keys of the passages that the filter leaves.
func (s *snapshot) matching(f retrieval.Filter) []knowledge.Key {
	var out []knowledge.Key
	for i := range s.passages {
		if passes(f, group{s.passages[i].Department, s.passages[i].Language}) {
			out = append(out, s.keys[i])
		}
	}
	return out
}
