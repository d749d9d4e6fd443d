package cite

import (
	"slices"

	"townclerk/bot/cite/fact"
)

// conditions holds that what limits a statement in the source's sentence, quoted
// or not, stands in the sentence too: all of its words that bear meaning, and for an
// exception a word that makes one.
func conditions(s *reading, _ []evidence, all []*stretch) Verdict {
	for _, t := range all {
		for i, c := range t.clauses {
			if q, ok := s.narrowed(t, c); !ok {
				return Verdict{Reason: Condition, Detail: q}
			}
			if c.condition == "" && c.joint != "who" || !s.touches(t, t.head(i)) {
				continue
			}
			total, kept := 0, 0
			for _, q := range t.bearers(c) {
				if t.lexicon.light(q) || t.lexicon.table["weak"][q.text] != "" {
					continue
				}
				total++
				if slices.ContainsFunc(s.words, func(w word) bool { return w.matches(s, q, t) }) {
					kept++
				}
			}
			if kept < total || total > 0 && c.condition == "unless" && !s.hasTag("unless") && !s.hasTag("only") && !s.hasTag("if") {
				return Verdict{Reason: Condition, Detail: t.span(c)}
			}
		}
	}
	return Verdict{OK: true}
}

// narrowed reports that the sentence keeps the bounded facts in front of a
// clause's verb: they say whom it is about ("homes built after 2015 are").
func (s *reading) narrowed(t *stretch, c clause) (string, bool) {
	if !c.verb || !s.touches(t, []clause{c}) {
		return "", true
	}
	for _, w := range t.words[c.first:c.last] {
		if t.lexicon.table["helpers"][w.text] != "" || slices.ContainsFunc(w.tags, modal) {
			return "", true
		}
		if w.fact < 0 || t.facts[w.fact].Bound == fact.None || t.facts[w.fact].Bound == fact.From || t.facts[w.fact].Bound == fact.Until {
			continue
		}
		if !slices.ContainsFunc(s.words, func(o word) bool { return o.matches(s, w, t) }) {
			return w.text, false
		}
	}
	return "", true
}

// head returns the clauses that a condition limits: those before it, back to a
// mark, another condition or the beginning; where there is none, those behind.
func (r *reading) head(i int) []clause {
	var out []clause
	for k := i; k > 0 && !hard(r.clauses[k].joint) && r.clauses[k-1].condition == ""; k-- {
		out = append(out, r.clauses[k-1])
		if j := r.clauses[k-1].joint; k-1 > 0 && (r.comma(k-1) || j == "but") {
			break
		}
	}
	for k := i + 1; len(out) == 0 && k < len(r.clauses) && !hard(r.clauses[k].joint); k++ {
		if r.clauses[k].condition == "" {
			out = append(out, r.clauses[k])
		}
	}
	return out
}

// comma reports that a clause stands behind a comma.
func (r *reading) comma(i int) bool {
	c := r.clauses[i]
	if c.first == 0 || c.first >= len(r.words) {
		return false
	}
	return slices.Contains([]byte(r.text[r.words[c.first-1].end:r.words[c.first].start]), ',')
}

// touches reports that the sentence says something of some clauses.
func (s *reading) touches(t *stretch, clauses []clause) bool {
	total, shared := 0, 0
	for _, c := range clauses {
		for _, q := range t.bearers(c) {
			total++
			if slices.ContainsFunc(s.words, func(w word) bool { return w.matches(s, q, t) }) {
				shared++
			}
		}
	}
	return shared*2 >= total && shared > 0
}
