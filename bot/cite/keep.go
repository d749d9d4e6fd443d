package cite

import (
	"slices"

	"townclerk/bot/cite/fact"
)

// keeps holds that a sentence leaves out nothing that limits what it says: "free
// for residents" is not "free". All that bears meaning in the clauses that it
// rests on has to be in it. A list of weak verbs is excepted, and what an address
// stands for restricts nothing.
func keeps(s *reading, _ []evidence, all []*stretch) Verdict {
	for _, c := range s.clauses {
		for _, b := range s.bases(c, all) {
			if lost := s.loses(b); lost != "" {
				return Verdict{Reason: Condition, Detail: lost}
			}
		}
	}
	return Verdict{OK: true}
}

// basis is a clause of the source that a sentence rests on.
type basis struct {
	*stretch
	clause
}

// bases returns what a clause rests on: its twin and what continues it, and where
// the facts of the clause stand.
func (r *reading) bases(c clause, all []*stretch) []basis {
	t, d, n := twin(r, c, all)
	if n == 0 {
		return nil
	}
	out := t.continued(d)
	for _, w := range r.words[c.first:c.last] {
		if w.fact < 0 || slices.ContainsFunc(out, func(b basis) bool { return b.within(r, w) }) {
			continue
		}
		var best []basis
		most := 0
		for _, t := range all {
			for _, d := range t.clauses {
				if n := r.shared(c, t, d); n > most && (basis{t, d}).within(r, w) {
					best, most = t.continued(d), n
				}
			}
		}
		out = append(out, best...)
	}
	return out
}

// within reports that the clause itself has a word of the sentence.
func (b basis) within(s *reading, w word) bool {
	return slices.ContainsFunc(b.words[b.first:b.last], func(q word) bool { return w.matches(s, q, b.stretch) })
}

// continued returns a clause with the subject that a relative clause parts it
// from, with what it depends on (what somebody is told to say is no fact), and with
// the phrases behind it that a comma, bracket or further noun parts from it.
func (t *stretch) continued(d clause) []basis {
	out := []basis{{t, d}}
	i := slices.IndexFunc(t.clauses, func(c clause) bool { return c.first == d.first })
	switch {
	case d.joint == "resume" && i > 1:
		out = append(out, basis{t, t.clauses[i-2]})
	case i > 0 && (d.joint == "who" && !t.comma(i) || (d.joint == ":" || d.joint == ",") && t.speaks(t.clauses[i-1])):
		out = append(out, basis{t, t.clauses[i-1]})
	}
	for _, next := range t.clauses[i+1:] {
		if hard(next.joint) || next.verb || next.subordinate() || t.rivals(d, next) {
			break
		}
		for next.joint != "," && next.first < next.last && !t.fronts(next) { // "and tenants | on weekdays"
			next.first++
		}
		if next.first < next.last && t.fronts(next) {
			out = append(out, basis{t, next})
		}
	}
	return out
}

// rivals reports that two clauses have facts of one kind: they are alternatives.
func (r *reading) rivals(c, d clause) bool {
	for _, a := range r.words[c.first:c.last] {
		for _, b := range r.words[d.first:d.last] {
			if a.fact >= 0 && b.fact >= 0 && r.facts[a.fact].Like(r.facts[b.fact]) {
				return true
			}
		}
	}
	return false
}

// speaks reports a clause with a verb of saying.
func (r *reading) speaks(c clause) bool {
	return slices.ContainsFunc(r.words[c.first:c.last], func(w word) bool { return r.lexicon.table["speech"][w.text] != "" })
}

// fronts reports that a clause begins with a preposition.
func (r *reading) fronts(c clause) bool {
	return r.lexicon.table["fronts"][r.words[c.first].text] != ""
}

// loses returns the first word of a basis that the sentence lacks and may not lack;
// empty: there is none. Of one of several alternatives ("$94 online or $107 by
// post") that the sentence does not take, only what they share counts.
func (r *reading) loses(b basis) string {
	alternative := r.passes(b)
	for _, q := range b.words[b.first:b.last] {
		if alternative && (q.fact >= 0 || b.lexicon.table["fronts"][q.text] != "") {
			return ""
		}
		if q.end <= b.header || q.text == "one" || q.stem == "" || b.lexicon.light(q) || b.lexicon.table["weak"][q.text] != "" || b.addressed(q) || r.implied(q) {
			continue
		}
		if !slices.ContainsFunc(r.words, func(w word) bool { return w.matches(r, q, b.stretch) }) {
			return q.text
		}
	}
	return ""
}

// passes reports a basis whose facts are others than those of their kind in the
// sentence, which takes another alternative.
func (r *reading) passes(b basis) bool {
	rival := false
	for _, q := range b.words[b.first:b.last] {
		if q.fact < 0 {
			continue
		}
		for _, f := range r.facts {
			if f.Same(b.facts[q.fact]) {
				return false
			}
			rival = rival || f.Like(b.facts[q.fact])
		}
	}
	return rival
}

// addressed reports an address, link or telephone number.
func (r *reading) addressed(w word) bool {
	return w.fact >= 0 && slices.Contains([]fact.Kind{fact.Phone, fact.Email, fact.Link}, r.facts[w.fact].Kind)
}
