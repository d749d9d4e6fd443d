package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"townclerk/bot"
	"townclerk/bot/answer"
	"townclerk/bot/budget"
	"townclerk/bot/escalate"
	"townclerk/bot/escalate/slack"
	"townclerk/bot/guard"
	"townclerk/bot/record"
	"townclerk/bot/store"
	"townclerk/bot/web"
	"townclerk/knowledge"
	"townclerk/knowledge/source"
	"townclerk/retrieval"
	"townclerk/retrieval/embed"
	"townclerk/retrieval/hybrid"
	"townclerk/retrieval/lexical"
)

// house is everything that a command may need, wired. Close it.
type house struct {
	config config
	engine
	models    *models
	revisions *hybrid.Index
	index     retrieval.Index // of revisions, reranked where that is configured
	store     *store.Store
	budget    *budget.Budget // nil: the model costs nothing
	bot       *answer.Bot
	logger    *slog.Logger
	temporary string // folder that Close removes
	ranker    answer.Ranker
	readiness readiness
	signer    *record.Signer // nil until signing has begun
	writes    string         // the name of what writes answers; empty: nothing does
	now       func() time.Time

	// What leads to people; nil without departments.
	desk     *escalate.Desk
	routing  *routing
	couriers []*escalate.Courier
	slack    *slack.Bridge // nil: there is no workspace
}

// open wires the house. It is the one place that knows all adapters.
func open(ctx context.Context, c config, logger *slog.Logger) (*house, error) {
	return openClock(ctx, c, logger, time.Now)
}

