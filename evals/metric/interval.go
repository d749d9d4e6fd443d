package metric

import (
	"math/rand/v2"
	"slices"
)

// Interval is a mean with its 95 % confidence interval.
type Interval struct {
	Mean float64 `json:"mean"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	N    int     `json:"n"`
}

const resamples = 2000

// Bootstrap returns the mean of values with the percentile bootstrap interval
// (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13). It is
// deterministic.
func Bootstrap(values []float64) Interval {
	n := len(values)
	if n == 0 {
		return Interval{}
	}
	r := rand.New(rand.NewPCG(1, uint64(n)))
	means := make([]float64, resamples)
	for i := range means {
		sum := 0.0
		for range n {
			sum += values[r.IntN(n)]
		}
		means[i] = sum / float64(n)
	}
	slices.Sort(means)
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return Interval{
		Mean: sum / float64(n), N: n,
		Low: means[resamples*25/1000], High: means[resamples*975/1000-1],
	}
}
