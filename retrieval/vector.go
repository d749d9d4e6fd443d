package retrieval

import (
	"context"
	"math"

	"townclerk/knowledge"
)

// Vector encodes a question: the mean of the vectors of Text and the Context,
// each with its weight, brought to unit length.
func Vector(ctx context.Context, e knowledge.Embedder, q Query) ([]float32, error) {
	texts, weights := []string{q.Text}, []float64{1}
	for _, c := range q.Context {
		if c.Weight > 0 {
			texts, weights = append(texts, c.Text), append(weights, c.Weight)
		}
	}
	vectors, err := e.Embed(ctx, texts)
	if err != nil || len(vectors) == 1 {
		return first(vectors), err
	}
	sum := make([]float32, len(vectors[0]))
	norm := 0.0
	for i := range sum {
		v := 0.0
		for j := range vectors {
			v += weights[j] * float64(vectors[j][i])
		}
		sum[i] = float32(v)
		norm += v * v
	}
	if norm > 0 {
		scale := float32(1 / math.Sqrt(norm))
		for i := range sum {
			sum[i] *= scale
		}
	}
	return sum, nil
}

func first(vectors [][]float32) []float32 {
	if len(vectors) == 0 {
		return nil
	}
	return vectors[0]
}
