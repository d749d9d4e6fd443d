package cite

import "slices"

// polarity holds that what the quotes deny is denied, and nothing else.
func polarity(s *reading, _ []evidence, all []*stretch) Verdict {
	for _, c := range s.clauses {
		same, other, met := 0, 0, false
		for _, w := range s.bearers(c) {
			agree, differ := false, false
			for _, t := range all {
				for _, q := range t.words {
					met = met || w.matches(s, q, t)
					if d := t.clauses[q.clause]; w.matches(s, q, t) && (!c.subordinate() || c.negated || d.subordinate()) {
						like := d.negated == c.negated && (!c.subordinate() || !c.negated || d.subordinate())
						agree, differ = agree || like, differ || !like
					}
				}
			}
			switch {
			case agree:
				same++
			case differ:
				other++
			}
		}
		bare := !met && !slices.ContainsFunc(all, func(t *stretch) bool { return t.bare(c) })
		if bare || other > 0 && other >= same {
			return Verdict{Reason: Negation, Detail: s.span(c)}
		}
	}
	return Verdict{OK: true}
}

// bare reports that a clause none of whose words stands in the quotes ("you should
// not have it") has its like in the stretch.
func (t *stretch) bare(c clause) bool {
	if c.condition != "" && c.last-c.first > 1 {
		return slices.ContainsFunc(t.clauses, func(d clause) bool { return d.condition == c.condition && d.negated == c.negated })
	}
	modals := slices.ContainsFunc(t.clauses, func(d clause) bool { return d.modal != "" })
	return c.modal == "" && !c.negated || slices.ContainsFunc(t.clauses, func(d clause) bool {
		return d.negated == c.negated && (d.modal == c.modal || !modals && !d.subordinate())
	})
}

func (w word) matches(s *reading, q word, t *stretch) bool {
	if w.fact >= 0 && q.fact >= 0 {
		return s.facts[w.fact].Same(t.facts[q.fact])
	}
	return w.stem != "" && w.stem == q.stem
}

// span returns the words of a clause.
func (r *reading) span(c clause) string {
	if c.first >= c.last {
		return ""
	}
	return r.text[r.words[c.first].start:r.words[c.last-1].end]
}

// twin returns the clause of the source that shares most with a clause, and how
// much; of equals one with the same modality.
func twin(s *reading, c clause, all []*stretch) (*stretch, clause, int) {
	var best *stretch
	var at clause
	most := 0
	for _, t := range all {
		for _, d := range t.clauses {
			n := s.shared(c, t, d)
			if n > most || n == most && n > 0 && d.modal == c.modal && at.modal != c.modal {
				best, at, most = t, d, n
			}
		}
	}
	return best, at, most
}

// shared counts the words of a clause that a clause of the source has.
func (r *reading) shared(c clause, t *stretch, d clause) int {
	n := 0
	for _, w := range r.bearers(c) {
		if slices.ContainsFunc(t.words[d.first:d.last], func(q word) bool { return w.matches(r, q, t) }) {
			n++
		}
	}
	return n
}

// light reports a word that hardly says anything, and may be added.
func (l *lexicon) light(w word) bool { return l.table["light"][w.text] != "" }
