package rule

import (
	"slices"
	"strings"

	"townclerk/bot/cite/syntax"
)

// conditions holds that what limits a statement in the source's sentence, quoted
// or not, stands in the sentence too: all of its words that bear meaning, to its end,
// and for an exception a word that makes one.
func conditions(s *Statement, found []Evidence, all []*Statement) Verdict {
	for _, t := range all {
		for i, c := range t.Clauses {
			if !t.limited(i) || !s.touches(t, t.head(i)) {
				continue
			}
			dropped := func(q syntax.Word) bool {
				return !q.Verb && !t.Lexicon.Light(q) && !t.is(q, "weak") && !s.hasWord(t, q)
			}
			if c.Condition == "unless" && !s.HasTag("unless") && !s.HasTag("only") && !s.denies("if") {
				return Verdict{Reason: Condition, Detail: t.Span(c)}
			}
			for _, part := range t.parts(i) {
				words := t.Bearers(part)
				verb := slices.ContainsFunc(words, func(q syntax.Word) bool { return q.Verb && !s.hasWord(t, q) })
				if slices.ContainsFunc(words, dropped) || verb && !s.conditional(t, words) {
					return Verdict{Reason: Condition, Detail: t.Span(part)}
				}
			}
		}
	}
	return Verdict{OK: true}
}

// conditional reports that a limit of the sentence has a word of one of the source.
func (s *Statement) conditional(t *Statement, words []syntax.Word) bool {
	return slices.ContainsFunc(s.Words, func(w syntax.Word) bool {
		c := s.Clauses[w.Clause]
		said := func(q syntax.Word) bool { return s.matches(w, t, q) }
		return (c.Subordinate() || s.fronts(c)) && slices.ContainsFunc(words, said)
	})
}

// limited reports a clause that is a condition or a "without", or a "but" without a
// verb ("but for one season only").
func (s *Statement) limited(i int) bool {
	c := s.Clauses[i]
	if s.Words[c.First].Text == "which" && s.Comma(i) { // tells more, and limits nothing
		return false
	}
	return c.Subordinate() || c.Joint == "without" || c.Joint == "but" && !c.Verb && !s.finite(c)
}

// parts returns a condition with what "and", "or" or a list joins to it. In front of
// the sentence it ends at the first comma.
func (s *Statement) parts(i int) []syntax.Clause {
	for end := i + 1; end < len(s.Clauses) && s.Clauses[i].Joint == "who"; end++ {
		switch c := s.Clauses[end]; {
		case c.Joint == "resume": // "who lives, works or studies here | can"
			return s.Clauses[i:end]
		case c.Subordinate() || syntax.Hard(c.Joint):
			end = len(s.Clauses)
		}
	}
	end, fronted := i+1, i == 0 || syntax.Hard(s.Clauses[i].Joint)
	for ; end < len(s.Clauses); end++ {
		if c := s.Clauses[end]; !s.adds(end, fronted) && !(c.Subordinate() && len(s.Bearers(s.Clauses[end-1])) == 0) {
			break
		}
	}
	return s.Clauses[i:end]
}

// adds reports that a clause adds to the condition before it, which may stand in front
// of what it limits.
func (s *Statement) adds(i int, fronted bool) bool {
	c := s.Clauses[i]
	joins := c.Joint == "," || s.Lexicon.Table["and"][c.Joint]+s.Lexicon.Table["or"][c.Joint] != ""
	return joins && (!s.Comma(i) || !fronted && !c.Verb && !s.finite(c))
}

// headed holds that a sentence says for whom it is true where only the heading
// does: what stands under "Seasonal workers" is not true of everybody.
func headed(s *Statement, found []Evidence, all []*Statement) Verdict {
	for _, e := range found {
		if e.Section == nil || !names(e.Section) {
			continue
		}
		said := func(q syntax.Word) bool { return q.Stem != "" && s.Has(q.Stem) }
		if !slices.ContainsFunc(e.Section.Words, said) {
			return Verdict{Reason: Condition, Detail: e.Section.Text}
		}
	}
	return Verdict{OK: true}
}

// names reports a heading that says for whom: it ends with people.
func names(r *syntax.Reading) bool {
	if len(r.Words) == 0 || strings.Contains(r.Text, "?") {
		return false
	}
	first, last := r.Words[0], r.Words[len(r.Words)-1]
	return r.Lexicon.Table["people"][last.Text] != "" && !slices.Contains(first.Tags, "all")
}

// denies reports a clause with the condition, and a clause that is denied.
func (s *Statement) denies(condition string) bool {
	return s.HasTag(condition) && slices.ContainsFunc(s.Clauses, func(c syntax.Clause) bool { return c.Negated })
}

// head returns the clauses that a condition limits: those before it, back to a
// mark, another condition or the beginning; where there is none, those behind.
func (s *Statement) head(i int) []syntax.Clause {
	var out []syntax.Clause
	limits := func(c syntax.Clause) bool { return c.Condition != "" && len(s.Bearers(c)) > 0 }
	for k := i; k > 0 && !syntax.Hard(s.Clauses[k].Joint) && !limits(s.Clauses[k-1]); k-- {
		out = append(out, s.Clauses[k-1])
		if j := s.Clauses[k-1].Joint; k-1 > 0 && (s.Comma(k-1) || j == "but") {
			break
		}
	}
	if k := i + len(s.parts(i)); k < len(s.Clauses) && s.Clauses[k].Joint == "resume" {
		return append(out, s.Clauses[k])
	}
	for k := i + len(s.parts(i)); len(out) == 0 && k < len(s.Clauses) && !syntax.Hard(s.Clauses[k].Joint); k++ {
		if s.Clauses[k].Condition == "" {
			out = append(out, s.Clauses[k])
		}
	}
	return out
}

// touches reports that the sentence says something of some clauses.
func (s *Statement) touches(t *Statement, clauses []syntax.Clause) bool {
	total, shared := 0, 0
	for _, c := range clauses {
		for _, q := range t.Bearers(c) {
			total++
			if s.hasWord(t, q) {
				shared++
			}
		}
	}
	return shared*2 >= total && shared > 0
}
