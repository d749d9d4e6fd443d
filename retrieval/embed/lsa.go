package embed

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// row is a text as a sparse vector.
type row struct {
	at []uint32
	by []float32
}

// truncated returns the place of each column in the space of the rows' k
// largest singular values, found by randomised subspace iteration: Halko,
// Martinsson and Tropp, "Finding Structure with Randomness" (2011), algorithm
// 4.4, with a fixed sequence in place of random numbers.
func truncated(rows []row, columns, k int) []float32 {
	l := min(k+8, len(rows))
	if l == 0 {
		return nil
	}
	y, w := make([]float32, len(rows)*l), make([]float32, columns*l)
	for i := range w {
		w[i] = noise(uint64(i))
	}
	for range rounds {
		times(rows, w, y, l)
		orthonormal(y, len(rows), l)
		timesTransposed(rows, y, w, l)
	}
	// w is now the transpose of B = Q'A, whose right singular vectors are A's.
	turn := rotation(w, l, k)
	out := make([]float32, columns*k)
	for c := range columns {
		for i, x := range w[c*l : (c+1)*l] {
			if x != 0 {
				addScaled(x, turn[i*k:(i+1)*k], out[c*k:(c+1)*k])
			}
		}
	}
	return out
}

// rotation returns the l by k matrix that turns rows of w into coordinates
// along its k largest singular vectors.
func rotation(w []float32, l, k int) []float32 {
	g := make([]float64, l*l)
	for c := 0; c < len(w); c += l {
		v := w[c : c+l]
		if zero(v) {
			continue
		}
		for i, x := range v {
			o := g[i*l : (i+1)*l]
			for j := i; j < l; j++ {
				o[j] += float64(x) * float64(v[j])
			}
		}
	}
	var e mat.EigenSym
	turn := make([]float32, l*k)
	if !e.Factorize(mat.NewSymDense(l, g), true) { // only for numbers that are none
		return turn
	}
	var u mat.Dense
	e.VectorsTo(&u)
	values := e.Values(nil) // smallest first
	for j := range k {
		c := l - 1 - j
		if values[c] < 1e-6 {
			break // the rows have fewer directions
		}
		sign := 1.0
		if largest(&u, c, l) < 0 {
			sign = -1
		}
		for i := range l {
			turn[i*k+j] = float32(sign * u.At(i, c) / math.Sqrt(values[c]))
		}
	}
	return turn
}

// largest returns the entry of column c that is farthest from zero.
func largest(u *mat.Dense, c, l int) float64 {
	best := 0.0
	for i := range l {
		if x := u.At(i, c); math.Abs(x) > math.Abs(best) {
			best = x
		}
	}
	return best
}

func zero(v []float32) bool { return !slices.ContainsFunc(v, func(x float32) bool { return x != 0 }) }

// times sets y to A w.
func times(rows []row, w, y []float32, l int) {
	clear(y)
	for i, r := range rows {
		o := y[i*l : (i+1)*l]
		for j, c := range r.at {
			addScaled(r.by[j], w[int(c)*l:(int(c)+1)*l], o)
		}
	}
}

// timesTransposed sets w to A' y.
func timesTransposed(rows []row, y, w []float32, l int) {
	clear(w)
	for i, r := range rows {
		v := y[i*l : (i+1)*l]
		for j, c := range r.at {
			addScaled(r.by[j], v, w[int(c)*l:(int(c)+1)*l])
		}
	}
}

// addScaled adds a times x to y.
func addScaled(a float32, x, y []float32) {
	y = y[:len(x)]
	i := 0
	for ; i+4 <= len(x); i += 4 {
		p, q := x[i:i+4:i+4], y[i:i+4:i+4]
		q[0] += a * p[0]
		q[1] += a * p[1]
		q[2] += a * p[2]
		q[3] += a * p[3]
	}
	for ; i < len(x); i++ {
		y[i] += a * x[i]
	}
}

// orthonormal makes the l columns of y (n rows) orthonormal by Cholesky's form
// of the QR decomposition, which is exact enough to start from.
func orthonormal(y []float32, n, l int) {
	x, g := make([]float64, l), cholesky(y, n, l)
	for r := range n {
		v := y[r*l : (r+1)*l]
		for i := range l {
			s := float64(v[i])
			for k, gik := range g[i*l : i*l+i] {
				s -= gik * x[k]
			}
			x[i] = s / g[i*l+i]
		}
		for i := range l {
			v[i] = float32(x[i])
		}
	}
}

// cholesky returns the lower factor of y'y.
func cholesky(y []float32, n, l int) []float64 {
	g := make([]float64, l*l)
	for r := range n {
		v := y[r*l : (r+1)*l]
		for i, x := range v {
			o := g[i*l : i*l+i+1]
			for j := range o {
				o[j] += float64(x) * float64(v[j])
			}
		}
	}
	trace := 0.0
	for i := range l {
		trace += g[i*l+i]
	}
	for i := range l {
		for j := 0; j <= i; j++ {
			s := g[i*l+j]
			for k := range j {
				s -= g[i*l+k] * g[j*l+k]
			}
			if i == j {
				g[i*l+i] = math.Sqrt(max(s, trace*1e-12+1e-30))
			} else {
				g[i*l+j] = s / g[j*l+j]
			}
		}
	}
	return g
}

// noise is a fixed sequence of numbers that look random, between -1 and 1.
func noise(i uint64) float32 {
	i += 0x9e3779b97f4a7c15
	i = (i ^ i>>30) * 0xbf58476d1ce4e5b9
	i = (i ^ i>>27) * 0x94d049bb133111eb
	i ^= i >> 31
	return float32(int32(i>>32)) / (1 << 31)
}

// scale gives the vector the squared length of share; zero stays zero.
func scale(v []float32, share float64) {
	n := 0.0
	for _, x := range v {
		n += float64(x) * float64(x)
	}
	if n == 0 {
		return
	}
	by := math.Sqrt(share / n)
	for i, x := range v {
		v[i] = float32(float64(x) * by)
	}
}
