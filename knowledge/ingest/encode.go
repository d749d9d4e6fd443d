package ingest

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"townclerk/knowledge"
)

const (
	batch    = 64               // texts per call of the embedder
	keepTime = 30 * time.Second // what keeping a batch may take, even when the sync was told to stop: it is paid for
)

// encode gives every passage of the new and changed pages its vector, taking
// those that the store has already.
func (s *sync) encode(ctx context.Context) (knowledge.Change, error) {
	c := knowledge.Change{Base: s.base.Revision, Publish: s.pages, Retire: s.retire}
	var all []*knowledge.Passage
	var keys []knowledge.Key
	for i := range s.pages {
		s.pages[i].Vectors = make([][]float32, len(s.pages[i].Passages))
		for j := range s.pages[i].Passages {
			p := &s.pages[i].Passages[j]
			all, keys = append(all, p), append(keys, p.Key())
		}
	}
	embedder, err := s.embedder(ctx, &c, all)
	if err != nil {
		return c, err
	}
	c.Encoder = embedder.Fingerprint()
	have, err := s.store.Vectors(ctx, c.Encoder, keys)
	if err != nil {
		return c, fmt.Errorf("look up known embeddings: %w", err)
	}
	if err := s.embedMissing(ctx, embedder, all, keys, have); err != nil {
		return c, fmt.Errorf("encode passages: %w; nothing was changed", err)
	}
	at := 0
	for i := range s.pages {
		for j := range s.pages[i].Vectors {
			s.pages[i].Vectors[j] = have[keys[at]]
			at++
		}
	}
	return c, nil
}

func (s *sync) embedder(ctx context.Context, c *knowledge.Change, all []*knowledge.Passage) (knowledge.Embedder, error) {
	if s.base.Encoder != "" && (!s.o.Refit || len(all) == 0) {
		e, err := s.models.Open(ctx, s.base.Encoder, s.base.Model)
		if err != nil {
			return nil, fmt.Errorf("open the embedding model: %w", err)
		}
		return e, nil
	}
	like := make([]knowledge.Passage, len(all))
	for i, p := range all {
		like[i] = *p
	}
	e, model, err := s.models.Fit(ctx, like)
	if err != nil {
		return nil, fmt.Errorf("fit the embedding model: %w", err)
	}
	c.Model = model
	return e, nil
}

// gradual is an embedder that hands over its vectors as they come. What it gives
// is kept at once, for it costs money or time.
type gradual interface {
	Each(ctx context.Context, texts []string, done func(first int, vectors [][]float32) error) error
}

// embedMissing encodes the passages whose key is not in have and adds them.
func (s *sync) embedMissing(ctx context.Context, e knowledge.Embedder, all []*knowledge.Passage, keys []knowledge.Key, have map[knowledge.Key][]float32) error {
	m := missing{sync: s, encoder: e.Fingerprint(), have: have}
	for _, v := range have {
		m.dims = len(v)
	}
	var texts []string
	queued := map[knowledge.Key]bool{}
	for i, k := range keys {
		if have[k] == nil && !queued[k] {
			queued[k] = true
			m.keys, m.passages, texts = append(m.keys, k), append(m.passages, *all[i]), append(texts, all[i].EncoderText())
		}
	}
	s.report.Encoded = len(texts)
	s.o.Progress(Progress{Step: Encoding, Total: len(texts)})
	if g, ok := e.(gradual); ok && len(texts) > 0 {
		m.keep = true
		return g.Each(ctx, texts, func(first int, vectors [][]float32) error { return m.take(ctx, first, vectors) })
	}
	for start := 0; start < len(texts); start += batch {
		end := min(start+batch, len(texts))
		vectors, err := e.Embed(ctx, texts[start:end])
		if err != nil {
			return err
		}
		if len(vectors) != end-start {
			return fmt.Errorf("the embedding model gave %d vectors for %d texts", len(vectors), end-start)
		}
		if err := m.take(ctx, start, vectors); err != nil {
			return err
		}
	}
	return nil
}

// missing are the passages that have no vector yet.
type missing struct {
	*sync
	encoder  string
	passages []knowledge.Passage
	keys     []knowledge.Key
	have     map[knowledge.Key][]float32
	dims     int  // zero until the first vector
	keep     bool // in the store, ahead of the change
	done     int
}

// take checks the vectors of the passages from first on and adds them to have.
func (m *missing) take(ctx context.Context, first int, vectors [][]float32) error {
	for i, v := range vectors {
		m.dims = cmp.Or(m.dims, len(v))
		if err := knowledge.CheckVector(v, m.dims); err != nil {
			return fmt.Errorf("page %s: %w", m.passages[first+i].Document, err)
		}
		m.have[m.keys[first+i]] = v
	}
	if m.keep {
		ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), keepTime)
		defer stop()
		if err := m.store.Keep(ctx, m.encoder, m.passages[first:first+len(vectors)], vectors); err != nil {
			return fmt.Errorf("keep the embeddings: %w", err)
		}
	}
	m.done += len(vectors)
	m.o.Progress(Progress{Step: Encoding, Done: m.done, Total: len(m.keys)})
	return nil
}
