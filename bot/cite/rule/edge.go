package rule

import (
	"slices"

	"townclerk/bot/cite/fact"
	"townclerk/bot/cite/syntax"
)

// edges reports that two equal facts are bounded alike by what is said around them:
// "closes at 6" is "open until 6", "you have 30 days" is "within 30 days", and
// "expires after a year" is "valid for a year".
func edges(s *Statement, i int, t *Statement, j int) bool {
	a, b := s.edge(i), t.edge(j)
	plain := func(b fact.Bound) bool { return b == fact.None || b == fact.From }
	if a == b || plain(a) && plain(b) {
		return true
	}
	// What one may do up to a number of times or with a number of things.
	most := func(s *Statement, i int, b fact.Bound) bool {
		return (b == fact.AtMost || plain(b)) && !s.Facts[i].Money() && s.within(i) == "can"
	}
	if most(s, i, a) && most(t, j, b) {
		return true
	}
	// What must be so many may be more: "you must be 18" is "at least 18".
	return a == fact.AtLeast && plain(b) && s.within(i) == "must" && t.within(j) == "must"
}

// edge returns the bound of a fact, or the one that the words in front of it make.
func (s *Statement) edge(i int) fact.Bound {
	f, bound := s.Facts[i], s.Facts[i].Bound
	k := s.at(i)
	spans := []string{"day", "workday", "calendar-day", "week", "month", "year", "hour", "minute"}
	span := f.Kind == fact.Number && slices.Contains(spans, f.Unit)
	rival := func(w syntax.Word) bool { return w.Fact >= 0 && s.Facts[w.Fact].Like(f) }
	before := func(edge string) bool {
		for n := k - 1; n >= 0 && s.Words[n].Clause == s.Words[k].Clause && !rival(s.Words[n]); n-- {
			if e := s.Lexicon.Table["edge"][s.Words[n].Text]; e != "" {
				return e == edge
			}
		}
		return false
	}
	switch {
	case k < 0:
	case bound == fact.None && s.Clauses[s.Words[k].Clause].Condition == "after":
		return fact.After
	case bound == fact.None && before("most"):
		return fact.AtMost
	case (bound == fact.None || bound == fact.From) && !span && before("until"):
		return fact.Until
	case bound == fact.None && span && before("within"):
		return fact.Within
	case bound == fact.None && span && before("after"):
		return fact.After
	case bound == fact.After && span && before("until"):
		return fact.None
	case bound == fact.By && k+1 < len(s.Words) && s.Words[k+1].Text == "before":
		return fact.AtLeast
	}
	return bound
}

// within returns the modality of the clause that a fact stands in.
func (s *Statement) within(i int) string {
	if k := s.at(i); k >= 0 {
		return s.Clauses[s.Words[k].Clause].Modal
	}
	return ""
}

// single reports a bare "one" that counts what the source says "a" of.
func (s *Statement) single(i int, all []*Statement) bool {
	f, what := s.Facts[i], s.Following(i)
	if f.Value != "1" || f.Unit != "" || s.Text[f.Start:f.End] == "1" {
		return false
	}
	counted := func(t *Statement) bool {
		for k, q := range t.Words {
			if k > 0 && t.Words[k-1].Fact >= 0 && s.matches(what, t, q) {
				return true
			}
		}
		return false
	}
	known := anywhereOf(all, func(t *Statement, q syntax.Word) bool { return s.matches(what, t, q) })
	return known && !slices.ContainsFunc(all, counted)
}
