package rule

import (
	"maps"
	"slices"

	"townclerk/bot/cite/fact"
	"townclerk/bot/cite/syntax"
)

// moved holds that no fact is said of something else than in its quote: where the
// evidence has several facts of one kind and unit, the words around the
// sentence's must not fit another one better than the one that it equals.
func moved(s *Statement, _ []Evidence, all []*Statement) Verdict {
	for i, f := range s.Facts {
		words := s.around(i)
		own, rival := -1.0, false
		var at place
		each := func(visit func(p place, q fact.Fact)) {
			for _, t := range all {
				for j, q := range t.Facts {
					visit(place{t, j}, q)
				}
			}
		}
		each(func(p place, q fact.Fact) {
			if n := covered(p.around(p.fact), words); f.Same(q) && p.quotes(q) && n > own {
				own, at = n, p
			}
		})
		if own < 0 {
			continue
		}
		each(func(p place, q fact.Fact) {
			rival = rival || !f.Same(q) && f.Like(q) && closer(p.around(p.fact), at.around(at.fact), words)
		})
		if rival || at.later(f, words) {
			return Verdict{Reason: FactMoved, Detail: s.Text[f.Start:f.End]}
		}
		if f.Kind == fact.Number && f.Unit == "" && at.label(at.fact) != s.label(i) && at.label(at.fact) != "" {
			return Verdict{Reason: FactMoved, Detail: s.Text[f.Start:f.End]}
		}
	}
	return Verdict{OK: true}
}

// label returns the name that a number belongs to ("Room 12"): a capitalised word
// right before it; empty: there is none.
func (s *Statement) label(i int) string {
	k := slices.IndexFunc(s.Words, func(w syntax.Word) bool { return w.Fact == i })
	if k < 1 || !s.Words[k-1].Proper || s.Words[k-1].End+1 != s.Words[k].Start {
		return ""
	}
	return s.Words[k-1].Text
}

// place is a fact in a statement.
type place struct {
	*Statement
	fact int
}

// later reports that words fit what only a later fact of the kind is said of: a
// later one may leave out what was said before it, not the other way round.
func (p place) later(f fact.Fact, words map[string]bool) bool {
	before := p.before(p.fact)
	for j := p.fact + 1; j < len(p.Facts); j++ {
		if !f.Like(p.Facts[j]) || f.Same(p.Facts[j]) {
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

// around returns the stems of the words that belong to a fact: those up to where
// a neighbour of its kind takes over.
func (s *Statement) around(i int) map[string]bool {
	from, to := 0, len(s.Words)
	at := func(f int) int { return slices.IndexFunc(s.Words, func(w syntax.Word) bool { return w.Fact == f }) }
	for j := i - 1; j >= 0; j-- {
		if s.Facts[j].Like(s.Facts[i]) && !ends(s.Facts[j], s.Facts[i]) {
			from = s.border(at(j), at(i))
			break
		}
	}
	for j := i + 1; j < len(s.Facts); j++ {
		if s.Facts[j].Like(s.Facts[i]) && !ends(s.Facts[i], s.Facts[j]) {
			to = s.border(at(i), at(j))
			break
		}
	}
	out := map[string]bool{}
	for k := from; k < to; k++ {
		if w := s.Words[k]; w.Stem != "" && (w.Fact < 0 || !s.Facts[w.Fact].Like(s.Facts[i])) {
			out[w.Stem] = true
		}
	}
	return out
}

// ends reports the two ends of a range, which are said of the same.
func ends(a, b fact.Fact) bool { return a.Bound == fact.From && b.Bound == fact.Until }

// border returns where, between two words, the second takes over: the last
// beginning of a clause, or right after the first.
func (s *Statement) border(first, second int) int {
	for k := second; k > first; k-- {
		if s.Words[k].Clause != s.Words[k-1].Clause {
			return k
		}
	}
	return first + 1
}

// closer reports that words have more of what only the first set holds than of
// what only the second holds; never where the second holds nothing of its own.
func closer(first, second, words map[string]bool) bool {
	only := func(a, b map[string]bool) map[string]bool {
		out := maps.Clone(a)
		maps.DeleteFunc(out, func(w string, _ bool) bool { return b[w] })
		return out
	}
	rival, own := only(first, second), only(second, first)
	return len(rival) > 0 && covered(rival, words) > covered(own, words)
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