func openClock(ctx context.Context, c config, logger *slog.Logger, now func() time.Time) (*house, error) {
	h := &house{config: c, logger: logger, now: now}
	w, err := h.words()
	if err != nil {
		return nil, err
	}
	if h.models, err = c.Embeddings.open(); err != nil {
		return nil, err
	}
	if h.engine, err = openEngine(ctx, c, now); err != nil {
		return nil, err
	}
	for _, warning := range h.warnings {
		logger.Warn(warning)
	}
	if err := h.wire(ctx, w); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

// words are what questions are analysed with.
type words struct {
	analyzer  *lexical.Analyzer
	expander  *lexical.Expander
	thesaurus *lexical.Thesaurus
}

func (h *house) words() (words, error) {
	a := lexical.NewAnalyzer()
	t, err := lexical.NewThesaurus(a, h.config.Agency.Language, h.config.Thesaurus)
	return words{a, lexical.NewExpander(a, t), t}, err
}

func (h *house) wire(ctx context.Context, w words) error {
	c := h.config
	_, before := os.Stat(keyPath(c.Data))
	key, err := masterKey(c.Data)
	if err != nil {
		return err
	}
	if h.store, err = store.New(ctx, h.turns, key, h.now); err != nil {
		if errors.Is(err, store.ErrWrongKey) && errors.Is(before, fs.ErrNotExist) {
			os.Remove(keyPath(c.Data)) // just made, and of no use: the right one is somewhere else
		}
		return err
	}
	h.ranker = sentences(w)
	h.revisions = hybrid.NewIndex(h.knowledge, hybrid.Encoders{
		Models: h.models.forQuestions(), Analyzer: w.analyzer, Expander: w.expander, Share: c.Embeddings.share,
	})
	if h.index, err = c.Rerank.over(h.revisions); err != nil {
		return err
	}
	parts := answer.Parts{Log: h.store, Index: h.index, Versions: recently(h.knowledge), Ranker: h.ranker, Memory: h.store}
	if parts.Guard, err = guard.New(c.Answer.CaseNumbers); err != nil {
		return err
	}
	h.budget = h.openBudget()
	if err = c.Model.open(c.Agency.Name, h.budget, &parts); err != nil {
		return err
	}
	if parts.Writer != nil {
		h.writes = parts.Writer.Name()
	}
	if err = h.openDesk(w, &parts); err != nil {
		return err
	}
	h.bot, err = answer.New(c.answering(), parts, h.now, h.logger)
	return err
}

func (c *config) answering() answer.Config {
	return answer.Config{
		Agency: c.Agency.Name, Contact: c.Agency.Contact, Language: c.Agency.Language,
		Threshold: c.Answer.Threshold, Deadline: c.Answer.Deadline, Calibrated: embed.Made, Hash: c.hash, Help: c.HelpLines,
	}
}

// Close releases the database.
func (h *house) Close() error {
	err := h.close()
	if h.temporary != "" {
		err = errors.Join(err, os.RemoveAll(h.temporary))
	}
	return err
}

func (h *house) handler() (http.Handler, error) {
	c := h.config
	chat, err := web.New(web.Site{
		Agency: c.Agency.Name, Disclosure: c.Web.Disclosure, Contact: c.Agency.Contact, Language: c.Agency.Language,
		Origins: c.Web.Origins, LiveLinks: c.Web.LiveLinks, Examples: c.Web.Examples,
		Limits: h.limits(), Ready: h.ready, Zone: c.zone(), Counter: h.counter(), Ledger: h.store, Receipts: receipts{h}, Now: h.now,
	}, h.bot, talks{h.store, h.models}, h.knowledge, h.logger)
	if err != nil {
		return nil, err
	}
	return h.withInbox(chat)
}

// talks are the conversations; with one that is erased go the vectors of all
// questions, for nobody knows which were its own.
type talks struct {
	*store.Store
	models *models
}

// Erase erases the conversation.
func (t talks) Erase(ctx context.Context, id bot.ConversationID) error {
	defer t.models.forget()
	return t.Store.Erase(ctx, id)
}

func folder(s sourceConfig) source.Folder {
	return source.Folder{Root: s.Folder, Base: s.Base, Departments: s.Departments, Language: s.Language, MaxBytes: s.MaxMB << 20}
}

// sentences ranks sentences as the index ranks passages, by their words.
type sentences words

func (s sentences) Rank(q retrieval.Query, texts []knowledge.Passage) []float64 {
	q.Limit, q.Mode = len(texts), retrieval.Lexical
	scores := make([]float64, len(texts))
	for _, r := range hybrid.New(texts, nil, s.expander, s.analyzer).Rank(q, nil) {
		scores[r.Index] = r.Scores.Fused
	}
	return scores
}

// masterKey is TOWNCLERK_KEY or, without it, a key kept beside the database and
// made at the first start.
func masterKey(dir string) (store.Key, error) {
	if s := os.Getenv("TOWNCLERK_KEY"); s != "" {
		k, err := store.ParseKey(s)
		if err != nil {
			return k, fmt.Errorf("TOWNCLERK_KEY: %w", err)
		}
		return k, nil
	}
	path := keyPath(dir)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return newKey(path)
	}
	if err != nil {
		return store.Key{}, fmt.Errorf("read the key: %w", err)
	}
	k, err := store.ParseKey(strings.TrimSpace(string(data)))
	if err != nil {
		return k, fmt.Errorf("%s: %w", path, err)
	}
	return k, nil
}

func keyPath(dir string) string { return filepath.Join(dir, "townclerk.key") }

// newKey makes a key. Of two processes that start at once, one makes it and the
// other reads it.
func newKey(path string) (store.Key, error) {
	k := store.NewKey()
	switch err := writeOnce(path, k.Encode()); {
	case errors.Is(err, fs.ErrExist):
		return masterKey(filepath.Dir(path))
	case err != nil:
		return k, fmt.Errorf("make the key: %w", err)
	}
	return k, nil
}

// writeOnce writes a secret to a file that is not there yet; fs.ErrExist: it is.
func writeOnce(path, secret string) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = fmt.Fprintln(tmp, secret)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if err := os.Link(tmp.Name(), path); err != nil {
		return err
	}
	return keepName(filepath.Dir(path))
}

// keepName makes a folder's new names survive a power cut: a database whose key
// file is gone can never be read again.
func keepName(dir string) error {
	d, err := os.Open(dir)
	if err == nil {
		err = errors.Join(d.Sync(), d.Close())
	}
	if err != nil {
		return fmt.Errorf("keep the key: %w", err)
	}
	return nil
}
