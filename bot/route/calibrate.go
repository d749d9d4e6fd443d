package route

import (
	"math"
	"slices"
)

const (
	folds    = 5
	foldable = 2_000 // examples up to which every fold is held out in turn; above, one says enough

	usageAtFirst = 0.3 // factor of the usage beside one of 1 for the classifier
	few          = 2.0 // examples that speak against factors that are e times as large
)

// calibration makes of what is learned probabilities that can be believed.
type calibration struct {
	// classifier and usage are what their log odds are multiplied with.
	classifier, usage float64
	// floor is the log probability of the best class below which a text is unlike
	// the examples.
	floor float64
}

// judged is what a classifier and a usage made of a text whose class is known.
type judged struct {
	classifier, usage []float64
	class             int
}

// calibrate learns without a part of the examples and looks at what is made of
// that part. Descriptions, which weigh less than 1, and pages are never left out.
func (m *material) calibrate(classes int, accept float64) calibration {
	fold, rounds := m.folds(classes)
	var all []judged
	for f := range rounds {
		rest := material{pages: m.pages, others: m.others}
		for i, e := range m.examples {
			if fold[i] != f {
				rest.examples = append(rest.examples, e)
			}
		}
		c, u := fit(rest.examples, classes), rest.usage(classes)
		for i, e := range m.examples {
			if fold[i] == f {
				all = append(all, judged{c.logits(e.vector), u.logits(e.bag), e.class})
			}
		}
	}
	return settle(all, accept)
}

// folds deals the examples out and says how many folds are looked at.
func (m *material) folds(classes int) (fold []int, rounds int) {
	fold = make([]int, len(m.examples))
	size, seen, n := make([]int, classes), make([]int, classes), 0
	for _, e := range m.examples {
		if e.weight == 1 {
			size[e.class]++
			n++
		}
	}
	for i, e := range m.examples {
		if fold[i] = -1; e.weight == 1 {
			// Neighbours are often alike: a fold is a stretch of every class.
			fold[i] = (seen[e.class]*folds/size[e.class] + e.class) % folds
			seen[e.class]++
		}
	}
	if n > foldable {
		return fold, 1
	}
	return fold, folds
}

// settle finds the factors that make the truth most likely, by climbing, for
// there is one top, and the floor that keeps the given share.
func settle(all []judged, accept float64) calibration {
	c := calibration{classifier: 1, usage: usageAtFirst, floor: math.Inf(-1)}
	if len(all) == 0 {
		return c
	}
	least := c.loss(all)
	for _, by := range []float64{1.5, 1 / 1.5, 1.05, 1 / 1.05} {
		for moved := true; moved; {
			moved = false
			for _, next := range []calibration{{c.classifier * by, c.usage, c.floor}, {c.classifier, c.usage * by, c.floor}, {c.classifier * by, c.usage / by, c.floor}} {
				if loss := next.loss(all); loss < least-1e-4*float64(len(all)) {
					least, c, moved = loss, next, true
				}
			}
		}
	}
	var best []float64
	for _, j := range all {
		best = append(best, slices.Max(c.logProbabilities(j.classifier, j.usage)))
	}
	slices.Sort(best)
	c.floor = best[min(len(best)-1, int((1-accept)*float64(len(best))))]
	return c
}

// loss is the negative log likelihood of the truth. A few examples prove little:
// who moves far from where the factors began pays for it.
func (c calibration) loss(all []judged) float64 {
	loss := few * (math.Pow(math.Log(c.classifier), 2) + math.Pow(math.Log(c.usage/usageAtFirst), 2))
	for _, j := range all {
		loss -= c.logProbabilities(j.classifier, j.usage)[j.class]
	}
	return loss
}

func (c calibration) logProbabilities(classifier, usage []float64) []float64 {
	out := make([]float64, len(classifier))
	for k := range out {
		out[k] = c.classifier*classifier[k] + c.usage*usage[k]
	}
	return logSoftmax(out)
}

func logSoftmax(odds []float64) []float64 {
	out, top, sum := make([]float64, len(odds)), slices.Max(odds), 0.0
	for i, x := range odds {
		out[i] = x - top
		sum += math.Exp(out[i])
	}
	for i := range out {
		out[i] -= math.Log(sum)
	}
	return out
}

func softmax(odds []float64) []float64 {
	out := logSoftmax(odds)
	for i, x := range out {
		out[i] = math.Exp(x)
	}
	return out
}
