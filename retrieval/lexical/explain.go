package lexical

import (
	"cmp"
	"math"
	"slices"
)

// Matched is a concept of the question that a passage names.
type Matched struct {
	Term  string // the question's own
	Score float64
}

// An Explainer says what passages have of one question. It is not safe for
// concurrent use.
type Explainer struct {
	x        *Index
	concepts []explained
	all      float64 // the sum of their parts
	passages texts

	fields  [maxFields][]uint32 // of the passage that is explained
	lengths [maxFields]uint32
}

// explained is a concept and its part of the question.
type explained struct {
	term string
	part float64
	rows []weighted
}

// Explainer returns an explainer of the question.
func (x *Index) Explainer(q Expanded) *Explainer {
	e := &Explainer{x: x, passages: x.sequence.passages()}
	for _, c := range q.Words {
		part := c.Weight * x.words.idf(x.frequency(c))
		e.all += part
		e.concepts = append(e.concepts, explained{c.Variants[0].Term, part, x.wordRows(c)})
	}
	return e
}

// Of returns the share of the question's weighted terms that the passage has,
// in whatever frequency, between 0 and 1, and what each matched term adds to
// Match.Words, largest first. A synonym covers a term by its weight.
func (e *Explainer) Of(doc int) (coverage float64, terms []Matched) {
	if e.all == 0 {
		return 0, nil
	}
	have := 0.0
	e.read(doc)
	norms := e.x.words.norms(e.lengths)
	for _, c := range e.concepts {
		covered, tf := 0.0, float32(0)
		for _, r := range c.rows {
			if n := e.count(r.row); n != (counts{}) {
				covered, tf = max(covered, r.weight), tf+unpackTF(e.x.words.tf(n, &norms))*float32(r.weight)
			}
		}
		have += c.part * covered
		if tf > 0 {
			terms = append(terms, Matched{c.term, c.part * float64(saturate(tf)) / e.all})
		}
	}
	slices.SortStableFunc(terms, func(a, b Matched) int { return cmp.Compare(b.Score, a.Score) })
	return min(1, have/e.all), terms
}

func (e *Explainer) read(doc int) {
	for i := range e.fields {
		e.fields[i] = e.fields[i][:0]
	}
	e.passages(doc, func(field int, terms []uint32) {
		e.fields[field] = append(e.fields[field], terms...)
		e.lengths[field] = uint32(len(e.fields[field]))
	})
}

// count returns how often the passage has a word, as the words' postings count
// it.
func (e *Explainer) count(word uint32) (n counts) {
	for f, terms := range e.fields {
		for _, t := range terms {
			if t == word && n[f] < math.MaxUint8 {
				n[f]++
			}
		}
	}
	return n
}
