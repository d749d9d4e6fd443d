package embed

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// crowd makes vectors about some centres, rounded and brought to unit length. Those
// of a centre differ alike in all directions, which is as hard as it gets.
func crowd(n, dims int, seed uint64) [][]float32 {
	out := make([][]float32, n)
	for i := range out {
		centre, own := rand.New(rand.NewPCG(uint64(i%50), 1)), rand.New(rand.NewPCG(uint64(i), seed))
		v := make([]float32, dims)
		for j := range v {
			v[j] = float32(centre.NormFloat64() + own.NormFloat64())
		}
		scale := float32(1 / math.Sqrt(float64(Score(v, v))))
		for j := range v {
			v[j] *= scale
		}
		Round(v)
		out[i] = v
	}
	return out
}

// best returns the numbers of the ten vectors with the highest scores.
func best(vs [][]float32, q []float32, among []int) []int {
	among = slices.Clone(among)
	slices.SortFunc(among, func(i, j int) int { return cmp.Or(cmp.Compare(Score(q, vs[j]), Score(q, vs[i])), cmp.Compare(i, j)) })
	return among[:10]
}

// Among many vectors nearly all of the nearest are worth a closer look, whatever
// their dimension and whichever are let through; among few all are.
func TestNearKeepsTheNearest(t *testing.T) {
	for _, dims := range []int{8, 64, 100, 384, 512} {
		const n, asked = 20_000, 30
		vs := crowd(n, dims, 1)
		f := flat(t, vs)
		scan := f.Scan()
		for every, keep := range map[int]func(int) bool{1: nil, 2: func(i int) bool { return i%2 == 0 }, 20: func(i int) bool { return i%20 == 0 }} {
			var allowed []int
			for i := 0; i < n; i += every {
				allowed = append(allowed, i)
			}
			found := 0
			for _, q := range crowd(asked, dims, 2) {
				scan.Ask(q)
				near := scan.Near(keep)
				if want := min(len(allowed), f.closer()); len(near) != want || !slices.IsSorted(near) {
					t.Fatalf("%d dimensions: %d are near, want %d", dims, len(near), want)
				}
				for _, i := range best(vs, q, allowed) {
					if _, ok := slices.BinarySearch(near, i); ok {
						found++
					}
				}
			}
			if share := float64(found) / (10 * asked); share < 0.93 {
				t.Errorf("%d dimensions, one in %d: %.3f of the ten nearest are near", dims, every, share)
			}
		}
	}
}

// What a Flat keeps of a vector gives the score of the rounded vector, to the bit.
func TestScoreIsThatOfTheRoundedVector(t *testing.T) {
	vs := [][]float32{{1, -1, 0}, {0x1p-24, -0x1p-20, 65504}, {0.3333, 1e-9, -0.1}}
	scan := flat(t, vs).Scan()
	q := []float32{0.5, -0.25, 1e-3}
	scan.Ask(q)
	for i, v := range vs {
		Round(v)
		if got, want := scan.Score(i), Score(q, v); got != want {
			t.Errorf("vector %d: %v, want %v", i, got, want)
		}
	}
}

// BenchmarkFlat is a search among 100,000 vectors.
func BenchmarkFlat(b *testing.B) {
	for name, dims := range map[string]int{"384": 384, "1536": 1536} {
		b.Run("dims="+name, func(b *testing.B) {
			few, f := crowd(1000, dims, 1), &Flat{}
			for i := range 100_000 {
				if err := f.Add(few[i%len(few)]); err != nil {
					b.Fatal(err)
				}
			}
			scan := f.Scan()
			b.ReportAllocs()
			for b.Loop() {
				scan.Ask(few[0])
				for _, i := range scan.Near(nil) {
					scan.Score(i)
				}
			}
		})
	}
}
