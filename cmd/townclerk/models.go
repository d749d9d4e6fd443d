package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"townclerk/internal/httpx"
	"townclerk/knowledge"
	"townclerk/retrieval"
	"townclerk/retrieval/embed"
	"townclerk/retrieval/hybrid"
	"townclerk/retrieval/remote"
)

// embeddingsConfig names an embedding model behind an OpenAI-compatible server.
// Without BaseURL the built-in encoder is used.
type embeddingsConfig struct {
	BaseURL       string  `yaml:"base_url"`
	Model         string  `yaml:"model"`
	Dimensions    int     `yaml:"dimensions"`
	PassagePrefix string  `yaml:"passage_prefix"`
	QueryPrefix   string  `yaml:"query_prefix"`
	TextTokens    int     `yaml:"text_tokens"`
	BatchTexts    int     `yaml:"batch_texts"`
	Concurrency   int     `yaml:"concurrency"`
	Azure         bool    `yaml:"azure"`
	Deployment    string  `yaml:"deployment"`
	APIVersion    string  `yaml:"api_version"`
	Price         float64 `yaml:"price_per_million_tokens"`
	// Share is the part that the similarity of embeddings has in the order of
	// passages, from 0 to 1.
	Share *float64 `yaml:"share"`
	// Former are models that live passages may still be encoded with, while the
	// next sync encodes them anew.
	Former []embeddingsConfig `yaml:"former"`
}

const (
	embeddingsKey = "TOWNCLERK_EMBEDDINGS_KEY"
	formerKey     = "TOWNCLERK_EMBEDDINGS_FORMER_KEY"

	// remoteShare is the Share of a model over HTTP where none is set. It is a
	// guess: measure your own with `townclerk eval retrieval`.
	remoteShare = 0.3

	questionTime    = 4 * time.Second // for encoding a question; then the words rank alone
	questionVectors = 2048            // that are kept in memory
)

func (c *embeddingsConfig) used() bool { return c.BaseURL != "" || c.Model != "" }

// share is what hybrid.Encoders wants to know.
func (c *embeddingsConfig) share(encoder string) float64 {
	switch {
	case embed.Made(encoder):
		return hybrid.BuiltInShare
	case c.Share != nil:
		return *c.Share
	}
	return remoteShare
}

func (c *embeddingsConfig) check(add complain) {
	if len(c.Former) > 0 && !c.used() {
		add("embeddings.former", "name a model to change to, or leave it out")
		return
	}
	c.checkModel(add, "embeddings")
	if s := c.Share; s != nil {
		within(add, "embeddings.share", *s, 0, 1)
	}
	for i, f := range c.Former {
		at := fmt.Sprintf("embeddings.former[%d]", i)
		if len(f.Former) > 0 || f.Share != nil {
			add(at, "former and share belong to the section above")
		}
		f.checkModel(add, at)
	}
}

// checkModel checks what a model of before has as well.
func (c *embeddingsConfig) checkModel(add complain, at string) {
	orDefault(add, at+".dimensions", c.Dimensions, 1, 65_535)
	orDefault(add, at+".text_tokens", c.TextTokens, 16, 10_000_000)
	orDefault(add, at+".batch_texts", c.BatchTexts, 1, 10_000)
	orDefault(add, at+".concurrency", c.Concurrency, 1, 1000)
	within(add, at+".price_per_million_tokens", c.Price, 0, maxMoney)
	if !c.Azure && (c.Deployment != "" || c.APIVersion != "") {
		add(at, "deployment and api_version are Azure's: set azure: true, or leave them out")
	}
	set := c.Dimensions+c.TextTokens+c.BatchTexts+c.Concurrency != 0 || c.Price != 0 || c.Share != nil || c.Azure || c.PassagePrefix+c.QueryPrefix != ""
	if unnamed(add, at, "model", c.BaseURL, c.Model, set || c.used()) {
		return
	}
	if _, err := remote.New(remote.Config{BaseURL: c.BaseURL, Model: c.Model}, nil, httpx.Clock{}); err != nil {
		add(at+".base_url", "%q: %v", shown(c.BaseURL), err)
	}
}

// remote is the section as the client wants it. The key comes from the given
// variable of the environment.
func (c *embeddingsConfig) remote(variable string) remote.Config {
	out := remote.Config{
		BaseURL: c.BaseURL, Model: c.Model, Dimensions: c.Dimensions, TextTokens: c.TextTokens, Prefix: c.PassagePrefix,
		BatchTexts: c.BatchTexts, Concurrency: c.Concurrency, PricePerMillionTokens: c.Price,
		Azure: c.Azure, Deployment: c.Deployment, APIVersion: c.APIVersion,
	}
	if variable != "" {
		out.Key = httpx.Secret(os.Getenv(variable))
	}
	return out
}

// rerankConfig names a reranker; without BaseURL there is none.
type rerankConfig struct {
	BaseURL    string  `yaml:"base_url"`
	Model      string  `yaml:"model"`
	Candidates int     `yaml:"candidates"`
	TextTokens int     `yaml:"text_tokens"`
	Price      float64 `yaml:"price_per_million_tokens"`
}

const (
	rerankKey        = "TOWNCLERK_RERANK_KEY"
	rerankCandidates = 20
)

func (c *rerankConfig) check(add complain) {
	orDefault(add, "rerank.candidates", c.Candidates, 1, 1000)
	orDefault(add, "rerank.text_tokens", c.TextTokens, 16, 10_000_000)
	within(add, "rerank.price_per_million_tokens", c.Price, 0, maxMoney)
	if unnamed(add, "rerank", "model", c.BaseURL, c.Model, *c != rerankConfig{}) {
		return
	}
	if _, err := remote.NewReranker(remote.Config{BaseURL: c.BaseURL, Model: c.Model}, nil, httpx.Clock{}); err != nil {
		add("rerank.base_url", "%q: %v", shown(c.BaseURL), err)
	}
}

