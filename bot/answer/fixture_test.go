package answer_test

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/bot/answer"
	"townclerk/bot/store"
	"townclerk/internal/litedb"
	"townclerk/knowledge"
	"townclerk/knowledge/ingest"
	"townclerk/knowledge/parse"
	"townclerk/knowledge/source"
	"townclerk/retrieval"
	"townclerk/retrieval/embed"
	"townclerk/retrieval/hybrid"
	"townclerk/retrieval/lexical"
	"townclerk/retrieval/litesearch"
)

// pages is a small site, name to content.
type pages map[string]string

func (p pages) Pages(context.Context) iter.Seq2[source.Found, error] {
	return func(yield func(source.Found, error) bool) {
		for name, content := range p {
			raw := parse.Raw{Name: name, URL: "https://town.example/" + name, Data: []byte(content)}
			if !yield(source.Found{Name: name, Page: raw}, nil) {
				return
			}
		}
	}
}

var town = pages{
	"carts.md":   "# Trash carts\n\n## Replacement\n\nA replacement cart costs $62. Unless it was stolen: then it is free.\n\n## Pickup\n\nWe pick up on Mondays and Thursdays.\n",
	"permits.md": "# Parking permits\n\n| Zone | Fee | Valid |\n| --- | --- | --- |\n| Zone A | $45 | one year |\n| Zone B | $70 | one year |\n\nYou need:\n\n- A driver license\n- A utility bill\n",
	"library.md": "# Library\n\nThe library opens at 9:00 on Saturdays. A library card is free for residents.\n",
}

// models fits the built-in encoder; failing makes those that it opens fail.
type models struct{ failing *atomic.Bool }

func (m models) Open(_ context.Context, _ string, state []byte) (knowledge.Embedder, error) {
	e, err := embed.Load(state)
	return flaky{e, m.failing}, err
}

func (models) Wants(string) bool { return true }

func (m models) Fit(ctx context.Context, like []knowledge.Passage) (knowledge.Embedder, []byte, error) {
	var texts []string
	for i := range like {
		texts = append(texts, like[i].EncoderText())
	}
	e, err := embed.Fit(ctx, texts)
	if err != nil {
		return nil, nil, err
	}
	state, err := e.MarshalBinary()
	return e, state, err
}

type flaky struct {
	knowledge.Embedder
	failing *atomic.Bool
}

func (f flaky) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	if f.failing.Load() {
		return nil, errors.New("the encoder is down")
	}
	return f.Embedder.Embed(ctx, texts)
}

// sentences ranks as cmd wires it.
type sentences struct {
	analyzer *lexical.Analyzer
	expander *lexical.Expander
}

func (s sentences) Rank(q retrieval.Query, texts []knowledge.Passage) []float64 {
	q.Limit, q.Mode = len(texts), retrieval.Lexical
	scores := make([]float64, len(texts))
	for _, r := range hybrid.New(texts, nil, s.expander, s.analyzer).Rank(q, nil) {
		scores[r.Index] = r.Scores.Fused
	}
	return scores
}

// house is a bot over real storage.
type house struct {
	testing.TB
	path    string
	db      *litedb.DB
	store   *store.Store
	pages   *litesearch.Store
	index   retrieval.Index
	rank    answer.Ranker
	writer  answer.Writer
	judge   answer.Judge
	failing atomic.Bool // the encoder
	later   atomic.Int64
	logger  *slog.Logger
}

func (h *house) now() time.Time { return time.Now().Add(time.Duration(h.later.Load())) }

func newHouse(t testing.TB, src ingest.Source) *house {
	t.Helper()
	h := &house{TB: t, path: filepath.Join(t.TempDir(), "town.db"), logger: slog.New(slog.NewTextHandler(t.Output(), nil))}
	var err error
	h.db, err = litedb.Open(h.path)
	h.must(err)
	t.Cleanup(func() { h.db.Close() })
	h.pages, err = litesearch.NewStore(t.Context(), h.db, h.now)
	h.must(err)
	h.store, err = store.New(t.Context(), h.db, store.NewKey(), h.now)
	h.must(err)
	m := models{&h.failing}
	if src != nil {
		_, err = ingest.Sync(t.Context(), src, h.pages, m, ingest.Options{})
		h.must(err)
	}
	a := lexical.NewAnalyzer()
	thesaurus, err := lexical.NewThesaurus(a, "en", nil)
	h.must(err)
	x := lexical.NewExpander(a, thesaurus)
	h.index, h.rank = hybrid.NewIndex(h.pages, hybrid.Encoders{Models: m, Analyzer: a, Expander: x}), sentences{a, x}
	return h
}

// second is the error of what returns something else too.
func second[T any](_ T, err error) error { return err }

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

var townConfig = answer.Config{Agency: "Town", Contact: bot.Contact{Name: "Town Hall", Phone: "555-0100"}, Language: "en", Hash: "c0ffee", Threshold: 0.1}

// bot returns a bot; nil parts are the house's own.
func (h *house) bot(log answer.Log, index retrieval.Index, versions answer.Versions) *answer.Bot {
	h.Helper()
	if log == nil {
		log = h.store
	}
	if index == nil {
		index = h.index
	}
	if versions == nil {
		versions = h.pages
	}
	b, err := answer.New(townConfig, answer.Parts{Log: log, Index: index, Versions: versions, Ranker: h.rank, Writer: h.writer, Judge: h.judge, Memory: h.store}, h.now, h.logger)
	h.must(err)
	return b
}

func (h *house) conversation() bot.ConversationID {
	h.Helper()
	id, _, err := h.store.Create(h.Context(), "en")
	h.must(err)
	return id
}

// heard collects what was shown.
type heard struct {
	mu    sync.Mutex
	parts []bot.Part
}

func (s *heard) show(p bot.Part) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parts = append(s.parts, p)
}

func (h *house) ask(b *answer.Bot, c bot.ConversationID, key, text string) bot.Answer {
	h.Helper()
	a, err := b.Ask(h.Context(), bot.Incoming{Conversation: c, Key: key, Text: text, Language: "en"}, func(bot.Part) {})
	h.must(err)
	return a
}

// trace decodes the trace that is on the record.
func (h *house) trace(id bot.TurnID) answer.Trace {
	h.Helper()
	events, err := h.store.Events(h.Context(), id)
	h.must(err)
	var trace answer.Trace
	for _, e := range events {
		if data := e.Texts[bot.TextTrace]; data != nil {
			h.must(json.Unmarshal(data, &trace))
			return trace
		}
	}
	h.Fatalf("turn %s has no trace", id)
	return trace
}

func (h *house) wantError(err error, kind bot.Kind) {
	h.Helper()
	var e *bot.Error
	if !errors.As(err, &e) || e.Kind != kind || e.Citizen == "" {
		h.Fatalf("got %v, want the kind %s with a sentence for the citizen", err, kind)
	}
}
