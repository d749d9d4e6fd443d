package rule

import (
	"maps"

	"townclerk/bot/cite/fact"
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
			other := !f.Same(q) && f.Like(q) && !edged(s, i, at, p)
			rival = rival || other && closer(p.around(p.fact), at.around(at.fact), words)
		})
		bounded := s.edge(i) != fact.None && s.edge(i) == at.edge(at.fact)
		if rival || !bounded && at.later(f, words) {
			return Verdict{Reason: FactMoved, Detail: s.Text[f.Start:f.End]}
		}
		if name := at.label(at.fact); f.Unit == "" && name != "" && name != s.label(i) {
			return Verdict{Reason: FactMoved, Detail: s.Text[f.Start:f.End]}
		}
	}
	return Verdict{OK: true}
}

// edged reports that the bound of a fact tells it from another one of its source: of
// "opens on May 28 and closes on September 4" the second is "until September 4".
func edged(s *Statement, i int, own, rival place) bool {
	bound := s.edge(i)
	return bound != fact.None && bound == own.edge(own.fact) && bound != rival.edge(rival.fact)
}

// label returns the name that a number belongs to ("Room 12"): the capitalised word
// before it; empty: there is none.
func (s *Statement) label(i int) string {
	if k := s.at(i); k > 0 && s.Words[k-1].Proper {
		return s.Words[k-1].Text
	}
	return ""
}

// place is a fact in a statement.
type place struct {
	*Statement
	fact int
}

// later reports that words fit what only a later fact is said of: a later one may
// leave out what was said before it, not the other way round.
func (p place) later(f fact.Fact, words map[string]bool) bool {
	before := map[string]bool{}
	for j, q := range p.Facts {
		other := j > p.fact && f.Like(q) && !f.Same(q) && q.Bound != fact.Until
		for w := range p.around(j) {
			if other && words[w] && !before[w] {
				return true
			}
			before[w] = before[w] || j <= p.fact
		}
	}
	return false
}

// around returns the stems of the words that belong to a fact: those up to where
// a neighbour of its kind takes over.
func (s *Statement) around(i int) map[string]bool {
	from, to := 0, len(s.Words)
	for j := i - 1; j >= 0; j-- {
		if s.Facts[j].Like(s.Facts[i]) {
			from = s.border(s.at(j), s.at(i))
			break
		}
	}
	for j := i + 1; j < len(s.Facts); j++ {
		if s.Facts[j].Like(s.Facts[i]) {
			to = s.border(s.at(i), s.at(j))
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
