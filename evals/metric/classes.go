package metric

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Confusion counts, for each true class, what was said.
type Confusion map[string]map[string]int

// Add counts one case.
func (c Confusion) Add(truth, said string) {
	if c[truth] == nil {
		c[truth] = map[string]int{}
	}
	c[truth][said]++
}

// MacroF1 is the mean F1 of the true classes, each of which counts the same; zero
// without any.
func (c Confusion) MacroF1() float64 {
	sum := 0.0
	for class, said := range c {
		hit, wrong := said[class], 0
		for truth, counts := range c {
			for what, n := range counts {
				if (truth == class) != (what == class) {
					wrong += n
				}
			}
		}
		sum += 2 * float64(hit) / float64(2*hit+wrong)
	}
	return sum / max(1, float64(len(c)))
}

// Mistaken is how often a class was taken for another one.
type Mistaken struct {
	Truth string `json:"truth"`
	Said  string `json:"said"`
	N     int    `json:"n"`
}

// Worst returns the pairs that are mistaken most often, at most n, in an order that
// is always the same.
func (c Confusion) Worst(n int) []Mistaken {
	var out []Mistaken
	for truth, counts := range c {
		for said, times := range counts {
			if said != truth {
				out = append(out, Mistaken{truth, said, times})
			}
		}
	}
	slices.SortFunc(out, func(a, b Mistaken) int {
		return cmp.Or(cmp.Compare(b.N, a.N), strings.Compare(a.Truth, b.Truth), strings.Compare(a.Said, b.Said))
	})
	return out[:min(n, len(out))]
}

// CalibrationError is the expected calibration error (Naeini et al., 2015): the mean
// distance between probability and truth in ten bins of equal width, weighted by
// their sizes. Zero without any.
func CalibrationError(probability []float64, right []bool) float64 {
	const bins = 10
	var gap [bins]float64
	for i, p := range probability {
		bin := &gap[max(0, min(bins-1, int(p*bins)))]
		if *bin += p; right[i] {
			*bin--
		}
	}
	sum := 0.0
	for _, g := range gap {
		sum += math.Abs(g)
	}
	return sum / max(1, float64(len(probability)))
}
