package rule

import (
	"slices"

	"townclerk/bot/cite/fact"
	"townclerk/bot/cite/syntax"
)

// keeps holds that a sentence leaves out nothing that limits what it says: "free
// for residents" is not "free". All that bears meaning in the clauses that it
// rests on has to be in it. A list of weak verbs is excepted, and what an address
// stands for restricts nothing.
func keeps(s *Statement, _ []Evidence, all []*Statement) Verdict {
	for _, c := range s.Clauses {
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
	*Statement
	syntax.Clause
}

// bases returns what a clause rests on: its twin and what continues it, and where
// the facts of the clause stand.
func (s *Statement) bases(c syntax.Clause, all []*Statement) []basis {
	t, d, n := twin(s, c, all)
	if n == 0 {
		return nil
	}
	out := t.continued(d)
	for _, w := range s.Words[c.First:c.Last] {
		if w.Fact < 0 || slices.ContainsFunc(out, func(b basis) bool { return b.within(s, w) }) {
			continue
		}
		var best []basis
		most := 0
		for _, t := range all {
			for _, d := range t.Clauses {
				if n := s.shared(c, t, d); n > most && (basis{t, d}).within(s, w) {
					best, most = t.continued(d), n
				}
			}
		}
		out = append(out, best...)
	}
	return out
}

// within reports that the clause itself has a word of the sentence.
func (b basis) within(s *Statement, w syntax.Word) bool {
	return slices.ContainsFunc(b.Words[b.First:b.Last], func(q syntax.Word) bool { return s.matches(w, b.Statement, q) })
}

// continued returns a clause with the subject that a relative clause parts it
// from, with what it depends on (what somebody is told to say is no fact), and with
// the phrases behind it that a comma, bracket or further noun parts from it.
func (s *Statement) continued(d syntax.Clause) []basis {
	out := []basis{{s, d}}
	i := slices.IndexFunc(s.Clauses, func(c syntax.Clause) bool { return c.First == d.First })
	if i > 0 && (d.Joint == "who" && !s.Comma(i) || (d.Joint == ":" || d.Joint == ",") && s.speaks(s.Clauses[i-1])) {
		out = append(out, basis{s, s.Clauses[i-1]})
	}
	with := s.with(d)
	for _, next := range s.Clauses[i+1:] {
		if syntax.Hard(next.Joint) || next.Verb || next.Subordinate() || s.rivals(d, next) || s.finite(next) {
			break
		}
		for !with && next.Joint != "," && next.First < next.Last && !s.fronts(next) { // "and tenants | on weekdays"
			next.First++
		}
		if with = with && next.Joint != ","; with || next.First < next.Last && s.fronts(next) {
			out = append(out, basis{s, next})
		}
	}
	return out
}

// with reports a clause with a "with": what is joined to it has to be there too.
func (s *Statement) with(c syntax.Clause) bool {
	return slices.ContainsFunc(s.Words[c.First:c.Last], func(w syntax.Word) bool { return s.Lexicon.Table["with"][w.Text] != "" })
}

// finite reports a clause that has a verb of its own in front of its first
// preposition: "and lasts for three years".
func (s *Statement) finite(c syntax.Clause) bool {
	for _, w := range s.Words[c.First:c.Last] {
		if s.Lexicon.Table["fronts"][w.Text] != "" {
			return false
		}
		if s.Lexicon.Table["finite"][w.Text] != "" {
			return true
		}
	}
	return false
}

// rivals reports that two clauses have facts of one kind: they are alternatives.
func (s *Statement) rivals(c, d syntax.Clause) bool {
	for _, a := range s.Words[c.First:c.Last] {
		for _, b := range s.Words[d.First:d.Last] {
			if a.Fact >= 0 && b.Fact >= 0 && s.Facts[a.Fact].Like(s.Facts[b.Fact]) {
				return true
			}
		}
	}
	return false
}

// speaks reports a clause with a verb of saying.
func (s *Statement) speaks(c syntax.Clause) bool {
	return slices.ContainsFunc(s.Words[c.First:c.Last], func(w syntax.Word) bool { return s.Lexicon.Table["speech"][w.Text] != "" })
}

// fronts reports that a clause begins with a preposition.
func (s *Statement) fronts(c syntax.Clause) bool {
	return s.Lexicon.Table["fronts"][s.Words[c.First].Text] != ""
}

// loses returns the first word of a basis that the sentence lacks and may not lack;
// empty: there is none. Of one of several alternatives ("$94 online or $107 by
// post") that the sentence does not take, only what they share counts.
func (s *Statement) loses(b basis) string {
	alternative := s.passes(b)
	for _, q := range b.Words[b.First:b.Last] {
		if alternative && (q.Fact >= 0 || b.Lexicon.Table["fronts"][q.Text] != "") {
			return ""
		}
		if q.End <= b.Header || q.Text == "one" || q.Stem == "" || b.Lexicon.Light(q) || b.Lexicon.Table["weak"][q.Text] != "" || b.addressed(q) || s.implied(q) || b.topic(q) {
			continue
		}
		if !s.hasWord(b.Statement, q) {
			return q.Text
		}
	}
	return ""
}

// topic reports a word that the page's title says anyway, and that does not say who
// it is about: under "Street parties" a "street party licence" is "the licence".
func (b basis) topic(w syntax.Word) bool {
	return w.Fact < 0 && b.Title.Has(w.Stem) && b.Lexicon.Table["people"][w.Text] == ""
}

// passes reports a basis whose facts are others than those of their kind in the
// sentence, which takes another alternative.
func (s *Statement) passes(b basis) bool {
	rival := false
	for _, q := range b.Words[b.First:b.Last] {
		if q.Fact < 0 {
			continue
		}
		for _, f := range s.Facts {
			if f.Same(b.Facts[q.Fact]) {
				return false
			}
			rival = rival || f.Like(b.Facts[q.Fact])
		}
	}
	return rival
}

// addressed reports an address, link or telephone number.
func (s *Statement) addressed(w syntax.Word) bool {
	return w.Fact >= 0 && slices.Contains([]fact.Kind{fact.Phone, fact.Email, fact.Link}, s.Facts[w.Fact].Kind)
}
