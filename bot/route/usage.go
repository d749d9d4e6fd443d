package route

import (
	"math"
	"slices"
	"strings"
)

const (
	prior   = 300 // words of everybody's that each class is taken to have used
	synonym = 0.6 // of the other words for a word, together, beside it
)

// usage knows which words each class uses: a language model for each, smoothed
// by everybody's words (Zhai and Lafferty, "A Study of Smoothing Methods for
// Language Models", 2004). It reads the pages too, where departments say in full
// what the configuration says in a line.
type usage struct {
	of    map[string][]use // by term
	said  []float64        // terms of each class
	total float64
	// others returns what else a term is called; nil: nobody knows.
	others func(term string) []string
}

// use is how often a class uses a term.
type use struct {
	class int
	n     float64
}

// bag is the terms of a text with their counts, in alphabetical order.
type bag []counted

type counted struct {
	term string
	n    float64
}

// bagOf counts the terms and the pairs of neighbours of a text, and of earlier
// ones, each of which counts for fade.
func bagOf(terms func(string) []string, text string, earlier []string, fade float64) bag {
	count := map[string]float64{}
	add := func(text string, weight float64) {
		before := ""
		for i, t := range terms(text) {
			if i == maxWords {
				break
			}
			count[t] += weight
			if before != "" {
				count[before+" "+t] += weight * pairWeight
			}
			before = t
		}
	}
	add(text, 1)
	for _, e := range earlier {
		add(e, fade)
	}
	b := make(bag, 0, len(count))
	for t, n := range count {
		b = append(b, counted{t, n})
	}
	// Sums do not depend on the order of a map.
	slices.SortFunc(b, func(x, y counted) int { return strings.Compare(x.term, y.term) })
	return b
}

func newUsage(classes int, others func(string) []string) *usage {
	return &usage{of: map[string][]use{}, said: make([]float64, classes), others: others}
}

func (u *usage) add(class int, b bag, weight float64) {
	for _, t := range b {
		n := t.n * weight
		u.said[class] += n
		u.total += n
		of := u.of[t.term]
		if i := slices.IndexFunc(of, func(o use) bool { return o.class == class }); i >= 0 {
			of[i].n += n
		} else {
			u.of[t.term] = append(of, use{class, n})
		}
	}
}

// logits returns the log odds of the classes, up to a constant; zeros for a
// text in which no term is known.
func (u *usage) logits(b bag) []float64 {
	out := make([]float64, len(u.said))
	for _, t := range b {
		u.weigh(out, t.term, t.n)
		known := u.synonyms(t.term)
		for _, o := range known {
			u.weigh(out, o, synonym*t.n/float64(len(known)))
		}
	}
	return out
}

// weigh adds what a term that is said n times tells of the classes.
func (u *usage) weigh(odds []float64, term string, n float64) {
	everybody := 0.0
	for _, o := range u.of[term] {
		everybody += o.n
	}
	if everybody == 0 {
		return
	}
	for _, o := range u.of[term] {
		odds[o.class] += n * math.Log1p(o.n*u.total/(prior*everybody))
	}
	for k, said := range u.said {
		odds[k] -= n * math.Log1p(said/prior)
	}
}

// synonyms are the other names of a term that somebody uses.
func (u *usage) synonyms(term string) []string {
	if u.others == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(u.others(term)), func(o string) bool { return len(u.of[o]) == 0 })
}
