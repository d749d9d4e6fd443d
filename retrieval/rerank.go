package retrieval

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// Reranker rates texts by how well each answers a question.
type Reranker interface {
	// Rerank returns one finite score for each text, in order; a higher one is a
	// better answer.
	Rerank(ctx context.Context, question string, texts []string) ([]float64, error)
}

// Reranked is an index whose best hits a reranker puts in order.
type Reranked struct {
	Index    Index
	Reranker Reranker
	// Candidates is how many hits are rated; the hits behind them stay behind.
	Candidates int
}

var _ Index = Reranked{}

// Search searches the index and rates what it finds. When the reranker fails the
// index's order stands and Result.Degraded says why. Each encoder alone is not
// reranked.
func (x Reranked) Search(ctx context.Context, q Query) (Result, error) {
	wanted := cmp.Or(max(q.Limit, 0), 10)
	if q.Mode != Hybrid {
		return x.Index.Search(ctx, q)
	}
	q.Limit = max(wanted, x.Candidates)
	out, err := x.Index.Search(ctx, q)
	if err != nil {
		return out, err
	}
	if err := x.order(ctx, q, out.Hits[:min(len(out.Hits), x.Candidates)]); err != nil {
		if ctx.Err() != nil {
			return Result{}, fmt.Errorf("search: %w", ctx.Err())
		}
		out.Degraded = cmp.Or(out.Degraded, err.Error())
	}
	out.Hits = out.Hits[:min(len(out.Hits), wanted)]
	return out, nil
}

// order rates the hits and sorts them; hits of the same score stay as they were.
func (x Reranked) order(ctx context.Context, q Query, hits []Hit) error {
	if len(hits) == 0 {
		return nil
	}
	question := q.Text
	for _, c := range q.Context {
		question = c.Text + "\n" + question
	}
	texts := make([]string, len(hits))
	for i := range hits {
		texts[i] = hits[i].Passage.EncoderText()
	}
	scores, err := x.Reranker.Rerank(ctx, question, texts)
	if err != nil {
		return err
	}
	if len(scores) != len(hits) {
		return fmt.Errorf("the reranker gave %d scores for %d passages", len(scores), len(hits))
	}
	for i := range hits {
		hits[i].Scores.Rerank = &scores[i]
	}
	slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Compare(*b.Scores.Rerank, *a.Scores.Rerank) })
	return nil
}
