package hybrid

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"townclerk/knowledge"
	"townclerk/retrieval"
	"townclerk/retrieval/embed"
	"townclerk/retrieval/lexical"
)

// Engine is where the revisions are kept that an Index searches.
type Engine interface {
	// Revision returns the number of the current revision; zero before the first.
	Revision(ctx context.Context) (knowledge.Revision, error)
	// Load reads the current revision.
	Load(ctx context.Context) (Loaded, error)
}

// Loaded is one revision in memory.
type Loaded struct {
	// Manifest says what is live.
	Manifest knowledge.Manifest
	// Passages are the live ones in a fixed order: by address, then in reading
	// order.
	Passages []knowledge.Passage
	// Dims is the dimension of their vectors; zero: some have none.
	Dims int
	// Vectors are theirs, in the same order; nil where Nearest finds them.
	Vectors *embed.Flat
	// Nearest finds passages by vectors that the engine keeps elsewhere.
	Nearest Nearest
}

// Nearest is a Find for one revision that also says which revision was current
// when it looked: where that is another one, the passages may be too.
type Nearest func(ctx context.Context, q retrieval.Query, vector []float32, words []int) ([]Near, knowledge.Revision, error)

// Encoders are what passages and questions are compared with.
type Encoders struct {
	Models   knowledge.Models
	Analyzer *lexical.Analyzer
	Expander *lexical.Expander
	// Share is the part that the vectors of an encoder have in the fused score,
	// between 0 and 1; nil: what was measured for the built-in encoder.
	Share func(encoder string) float64
}

// Index searches the current revision of an engine. The engine is the truth, the
// revision in memory a copy: every search first asks for the current number, and
// what is new is loaded, whichever process made it. A large revision takes a while
// to load; after Patience searches go on with the one before it.
type Index struct {
	engine   Engine
	encoders Encoders
	// Patience is how long searches wait for a new revision. It is set before the
	// first search.
	Patience time.Duration

	current atomic.Pointer[snapshot]
	mu      sync.Mutex
	loading *loading // nil: nothing is being loaded
}

// loading is a revision on its way into memory.
type loading struct {
	late <-chan struct{} // after the patience of who can do without it
	done chan struct{}   // closed at its end; then:
	snap *snapshot
	err  error
}

var _ retrieval.Index = (*Index)(nil)

// NewIndex returns an index of the engine's revisions. Questions are encoded by
// the model that the revision's passages were encoded with.
func NewIndex(e Engine, by Encoders) *Index {
	return &Index{engine: e, encoders: by, Patience: 2 * time.Second}
}

// snapshot is a revision that can be searched.
type snapshot struct {
	Loaded
	ranker *Ranker

	opening  sync.Mutex
	embedder knowledge.Embedder // nil until it could be opened
}

// restarts is how often a search starts again because the revision moved.
const restarts = 3

// Search ranks the current revision's passages. When the embedder fails, or the
// vectors are not to be had in time, the lexical ranking is returned and
// Result.Degraded says why.
func (x *Index) Search(ctx context.Context, q retrieval.Query) (retrieval.Result, error) {
	q.Limit = max(q.Limit, 0)
	a := &asked{query: q}
	var before *snapshot
	for again := restarts; ; again-- {
		snap, err := x.snapshot(ctx)
		if err != nil {
			return retrieval.Result{}, fmt.Errorf("search: %w", err)
		}
		out := x.search(ctx, snap, a)
		if ctx.Err() != nil {
			return retrieval.Result{}, fmt.Errorf("search: %w", ctx.Err())
		}
		if a.revision == snap.Manifest.Revision || snap == before || again == 0 {
			return out, nil
		}
		before = snap
	}
}

// Ready loads the current revision where it is new, so that the next search need
// not.
func (x *Index) Ready(ctx context.Context) (knowledge.Revision, error) {
	snap, err := x.snapshot(ctx)
	if err != nil {
		return 0, err
	}
	return snap.Manifest.Revision, nil
}

// Live returns the live passages with their manifest. They must not be changed.
func (x *Index) Live(ctx context.Context) ([]knowledge.Passage, knowledge.Manifest, error) {
	snap, err := x.snapshot(ctx)
	if err != nil {
		return nil, knowledge.Manifest{}, err
	}
	return snap.Loaded.Passages, snap.Manifest, nil
}

// Embed encodes texts as the current revision's passages are.
func (x *Index) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	snap, err := x.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	e, err := x.embedder(ctx, snap)
	if err != nil {
		return nil, err
	}
	return e.Embed(ctx, texts)
}

