package embed

import (
	"math"
	"math/rand/v2"
)

// turning turns vectors in a way that is random and always the same. What lies in
// few coordinates is spread over all, so that their signs say which way a vector
// points: the smaller the angle between two, the fewer of their signs differ
// (Charikar, "Similarity Estimation Techniques from Rounding Algorithms", 2002). It
// flips coordinates at random and takes Hadamard transforms, by turns, as Ailon and
// Chazelle do in "The Fast Johnson-Lindenstrauss Transform" (2009).
type turning struct {
	bits  int       // of the signs
	block int       // length of a transform, a power of two
	flips []float32 // of each mixing, for each bit
}

const (
	mixings   = 2
	leastBits = 256 // for vectors of fewer dimensions too
)

func newTurning(dims int) turning {
	r := turning{bits: max(leastBits, (dims+63)/64*64), block: leastBits}
	for 2*r.block <= r.bits {
		r.block *= 2
	}
	random := rand.New(rand.NewPCG(1, 2))
	r.flips = make([]float32, mixings*r.bits)
	for i := range r.flips {
		r.flips[i] = float32(1 - 2*int(random.Uint64()&1))
	}
	return r
}

// signs appends the signs of the turned vector, 64 in a word.
func (r turning) signs(into []uint64, v []float32) []uint64 {
	x := make([]float32, r.bits)
	copy(x, v)
	for mixing := range mixings {
		for i, f := range r.flips[mixing*r.bits:][:r.bits] {
			x[i] *= f
		}
		// Where the length is no power of two, two transforms that overlap mix all.
		hadamard(x[:r.block])
		if r.block < r.bits {
			hadamard(x[r.bits-r.block:])
		}
	}
	for i := 0; i < len(x); i += 64 {
		word := uint64(0)
		for j, y := range x[i : i+64] {
			if y > 0 {
				word |= 1 << j
			}
		}
		into = append(into, word)
	}
	return into
}

// hadamard takes the transform in place and keeps the vector's length.
func hadamard(x []float32) {
	for half := 1; half < len(x); half *= 2 {
		for i := 0; i < len(x); i += 2 * half {
			a, b := x[i:i+half], x[i+half:i+2*half]
			for j, y := range a {
				a[j], b[j] = y+b[j], y-b[j]
			}
		}
	}
	scale := float32(1 / math.Sqrt(float64(len(x))))
	for i := range x {
		x[i] *= scale
	}
}
