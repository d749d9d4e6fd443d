package embed

import (
	"fmt"
	"math"
	"math/bits"

	"github.com/viterin/vek/vek32"
)

// Score returns the inner product of two vectors of one dimension. It is summed with
// SIMD where the processor has it, so the last digits may differ between
// processors.
func Score(a, b []float32) float32 { return vek32.Dot(a, b) }

// Flat is a set of vectors that is searched without an index. It holds them in half
// precision, and of each the signs of its coordinates after a rotation, which tell
// the vectors that are worth a closer look. They are added before the first search;
// from then on a Flat is safe for concurrent use. The zero value is empty.
type Flat struct {
	dims   int
	turn   turning
	halves []uint64 // four in a word; each vector begins with a word
	signs  []uint64 // of all vectors
}

// Add appends a vector, rounded as Round does. All have one dimension.
func (f *Flat) Add(v []float32) error {
	if f.dims == 0 {
		f.dims, f.turn = len(v), newTurning(len(v))
	}
	if len(v) != f.dims || f.dims == 0 {
		return fmt.Errorf("vector %d has %d dimensions, the first has %d", f.Len(), len(v), f.dims)
	}
	for i, x := range v {
		if i%4 == 0 {
			f.halves = append(f.halves, 0)
		}
		f.halves[len(f.halves)-1] |= uint64(toHalf(x)) << (i % 4 * 16)
	}
	f.signs = f.turn.signs(f.signs, v)
	return nil
}

// Len returns the number of vectors.
func (f *Flat) Len() int {
	if f.dims == 0 {
		return 0
	}
	return len(f.halves) / f.words()
}

// Dims returns the vectors' dimension; zero where there are none.
func (f *Flat) Dims() int { return f.dims }

// words returns how many hold the halves of a vector.
func (f *Flat) words() int { return (f.dims + 3) / 4 }

// closer returns how many vectors get a closer look in a search: with 384 dimensions
// 1,530, fewer where there are more, for the error in the angle that signs tell falls
// with the root of their number.
func (f *Flat) closer() int { return int(30_000 / math.Sqrt(float64(max(1, f.dims)))) }

// Scan compares the vectors of a Flat with a question's. It holds memory in
// proportion to their number and is meant to be used again; it is not safe for
// concurrent use.
type Scan struct {
	flat   *Flat
	asked  []float32 // the question's vector, made greater
	signs  []uint64  // of it
	far    []uint16  // of each vector how many of its signs differ
	counts []int     // of vectors by that
	near   []int
	vector []float32 // of the passage that is scored, made less
}

// Scan returns a scan of the vectors.
func (f *Flat) Scan() *Scan {
	return &Scan{flat: f, asked: make([]float32, f.dims), vector: make([]float32, 4*f.words())}
}

// Ask sets the question's vector, which has the dimension of the others and about
// unit length.
func (s *Scan) Ask(q []float32) {
	s.signs = s.flat.turn.signs(s.signs[:0], q)
	for i, x := range q {
		s.asked[i] = x / shrunk
	}
}

// Score returns the inner product of the question with the i-th vector, as the
// function Score does.
func (s *Scan) Score(i int) float32 {
	n := s.flat.words()
	shrunkHalves(s.vector, s.flat.halves[i*n:][:n])
	return Score(s.asked, s.vector[:s.flat.dims])
}

// Near returns in order the numbers of the vectors that may be nearest to
// the question in direction, of those that keep lets through; nil lets all. They are the next call's
// to overwrite. Where there are few, all are returned.
func (s *Scan) Near(keep func(i int) bool) []int {
	s.measure(keep)
	last, room := 0, s.flat.closer()
	for ; last < len(s.counts)-1 && s.counts[last] <= room; last++ {
		room -= s.counts[last]
	}
	s.near = s.near[:0]
	for i, far := range s.far {
		if int(far) > last || int(far) == len(s.counts) {
			continue
		}
		if int(far) == last {
			if room == 0 {
				continue
			}
			room--
		}
		s.near = append(s.near, i)
	}
	return s.near
}

// measure compares the signs; what is not to be kept is farther than all others.
func (s *Scan) measure(keep func(i int) bool) {
	width, n := len(s.signs), s.flat.Len()
	if s.far == nil {
		s.far, s.counts = make([]uint16, n), make([]int, 64*width+1)
	}
	clear(s.counts)
	for i := range s.far {
		if keep != nil && !keep(i) {
			s.far[i] = uint16(len(s.counts))
			continue
		}
		far := 0
		for j, x := range s.flat.signs[i*width:][:width] {
			far += bits.OnesCount64(x ^ s.signs[j])
		}
		s.far[i] = uint16(far)
		s.counts[far]++
	}
}