// over puts the reranker over the index, if there is one.
func (c *rerankConfig) over(x retrieval.Index) (retrieval.Index, error) {
	if c.BaseURL == "" && c.Model == "" {
		return x, nil
	}
	r, err := remote.NewReranker(remote.Config{
		BaseURL: c.BaseURL, Model: c.Model, Key: httpx.Secret(os.Getenv(rerankKey)), TextTokens: c.TextTokens,
		PricePerMillionTokens: c.Price, Timeout: questionTime, Deadline: questionTime, Breaks: true,
	}, nil, httpx.Clock{})
	return retrieval.Reranked{Index: x, Reranker: r, Candidates: cmp.Or(c.Candidates, rerankCandidates)}, err
}

// models opens the embedding models that passages are or were encoded with, and
// makes the one that they shall be. It is safe for concurrent use.
type models struct {
	wanted *remote.Embedder // nil: the built-in one
	known  []pair
	asked  *remote.LRU // vectors of questions
}

// pair is one model as passages and as questions are encoded.
type pair struct{ passages, questions *remote.Embedder }

var (
	_ knowledge.Models = (*models)(nil)
	_ knowledge.Models = forQuestions{}
)

// open makes no request.
func (c *embeddingsConfig) open() (*models, error) {
	m := &models{asked: remote.NewLRU(questionVectors)}
	if !c.used() {
		return m, nil
	}
	for _, section := range append([]embeddingsConfig{*c}, c.Former...) {
		key := embeddingsKey
		if section.BaseURL != c.BaseURL { // a key goes to the server that it is for
			key = formerKey
		}
		full := section.remote(key)
		passages, err := remote.New(full, nil, httpx.Clock{})
		if err != nil {
			return nil, err
		}
		full.Prefix, full.Timeout, full.Deadline, full.Breaks = section.QueryPrefix, questionTime, questionTime, true
		questions, err := remote.New(full, nil, httpx.Clock{})
		if err != nil {
			return nil, err
		}
		m.known = append(m.known, pair{passages, questions})
	}
	m.wanted = m.known[0].passages
	return m, nil
}

// Wants reports whether the fingerprint is that of the configured model.
func (m *models) Wants(fingerprint string) bool {
	if m.wanted == nil {
		return embed.Made(fingerprint)
	}
	return fingerprint == m.wanted.Fingerprint()
}

// Open returns the embedder as passages are encoded with it.
func (m *models) Open(_ context.Context, fingerprint string, state []byte) (knowledge.Embedder, error) {
	if embed.Made(fingerprint) {
		return openBuiltIn(fingerprint, state)
	}
	p, err := m.find(fingerprint)
	if err != nil {
		return nil, err
	}
	return p.passages, nil
}

func (m *models) find(fingerprint string) (pair, error) {
	for _, p := range m.known {
		if p.passages.Fingerprint() == fingerprint {
			return p, nil
		}
	}
	return pair{}, fmt.Errorf("the pages were encoded with %s, which is not in the configuration: put that model under embeddings, or under embeddings.former until `townclerk ingest` has encoded them anew", fingerprint)
}

// Fit returns the configured model; the built-in one is fitted to the passages.
func (m *models) Fit(ctx context.Context, like []knowledge.Passage) (knowledge.Embedder, []byte, error) {
	if m.wanted != nil {
		return m.wanted, nil, nil
	}
	texts := make([]string, len(like))
	for i := range like {
		texts[i] = like[i].EncoderText()
	}
	e, err := embed.Fit(ctx, texts)
	if err != nil {
		return nil, nil, err
	}
	state, err := e.MarshalBinary()
	return e, state, err
}

// forQuestions are the same models as questions are encoded with them: in short
// time, and from memory where a question was asked before.
func (m *models) forQuestions() forQuestions { return forQuestions{m} }

type forQuestions struct{ *models }

// Open returns the embedder as questions are encoded with it.
func (m forQuestions) Open(ctx context.Context, fingerprint string, state []byte) (knowledge.Embedder, error) {
	if embed.Made(fingerprint) {
		return openBuiltIn(fingerprint, state)
	}
	p, err := m.find(fingerprint)
	if err != nil {
		return nil, err
	}
	return remote.Cached(p.questions, m.asked), nil
}

// try asks the configured model for one vector.
func (m *models) try(ctx context.Context) error {
	if m.wanted == nil {
		return nil
	}
	_, err := m.known[0].questions.Check(ctx)
	return err
}

// forget drops what is kept of questions.
func (m *models) forget() { m.asked.Clear() }

// printCost says what the models over HTTP were asked.
func (m *models) printCost(w io.Writer) {
	for _, p := range m.known {
		u := p.passages.Usage()
		if u.Requests == 0 {
			continue
		}
		about := ""
		if u.Estimated > 0 {
			about = "about "
		}
		fmt.Fprintf(w, "%s: %d texts in %d requests, %s%d tokens", p.passages, u.Texts, u.Requests, about, u.Tokens)
		if u.Cost > 0 {
			fmt.Fprintf(w, ", cost %.4f", u.Cost)
		}
		if u.Truncated > 0 {
			fmt.Fprintf(w, "; %d texts were longer than the model takes and were cut", u.Truncated)
		}
		fmt.Fprintln(w)
	}
}

func openBuiltIn(fingerprint string, state []byte) (knowledge.Embedder, error) {
	m, err := embed.Load(state)
	if err != nil {
		return nil, err
	}
	if got := m.Fingerprint(); got != fingerprint {
		return nil, fmt.Errorf("the stored model is %s, not %s: run ingest --refit", got, fingerprint)
	}
	return m, nil
}
