package pgsearch

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/pgvector/pgvector-go"

	"townclerk/knowledge"
	"townclerk/retrieval"
	vec "townclerk/retrieval/embed"
	"townclerk/retrieval/hybrid"
)

var _ hybrid.Engine = (*Store)(nil)

// snapshot is one revision in memory.
type snapshot struct {
	manifest knowledge.Manifest
	set      set
	passages []knowledge.Passage
	dims     int // of the passages' vectors; zero: some have none

	outside bool // the vectors stay in the database; then:
	keys    []knowledge.Key
	byKey   map[knowledge.Key][]int
	groups  map[group]int // passages
}

// group is what filters tell passages apart by.
type group struct{ department, language string }

// Load reads the current revision, with its vectors where they are for memory.
func (s *Store) Load(ctx context.Context) (hybrid.Loaded, error) {
	snap, vectors, err := s.load(ctx)
	if err != nil {
		return hybrid.Loaded{}, err
	}
	out := hybrid.Loaded{Manifest: snap.manifest, Passages: snap.passages, Dims: snap.dims, Vectors: vectors}
	if snap.outside {
		out.Nearest = func(ctx context.Context, q retrieval.Query, vector []float32, words []int) ([]hybrid.Near, knowledge.Revision, error) {
			return s.near(ctx, snap, q.Filter, vector, words)
		}
	}
	return out, nil
}

func (s *Store) load(ctx context.Context) (*snapshot, *vec.Flat, error) {
	snap := &snapshot{}
	var vectors *vec.Flat
	err := s.read(ctx, "load the current revision", func(tx pgx.Tx) (err error) {
		*snap = snapshot{}
		if _, err := tx.Exec(ctx, "SELECT set_config('statement_timeout', '0', true)"); err != nil {
			return err
		}
		if snap.manifest, err = manifest(ctx, tx); err != nil || len(snap.manifest.Live) == 0 {
			return err
		}
		if snap.set, err = findSet(ctx, tx, snap.manifest.Encoder); err != nil {
			return err
		}
		vectors, err = snap.read(ctx, tx, s.o.MemoryBelow)
		return err
	})
	return snap, vectors, err
}

// read loads the live passages in a fixed order: by address, then in reading
// order.
func (s *snapshot) read(ctx context.Context, tx pgx.Tx, memoryBelow int) (*vec.Flat, error) {
	versions, err := liveVersions(ctx, tx)
	if err != nil {
		return nil, err
	}
	var p knowledge.Passage
	var headings string
	var key []byte
	var encoded bool
	var whole bool = true
	dest := []any{&p.Version, &p.Ordinal, &headings, &p.Anchor, &p.Range.Start, &p.Range.End, &p.Header.Start, &p.Header.End, &key, &encoded}
	err = each(ctx, tx, dest, func() error {
		q := p
		if err := json.Unmarshal([]byte(headings), &q.Headings); err != nil {
			return fmt.Errorf("passage %d of %s: %w", p.Ordinal, p.Version, err)
		}
		q.Fill(versions[p.Version])
		s.passages, s.keys, whole = append(s.passages, q), append(s.keys, knowledge.Key(key)), whole && encoded
		return nil
	}, fmt.Sprintf(`SELECT p.version, p.ordinal, p.headings, p.anchor, p.start_byte, p.end_byte, p.header_start, p.header_end, p.key, x.key IS NOT NULL
		FROM live l JOIN passages p ON p.version = l.version
		LEFT JOIN %s x ON x.key = p.key
		WHERE l.until IS NULL ORDER BY l.document, p.ordinal`, s.set.table()))
	if err != nil || !whole {
		return nil, err
	}
	s.dims = s.set.dims
	if s.outside = s.set.indexed && len(s.passages) >= memoryBelow; s.outside {
		s.group()
		return nil, nil
	}
	return s.vectors(ctx, tx)
}

func liveVersions(ctx context.Context, tx pgx.Tx) (map[knowledge.VersionID]*knowledge.Version, error) {
	rows, err := tx.Query(ctx, "SELECT "+versionColumns+" FROM live l JOIN versions v ON v.id = l.version WHERE l.until IS NULL")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[knowledge.VersionID]*knowledge.Version{}
	for rows.Next() {
		v, err := scanVersion(rows.Scan)
		if err != nil {
			return nil, err
		}
		out[v.ID] = &v
	}
	return out, rows.Err()
}

// vectors returns the passages' vectors, in their order.
func (s *snapshot) vectors(ctx context.Context, tx pgx.Tx) (*vec.Flat, error) {
	out := &vec.Flat{}
	var v pgvector.HalfVector
	return out, each(ctx, tx, []any{&v}, func() error { return out.Add(v.Slice()) }, fmt.Sprintf(`SELECT x.vector
		FROM live l JOIN passages p ON p.version = l.version JOIN %s x ON x.key = p.key
		WHERE l.until IS NULL ORDER BY l.document, p.ordinal`, s.set.table()))
}

// group prepares what a search of vectors elsewhere needs.
func (s *snapshot) group() {
	s.byKey = make(map[knowledge.Key][]int, len(s.passages))
	s.groups = map[group]int{}
	for i := range s.passages {
		s.byKey[s.keys[i]] = append(s.byKey[s.keys[i]], i)
		s.groups[group{s.passages[i].Department, s.passages[i].Language}]++
	}
}

// allowed returns how many passages the filter leaves.
func (s *snapshot) allowed(f retrieval.Filter) int {
	n := 0
	for g, of := range s.groups {
		if passes(f, g) {
			n += of
		}
	}
	return n
}

func passes(f retrieval.Filter, g group) bool {
	return (len(f.Departments) == 0 || slices.Contains(f.Departments, g.department)) &&
		(len(f.Languages) == 0 || slices.Contains(f.Languages, g.language))
}
