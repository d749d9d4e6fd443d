package ingest

import (
	"cmp"
	"context"
	"fmt"

	"townclerk/knowledge"
)

const batch = 64 // texts per call of the embedder

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

// embedMissing encodes the passages whose key is not in have and adds them.
func (s *sync) embedMissing(ctx context.Context, e knowledge.Embedder, all []*knowledge.Passage, keys []knowledge.Key, have map[knowledge.Key][]float32) error {
	var texts []string
	var missing []knowledge.Key
	queued := map[knowledge.Key]bool{}
	for i, k := range keys {
		if have[k] == nil && !queued[k] {
			queued[k] = true
			missing = append(missing, k)
			texts = append(texts, all[i].EncoderText())
		}
	}
	dims := 0
	for _, v := range have {
		dims = len(v)
	}
	for start := 0; start < len(texts); start += batch {
		end := min(start+batch, len(texts))
		s.o.Progress(Progress{Step: Encoding, Done: start, Total: len(texts)})
		vectors, err := e.Embed(ctx, texts[start:end])
		if err != nil {
			return err
		}
		if len(vectors) != end-start {
			return fmt.Errorf("the embedding model gave %d vectors for %d texts", len(vectors), end-start)
		}
		for i, v := range vectors {
			dims = cmp.Or(dims, len(v))
			if err := knowledge.CheckVector(v, dims); err != nil {
				return err
			}
			have[missing[start+i]] = v
		}
	}
	s.o.Progress(Progress{Step: Encoding, Done: len(texts), Total: len(texts)})
	s.report.Encoded = len(texts)
	return nil
}
