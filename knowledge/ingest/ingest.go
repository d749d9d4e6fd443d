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
	"strconv"
	"strings"
	"unicode"

	"townclerk/knowledge"
	"townclerk/knowledge/chunk"
	"townclerk/knowledge/parse"
	"townclerk/knowledge/source"
)

// Source yields all of its pages.
type Source interface {
	Pages(ctx context.Context) iter.Seq2[source.Found, error]
}

// Store is where a sync brings pages.
type Store interface {
	knowledge.Store
	knowledge.Keeper
}

// Options are what a sync may be told.
type Options struct {
	// Refit fits the embedder anew and encodes everything with it. So does a sync
	// whose models want another embedder than that of the live revision.
	Refit bool
	// RetireMany allows a sync that takes away more than ten pages which are more
	// than half of the live ones, or all of them.
	RetireMany bool
	// Part, where it is set, makes it a sync of those pages that it holds for: the source
	// has them all, and all others stay as they are, with the embedder that they are
	// encoded with. A part may be empty, and may become so.
	Part func(knowledge.DocumentID) bool
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

// Sync brings the store to the state of the source.
func Sync(ctx context.Context, src Source, store Store, models knowledge.Models, o Options) (Report, error) {
	s := &sync{store: store, models: models, o: o, cut: chunk.Default}
	if s.o.Progress == nil {
		s.o.Progress = func(Progress) {}
	}
	var err error
	if s.base, err = store.Manifest(ctx); err != nil {
		return Report{}, fmt.Errorf("read what is live: %w", err)
	}
	if o.Part != nil {
		s.o.Refit = false
		s.base.Live = maps.Clone(s.base.Live)
		maps.DeleteFunc(s.base.Live, func(d knowledge.DocumentID, _ knowledge.VersionID) bool { return !o.Part(d) })
	} else {
		s.o.Refit = o.Refit || s.base.Encoder != "" && !models.Wants(s.base.Encoder)
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
	store  Store
	models knowledge.Models
	o      Options
	cut    chunk.Limits
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
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("%w; nothing was changed", err)
		}
		n++
		s.o.Progress(Progress{Step: Reading, Done: n})
		found.Page.Cut = s.cut.Name()
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
		p, reason := s.page(found.Page, seen)
		if reason != "" {
			s.skip(found.Name, reason)
			continue
		}
		seen[p.Version.Document] = found.Name
		s.add(p)
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

// page parses and cuts a page, or says why there is none. seen are the files of those
// before it.
func (s *sync) page(raw parse.Raw, seen map[knowledge.DocumentID]string) (p knowledge.Page, reason string) {
	v, err := parse.Parse(raw)
	if err != nil {
		return p, err.Error()
	}
	if first, twice := seen[v.Document]; twice {
		return p, "has the same address as " + first
	}
	if s.o.Part != nil && !s.o.Part(v.Document) {
		return p, "its address " + string(v.Document) + " is not of the part that is synced"
	}
	p = knowledge.Page{Version: v, Passages: chunk.Cut(v, s.cut)}
	if err := p.Storable(); err != nil {
		return p, err.Error()
	}
	return p, ""
}

func (s *sync) add(p knowledge.Page) {
	v := &p.Version
	if before, ok := s.base.Live[v.Document]; !ok {
		s.report.New++
	} else if before != v.ID {
		s.report.Changed++
	}
	s.report.Passages += len(p.Passages)
	s.pages = append(s.pages, p)
}

// skip notes a file without a page. Its name may be printed: one that holds more
// than visible characters is quoted.
func (s *sync) skip(name, reason string) {
	if strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		name = strconv.QuoteToGraphic(name)
	}
	s.report.Skipped = append(s.report.Skipped, Skip{name, reason})
}

// checkRetired refuses a sync that looks like a mistake: a folder that is empty
// or only half there.
func (s *sync) checkRetired() error {
	live := len(s.base.Live)
	switch {
	case s.o.Part != nil:
		return nil
	case s.report.Pages == 0 && live == 0:
		return fmt.Errorf("found no HTML or Markdown page with text in it (%d files skipped); nothing was changed", len(s.report.Skipped))
	case s.o.RetireMany || len(s.retire) <= 10 && s.report.Pages > 0 || len(s.retire)*2 <= live:
		return nil
	}
	return fmt.Errorf("%d of %d live pages are no longer there; if that is meant, run again with --retire-many; nothing was changed", len(s.retire), live)
}
