package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"townclerk/internal/httpx"
	"townclerk/internal/modelhttp"
)

// Reranker is a reranking model behind the POST /rerank of Cohere, Jina, vLLM or
// llama.cpp. (The form of Hugging Face's text-embeddings-inference is another.)
// It is safe for concurrent use.
type Reranker struct {
	call      *modelhttp.Caller
	url       string
	authorize func(http.Header) // knows the key, so that the struct does not
	limits    Config            // without the key
}

// NewReranker returns the reranker of the configured model. It makes no request.
// What Config says of dimensions, batches and Azure does not concern it.
func NewReranker(c Config, hc *http.Client, clock httpx.Clock) (*Reranker, error) {
	full, err := c.filled()
	if err == nil && c.Azure {
		err = errors.New("reranking on Azure has a form that is not known here")
	}
	var call *modelhttp.Caller
	if err == nil {
		call, err = modelhttp.New(full.server("rerank"), hc, clock)
	}
	if err != nil {
		return nil, fmt.Errorf("reranker %q: %w", c.Model, err)
	}
	r := &Reranker{
		call:      call,
		url:       strings.TrimRight(full.BaseURL, "/") + "/rerank",
		authorize: func(http.Header) {},
	}
	if bearer := "Bearer " + string(full.Key); full.Key != "" {
		r.authorize = func(h http.Header) { h.Set("Authorization", bearer) }
	}
	full.Key = ""
	r.limits = full
	return r, nil
}

// Fingerprint is "rerank:MODEL".
func (r *Reranker) Fingerprint() string { return "rerank:" + r.limits.Model }

// Usage returns what was sent so far.
func (r *Reranker) Usage() Usage { return r.call.Meter.Snapshot() }

// Rerank returns one score per text, in order; a higher score is a better answer
// to the query. Scores are finite, and of the model's own scale: some give
// probabilities, some any number. All texts go into one request, for some models
// compare them with each other.
func (r *Reranker) Rerank(ctx context.Context, query string, texts []string) ([]float64, error) {
	if len(texts) == 0 {
		return []float64{}, nil
	}
	all, truncated, bad := prepare("", append([]string{query}, texts...), r.limits.TextTokens)
	if bad != nil {
		return nil, r.call.Name(bad)
	}
	r.call.Meter.Add(func(u *Usage) { u.Truncated += truncated })
	body, err := json.Marshal(map[string]any{
		"model": r.limits.Model, "query": all[0], "documents": all[1:], "top_n": len(texts),
	})
	if err != nil {
		return nil, fmt.Errorf("rerank: %w", err)
	}
	var scores []float64
	err = r.call.Repeat(ctx, ctx, func(ctx context.Context) error {
		reply, err := r.post(ctx, body)
		if err != nil {
			return err
		}
		scores, err = r.read(reply, len(texts), estimateAll(all))
		return err
	})
	if err != nil {
		return nil, err
	}
	r.call.Meter.Add(func(u *Usage) { u.Texts += len(texts) })
	return scores, nil
}

func (r *Reranker) post(ctx context.Context, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url, bytes.NewReader(body))
	if err != nil {
		return nil, modelhttp.Failure(WrongAddress, "")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	r.authorize(req.Header)
	return r.call.Fetch(req)
}

// read returns the scores of a reply in the order of the n texts.
func (r *Reranker) read(body []byte, n int, estimate int64) ([]float64, error) {
	var in struct {
		Results []struct {
			Index int      `json:"index"`
			Score *float64 `json:"relevance_score"`
		} `json:"results"`
		Usage json.RawMessage `json:"usage"`
		Error json.RawMessage `json:"error"`
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	if len(in.Results) == 0 {
		return nil, r.call.NoData(in.Error, body)
	}
	r.call.Meter.Tokens(tokensIn(in.Usage), estimate)
	if len(in.Results) != n {
		return nil, modelhttp.Failure(WrongCount, "%d scores for %d texts", len(in.Results), n)
	}
	scores, seen := make([]float64, n), make([]bool, n)
	for _, s := range in.Results {
		switch {
		case s.Index < 0 || s.Index >= n:
			return nil, modelhttp.Failure(WrongIndex, "index %d for %d texts", s.Index, n)
		case seen[s.Index]:
			return nil, modelhttp.Failure(WrongIndex, "index %d twice", s.Index)
		case s.Score == nil: // llama.cpp writes NaN as null
			return nil, modelhttp.Failure(NotFinite, "score of text %d", s.Index+1)
		}
		scores[s.Index], seen[s.Index] = *s.Score, true
	}
	return scores, nil
}
