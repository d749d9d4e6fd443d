// Package run measures a system on a dataset.
package run

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"townclerk/bot/understand"
	"townclerk/evals"
	"townclerk/evals/metric"
	"townclerk/knowledge"
	"townclerk/retrieval"
)

// depth is how many hits are looked at. Units are counted, not hits, and
// several hits may be of one unit.
const depth = 50

// Judge says which unit a hit is of, and so what counts as found.
type Judge struct {
	// Name of the unit: "document", "passage", "faq".
	Name string
	// Unit returns the hit's unit; hits of a unit that was seen are passed over.
	Unit func(p *knowledge.Passage) string
	// Found returns the relevant unit that the hit brings, or "".
	Found func(c *evals.Case, p *knowledge.Passage) string
}

// Figures are the measures of one slice under one judge.
type Figures struct {
	Slice string          `json:"slice"`
	Judge string          `json:"judge"`
	R1    metric.Interval `json:"r_at_1"`
	R5    metric.Interval `json:"r_at_5"`
	R10   metric.Interval `json:"r_at_10"`
	MRR   metric.Interval `json:"mrr_at_10"`
	P1    metric.Interval `json:"p_at_1"`
}

// Retrieval searches for every answerable case, follow-ups understood as the
// bot does, and returns the figures of all cases and of each slice.
func Retrieval(ctx context.Context, index retrieval.Index, cases []evals.Case, judges []Judge, mode retrieval.Mode) ([]Figures, error) {
	type key struct{ slice, judge string }
	ranks := map[key][]metricInput{}
	for i := range cases {
		c := &cases[i]
		if !c.Answerable() {
			continue
		}
		q := understand.Context(c.Question, c.Earlier, nil).Query(c.Question)
		q.Limit, q.Mode = depth, mode
		found, err := index.Search(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("case %s: %w", c.ID, err)
		}
		for _, j := range judges {
			in := metricInput{rank(c, found.Hits, j), len(c.Relevant)}
			all := key{"all", j.Name}
			ranks[all] = append(ranks[all], in)
			if k := (key{c.Slice, j.Name}); c.Slice != "" && k != all {
				ranks[k] = append(ranks[k], in)
			}
		}
	}
	var out []Figures
	for k, in := range ranks {
		out = append(out, figures(k.slice, k.judge, in))
	}
	slices.SortFunc(out, func(a, b Figures) int {
		return cmp.Or(cmp.Compare(a.Judge, b.Judge), cmp.Compare(order(a.Slice), order(b.Slice)))
	})
	return out, nil
}

type metricInput struct {
	ranks    []int
	relevant int
}

// rank returns the ranks, among the units, of those that are relevant.
func rank(c *evals.Case, hits []retrieval.Hit, j Judge) []int {
	seen, found := map[string]bool{}, map[string]bool{}
	var out []int
	n := 0
	for i := range hits {
		p := &hits[i].Passage
		if u := j.Unit(p); seen[u] {
			continue
		} else {
			seen[u] = true
		}
		n++
		if g := j.Found(c, p); g != "" && !found[g] {
			found[g] = true
			out = append(out, n)
		}
	}
	return out
}

func figures(slice, judge string, in []metricInput) Figures {
	measure := func(f func(metricInput) float64) metric.Interval {
		values := make([]float64, len(in))
		for i, x := range in {
			values[i] = f(x)
		}
		return metric.Bootstrap(values)
	}
	recall := func(k int) metric.Interval {
		return measure(func(x metricInput) float64 { return metric.RecallAt(k, x.ranks, x.relevant) })
	}
	return Figures{
		Slice: slice, Judge: judge, R1: recall(1), R5: recall(5), R10: recall(10),
		MRR: measure(func(x metricInput) float64 { return metric.ReciprocalRank(10, x.ranks) }),
		P1:  measure(func(x metricInput) float64 { return metric.PrecisionAtOne(x.ranks) }),
	}
}

// order puts "all" in front.
func order(slice string) string {
	if slice == "all" {
		return ""
	}
	return slice
}
