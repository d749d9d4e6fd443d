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
	same := func(a, b fact.Bound) bool {
		return a == b || a == fact.By && b == fact.Until || a == fact.Until && b == fact.By
	}
	plain := func(b fact.Bound) bool { return b == fact.None || b == fact.From }
	if same(a, b) || plain(a) && plain(b) {
		return true
	}
	// What one may do up to a number of times or with a number of things.
	most := func(s *Statement, i int, b fact.Bound) bool {
		return (b == fact.AtMost || plain(b)) && !s.Facts[i].Money() && s.Facts[i].Kind == fact.Number && s.within(i) == "can"
	}
	if most(s, i, a) && most(t, j, b) {
		return true
	}
	// What must be so many may be more: "you must be 18" is "at least 18".
	return a == fact.AtLeast && plain(b) && !s.Facts[i].Money() && s.within(i) == "must" && t.within(j) == "must"
}

// edge returns the bound of a fact, or the one that the words in front of it make.
func (s *Statement) edge(i int) fact.Bound {
	f, bound := s.Facts[i], s.Facts[i].Bound
	k := s.at(i)
	span := f.Kind == fact.Number && slices.Contains([]string{"day", "workday", "calendar-day", "week", "month", "year", "hour", "minute"}, f.Unit)
	before := func(edge string) bool {
		for n := k - 1; n >= 0 && s.Words[n].Clause == s.Words[k].Clause && (s.Words[n].Fact < 0 || !s.Facts[s.Words[n].Fact].Like(f)); n-- {
			if e := s.Lexicon.Table["edge"][s.Words[n].Text]; e != "" {
				return e == edge
			}
		}
		return false
	}
	next := ""
	if k >= 0 && k+1 < len(s.Words) {
		next = s.Words[k+1].Text
	}
	switch {
	case k < 0:
	case bound == fact.AtMost && f.Kind != fact.Number: // "hasta el 30 de abril"
		return fact.Until
	case bound == fact.None && s.Clauses[s.Words[k].Clause].Condition == "after":
		return fact.After
	case bound == fact.None && before("most"):
		return fact.AtMost
	case bound == fact.None && before("least"):
		return fact.AtLeast
	case (bound == fact.None || bound == fact.From) && !span && before("until"):
		return fact.Until
	case bound == fact.None && span && before("within"):
		return fact.Within
	case bound == fact.None && span && before("after"):
		return fact.After
	case bound == fact.After && span && before("until"):
		return fact.None
	case bound == fact.AtMost && span && next == "after":
		return fact.Within
	case bound == fact.By && span && next == "before":
		return fact.AtLeast
	}
	return bound
}

// within returns the modality of the clause that a fact stands in.
func (s *Statement) within(i int) string {
	k := s.at(i)
	if k < 0 {
		return ""
	}
	return s.Clauses[s.Words[k].Clause].Modal
}

// single reports a bare "one" that counts what the source says "a" of, or "once", and
// an "every month" of "the month".
func (s *Statement) single(i int, all []*Statement) bool {
	f := s.Facts[i]
	if f.Kind == fact.Per {
		k := s.at(i)
		return k >= 0 && anywhere(all, func(q syntax.Word) bool { return q.Fact < 0 && q.Stem != "" && q.Stem == s.counted(s.Words[k]) })
	}
	if f.Value == "1" && f.Unit == "times" && i+1 < len(s.Facts) { // "once a week" is "weekly"
		return slices.ContainsFunc(all, func(t *Statement) bool {
			return slices.ContainsFunc(t.Facts, func(q fact.Fact) bool { return q.Same(s.Facts[i+1]) }) &&
				!slices.ContainsFunc(t.Facts, func(q fact.Fact) bool { return q.Unit == "times" })
		})
	}
	if f.Kind != fact.Number || f.Value != "1" || f.Unit != "" || s.Text[f.Start:f.End] == "1" {
		return false
	}
	what := s.Following(i)
	known := false
	for _, t := range all {
		for k, q := range t.Words {
			if s.matches(what, t, q) {
				known = true
				if k > 0 && t.Words[k-1].Fact >= 0 && !t.Facts[t.Words[k-1].Fact].Money() {
					return false
				}
			}
		}
	}
	return known
}
