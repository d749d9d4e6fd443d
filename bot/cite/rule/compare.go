package rule

import (
	"slices"

	"townclerk/bot/cite/syntax"
)

// matches reports that a word of the sentence says what one of the source says.
func (s *Statement) matches(w syntax.Word, t *Statement, q syntax.Word) bool {
	if w.Fact >= 0 && q.Fact >= 0 {
		return s.Facts[w.Fact].Same(t.Facts[q.Fact])
	}
	return w.Stem != "" && w.Stem == q.Stem
}

// twin returns the clause of the source that shares most with a clause, and how
// much; of equals one with the same modality.
func twin(s *Statement, c syntax.Clause, all []*Statement) (*Statement, syntax.Clause, int) {
	var best *Statement
	var at syntax.Clause
	most := 0
	for _, t := range all {
		for _, d := range t.Clauses {
			n := s.shared(c, t, d)
			if n > most || n == most && n > 0 && d.Modal == c.Modal && at.Modal != c.Modal {
				best, at, most = t, d, n
			}
		}
	}
	return best, at, most
}

// shared counts the words of a clause that a clause of the source has.
func (s *Statement) shared(c syntax.Clause, t *Statement, d syntax.Clause) int {
	n := 0
	for _, w := range s.Bearers(c) {
		if slices.ContainsFunc(t.Words[d.First:d.Last], func(q syntax.Word) bool { return s.matches(w, t, q) }) {
			n++
		}
	}
	return n
}

// hasWord reports that the sentence has a word of the source.
func (s *Statement) hasWord(t *Statement, q syntax.Word) bool {
	return slices.ContainsFunc(s.Words, func(w syntax.Word) bool { return s.matches(w, t, q) })
}
