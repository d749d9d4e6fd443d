package rule

import (
	"slices"

	"townclerk/bot/cite/syntax"
)

// detached holds that a fact of the subject stays there: of "applications received
// by June 30 are processed" the date is not that of the processing.
func detached(s *Statement, _ []Evidence, all []*Statement) Verdict {
	for i, f := range s.Facts {
		moved, kept := false, false
		for _, t := range all {
			for j, q := range t.Facts {
				if f.Same(q) {
					away := t.inSubject(j) && !t.attached(j, s.Following(i)) && (t.predicates(j, s.Leading(i)) || s.done(i) != "" && s.done(i) == t.deed(j))
					moved, kept = moved || away, kept || !away
				}
			}
		}
		if moved && !kept {
			return Verdict{Reason: FactMoved, Detail: s.Text[f.Start:f.End]}
		}
	}
	return Verdict{OK: true}
}

// attached reports that a word stands next to a fact: "the $35 fee" is "a fee of
// $35".
func (s *Statement) attached(i int, w syntax.Word) bool {
	return w.Stem != "" && (w.Stem == s.Leading(i).Stem || w.Stem == s.Following(i).Stem)
}

// inSubject reports a fact with a word before it in its clause.
func (s *Statement) inSubject(i int) bool {
	w := s.Leading(i)
	k := slices.IndexFunc(s.Words, func(w syntax.Word) bool { return w.Fact == i })
	return k >= 0 && w.Text != "" && w.Fact < 0 && w.Clause == s.Words[k].Clause
}

// predicates reports that the word stands behind a helping verb that stands behind
// the fact, and nowhere before the fact. No word is one in front of the sentence.
func (s *Statement) predicates(i int, o syntax.Word) bool {
	past, verb := false, false
	for _, w := range s.Words {
		past = past || w.Fact == i
		verb = verb || past && (s.Lexicon.Helps(w.Text) || slices.ContainsFunc(w.Tags, syntax.Modal))
		if w.Stem != "" && w.Stem == o.Stem {
			return verb
		}
	}
	return verb && o.Stem == ""
}

// done returns the word behind the last helping verb before a fact in its clause:
// "processed" of "are processed by June 30".
func (s *Statement) done(i int) string {
	k := slices.IndexFunc(s.Words, func(w syntax.Word) bool { return w.Fact == i })
	for j := k - 1; j >= 0 && s.Words[j].Clause == s.Words[k].Clause; j-- {
		if s.Lexicon.Helps(s.Words[j].Text) {
			return s.bearer(j+1, k)
		}
	}
	return ""
}

// deed returns the word behind the first helping verb behind a fact.
func (s *Statement) deed(i int) string {
	k := slices.IndexFunc(s.Words, func(w syntax.Word) bool { return w.Fact == i })
	for j := k + 1; j < len(s.Words); j++ {
		if s.Lexicon.Helps(s.Words[j].Text) {
			return s.bearer(j+1, len(s.Words))
		}
	}
	return ""
}

// bearer returns the first word between two places that bears meaning; empty:
// there is none.
func (s *Statement) bearer(from, to int) string {
	for _, w := range s.Words[from:to] {
		if w.Stem != "" {
			return w.Text
		}
	}
	return ""
}
