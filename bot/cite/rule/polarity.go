package rule

import (
	"slices"

	"townclerk/bot/cite/syntax"
)

// polarity holds that what the quotes deny is denied, and nothing else.
func polarity(s *Statement, _ []Evidence, all []*Statement) Verdict {
	for _, c := range s.Clauses {
		same, other, met := 0, 0, false
		main := s.main(c)
		for _, w := range s.Bearers(c) {
			agree, differ, lacks := false, false, false
			for _, t := range all {
				for _, q := range t.Words {
					met = met || s.matches(w, t, q)
					if d := t.Clauses[q.Clause]; s.matches(w, t, q) && (!c.Subordinate() || c.Negated || d.Subordinate() || d.Joint == "without") {
						like := d.Negated == c.Negated && (!c.Subordinate() || !c.Negated || d.Subordinate())
						agree, differ, lacks = agree || like, differ || !like, lacks || !like && t.lacking(d, q)
					}
				}
			}
			switch {
			case lacks && !agree:
				return Verdict{Reason: Negation, Detail: w.Text}
			case agree && w.Start == main.Start:
				same += len(s.Words)
			case agree:
				same++
			case differ:
				other++
			}
		}
		bare := !met && !slices.ContainsFunc(all, func(t *Statement) bool { return t.bare(c) })
		if bare || other > 0 && other >= same {
			return Verdict{Reason: Negation, Detail: s.Span(c)}
		}
	}
	return Verdict{OK: true}
}

// lacking reports one of the two words behind a "without".
func (s *Statement) lacking(c syntax.Clause, w syntax.Word) bool {
	words := s.Bearers(c)
	return c.Joint == "without" && slices.ContainsFunc(words[:min(2, len(words))], func(q syntax.Word) bool { return q.Start == w.Start })
}

// main returns the first word that bears meaning behind the helping verbs of a
// clause: what is done or not done. Without them there is none.
func (s *Statement) main(c syntax.Clause) syntax.Word {
	for i := c.Last - 1; i >= c.First; i-- {
		if len(s.Words[i].Tags) == 0 && !s.Lexicon.Helps(s.Words[i].Text) {
			continue
		}
		for _, w := range s.Words[i:c.Last] {
			if w.Stem != "" {
				return w
			}
		}
		return syntax.Word{Start: -1}
	}
	return syntax.Word{Start: -1}
}

// bare reports that a clause none of whose words stands in the quotes ("you should
// not have it") has its like in the statement.
func (s *Statement) bare(c syntax.Clause) bool {
	if c.Condition != "" && c.Last-c.First > 1 {
		return slices.ContainsFunc(s.Clauses, func(d syntax.Clause) bool { return d.Condition == c.Condition && d.Negated == c.Negated })
	}
	modals := slices.ContainsFunc(s.Clauses, func(d syntax.Clause) bool { return d.Modal != "" })
	return c.Modal == "" && !c.Negated || slices.ContainsFunc(s.Clauses, func(d syntax.Clause) bool {
		return d.Negated == c.Negated && (d.Modal == c.Modal || !modals && !d.Subordinate())
	})
}
