package rule

import (
	"slices"
	"strings"

	"townclerk/bot/cite/syntax"
)

// conditions holds that what limits a statement in the source's sentence, quoted
// or not, stands in the sentence too: all of its words that bear meaning, to its end,
// and for an exception a word that makes one.
func conditions(s *Statement, _ []Evidence, all []*Statement) Verdict {
	for _, t := range all {
		for i, c := range t.Clauses {
			if !t.limited(i) || !s.touches(t, t.head(i)) {
				continue
			}
			dropped := func(q syntax.Word) bool {
				return !t.Lexicon.Light(q) && t.Lexicon.Table["weak"][q.Text] == "" && !s.hasWord(t, q)
			}
			turned := c.Condition == "unless" && !s.HasTag("unless") && !s.HasTag("only") && !s.denies("if") || c.Joint == "but" && c.Tags["only"] && !s.HasTag("only")
			if turned {
				return Verdict{Reason: Condition, Detail: t.Span(c)}
			}
			for _, part := range t.parts(i) {
				if slices.ContainsFunc(t.Bearers(part), dropped) {
					return Verdict{Reason: Condition, Detail: t.Span(part)}
				}
			}
		}
	}
	return Verdict{OK: true}
}

// limited reports a clause that is a condition or a "without", or a "but" without a
// verb ("but for one season only").
func (s *Statement) limited(i int) bool {
	c := s.Clauses[i]
	return c.Subordinate() || c.Joint == "without" || c.Joint == "but" && !c.Verb && !s.finite(c)
}

// parts returns a condition with what "and", "or" or a list joins to it. In front of
// the sentence it ends at the first comma.
func (s *Statement) parts(i int) []syntax.Clause {
	end, fronted := i+1, i == 0 || syntax.Hard(s.Clauses[i].Joint)
	for ; end < len(s.Clauses); end++ {
		c, bare := s.Clauses[end], len(s.Bearers(s.Clauses[end-1])) == 0
		joins := c.Joint == "," || s.Lexicon.Table["and"][c.Joint]+s.Lexicon.Table["or"][c.Joint] != ""
		again := end+1 < len(s.Clauses) && len(s.Bearers(c)) == 0 && s.Clauses[end+1].Subordinate() // "or | who get a grant"
		if !(joins && (!s.Comma(end) || again || !fronted && !c.Verb && !s.finite(c)) || bare && c.Subordinate()) {
			break
		}
	}
	return s.Clauses[i:end]
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

// names reports a heading that says for whom: it ends with people, or begins with
// a condition or preposition.
func names(r *syntax.Reading) bool {
	if len(r.Words) == 0 || strings.Contains(r.Text, "?") {
		return false
	}
	first, last := r.Words[0], r.Words[len(r.Words)-1]
	return r.Lexicon.Table["people"][last.Text] != "" || r.Lexicon.Table["fronts"][first.Text] != "" || slices.Contains(first.Tags, "if")
}

// denies reports a clause with the condition, and a clause that is denied.
func (s *Statement) denies(condition string) bool {
	return s.HasTag(condition) && slices.ContainsFunc(s.Clauses, func(c syntax.Clause) bool { return c.Negated })
}

// head returns the clauses that a condition limits: those before it, back to a
// mark, another condition or the beginning; where there is none, those behind.
func (s *Statement) head(i int) []syntax.Clause {
	var out []syntax.Clause
	for k := i; k > 0 && !syntax.Hard(s.Clauses[k].Joint) && (s.Clauses[k-1].Condition == "" || len(s.Bearers(s.Clauses[k-1])) == 0); k-- {
		out = append(out, s.Clauses[k-1])
		if j := s.Clauses[k-1].Joint; k-1 > 0 && (s.Comma(k-1) || j == "but") {
			break
		}
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
