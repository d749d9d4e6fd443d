// Package remote has the embedding models and rerankers that are reached over
// HTTP: anything that speaks OpenAI's POST /embeddings (OpenAI, Azure, Ollama,
// vLLM, llama.cpp) and anything that speaks the POST /rerank of Cohere, Jina and
// vLLM.
//
// A server is not trusted to be right. A reply becomes vectors only if it has
// exactly one of the right length for every text, each with finite numbers and
// not all zero; a reply that does not is an *Error that says what is wrong with
// it, and nothing of it is used.
//
// # Attempts
//
// A batch is tried again after 429, 5xx, a timeout, or a connection that failed
// or broke off, and after nothing else: a server that answers wrongly would
// answer wrongly again, and every answer is paid for. The wait is exponential
// with full jitter, or what Retry-After asks; where it would end after
// Config.Deadline the error is returned at once, without the wait.
//
// # What leaves the process
//
// The texts go to Config.BaseURL and nowhere else: redirects are refused, for
// Go's client would send the body, and Azure's api-key header, along. Whoever
// calls with a citizen's words hands in redacted ones. Error texts hold the host,
// the model and the server's error code, never the key, the texts, or a word of
// the server's (which may quote both); that is in Error.Detail, without the key.
// The package logs nothing.
//
// # Cost
//
// Each hands over the vectors of each batch as they come, so that a sync that is cut
// off has not paid for nothing. Cached puts a VectorCache in front, for questions.
// Usage counts what was sent.
package remote

import (
	"fmt"
	"time"

	"townclerk/internal/httpx"
	"townclerk/internal/modelhttp"
)

// Config says which model to use, and how. Only BaseURL and Model are needed.
type Config struct {
	// BaseURL is what /embeddings or /rerank is appended to, as in
	// "https://api.openai.com/v1" or "http://localhost:11434/v1". For Azure it is
	// the resource, "https://NAME.openai.azure.com".
	BaseURL string
	// Model is the model's name as the server knows it.
	Model string
	// Dimensions is asked of the server, and every vector must have it. Zero: the
	// model's own, which is right for all models that have only one (some servers
	// refuse the question).
	Dimensions int
	// Prefix is put in front of every text, for models that want to be told what
	// the text is ("search_document: ").
	Prefix string
	// Key is sent as a bearer token, or as api-key to Azure. Empty: none.
	Key httpx.Secret

	// Azure uses Azure's addresses and header, with Deployment (empty: Model) and
	// APIVersion (empty: 2024-10-21). Azure's newer address, ending in /openai/v1,
	// needs none of these.
	Azure      bool
	Deployment string
	APIVersion string

	// BatchTexts and BatchTokens bound one request; zero means 32 and 16,384.
	// Tokens are estimated as four bytes each.
	BatchTexts, BatchTokens int
	// TextTokens is the length that the model takes; zero means 8,191, OpenAI's.
	// Longer texts are cut to four bytes a token, at the start of a rune. That is
	// an estimate for English; where most texts are in another script, or are
	// numbers, set it to half of what the model takes.
	TextTokens int
	// Concurrency is the number of requests under way at once; zero means 4.
	Concurrency int

	// Timeout bounds one attempt, Deadline a batch with all of its attempts and
	// waits; zero means 30 s and 2 min. A context's deadline holds as well.
	Timeout, Deadline time.Duration
	// Attempts is the greatest number of times that a batch is sent; zero means 4.
	Attempts int
	// MaxBody is the greatest length in bytes of a reply; zero means 32 MiB.
	MaxBody int64

	// Breaks leaves a server alone for a while that fails again and again: for
	// questions, which the words can answer alone.
	Breaks bool

	// PricePerMillionTokens is what Usage computes the cost from.
	PricePerMillionTokens float64
}

const (
	bytesPerToken    = 4
	azureVersion     = "2024-10-21"
	openAITextTokens = 8191
)

// filled returns c with its zero values replaced, or says what is wrong with it.
func (c Config) filled() (Config, error) {
	for _, n := range []int{c.Dimensions, c.BatchTexts, c.BatchTokens, c.TextTokens, c.Concurrency, c.Attempts, int(c.Timeout), int(c.Deadline), int(c.MaxBody)} {
		if n < 0 {
			return c, fmt.Errorf("a limit is negative")
		}
	}
	fill(&c.BatchTexts, 32)
	fill(&c.BatchTokens, 16384)
	fill(&c.TextTokens, openAITextTokens)
	fill(&c.Concurrency, 4)
	fill(&c.Timeout, 30*time.Second)
	fill(&c.Deadline, 2*time.Minute)
	fill(&c.Attempts, 4)
	fill(&c.MaxBody, 32<<20)
	fill(&c.Deployment, c.Model)
	fill(&c.APIVersion, azureVersion)
	return c, nil
}

// server is where the model is, for a filled configuration.
func (c Config) server(op string) modelhttp.Server {
	return modelhttp.Server{
		Op: op, BaseURL: c.BaseURL, Model: c.Model, Key: c.Key, Attempts: c.Attempts, Timeout: c.Timeout, Deadline: c.Deadline,
		MaxBody: c.MaxBody, Breaks: c.Breaks, PricePerMillionTokens: c.PricePerMillionTokens,
	}
}

func fill[T comparable](p *T, v T) {
	var zero T
	if *p == zero {
		*p = v
	}
}
