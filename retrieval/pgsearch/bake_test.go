package pgsearch_test

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pgvector/pgvector-go"

	"townclerk/internal/pgtest"
	"townclerk/knowledge"
	"townclerk/retrieval"
	"townclerk/retrieval/hybrid"
)

// bake is the library as what each way to rank by words wants of it.
type bake struct {
	pool     *pgxpool.Pool
	passages []knowledge.Passage
	counts   []map[string]int // of each passage's words
	ids      map[string]int32
	df       map[string]int
	mean     float64 // words of a passage
}

// BenchmarkLexical ranks by four words of a question, any of which may be in a
// passage, in the ways that Postgres offers, and in ours. It reports the middle time,
// what lies on the disk for it, and how many of BM25's best ten it finds. See
// docs/decisions/0005-lexical-on-postgres.md.
func BenchmarkLexical(b *testing.B) {
	k := newBake(b, library())
	ranker := func() *hybrid.Ranker {
		analyzer, expander := words(b)
		return hybrid.New(k.passages, nil, expander, analyzer)
	}()
	for _, way := range []struct {
		name, tables string
		rank         func(terms []string) ([]int32, error)
	}{
		{"ts_rank", "texts", func(q []string) ([]int32, error) { return k.tsRank(b, q, q) }},
		{"ts_rank, the two rarest", "texts", func(q []string) ([]int32, error) { return k.tsRank(b, q[:2], q) }},
		{"BM25 in SQL", "postings", func(q []string) ([]int32, error) { return k.bm25(b, q) }},
		{"sparsevec", "sparse", func(q []string) ([]int32, error) { return k.sparse(b, q) }},
		{"in memory", "", func(q []string) (out []int32, err error) {
			for _, r := range ranker.Rank(retrieval.Query{Text: strings.Join(q, " "), Mode: retrieval.Lexical}, nil) {
				out = append(out, int32(r.Index))
			}
			return out, nil
		}},
	} {
		b.Run(way.name, func(b *testing.B) {
			var took []time.Duration
			same, asked := 0, 0
			for b.Loop() {
				terms := k.terms(len(took))
				began := time.Now()
				got, err := way.rank(terms)
				took = append(took, time.Since(began))
				if err != nil || len(got) == 0 {
					b.Fatal(got, err)
				}
				if len(took) > 50 {
					continue
				}
				want, err := k.bm25(b, terms)
				if err != nil {
					b.Fatal(err)
				}
				for _, d := range want[:min(10, len(want))] {
					if asked++; slices.Contains(got[:min(10, len(got))], d) {
						same++
					}
				}
			}
			b.ReportMetric(float64(median(took).Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(same)/float64(asked), "of-BM25's-ten")
			if way.tables != "" {
				var bytes int64
				if err := k.pool.QueryRow(b.Context(), "SELECT pg_total_relation_size($1::regclass)", way.tables).Scan(&bytes); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(bytes)/1e6, "MB")
			}
		})
	}
}

func newBake(b *testing.B, c topics) *bake {
	k := &bake{pool: connect(b, pgtest.URL(b), 1).Pool, ids: map[string]int32{}, df: map[string]int{}}
	for _, p := range c.pages() {
		for _, passage := range p.Passages {
			k.passages = append(k.passages, passage)
			count := map[string]int{}
			for _, w := range strings.Fields(passage.Text) {
				count[w]++
				k.mean++
			}
			for w := range count {
				if k.df[w]++; k.df[w] == 1 {
					k.ids[w] = int32(len(k.ids))
				}
			}
			k.counts = append(k.counts, count)
		}
	}
	k.mean /= float64(len(k.passages))
	k.fill(b)
	return k
}

// weight is a word's BM25 in a passage.
func (k *bake) weight(passage int, w string) float64 {
	df, tf, length := float64(k.df[w]), float64(k.counts[passage][w]), 0.0
	for _, n := range k.counts[passage] {
		length += float64(n)
	}
	return math.Log(1+(float64(len(k.passages))-df+0.5)/(df+0.5)) * tf / (tf + 1.4*(0.6+0.4*length/k.mean))
}

