package litesearch

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"townclerk/knowledge"
	vec "townclerk/retrieval/embed"
)

// Apply switches to the next revision in one transaction.
func (s *Store) Apply(ctx context.Context, c knowledge.Change) (knowledge.Revision, error) {
	var next knowledge.Revision
	err := s.db.Tx(ctx, func(tx *sql.Tx) error {
		m, err := manifest(ctx, tx)
		if err != nil {
			return err
		}
		if m.Revision != c.Base {
			return knowledge.ErrConflict
		}
		if err := c.CheckEncoder(m); err != nil {
			return err
		}
		next = m.Revision + 1
		w := writer{ctx: ctx, tx: tx, revision: next}
		w.exec("INSERT INTO revisions (id, at, encoder) VALUES ($1, $2, $3)", next, s.now().UnixMicro(), c.Encoder)
		if m.Encoder != "" && m.Encoder != c.Encoder { // the former one's stay, in case of a way back
			w.exec("DELETE FROM vectors WHERE encoder NOT IN ($1, $2)", m.Encoder, c.Encoder)
		}
		if c.Model != nil {
			w.exec("INSERT INTO models (fingerprint, state) VALUES ($1, $2) ON CONFLICT DO NOTHING", c.Encoder, c.Model)
		}
		for _, d := range c.Retire {
			w.retire(d)
		}
		for _, p := range c.Publish {
			w.publish(c.Encoder, p)
		}
		return w.err
	})
	if err != nil {
		return 0, fmt.Errorf("apply the change to revision %d: %w", c.Base, err)
	}
	return next, nil
}

// Keep stores vectors ahead of the change that needs them.
func (s *Store) Keep(ctx context.Context, encoder string, passages []knowledge.Passage, vectors [][]float32) error {
	err := s.db.Tx(ctx, func(tx *sql.Tx) error {
		w := writer{ctx: ctx, tx: tx}
		if err := w.checkVectors(encoder, "a batch", len(passages), vectors); err != nil {
			return err
		}
		w.vectors(encoder, passages, vectors)
		return w.err
	})
	return wrap("keep vectors", err)
}

// writer runs statements until the first error.
type writer struct {
	ctx      context.Context
	tx       *sql.Tx
	revision knowledge.Revision
	dims     int // of the encoder's vectors; zero until known
	err      error
}

func (w *writer) exec(query string, args ...any) {
	if w.err == nil {
		_, w.err = w.tx.ExecContext(w.ctx, query, args...)
	}
}

func (w *writer) retire(d knowledge.DocumentID) {
	w.exec("UPDATE live SET until = $1 WHERE document = $2 AND until IS NULL", w.revision, d)
}

func (w *writer) publish(encoder string, p knowledge.Page) {
	if w.err == nil {
		w.err = p.Storable()
	}
	if w.err == nil {
		w.err = w.checkVectors(encoder, "page "+string(p.Version.Document), len(p.Passages), p.Vectors)
	}
	if w.err != nil {
		return
	}
	known, err := storedPassages(w.ctx, w.tx, p.Version.ID)
	switch {
	case err != nil:
		w.err = err
	case known != nil && !slices.Equal(known, passageKeys(p.Passages)):
		w.err = fmt.Errorf("version %s of %s is stored with other passages; a version never changes", p.Version.ID, p.Version.Document)
	case known == nil:
		w.version(p.Version)
		for i := range p.Passages {
			w.passage(&p.Passages[i])
		}
	}
	w.vectors(encoder, p.Passages, p.Vectors)
	w.retire(p.Version.Document)
	w.exec("INSERT INTO live (document, version, since) VALUES ($1, $2, $3)", p.Version.Document, p.Version.ID, w.revision)
}

// vectors writes those that the store does not hold.
func (w *writer) vectors(encoder string, passages []knowledge.Passage, vectors [][]float32) {
	for i := range passages {
		key := passages[i].Key()
		w.exec("INSERT INTO vectors (encoder, key, vector) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", encoder, key[:], vec.Pack(vectors[i]))
	}
}

// checkVectors refuses vectors with which passages could not be searched.
func (w *writer) checkVectors(encoder, what string, passages int, vectors [][]float32) error {
	if len(vectors) != passages || passages == 0 {
		return fmt.Errorf("%s has %d passages and %d vectors", what, passages, len(vectors))
	}
	if w.dims == 0 {
		err := w.tx.QueryRowContext(w.ctx, "SELECT length(vector) / 2 FROM vectors WHERE encoder = $1 LIMIT 1", encoder).Scan(&w.dims)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
	}
	for _, v := range vectors {
		if w.dims == 0 {
			w.dims = len(v)
		}
		if len(v) != w.dims || len(v) == 0 {
			return fmt.Errorf("%s has a vector of %d dimensions; those of the encoder have %d", what, len(v), w.dims)
		}
	}
	return nil
}

// storedPassages returns what the passages of a stored version are told apart
// by, in order; nil where the version is not stored.
func storedPassages(ctx context.Context, tx *sql.Tx, v knowledge.VersionID) ([]string, error) {
	var out []string
	err := each(ctx, tx, func(scan func(...any) error) error {
		var p knowledge.Passage
		var key []byte
		err := scan(&p.Range.Start, &p.Range.End, &p.Header.Start, &p.Header.End, &key)
		out = append(out, fmt.Sprint(p.Range, p.Header, key))
		return err
	}, "SELECT start_byte, end_byte, header_start, header_end, key FROM passages WHERE version = $1 ORDER BY ordinal", v)
	return out, err
}

func passageKeys(ps []knowledge.Passage) []string {
	var out []string
	for i := range ps {
		key := ps[i].Key()
		out = append(out, fmt.Sprint(ps[i].Range, ps[i].Header, key[:]))
	}
	return out
}

func (w *writer) version(v knowledge.Version) {
	w.exec(`INSERT INTO versions (id, document, url, title, description, language, department, reviewed, review_by, ends, text, blocks)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		v.ID, v.Document, v.URL, v.Title, v.Description, v.Language, v.Department,
		knowledge.Day(v.Reviewed), knowledge.Day(v.ReviewBy), knowledge.Day(v.Ends), v.Text, w.json(v.Blocks))
}

func (w *writer) passage(p *knowledge.Passage) {
	key := p.Key()
	w.exec(`INSERT INTO passages (version, ordinal, headings, anchor, start_byte, end_byte, header_start, header_end, key)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		p.Version, p.Ordinal, w.json(p.Headings), p.Anchor, p.Range.Start, p.Range.End, p.Header.Start, p.Header.End, key[:])
}

func (w *writer) json(v any) string {
	b, err := json.Marshal(v)
	if err != nil && w.err == nil {
		w.err = err
	}
	return string(b)
}
