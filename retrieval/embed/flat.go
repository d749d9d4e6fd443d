package embed

import "fmt"

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

// Score returns the inner product of q with the i-th vector.
func (f *Flat) Score(q []float32, i int) float32 { return dot(q, f.data[i*f.dims:(i+1)*f.dims]) }

// dot sums in eight lanes, which the processor works on side by side. The
// lengths are equal.
func dot(a, b []float32) float32 {
	var s0, s1, s2, s3, s4, s5, s6, s7 float32
	b = b[:len(a)]
	i := 0
	for ; i+8 <= len(a); i += 8 {
		x, y := a[i:i+8:i+8], b[i:i+8:i+8]
		s0 += x[0] * y[0]
		s1 += x[1] * y[1]
		s2 += x[2] * y[2]
		s3 += x[3] * y[3]
		s4 += x[4] * y[4]
		s5 += x[5] * y[5]
		s6 += x[6] * y[6]
		s7 += x[7] * y[7]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return (s0 + s1 + s2 + s3) + (s4 + s5 + s6 + s7)
}
