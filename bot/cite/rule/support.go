package rule

import (
	"slices"
	"strings"

	"townclerk/bot/cite/fact"
	"townclerk/bot/cite/syntax"
)

// promises holds that a sentence speaks for nobody: "I", "always" and "we guarantee"
// only where the quotes do, in whatever language, "you will get" only where they
// say that you get it.
func promises(s *Statement, _ []Evidence, all []*Statement) Verdict {
	for i, w := range s.Words {
		will := s.Lexicon == all[0].Lexicon && slices.Contains(w.Tags, "will") && i > 0 && s.personal(s.Words[i-1])
		if !s.is(w, "first") && !will && !slices.Contains(w.Tags, "promise") || will && s.stated(i+1, all) {
			continue
		}
		promised := func(q syntax.Word) bool {
			return q.Text == w.Text || len(w.Tags) > 0 && slices.Equal(q.Tags, w.Tags)
		}
		if !anywhere(all, promised) {
			return Verdict{Reason: Promise, Detail: w.Text}
		}
	}
	return Verdict{OK: true}
}

// titled holds that who is named with a title is named in the quotes, in whatever
// language.
func titled(s *Statement, _ []Evidence, all []*Statement) Verdict {
	for i, w := range s.Words[:max(len(s.Words)-1, 0)] {
		name := s.Words[i+1].Text
		if s.is(w, "titles") && !anywhere(all, func(q syntax.Word) bool { return q.Text == name }) {
			return Verdict{Reason: Unsupported, Detail: name}
		}
	}
	return Verdict{OK: true}
}

// decisions holds that what an authority decides on somebody's case is told with
// the modal verb of the quote: "you may qualify" is not "you qualify", and "we
// approve" is not "you will be approved".
func decisions(s *Statement, _ []Evidence, all []*Statement) Verdict {
	for i, c := range s.Clauses {
		limit := c.Condition != "" || c.Joint == "resume" && s.Clauses[i-1].Condition != ""
		for _, w := range s.Words[c.First:c.Last] {
			if !s.is(w, "decision") || limit {
				continue
			}
			told := func(t *Statement) bool {
				return slices.ContainsFunc(t.Words, func(q syntax.Word) bool {
					d := t.Clauses[q.Clause]
					return q.Stem == w.Stem && d.Modal == c.Modal && d.Negated == c.Negated && d.Condition == ""
				})
			}
			if !slices.ContainsFunc(all, told) {
				return Verdict{Reason: Promise, Detail: w.Text}
			}
		}
	}
	return Verdict{OK: true}
}

// stated reports that the quotes have the verb of "you will get" or "we will send",
// and so say that it is done.
func (s *Statement) stated(i int, all []*Statement) bool {
	for i+1 < len(s.Words) && (s.Lexicon.Light(s.Words[i]) || s.Words[i].Stem == "") {
		i++
	}
	return i < len(s.Words) && anywhere(all, func(q syntax.Word) bool {
		return q.Text == s.Words[i].Text && len(q.Tags) == 0 || q.Stem != "" && q.Stem == s.Words[i].Stem
	})
}

// personal reports "you" and "we".
func (s *Statement) personal(w syntax.Word) bool {
	return s.is(w, "you") || s.is(w, "we")
}

// anywhere reports that the source has such a word.
func anywhere(all []*Statement, is func(syntax.Word) bool) bool {
	return slices.ContainsFunc(all, func(t *Statement) bool { return slices.ContainsFunc(t.Words, is) })
}

func anywhereOf(all []*Statement, is func(*Statement, syntax.Word) bool) bool {
	return slices.ContainsFunc(all, func(t *Statement) bool {
		return slices.ContainsFunc(t.Words, func(q syntax.Word) bool { return is(t, q) })
	})
}

