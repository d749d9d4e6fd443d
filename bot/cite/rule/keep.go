package rule

import (
	"slices"

	"townclerk/bot/cite/fact"
	"townclerk/bot/cite/syntax"
)

// keeps holds that a sentence leaves out nothing that limits what it says: "free
// for residents" is not "free". All that bears meaning in the clauses that it
// rests on has to be in it, but for verbs, which may be told in other words, and what an
// address stands for. The objection is soft where another word, which the source does
// not have, may stand for it.
func keeps(s *Statement, found []Evidence, all []*Statement) Verdict {
	for _, c := range s.Clauses {
		for _, b := range s.bases(c, all) {
			if lost := s.loses(b); lost.Text != "" && lost.Fact < 0 && !supported(s, found, all).OK {
				return Verdict{Reason: Loose, Detail: lost.Text, Soft: true}
			} else if lost.Text != "" {
				return Verdict{Reason: Condition, Detail: lost.Text}
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
	return s.some(c, func(w syntax.Word) bool { return s.is(w, "with") })
}

// finite reports a clause that has a verb of its own in front of its first
// preposition: "and lasts for three years".
func (s *Statement) finite(c syntax.Clause) bool {
	for _, w := range s.Words[c.First:c.Last] {
		if s.is(w, "fronts") {
			return false
		}
		if s.is(w, "finite") {
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
	return s.some(c, func(w syntax.Word) bool { return s.is(w, "speech") })
}

// fronts reports that a clause begins with a preposition.
func (s *Statement) fronts(c syntax.Clause) bool {
	return s.is(s.Words[c.First], "fronts")
}

// loses returns the first word of a basis that the sentence lacks and may not lack;
// empty: there is none. Of one of several alternatives ("$94 online or $107 by
// post") that the sentence does not take, only what they share counts.
func (s *Statement) loses(b basis) syntax.Word {
	alternative := s.passes(b)
	for _, q := range b.Words[b.First:b.Last] {
		if alternative && (q.Fact >= 0 || b.is(q, "fronts")) {
			return syntax.Word{}
		}
		if q.Stem == "" || s.spares(b, q) || s.hasWord(b.Statement, q) {
			continue
		}
		return q
	}
	return syntax.Word{}
}

// spares reports a word of a basis that the sentence may leave out: one that says
// nothing by itself, that a verb, an address or the title stands for, or whose contrary
// the sentence has.
func (s *Statement) spares(b basis, q syntax.Word) bool {
	switch {
	case q.End <= b.Header, q.Text == "one", b.is(q, "weak"), b.free(q), b.topic(q):
		return true
	case b.addressed(q), s.implied(q), s.addresses(b, q), b.is(q, "sum") && s.Has("~pay"):
		return true
	case b.is(q, "agency") && q.Start == b.Bearers(b.Clause)[0].Start:
		return true
	}
	return slices.ContainsFunc(s.Words, func(w syntax.Word) bool { return s.contrary(w, q) })
}

// free reports a verb that may be told in another word, or left out: no verb of saying,
// and not what is done with a telephone number.
func (b basis) free(w syntax.Word) bool {
	i := slices.IndexFunc(b.Words, func(q syntax.Word) bool { return q.Start == w.Start })
	us := i+1 < len(b.Words) && b.Words[i+1].Text == "us" // "tell us"
	return w.Verb && (us || !b.is(w, "speech")) && !slices.ContainsFunc(b.Words[b.First:b.Last], func(q syntax.Word) bool {
		return q.Fact >= 0 && b.Facts[q.Fact].Kind == fact.Phone
	})
}

// addresses reports that the sentence calls "you" whom the source names: those that
// the page is for, or that it tells by a number that the sentence has ("seniors aged
// 65 and over").
func (s *Statement) addresses(b basis, q syntax.Word) bool {
	if !slices.ContainsFunc(s.Words, func(w syntax.Word) bool { return s.is(w, "you") }) {
		return false
	}
	i := slices.IndexFunc(b.Words, func(w syntax.Word) bool { return w.Start == q.Start })
	for _, w := range b.Words[i+1 : max(i+1, min(i+3, b.Last))] {
		if w.Fact >= 0 && b.Facts[w.Fact].Unit == "" && s.hasWord(b.Statement, w) && b.is(q, "people") {
			return true
		}
	}
	return b.titled(q)
}

// topic reports a word that the page's title says anyway, and that does not say who
// it is about: under "Street parties" a "street party licence" is "the licence".
func (b basis) topic(w syntax.Word) bool {
	return b.titled(w) && !b.is(w, "people")
}

// titled reports a word of the page's title.
func (b basis) titled(w syntax.Word) bool {
	return w.Fact < 0 && slices.ContainsFunc(b.Title.Words, func(q syntax.Word) bool {
		return q.Fact < 0 && b.matches(w, b.Statement, q)
	})
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