// asked is a question on its way through a search, and what is kept of it when
// the search starts again.
type asked struct {
	query    retrieval.Query
	encoder  string // of vector
	vector   []float32
	revision knowledge.Revision // the current one when the passages were found
}

func (x *Index) search(ctx context.Context, snap *snapshot, a *asked) retrieval.Result {
	out := retrieval.Result{Revision: snap.Manifest.Revision, Encoder: snap.Manifest.Encoder, Pages: len(snap.Manifest.Live)}
	a.revision = out.Revision
	if len(snap.Passages) == 0 {
		return out
	}
	if a.query.Mode != retrieval.Lexical {
		if err := x.encode(ctx, snap, a); err != nil {
			out.Degraded = err.Error()
		}
	}
	ranked, err := snap.rank(ctx, a)
	if err != nil && ctx.Err() == nil {
		out.Degraded = err.Error()
		ranked, _ = snap.ranker.rank(ctx, a.query, nil, nil) // fails only with ctx, and then nobody waits
	}
	for _, r := range ranked {
		out.Hits = append(out.Hits, retrieval.Hit{Passage: snap.Passages[r.Index], Scores: r.Scores})
	}
	return out
}

func (s *snapshot) rank(ctx context.Context, a *asked) ([]Ranked, error) {
	if s.Nearest == nil {
		return s.ranker.rank(ctx, a.query, a.vector, nil)
	}
	return s.ranker.RankOutside(ctx, a.query, a.vector, func(words []int) (near []Near, err error) {
		near, a.revision, err = s.Nearest(ctx, a.query, a.vector, words)
		return near, err
	})
}

// encode encodes the question, once for each encoder.
func (x *Index) encode(ctx context.Context, snap *snapshot, a *asked) error {
	if a.vector != nil && a.encoder == snap.Manifest.Encoder {
		return nil
	}
	a.vector, a.encoder = nil, snap.Manifest.Encoder
	if snap.Dims == 0 {
		return errors.New("passages without an embedding are live: run ingest --refit")
	}
	e, err := x.embedder(ctx, snap)
	if err != nil {
		return err
	}
	v, err := retrieval.Vector(ctx, e, snap.Dims, a.query)
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
		m := snap.Manifest
		e, err := x.encoders.Models.Open(ctx, m.Encoder, m.Model)
		if err != nil {
			return nil, fmt.Errorf("open the embedding model of revision %d: %w", m.Revision, err)
		}
		snap.embedder = e
	}
	return snap.embedder, nil
}

// snapshot returns the current revision, or the one before it while the current one
// takes long to load.
func (x *Index) snapshot(ctx context.Context) (*snapshot, error) {
	r, err := x.engine.Revision(ctx)
	if err != nil {
		return nil, err
	}
	old := x.current.Load()
	if old != nil && old.Manifest.Revision >= r {
		return old, nil
	}
	l := x.load(r)
	var late <-chan struct{}
	if old != nil {
		late = l.late
	}
	select {
	case <-l.done:
		return l.snap, l.err
	case <-late:
		return old, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// load begins to load revision r or a later one, unless that goes on already.
func (x *Index) load(r knowledge.Revision) *loading {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.loading != nil {
		return x.loading
	}
	l := &loading{done: make(chan struct{})}
	if snap := x.current.Load(); snap != nil && snap.Manifest.Revision >= r {
		l.snap = snap
		close(l.done)
		return l
	}
	late, lose := context.WithTimeout(context.Background(), x.Patience)
	l.late = late.Done()
	x.loading = l
	go func() {
		defer lose()
		l.snap, l.err = x.read()
		x.mu.Lock()
		defer x.mu.Unlock()
		if l.err == nil {
			x.current.Store(l.snap)
		}
		x.loading = nil
		close(l.done)
	}()
	return l
}

// loadTime bounds the loading of a revision, which goes on when who asked for it
// has left.
const loadTime = 10 * time.Minute

func (x *Index) read() (*snapshot, error) {
	ctx, stop := context.WithTimeout(context.Background(), loadTime)
	defer stop()
	loaded, err := x.engine.Load(ctx)
	if err != nil {
		return nil, err
	}
	snap := &snapshot{Loaded: loaded, ranker: New(loaded.Passages, loaded.Vectors, x.encoders.Expander, x.encoders.Analyzer)}
	if share := x.encoders.Share; share != nil {
		snap.ranker.share = min(max(share(loaded.Manifest.Encoder), 0), 1)
	}
	snap.Vectors = nil // the ranker has them
	return snap, nil
}
