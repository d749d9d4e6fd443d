package rule

import (
	"slices"
	"strings"

	"townclerk/bot/cite/fact"
	"townclerk/bot/cite/syntax"
)

// matches reports that a word of the sentence says what one of the source says.
func (s *Statement) matches(w syntax.Word, t *Statement, q syntax.Word) bool {
	if w.Fact >= 0 && q.Fact >= 0 {
		return s.Facts[w.Fact].Same(t.Facts[q.Fact])
	}
	if q.Fact >= 0 && w.Fact < 0 {
		return t.counted(q) == w.Stem && w.Stem != ""
	}
	if w.Stem == "" || q.Stem == "" {
		return false
	}
	return w.Stem == q.Stem || derived(w.Stem, q.Stem) && !s.contrary(w, q)
}

// counted returns the stem of what a fact is counted by: "week" of "a week"; empty: it
// is no such fact.
func (s *Statement) counted(w syntax.Word) string {
	if s.Facts[w.Fact].Kind != fact.Per {
		return ""
	}
	return s.Lexicon.Stem(w.Text[strings.LastIndexByte(w.Text, ' ')+1:])
}

// turns reports that a word tells the opposite of what one of the source tells, so
// that a "not" makes them the same: "refused" is "not accepted".
func (s *Statement) turns(w, q syntax.Word) bool { return w.Verb && q.Verb && s.contrary(w, q) }

// contrary reports that a word of the sentence says the opposite of one of the source.
func (s *Statement) contrary(w, q syntax.Word) bool { return s.Lexicon.Opposite(w.Stem, q.Stem) }

// derived reports two stems that begin alike and differ in short endings alone.
func derived(a, b string) bool {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	longest := max(len(a), len(b))
	return n >= 5 && n*5 >= longest*3 && (n >= 7 || n*4 >= longest*3)
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
		if t.some(d, func(q syntax.Word) bool { return s.matches(w, t, q) }) {
			n++
		}
	}
	return n
}

// hasWord reports that the sentence has a word of the source.
func (s *Statement) hasWord(t *Statement, q syntax.Word) bool {
	return slices.ContainsFunc(s.Words, func(w syntax.Word) bool { return s.matches(w, t, q) })
}
