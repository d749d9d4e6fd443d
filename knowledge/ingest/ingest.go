// Package ingest brings a source's pages into a store: fetch, parse, cut,
// encode what changed, switch the revision.
//
// A sync is incremental: a page whose version is live already is not even
// parsed, and of a changed page only the passages that changed are encoded. It
// is atomic: until the one Apply at its end nothing is visible, and when
// anything goes wrong before it, nothing has changed.
package ingest

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

	"townclerk/knowledge"
	"townclerk/knowledge/chunk"
	"townclerk/knowledge/parse"
	"townclerk/knowledge/source"
)

// Source yields all of its pages.
type Source interface {
	Pages(ctx context.Context) iter.Seq2[source.Found, error]
}

// Options are what a sync may be told.
type Options struct {
	// Refit fits the embedder anew and encodes everything with it.
	Refit bool
	// RetireMany allows a sync that takes away more than half of the live pages.
	RetireMany bool
	// Progress is called as the sync goes on; nil: nobody watches.
	Progress func(Progress)
}

// Progress says how far a sync is.
type Progress struct {
	Step        Step
	Done, Total int // Total is zero while it is unknown
}

// Step is a part of a sync.
type Step string

// The steps of a sync.
const (
	Reading  Step = "reading pages"
	Encoding Step = "encoding passages"
	Writing  Step = "writing"
)

// Skip is a file that gave no page.
type Skip struct{ Name, Reason string }

// Report says what a sync did.
type Report struct {
	Revision                     knowledge.Revision
	Pages, New, Changed, Retired int
	Passages, Encoded            int // of the new and changed pages
	Skipped                      []Skip
	Unchanged                    int
}

const batch = 64 // texts per call of the embedder

// Sync brings the store to the state of the source.
func Sync(ctx context.Context, src Source, store knowledge.Store, models knowledge.Models, o Options) (Report, error) {
	s := &sync{store: store, models: models, o: o}
	if s.o.Progress == nil {
		s.o.Progress = func(Progress) {}
	}
	var err error
	if s.base, err = store.Manifest(ctx); err != nil {
		return Report{}, fmt.Errorf("read what is live: %w", err)
	}
	if err := s.read(ctx, src); err != nil {
		return Report{}, err
	}
	if err := s.checkRetired(); err != nil {
		return Report{}, err
	}
	if len(s.pages) == 0 && len(s.retire) == 0 {
		s.report.Revision = s.base.Revision
		return s.report, nil
	}
	c, err := s.encode(ctx)
	if err != nil {
		return Report{}, err
	}
	s.o.Progress(Progress{Step: Writing})
	if s.report.Revision, err = store.Apply(ctx, c); err != nil {
		return Report{}, fmt.Errorf("switch to the new pages: %w", err)
	}
	return s.report, nil
}

type sync struct {
	store  knowledge.Store
	models knowledge.Models
	o      Options
	base   knowledge.Manifest
	pages  []knowledge.Page // new and changed
	retire []knowledge.DocumentID
	report Report
}

// read parses the pages that are not live as they are.
func (s *sync) read(ctx context.Context, src Source) error {
	live := make(map[knowledge.VersionID]knowledge.DocumentID, len(s.base.Live))
	for d, v := range s.base.Live {
		live[v] = d
	}
	seen := map[knowledge.DocumentID]string{}
	n := 0
	for found, err := range src.Pages(ctx) {
		if err != nil {
			return fmt.Errorf("%w; nothing was changed", err)
		}
		n++
		s.o.Progress(Progress{Step: Reading, Done: n})
		if found.Skipped != "" {
			s.skip(found.Name, found.Skipped)
			continue
		}
		if d, ok := live[parse.ID(found.Page)]; ok && !s.o.Refit {
			if first, twice := seen[d]; twice {
				s.skip(found.Name, "has the same address as "+first)
				continue
			}
			seen[d] = found.Name
			s.report.Unchanged++
			continue
		}
		v, err := parse.Parse(found.Page)
		if err != nil {
			s.skip(found.Name, err.Error())
			continue
		}
		if first, twice := seen[v.Document]; twice {
			s.skip(found.Name, "has the same address as "+first)
			continue
		}
		seen[v.Document] = found.Name
		s.add(v)
	}
	for _, d := range slices.Sorted(maps.Keys(s.base.Live)) {
		if _, still := seen[d]; !still {
			s.retire = append(s.retire, d)
		}
	}
	s.report.Retired = len(s.retire)
	s.report.Pages = s.report.Unchanged + len(s.pages)
	return nil
}

func (s *sync) add(v knowledge.Version) {
	if before, ok := s.base.Live[v.Document]; !ok {
		s.report.New++
	} else if before != v.ID {
		s.report.Changed++
	}
	p := knowledge.Page{Version: v, Passages: chunk.Cut(v, chunk.Default)}
	s.report.Passages += len(p.Passages)
	s.pages = append(s.pages, p)
}

func (s *sync) skip(name, reason string) {
	s.report.Skipped = append(s.report.Skipped, Skip{name, reason})
}

// checkRetired refuses a sync that looks like a mistake: a folder that is empty
// or only half there.
func (s *sync) checkRetired() error {
	live := len(s.base.Live)
	switch {
	case s.report.Pages == 0 && live == 0:
		return fmt.Errorf("found no HTML or Markdown page with text in it (%d files skipped); nothing was changed", len(s.report.Skipped))
	case s.o.RetireMany || len(s.retire) <= 10 && s.report.Pages > 0 || len(s.retire)*2 <= live:
		return nil
	}
	return fmt.Errorf("%d of %d live pages are no longer there; if that is meant, run again with --retire-many; nothing was changed", len(s.retire), live)
}

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
		return c, err
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
	if s.base.Encoder != "" && !s.o.Refit {
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
	for start := 0; start < len(texts); start += batch {
		end := min(start+batch, len(texts))
		s.o.Progress(Progress{Step: Encoding, Done: start, Total: len(texts)})
		vectors, err := e.Embed(ctx, texts[start:end])
		if err != nil {
			return fmt.Errorf("encode passages: %w; nothing was changed", err)
		}
		for i, v := range vectors {
			have[missing[start+i]] = v
		}
	}
	s.o.Progress(Progress{Step: Encoding, Done: len(texts), Total: len(texts)})
	s.report.Encoded = len(texts)
	return nil
}
