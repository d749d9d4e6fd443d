package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"townclerk/bot"
	"townclerk/bot/route"
	"townclerk/bot/store"
	"townclerk/knowledge"
	"townclerk/retrieval"
	"townclerk/retrieval/embed"
	"townclerk/retrieval/hybrid"
)

// routing routes inquiries by the live pages and by what clerks have re-routed. It
// learns anew, beside its work, when there are other pages, and every hour.
type routing struct {
	departments []route.Department
	options     route.Options
	index       *hybrid.Index
	corrections *store.Store
	chooser     route.Chooser // nil: no model is asked
	now         func() time.Time
	log         *slog.Logger

	mu       sync.Mutex
	router   *route.Router
	revision knowledge.Revision
	learned  time.Time
	learning bool
}

// relearn is how long corrections wait until they count.
const relearn = time.Hour

// newRouting learns from the configuration; pages come in with the first inquiry.
func (h *house) newRouting(w words) (*routing, error) {
	r := &routing{index: h.revisions, corrections: h.store, now: h.now, log: h.logger}
	r.departments, r.options.Elsewhere = h.config.routed()
	language := h.config.Agency.Language
	r.options.Terms = func(text string) []string { return w.analyzer.Terms(language, text) }
	r.options.Synonyms = func(term string) []string { return w.thesaurus.Others(language, term) }
	var err error
	if r.chooser, err = h.config.Model.chooser(h.budget); err != nil {
		return nil, err
	}
	r.router, err = route.New(r.departments, nil, r.options)
	return r, err
}

// Route says which department an inquiry is for. The first one waits for the pages.
func (r *routing) Route(ctx context.Context, question bot.Redacted, earlier []bot.Redacted, hits []retrieval.Hit) bot.Route {
	return r.current(ctx).RouteWith(ctx, r.chooser, question, earlier, hits)
}

func (r *routing) current(ctx context.Context) *route.Router {
	passages, live, err := r.index.Live(ctx)
	revision := live.Revision
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil || r.learning || revision == r.revision && r.now().Sub(r.learned) < relearn {
		return r.router
	}
	r.learning = true
	first := r.learned.IsZero()
	learn := func(ctx context.Context) {
		router, err := r.learn(ctx, passages, embed.Made(live.Encoder))
		r.mu.Lock()
		defer r.mu.Unlock()
		r.learning, r.learned = false, r.now()
		if err != nil {
			r.log.Error("the router could not learn from the pages and goes on as it is", "error", err)
			return
		}
		r.router, r.revision = router, revision
	}
	if !first {
		go learn(context.WithoutCancel(ctx))
		return r.router
	}
	r.mu.Unlock()
	learn(ctx)
	r.mu.Lock()
	return r.router
}

func (r *routing) learn(ctx context.Context, passages []knowledge.Passage, builtIn bool) (*route.Router, error) {
	labelled, err := r.corrections.Relabelled(ctx)
	if err != nil {
		return nil, fmt.Errorf("read what clerks re-routed: %w", err)
	}
	var examples []route.Example
	for _, l := range labelled {
		examples = append(examples, route.Example{Text: l.Text.String(), Department: l.Department})
	}
	o := r.options
	o.Pages = passages
	if builtIn { // what nearness counts for was found with it, and it asks nobody
		o.Encode = func(texts []string) [][]float32 {
			vectors, err := r.index.Embed(context.WithoutCancel(ctx), texts)
			if err != nil {
				return nil
			}
			return vectors
		}
	}
	return route.New(r.departments, examples, o)
}
