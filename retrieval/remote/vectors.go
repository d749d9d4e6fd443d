package remote

import (
	"math"
	"townclerk/internal/modelhttp"

	openai "github.com/sashabaranov/go-openai"
)

// inOrder puts a reply's vectors into the order of the n texts, or says why
// they cannot be told apart.
func inOrder(data []openai.Embedding, n int) ([][]float32, *Error) {
	if len(data) == 0 {
		return nil, modelhttp.Failure(NoData, "")
	}
	if len(data) != n {
		return nil, modelhttp.Failure(WrongCount, "%d vectors for %d texts", len(data), n)
	}
	out := make([][]float32, n)
	for _, d := range data {
		switch {
		case d.Index < 0 || d.Index >= n:
			return nil, modelhttp.Failure(WrongIndex, "index %d for %d texts", d.Index, n)
		case out[d.Index] != nil:
			return nil, modelhttp.Failure(WrongIndex, "index %d twice", d.Index)
		case len(d.Embedding) == 0:
			return nil, modelhttp.Failure(NoData, "vector %d is empty", d.Index)
		}
		out[d.Index] = d.Embedding
	}
	return out, nil
}

// toUnit brings the vectors to unit length in place. All must have dims numbers.
func toUnit(vectors [][]float32, dims int) *Error {
	for i, v := range vectors {
		if len(v) != dims {
			return modelhttp.Failure(WrongDimension, "vector %d of %d has %d numbers, want %d", i+1, len(vectors), len(v), dims)
		}
		switch n := norm(v); {
		case math.IsNaN(n) || math.IsInf(n, 0):
			return modelhttp.Failure(NotFinite, "vector %d of %d", i+1, len(vectors))
		case n == 0:
			return modelhttp.Failure(ZeroVector, "vector %d of %d", i+1, len(vectors))
		default:
			for j := range v {
				v[j] = float32(float64(v[j]) / n)
			}
		}
	}
	return nil
}

// norm is the length of v. It is finite if and only if all of v are: the square
// of the greatest float32 is far from the greatest float64.
func norm(v []float32) float64 {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum)
}

// isUnit reports whether v can be the vector of an embedder.
func isUnit(v []float32) bool { return math.Abs(norm(v)-1) < 1e-3 }
