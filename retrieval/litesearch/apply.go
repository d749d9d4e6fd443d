package litesearch

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

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
		if err := checkEncoder(m, c); err != nil {
			return err
		}
		next = m.Revision + 1
		w := writer{ctx: ctx, tx: tx, revision: next}
		w.exec("INSERT INTO revisions (id, at, encoder) VALUES ($1, $2, $3)", next, s.now().UnixMicro(), c.Encoder)
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

// checkEncoder refuses a change that would leave live passages without a vector
// of the revision's encoder.
func checkEncoder(m knowledge.Manifest, c knowledge.Change) error {
	if m.Encoder == "" || m.Encoder == c.Encoder {
		return nil
	}
	left := len(m.Live) - len(c.Retire)
	for _, p := range c.Publish {
		if _, ok := m.Live[p.Version.Document]; ok {
			left--
		}
	}
	if left > 0 {
		return fmt.Errorf("the embedding model changes but %d live pages are not encoded with the new one; run ingest --refit", left)
	}
	return nil
}

// writer runs statements until the first error.
type writer struct {
	ctx      context.Context
	tx       *sql.Tx
	revision knowledge.Revision
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
	if len(p.Vectors) != len(p.Passages) {
		w.err = fmt.Errorf("page %s has %d passages and %d vectors", p.Version.Document, len(p.Passages), len(p.Vectors))
		return
	}
	v := p.Version
	reviewed := ""
	if !v.Reviewed.IsZero() {
		reviewed = v.Reviewed.Format(time.DateOnly)
	}
	w.exec(`INSERT INTO versions (id, document, url, title, description, language, department, reviewed, text, blocks)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING`,
		v.ID, v.Document, v.URL, v.Title, v.Description, v.Language, v.Department, reviewed, v.Text, w.json(v.Blocks))
	for i := range p.Passages {
		w.passage(encoder, &p.Passages[i], p.Vectors[i])
	}
	w.retire(v.Document)
	w.exec("INSERT INTO live (document, version, since) VALUES ($1, $2, $3)", v.Document, v.ID, w.revision)
}

func (w *writer) passage(encoder string, p *knowledge.Passage, vector []float32) {
	key := p.Key()
	w.exec(`INSERT INTO passages (version, ordinal, headings, anchor, start_byte, end_byte, header_start, header_end, key)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
		p.Version, p.Ordinal, w.json(p.Headings), p.Anchor, p.Range.Start, p.Range.End, p.Header.Start, p.Header.End, key[:])
	w.exec("INSERT INTO vectors (encoder, key, vector) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", encoder, key[:], vec.Pack(vector))
}

func (w *writer) json(v any) string {
	b, err := json.Marshal(v)
	if err != nil && w.err == nil {
		w.err = err
	}
	return string(b)
}
