package route

import (
	"math"
	"slices"
)

const (
	folds    = 5
	foldable = 2_000 // examples up to which every fold is held out in turn; above, one says enough
)

// calibration makes a classifier's log odds probabilities that can be believed.
type calibration struct {
	temperature float64
	// floor is the log probability of the best class below which a text is unlike
	// the examples.
	floor float64
}

// calibrate fits classifiers without a part of the examples and looks at what
// they make of that part. Descriptions, which weigh less than 1, are never left out.
func calibrate(examples []labelled, classes int, accept float64) calibration {
	fold := make([]int, len(examples))
	size, seen, n := make([]int, classes), make([]int, classes), 0
	for _, e := range examples {
		if e.weight == 1 {
			size[e.class]++
			n++
		}
	}
	for i, e := range examples {
		if fold[i] = -1; e.weight == 1 {
			// Neighbours are often alike: a fold is a stretch of every class.
			fold[i] = (seen[e.class]*folds/size[e.class] + e.class) % folds
			seen[e.class]++
		}
	}
	rounds := folds
	if n > foldable {
		rounds = 1
	}
	var odds [][]float64
	var truth []int
	for f := range rounds {
		var rest []labelled
		for i, e := range examples {
			if fold[i] != f {
				rest = append(rest, e)
			}
		}
		c := fit(rest, classes)
		for i, e := range examples {
			if fold[i] == f {
				odds, truth = append(odds, c.logits(e.vector)), append(truth, e.class)
			}
		}
	}
	return settle(odds, truth, accept)
}

// settle finds the temperature that makes the truth most likely, and the floor
// that keeps the given share.
func settle(odds [][]float64, truth []int, accept float64) calibration {
	c := calibration{temperature: 1, floor: math.Inf(-1)}
	if len(truth) == 0 {
		return c
	}
	least := math.Inf(1)
	for t := 0.1; t < 10; t *= 1.1 {
		loss := 0.0
		for i, o := range odds {
			loss -= calibration{temperature: t}.logProbabilities(o)[truth[i]]
		}
		if loss < least {
			least, c.temperature = loss, t
		}
	}
	var best []float64
	for _, o := range odds {
		best = append(best, slices.Max(c.logProbabilities(o)))
	}
	slices.Sort(best)
	c.floor = best[min(len(best)-1, int((1-accept)*float64(len(best))))]
	return c
}

func (c calibration) logProbabilities(odds []float64) []float64 {
	out, top, sum := make([]float64, len(odds)), slices.Max(odds), 0.0
	for i, x := range odds {
		out[i] = (x - top) / c.temperature
		sum += math.Exp(out[i])
	}
	for i := range out {
		out[i] -= math.Log(sum)
	}
	return out
}

func softmax(odds []float64) []float64 {
	out := calibration{temperature: 1}.logProbabilities(odds)
	for i, x := range out {
		out[i] = math.Exp(x)
	}
	return out
}
