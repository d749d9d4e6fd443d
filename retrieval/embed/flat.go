package embed

import (
	"fmt"

	"github.com/viterin/vek/vek32"
)

// Flat is a set of vectors that is searched by comparing with every one. It is
// immutable and safe for concurrent use; the zero value is empty.
type Flat struct {
	dims int
	data []float32
}

// NewFlat copies the vectors, which have one dimension.
func NewFlat(vectors [][]float32) (*Flat, error) {
	f := &Flat{}
	if len(vectors) > 0 {
		f.dims = len(vectors[0])
	}
	f.data = make([]float32, 0, len(vectors)*f.dims)
	for i, v := range vectors {
		if len(v) != f.dims {
			return nil, fmt.Errorf("vector %d has %d dimensions, the first has %d", i, len(v), f.dims)
		}
		f.data = append(f.data, v...)
	}
	return f, nil
}

// Len returns the number of vectors.
func (f *Flat) Len() int {
	if f.dims == 0 {
		return 0
	}
	return len(f.data) / f.dims
}

// Dims returns the vectors' dimension.
func (f *Flat) Dims() int { return f.dims }

// Scores appends to into[:0] the inner product of q with each vector, in order.
func (f *Flat) Scores(q, into []float32) []float32 {
	into = into[:0]
	for i := range f.Len() {
		into = append(into, f.Score(q, i))
	}
	return into
}

// Score returns the inner product of q with the i-th vector. It is summed with
// SIMD where the processor has it, so the last digits may differ between
// processors.
func (f *Flat) Score(q []float32, i int) float32 {
	return vek32.Dot(q, f.data[i*f.dims:(i+1)*f.dims])
}
