package litesearch

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"townclerk/knowledge"
	"townclerk/retrieval"
	vec "townclerk/retrieval/embed"
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

// snapshot is one revision in memory.
type snapshot struct {
	manifest knowledge.Manifest
	passages []knowledge.Passage
	dims     int // of the passages' vectors; zero: some have none
	ranker   *hybrid.Ranker

	opening  sync.Mutex
	embedder knowledge.Embedder // nil until it could be opened
}

// Search ranks the current revision's passages. When the embedder fails the
// lexical ranking is returned and Result.Degraded says why.
func (x *Index) Search(ctx context.Context, q retrieval.Query) (retrieval.Result, error) {
	snap, err := x.snapshot(ctx)
	if err != nil {
		return retrieval.Result{}, fmt.Errorf("search: %w", err)
	}
	q.Limit = max(q.Limit, 0)
	out := retrieval.Result{Revision: snap.manifest.Revision, Encoder: snap.manifest.Encoder, Pages: len(snap.manifest.Live)}
	if len(snap.passages) == 0 {
		return out, nil
	}
	var vector []float32
	if q.Mode != retrieval.Lexical {
		if vector, err = x.vector(ctx, snap, q); err != nil {
			if ctx.Err() != nil {
				return retrieval.Result{}, fmt.Errorf("search: %w", ctx.Err())
			}
			out.Degraded = err.Error()
		}
	}
	for _, r := range snap.ranker.Rank(q, vector) {
		out.Hits = append(out.Hits, retrieval.Hit{Passage: snap.passages[r.Index], Scores: r.Scores})
	}
	return out, nil
}

// vector encodes the question.
func (x *Index) vector(ctx context.Context, snap *snapshot, q retrieval.Query) ([]float32, error) {
	if snap.dims == 0 {
		return nil, errors.New("passages without an embedding are live: run ingest --refit")
	}
	e, err := x.embedder(ctx, snap)
	if err != nil {
		return nil, err
	}
	v, err := retrieval.Vector(ctx, e, snap.dims, q)
	if err != nil {
		return nil, fmt.Errorf("encode the question: %w", err)
	}
	return v, nil
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
	snap, err := x.load(ctx)
	if err != nil {
		return nil, err
	}
	x.current.Store(snap)
	return snap, nil
}

func (x *Index) load(ctx context.Context) (*snapshot, error) {
	tx, err := x.store.db.Read.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	snap := &snapshot{}
	if snap.manifest, err = manifest(ctx, tx); err != nil {
		return nil, err
	}
	if snap.manifest.Revision == 0 {
		return snap, nil
	}
	vectors, err := snap.read(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("load revision %d: %w", snap.manifest.Revision, err)
	}
	snap.ranker = hybrid.New(snap.passages, vectors, x.expander, x.analyzer)
	return snap, nil
}

// read loads the live passages in a fixed order: by address, then in reading
// order.
func (s *snapshot) read(ctx context.Context, tx *sql.Tx) ([][]float32, error) {
	versions := map[knowledge.VersionID]knowledge.Version{}
	err := each(ctx, tx, func(scan func(...any) error) error {
		v, err := scanVersion(scan)
		versions[v.ID] = v
		return err
	}, "SELECT "+versionColumns+" FROM live l JOIN versions v ON v.id = l.version WHERE l.until IS NULL")
	if err != nil {
		return nil, err
	}
	var vectors [][]float32
	err = each(ctx, tx, func(scan func(...any) error) error {
		var p knowledge.Passage
		var headings string
		var packed []byte
		err := scan(&p.Version, &p.Ordinal, &headings, &p.Anchor, &p.Range.Start, &p.Range.End, &p.Header.Start, &p.Header.End, &packed)
		if err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(headings), &p.Headings); err != nil {
			return err
		}
		vector, err := vec.Unpack(packed)
		if err != nil {
			return fmt.Errorf("passage %d of %s: %w", p.Ordinal, p.Version, err)
		}
		if len(vectors) == 0 {
			s.dims = len(vector)
		} else if len(vector) != s.dims {
			s.dims = 0
		}
		v := versions[p.Version]
		p.Fill(&v)
		s.passages = append(s.passages, p)
		vectors = append(vectors, vector)
		return nil
	}, `SELECT p.version, p.ordinal, p.headings, p.anchor, p.start_byte, p.end_byte, p.header_start, p.header_end, x.vector
		FROM live l JOIN passages p ON p.version = l.version
		LEFT JOIN vectors x ON x.encoder = $1 AND x.key = p.key
		WHERE l.until IS NULL ORDER BY l.document, p.ordinal`, s.manifest.Encoder)
	return vectors, err
}
