package retrieval_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"townclerk/knowledge"
	"townclerk/retrieval"
)

// found is an index that finds passages called a, b, c and so on.
type found int

func (n found) Search(_ context.Context, q retrieval.Query) (retrieval.Result, error) {
	var out retrieval.Result
	for i := range min(int(n), q.Limit) {
		out.Hits = append(out.Hits, retrieval.Hit{Passage: knowledge.Passage{Text: string(rune('a' + i))}})
	}
	return out, nil
}

// rater rates texts by a table; texts that are not in it have no score.
type rater map[string]float64

func (r rater) Rerank(ctx context.Context, question string, texts []string) ([]float64, error) {
	if r == nil {
		return nil, errors.New("out of order")
	}
	var out []float64
	for _, t := range texts {
		if s, ok := r[t[len(t)-1:]]; ok {
			out = append(out, s)
		}
	}
	return out, ctx.Err()
}

func TestReranked(t *testing.T) {
	for name, c := range map[string]struct {
		hits, limit int
		mode        retrieval.Mode
		rater       rater
		want        string
		degraded    bool
	}{
		"best first":                {hits: 3, limit: 3, rater: rater{"a": 1, "b": 3, "c": 2}, want: "bca"},
		"ties stay":                 {hits: 3, limit: 3, rater: rater{"a": 1, "b": 2, "c": 1}, want: "bac"},
		"behind the candidates":     {hits: 6, limit: 6, rater: rater{"a": 1, "b": 2, "c": 3, "d": 4}, want: "dcbaef"},
		"rates more than wanted":    {hits: 6, limit: 1, rater: rater{"a": 1, "b": 2, "c": 3, "d": 4}, want: "d"},
		"nothing found":             {limit: 3, rater: rater{}},
		"out of order":              {hits: 3, limit: 2, want: "ab", degraded: true},
		"too few scores":            {hits: 3, limit: 3, rater: rater{"a": 1}, want: "abc", degraded: true},
		"one encoder is left alone": {hits: 3, limit: 3, mode: retrieval.Lexical, rater: rater{"a": 1, "b": 3, "c": 2}, want: "abc"},
	} {
		x := retrieval.Reranked{Index: found(c.hits), Reranker: c.rater, Candidates: 4}
		r, err := x.Search(t.Context(), retrieval.Query{Text: "q", Limit: c.limit, Mode: c.mode})
		got := ""
		for _, h := range r.Hits {
			got += h.Passage.Text
		}
		if err != nil || got != c.want || (r.Degraded != "") != c.degraded {
			t.Errorf("%s: %q, degraded %q, %v", name, got, r.Degraded, err)
		}
		rated := slices.ContainsFunc(r.Hits, func(h retrieval.Hit) bool { return h.Scores.Rerank != nil })
		if rated != (c.want != "" && !c.degraded && c.mode == "") {
			t.Errorf("%s: rated is %v", name, rated)
		}
	}
}

// Who has left gets no order that nobody rated.
func TestRerankedStops(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	x := retrieval.Reranked{Index: found(2), Reranker: rater{"a": 1, "b": 2}, Candidates: 4}
	if r, err := x.Search(ctx, retrieval.Query{Text: "q"}); !errors.Is(err, context.Canceled) {
		t.Error(fmt.Sprint(r), err)
	}
}
