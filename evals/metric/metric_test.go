package metric

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func TestMeasures(t *testing.T) {
	type values struct{ r1, r5, success5, mrr10, p1 float64 }
	for _, test := range []struct {
		name     string
		ranks    []int
		relevant int
		want     values
	}{
		{"nothing found", nil, 1, values{}},
		{"nothing relevant", nil, 0, values{}},
		{"first", []int{1}, 1, values{1, 1, 1, 1, 1}},
		{"third", []int{3}, 1, values{0, 1, 1, 1.0 / 3, 0}},
		{"at the edge", []int{5}, 1, values{0, 1, 1, 0.2, 0}},
		{"beyond the edge", []int{6}, 1, values{0, 0, 0, 1.0 / 6, 0}},
		{"beyond ten", []int{11}, 1, values{}},
		{"at ten", []int{10}, 1, values{0, 0, 0, 0.1, 0}},
		{"two of four", []int{2, 5}, 4, values{0, 0.5, 1, 0.5, 0}},
		{"in any order", []int{9, 1, 4}, 3, values{1.0 / 3, 2.0 / 3, 1, 1, 1}},
		{"two at one rank", []int{2, 2}, 2, values{0, 1, 1, 0.5, 0}},
		{"counted twice", []int{1, 1}, 1, values{1, 1, 1, 1, 1}},
		{"no ranks", []int{0, -3}, 1, values{}},
		{"one of them a rank", []int{0, 2}, 2, values{0, 0.5, 1, 0.5, 0}},
		{"fewer than none", []int{1}, -1, values{0, 0, 1, 1, 1}},
	} {
		got := values{RecallAt(1, test.ranks, test.relevant), RecallAt(5, test.ranks, test.relevant), SuccessAt(5, test.ranks), ReciprocalRank(10, test.ranks), PrecisionAtOne(test.ranks)}
		if got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}

// A measure never goes down with k, stays between 0 and 1, and does not look at
// the order of the ranks.
func TestMeasuresAreMonotone(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 7))
	for range 5000 {
		relevant := 1 + r.IntN(5)
		ranks := r.Perm(60)[:r.IntN(relevant+1)]
		before := 0.0
		for k := range 70 {
			now := RecallAt(k, ranks, relevant)
			if now < before || now > 1 || SuccessAt(k, ranks) < now && now == 1 {
				t.Fatalf("%v of %d at %d: %v after %v", ranks, relevant, k, now, before)
			}
			before = now
		}
		shuffled := append([]int(nil), ranks...)
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if ReciprocalRank(10, ranks) != ReciprocalRank(10, shuffled) || PrecisionAtOne(ranks) != PrecisionAtOne(shuffled) {
			t.Fatalf("%v: the order of the ranks counts", ranks)
		}
	}
}

func TestBootstrapByHand(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   Interval
	}{
		{nil, Interval{}},
		{[]float64{0.5}, Interval{0.5, 0.5, 0.5, 1}},
		{[]float64{1, 1, 1, 1}, Interval{1, 1, 1, 4}},
		{[]float64{0, 0, 0}, Interval{0, 0, 0, 3}},
		{[]float64{0, 1}, Interval{0.5, 0, 1, 2}}, // the means 0 and 1 come up a quarter of the time each
	} {
		if got := Bootstrap(test.values); got != test.want {
			t.Errorf("%v: got %+v, want %+v", test.values, got, test.want)
		}
	}
	// Of 100 values of which 50 are 1 the mean's standard error is 0.05.
	values := make([]float64, 100)
	for i := range 50 {
		values[i] = 1
	}
	if got := Bootstrap(values); math.Abs(got.Low-0.402) > 0.02 || math.Abs(got.High-0.598) > 0.02 {
		t.Errorf("%+v, want about 0.40 to 0.60", got)
	}
}

func TestBootstrapIsDeterministic(t *testing.T) {
	values := []float64{0, 1, 0.5, 0.25, 1, 1, 0}
	if a, b := Bootstrap(values), Bootstrap(values); a != b {
		t.Errorf("%+v, %+v", a, b)
	}
}

// The interval holds the true mean about 95 times in 100 (a little less, as the
// percentile interval is known to on small samples).
func TestBootstrapCoverage(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	const draws, n, p = 400, 60, 0.7
	covered := 0
	for range draws {
		values := make([]float64, n)
		for i := range values {
			if r.Float64() < p {
				values[i] = 1
			}
		}
		if b := Bootstrap(values); b.Low <= p && p <= b.High {
			covered++
		}
	}
	if share := float64(covered) / draws; share < 0.90 || share > 0.99 {
		t.Errorf("%.3f of the intervals hold the mean", share)
	}
}

func ExampleReciprocalRank() {
	fmt.Println(ReciprocalRank(10, []int{7, 2}))
	// Output: 0.5
}
