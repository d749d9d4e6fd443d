package pgsearch

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"townclerk/knowledge"
	"townclerk/retrieval"
	"townclerk/retrieval/hybrid"
	"townclerk/retrieval/lexical"
)

// Index searches the current revision of a Store.
type Index struct {
	store    *Store
	models   knowledge.Models
	analyzer *lexical.Analyzer
	expander *lexical.Expander

	current atomic.Pointer[snapshot]
	loading sync.Mutex
}

var _ retrieval.Index = (*Index)(nil)

// NewIndex returns an index over the store. Questions are expanded by x and
// encoded by the model that the revision's passages were encoded with.
func NewIndex(s *Store, models knowledge.Models, a *lexical.Analyzer, x *lexical.Expander) *Index {
	return &Index{store: s, models: models, analyzer: a, expander: x}
}

// restarts is how often a search starts again because the revision moved.
const restarts = 3

// Search ranks the current revision's passages. When the embedder fails, or the
// vectors are not to be had in time, the lexical ranking is returned and
// Result.Degraded says why.
func (x *Index) Search(ctx context.Context, q retrieval.Query) (retrieval.Result, error) {
	q.Limit = max(q.Limit, 0)
	a := &asked{query: q}
	for again := restarts; ; again-- {
		snap, err := x.snapshot(ctx)
		if err != nil {
			return retrieval.Result{}, fmt.Errorf("search: %w", err)
		}
		out, err := x.search(ctx, snap, a)
		if ctx.Err() != nil {
			return retrieval.Result{}, fmt.Errorf("search: %w", ctx.Err())
		}
		if a.revision == snap.manifest.Revision || again == 0 {
			return out, err
		}
	}
}

// asked is a question on its way through a search, and what is kept of it when
// the search starts again.
type asked struct {
	query    retrieval.Query
	encoder  string // of vector
	vector   []float32
	revision knowledge.Revision // the current one when the passages were found
}

func (x *Index) search(ctx context.Context, snap *snapshot, a *asked) (retrieval.Result, error) {
	out := retrieval.Result{Revision: snap.manifest.Revision, Encoder: snap.manifest.Encoder, Pages: len(snap.manifest.Live)}
	a.revision = out.Revision
	if len(snap.passages) == 0 {
		return out, nil
	}
	if a.query.Mode != retrieval.Lexical {
		if err := x.encode(ctx, snap, a); err != nil {
			out.Degraded = err.Error()
		}
	}
	ranked, err := x.rank(ctx, snap, a)
	if err != nil && ctx.Err() == nil {
		out.Degraded = err.Error()
		ranked = snap.ranker.Rank(a.query, nil)
	}
	for _, r := range ranked {
		out.Hits = append(out.Hits, retrieval.Hit{Passage: snap.passages[r.Index], Scores: r.Scores})
	}
	return out, nil
}

func (x *Index) rank(ctx context.Context, snap *snapshot, a *asked) ([]hybrid.Ranked, error) {
	if !snap.outside {
		return snap.ranker.Rank(a.query, a.vector), nil
	}
	return snap.ranker.RankOutside(a.query, a.vector, func(words []int) ([]hybrid.Near, error) {
		return x.store.near(ctx, snap, a, words)
	})
}

// encode encodes the question, once for each encoder.
func (x *Index) encode(ctx context.Context, snap *snapshot, a *asked) error {
	if a.vector != nil && a.encoder == snap.manifest.Encoder {
		return nil
	}
	a.vector, a.encoder = nil, snap.manifest.Encoder
	if snap.dims == 0 {
		return errors.New("passages without an embedding are live: run ingest --refit")
	}
	e, err := x.embedder(ctx, snap)
	if err != nil {
		return err
	}
	v, err := retrieval.Vector(ctx, e, snap.dims, a.query)
	if err != nil {
		return fmt.Errorf("encode the question: %w", err)
	}
	a.vector = v
	return nil
}

// embedder opens the embedder at the first search of a snapshot, and again
// while that fails.
func (x *Index) embedder(ctx context.Context, snap *snapshot) (knowledge.Embedder, error) {
	snap.opening.Lock()
	defer snap.opening.Unlock()
	if snap.embedder == nil {
		e, err := x.models.Open(ctx, snap.manifest.Encoder, snap.manifest.Model)
		if err != nil {
			return nil, fmt.Errorf("open the embedding model of revision %d: %w", snap.manifest.Revision, err)
		}
		snap.embedder = e
	}
	return snap.embedder, nil
}

// snapshot returns the current revision, loading it where it is new.
func (x *Index) snapshot(ctx context.Context) (*snapshot, error) {
	r, err := x.store.Revision(ctx)
	if err != nil {
		return nil, err
	}
	if snap := x.current.Load(); snap != nil && snap.manifest.Revision == r {
		return snap, nil
	}
	x.loading.Lock()
	defer x.loading.Unlock()
	if snap := x.current.Load(); snap != nil && snap.manifest.Revision >= r {
		return snap, nil
	}
	snap, vectors, err := x.store.load(ctx)
	if err != nil {
		return nil, err
	}
	// The connection is back in the pool: this takes its time.
	snap.ranker = hybrid.New(snap.passages, vectors, x.expander, x.analyzer)
	x.current.Store(snap)
	return snap, nil
}