// supported holds that every word that names something stands in the quotes or in
// what they stand under. What is done may be told in another word, where most words
// are those of the quotes: verbs have too many synonyms to list. A name is held
// hard, any other word softly.
func supported(s *Statement, found []Evidence, all []*Statement) Verdict {
	readings, names := []*Statement{}, map[string]bool{}
	readings = append(readings, all...)
	for _, e := range found {
		readings = append(readings, &Statement{Reading: e.Over})
	}
	for _, t := range readings {
		for _, w := range t.Words {
			names[w.Text] = true
		}
	}
	soft, told, free, other := Verdict{OK: true}, 0, 0, ""
	for i, w := range s.Words {
		if w.Fact >= 0 || w.Stem == "" {
			continue
		}
		if names[w.Text] {
			told++
			continue
		}
		in := func(is func(t *Statement, q syntax.Word) bool) bool { return anywhereOf(readings, is) }
		known := in(func(t *Statement, q syntax.Word) bool { return s.matches(w, t, q) || s.turns(w, q) })
		switch {
		case !known && in(func(t *Statement, q syntax.Word) bool { return s.contrary(w, q) && !s.hasWord(t, q) }):
			return Verdict{Reason: Unsupported, Detail: w.Text}
		case known && (!w.Proper || strings.HasPrefix(w.Stem, "~")):
			told++
		case s.Lexicon.Light(w) || s.is(w, "sum") || s.is(w, "edge") || s.is(w, "added") || s.implied(w):
		case s.is(w, "agency") && !s.qualifies(i) && slices.ContainsFunc(all, (*Statement).speaker):
		case w.Proper:
			return Verdict{Reason: Unsupported, Detail: w.Text}
		case w.Verb && strings.HasPrefix(w.Stem, "~") && s.swapped(w, all):
			if soft.OK {
				soft = Verdict{Reason: Unsupported, Detail: w.Text, Soft: true}
			}
		case w.Verb:
			free, other = free+1, w.Text
		case soft.OK || soft.Reason == Unsupported:
			soft = Verdict{Reason: Unsupported, Detail: w.Text, Soft: true}
		}
	}
	if soft.OK && free*2 > told+len(s.Facts)+1 {
		return Verdict{Reason: Unsupported, Detail: other, Soft: true}
	}
	return soft
}

// swapped reports that the source tells a deed that the sentence does not, and whose
// synonyms are listed: a verb of another list is then another deed, not another word,
// unless the two tell one event from two sides, as "lend" and "borrow".
func (s *Statement) swapped(w syntax.Word, all []*Statement) bool {
	lost := func(t *Statement, q syntax.Word) bool {
		return q.Verb && strings.HasPrefix(q.Stem, "~") && !t.Lexicon.Light(q) && !t.is(q, "weak") && !s.hasWord(t, q)
	}
	akin := func(t *Statement, q syntax.Word) bool { return lost(t, q) && t.Lexicon.Akin(w.Stem, q.Stem) }
	return anywhereOf(all, lost) && !anywhereOf(all, akin)
}

// qualifies reports a word in front of another one that names something.
func (s *Statement) qualifies(i int) bool {
	return i+1 < len(s.Words) && s.Words[i+1].Stem != "" && !s.Words[i+1].Verb
}

// speaker reports "we" or "our", or a cell: the agency speaks.
func (s *Statement) speaker() bool {
	return s.Cell || slices.ContainsFunc(s.Words, func(w syntax.Word) bool {
		return s.is(w, "we") || w.Text == "us" || w.Text == "our"
	})
}

// implied reports a word that only names what a fact is: "costs" of an amount,
// "day" of a Monday, "month" of its first.
func (s *Statement) implied(w syntax.Word) bool {
	dates := func(f fact.Fact) bool { return f.Kind == fact.Weekday || f.Kind == fact.Date || f.Unit == "ordinal" }
	return (w.Stem == "~pay") && slices.ContainsFunc(s.Facts, fact.Fact.Money) ||
		(w.Text == "day" || w.Text == "month") && slices.ContainsFunc(s.Facts, dates)
}
