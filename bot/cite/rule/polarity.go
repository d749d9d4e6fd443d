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
			direct := anywhereOf(all, func(t *Statement, q syntax.Word) bool { return s.matches(w, t, q) })
			for _, t := range all {
				for _, q := range t.Words {
					turned := !direct && s.turns(w, q)
					met = met || turned || s.matches(w, t, q)
					d := t.Clauses[q.Clause]
					beside := !c.Subordinate() || c.Negated || d.Subordinate() || d.Joint == "without"
					if beside && (turned || s.matches(w, t, q)) {
						like := (d.Negated == c.Negated) != turned && (!c.Subordinate() || !c.Negated || d.Subordinate())
						agree, differ, lacks = agree || like, differ || !like, lacks || !like && (turned || t.lacking(d, q))
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
		says := len(s.Bearers(c)) > 0 || c.Modal != "" || c.Tags["neg"]
		bare := !met && says && !slices.ContainsFunc(all, func(t *Statement) bool { return t.bare(c) })
		if bare || other > 0 && other >= same {
			return Verdict{Reason: Negation, Detail: s.Span(c)}
		}
	}
	return Verdict{OK: true}
}

// lacking reports one of the two words behind a "without".
func (s *Statement) lacking(c syntax.Clause, w syntax.Word) bool {
	words := s.Bearers(c)
	is := func(q syntax.Word) bool { return q.Start == w.Start }
	return c.Joint == "without" && slices.ContainsFunc(words[:min(2, len(words))], is)
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
		return slices.ContainsFunc(s.Clauses, func(d syntax.Clause) bool {
			return (d.Condition == c.Condition || d.Joint == "who") && d.Negated == c.Negated
		})
	}
	modals := slices.ContainsFunc(s.Clauses, func(d syntax.Clause) bool { return d.Modal != "" })
	return c.Modal == "" && !c.Negated || slices.ContainsFunc(s.Clauses, func(d syntax.Clause) bool {
		return d.Negated == c.Negated && (d.Modal == c.Modal || !modals && !d.Subordinate())
	})
}
