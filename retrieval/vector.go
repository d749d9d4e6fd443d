package retrieval

import (
	"context"
	"fmt"
	"math"

	"townclerk/knowledge"
)

// Vector encodes a question: the mean of the vectors of Text and the Context,
// each with its weight, brought to unit length. What the embedder gives is
// refused unless it can be compared with vectors of dims dimensions.
func Vector(ctx context.Context, e knowledge.Embedder, dims int, q Query) ([]float32, error) {
	texts, weights := []string{q.Text}, []float64{1}
	for _, c := range q.Context {
		if c.Weight > 0 {
			texts, weights = append(texts, c.Text), append(weights, c.Weight)
		}
	}
	vectors, err := embedded(ctx, e, dims, texts)
	if err != nil {
		return nil, err
	}
	if len(vectors) == 1 {
		return vectors[0], nil
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

// embedded encodes the texts and checks what comes back.
func embedded(ctx context.Context, e knowledge.Embedder, dims int, texts []string) ([][]float32, error) {
	vectors, err := e.Embed(ctx, texts)
	if err != nil {
		return nil, err
	}
	if len(vectors) != len(texts) {
		return nil, fmt.Errorf("the embedding model gave %d vectors for %d texts", len(vectors), len(texts))
	}
	for _, v := range vectors {
		if err := knowledge.CheckVector(v, dims); err != nil {
			return nil, err
		}
	}
	return vectors, nil
}
