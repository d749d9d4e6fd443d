package cite

import (
	"slices"

	"townclerk/bot/cite/fact"
)

// moved holds that no fact is said of something else than in its quote: where the
// evidence has several facts of one kind and unit, the words around the
// sentence's must not fit another one better than the one that it equals.
func moved(s *reading, _ []evidence, all []*stretch) Verdict {
	for i, f := range s.facts {
		words := s.around(i)
		own, rival := -1.0, 0.0
		var at place
		for _, t := range all {
			for j, q := range t.facts {
				n := covered(t.around(j), words)
				switch {
				case f.Same(q) && t.quotes(q):
					if n > own {
						own, at = n, place{t, j}
					}
				case f.Like(q) && len(t.around(j)) > 0:
					rival = max(rival, n)
				}
			}
		}
		if own < rival || own >= 0 && at.later(f, words) {
			return Verdict{Reason: FactMoved, Detail: s.text[f.Start:f.End]}
		}
		if own >= 0 && f.Kind == fact.Number && f.Unit == "" && at.label(at.fact) != s.label(i) && at.label(at.fact) != "" {
			return Verdict{Reason: FactMoved, Detail: s.text[f.Start:f.End]}
		}
		if j := s.previous(i); j >= 0 && own == rival && turned(s.facts[j], f, at) {
			return Verdict{Reason: FactMoved, Detail: s.text[f.Start:f.End]}
		}
	}
	return Verdict{OK: true}
}

// previous returns the last fact of the kind before a fact; -1: none.
func (r *reading) previous(i int) int {
	for j := i - 1; j >= 0; j-- {
		if r.facts[j].Like(r.facts[i]) {
			return j
		}
	}
	return -1
}

// label returns the name that a number belongs to ("Room 12"): a capitalised word
// right before it; empty: there is none.
func (r *reading) label(i int) string {
	k := slices.IndexFunc(r.words, func(w word) bool { return w.fact == i })
	if k < 1 || !r.words[k-1].proper || r.words[k-1].end+1 != r.words[k].start {
		return ""
	}
	return r.words[k-1].text
}

// place is a fact in a stretch.
type place struct {
	*stretch
	fact int
}

// later reports that words fit what only a later fact of the kind is said of: a
// later one may leave out what was said before it, not the other way round.
func (p place) later(f fact.Fact, words map[string]bool) bool {
	before := p.before(p.fact)
	for j := p.fact + 1; j < len(p.facts); j++ {
		if !f.Like(p.facts[j]) || f.Same(p.facts[j]) {
			continue
		}
		for w := range p.around(j) {
			if words[w] && !before[w] {
				return true
			}
		}
	}
	return false
}

// before returns the words around a fact and all facts before it.
func (p place) before(fact int) map[string]bool {
	out := map[string]bool{}
	for i := 0; i <= fact; i++ {
		for w := range p.around(i) {
			out[w] = true
		}
	}
	return out
}

// turned reports that two facts stand in the stretch in the other order.
func turned(first, second fact.Fact, at place) bool {
	found := false
	for j, q := range at.facts {
		switch {
		case first.Same(q) && j < at.fact:
			return false
		case first.Same(q) && j > at.fact:
			found = true
		}
	}
	return found && !first.Same(second)
}

// around returns the stems of the words that belong to a fact: those up to where
// a neighbour of its kind takes over.
func (r *reading) around(i int) map[string]bool {
	from, to := 0, len(r.words)
	at := func(f int) int { return slices.IndexFunc(r.words, func(w word) bool { return w.fact == f }) }
	for j := i - 1; j >= 0; j-- {
		if r.facts[j].Like(r.facts[i]) && !ends(r.facts[j], r.facts[i]) {
			from = r.border(at(j), at(i))
			break
		}
	}
	for j := i + 1; j < len(r.facts); j++ {
		if r.facts[j].Like(r.facts[i]) && !ends(r.facts[i], r.facts[j]) {
			to = r.border(at(i), at(j))
			break
		}
	}
	out := map[string]bool{}
	for k := from; k < to; k++ {
		if w := r.words[k]; w.stem != "" && (w.fact < 0 || !r.facts[w.fact].Like(r.facts[i])) {
			out[w.stem] = true
		}
	}
	return out
}

// ends reports the two ends of a range, which are said of the same.
func ends(a, b fact.Fact) bool { return a.Bound == fact.From && b.Bound == fact.Until }

// border returns where, between two words, the second takes over: the last
// beginning of a clause, or right after the first.
func (r *reading) border(first, second int) int {
	for k := second; k > first; k-- {
		if r.words[k].clause != r.words[k-1].clause && r.clauses[r.words[k].clause].condition == "" {
			return k
		}
	}
	for k := second; k > first; k-- {
		if r.words[k].clause != r.words[k-1].clause {
			return k
		}
	}
	return first + 1
}

// covered returns the share of the words that are among others; of no words all
// are.
func covered(words, others map[string]bool) float64 {
	if len(words) == 0 {
		return 1
	}
	n := 0
	for w := range words {
		if others[w] {
			n++
		}
	}
	return float64(n) / float64(len(words))
}