func (k *bake) fill(b *testing.B) {
	k.exec(b, fmt.Sprintf(`CREATE TABLE texts (id int, words tsvector); CREATE TABLE postings (term int, id int, weight real);
		CREATE TABLE sparse (id int, terms int[], weights sparsevec(%d))`, len(k.ids)))
	var texts, postings, sparse [][]any
	for i := range k.passages {
		texts = append(texts, []any{i, k.passages[i].Text})
		weights := map[int32]float32{}
		for w := range k.counts[i] {
			weights[k.ids[w]] = float32(k.weight(i, w))
			postings = append(postings, []any{k.ids[w], i, weights[k.ids[w]]})
		}
		sparse = append(sparse, []any{i, slices.Sorted(maps.Keys(weights)), pgvector.NewSparseVectorFromMap(weights, int32(len(k.ids)))})
	}
	k.exec(b, "CREATE TEMP TABLE plain (id int, body text)")
	k.copy(b, "plain", texts, "id", "body")
	k.copy(b, "postings", postings, "term", "id", "weight")
	k.copy(b, "sparse", sparse, "id", "terms", "weights")
	k.exec(b, `INSERT INTO texts SELECT id, to_tsvector('simple', body) FROM plain; CREATE INDEX ON texts USING gin (words);
		CREATE INDEX ON postings (term) INCLUDE (id, weight); CREATE INDEX ON sparse USING gin (terms)`)
	k.exec(b, "VACUUM ANALYZE texts, postings, sparse")
}

func (k *bake) exec(b *testing.B, sql string) {
	if _, err := k.pool.Exec(b.Context(), sql); err != nil {
		b.Fatal(err)
	}
}

func (k *bake) copy(b *testing.B, table string, rows [][]any, columns ...string) {
	if _, err := k.pool.CopyFrom(b.Context(), pgx.Identifier{table}, columns, pgx.CopyFromRows(rows)); err != nil {
		b.Fatal(err)
	}
}

// terms returns four words about as rare as those of questions are, the rarest first.
func (k *bake) terms(question int) (out []string) {
	for try := 0; len(out) < 4; try++ {
		for _, w := range strings.Fields(library().question(question + 1_000_000*try)) {
			if df := k.df[w]; len(out) < 4 && df > 0 && df < len(k.passages)/20 && !slices.Contains(out, w) {
				out = append(out, w)
			}
		}
	}
	slices.SortFunc(out, func(x, y string) int { return cmp.Compare(k.df[x], k.df[y]) })
	return out
}

func (k *bake) query(b *testing.B, sql string, args ...any) ([]int32, error) {
	rows, err := k.pool.Query(b.Context(), sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int32])
}

// tsRank ranks passages with any of some words by all.
func (k *bake) tsRank(b *testing.B, some, all []string) ([]int32, error) {
	return k.query(b, `SELECT id FROM texts WHERE words @@ $1::text::tsquery ORDER BY ts_rank(words, $2::text::tsquery) DESC, id LIMIT 100`,
		strings.Join(some, " | "), strings.Join(all, " | "))
}

func (k *bake) bm25(b *testing.B, terms []string) ([]int32, error) {
	return k.query(b, "SELECT id FROM postings WHERE term = ANY($1) GROUP BY id ORDER BY sum(weight) DESC, id LIMIT 100", k.numbers(terms))
}

func (k *bake) sparse(b *testing.B, terms []string) ([]int32, error) {
	ones := map[int32]float32{}
	for _, n := range k.numbers(terms) {
		ones[n] = 1
	}
	return k.query(b, "SELECT id FROM sparse WHERE terms && $1 ORDER BY weights <#> $2, id LIMIT 100",
		k.numbers(terms), pgvector.NewSparseVectorFromMap(ones, int32(len(k.ids))))
}

func (k *bake) numbers(terms []string) (out []int32) {
	for _, w := range terms {
		out = append(out, k.ids[w])
	}
	return out
}
