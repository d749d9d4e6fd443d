package rule

import (
	"slices"
	"strings"

	"townclerk/bot/cite/fact"
	"townclerk/bot/cite/syntax"
)

// modality holds that "must", "may", "should", "will", "need not" and what is plainly
// said stay what they are, but for the crossings of one class into another that say
// the same (crosses).
func modality(s *Statement, _ []Evidence, all []*Statement) Verdict {
	for _, c := range s.Clauses {
		if c.Subordinate() && c.Modal == "" {
			continue
		}
		_, _, most := twin(s, c, all)
		alike := func(t *Statement) bool {
			return slices.ContainsFunc(t.Clauses, func(d syntax.Clause) bool {
				return s.shared(c, t, d) == most && s.equallySure(c, t, d) && s.compatible(c, t, d)
			})
		}
		if most > 0 && !slices.ContainsFunc(all, alike) {
			return Verdict{Reason: Modality, Detail: s.Span(c)}
		}
	}
	return Verdict{OK: true}
}

// compatible reports that a clause may say with its modality what another says
// with its own.
func (s *Statement) compatible(c syntax.Clause, t *Statement, d syntax.Clause) bool {
	switch {
	case c.Modal == d.Modal:
		return c.Modal != "can" || !s.requires(c, t, d)
	case c.Modal == "can" && (c.Condition == "before" || c.Condition == "after" || c.Condition == "until"):
		return true
	}
	type crossing struct{ from, to string }
	switch (crossing{d.Modal, c.Modal}) {
	case crossing{"", "will"}, crossing{"will", ""}:
		return true
	case crossing{"", "should"}: // an order
		return !t.Cell && t.ordered(d, s, c)
	case crossing{"", "must"}: // an order, or what is paid or waited for
		return !t.Cell && t.ordered(d, s, c) || (s.owes(c) || s.spans(c)) && t.owes(d)
	case crossing{"", "can"}: // an offer, or how it is
		return t.offers(d) || t.Cell || s.grants(c) && d.Condition == "" && !t.ordered(d, s, c)
	case crossing{"", "ban"}:
		return d.Negated
	case crossing{"ban", ""}:
		return c.Negated
	case crossing{"must", ""}:
		if s.imperative(c) || s.pays(c) {
			return true
		}
	case crossing{"can", ""}:
		if (s.pays(c) || s.open(c)) && t.grants(d) {
			return true
		}
	case crossing{"can", "must"}: // what is asked of those who can
		return s.requires(c, t, d)
	case crossing{"can", "waive"}: // "can be built without a permit"
		return t.HasTag("without")
	}
	elsewhere := func(o syntax.Clause) bool { return o.Modal == d.Modal }
	return c.Modal == "" && (s.orders(c, t, d) || slices.ContainsFunc(s.Clauses, elsewhere))
}

// equallySure reports that neither clause doubts what the other does not: "might" is
// no "can", though "may" is either.
func (s *Statement) equallySure(c syntax.Clause, t *Statement, d syntax.Clause) bool {
	a, b := s.doubt(c), t.doubt(d)
	return a == b || a != "" && b != "" || a != "might" && b != "might"
}

// doubt returns "might" or "may" of a clause that has such a word; empty: it has none.
func (s *Statement) doubt(c syntax.Clause) (out string) {
	for _, w := range s.Words[c.First:c.Last] {
		if d := s.Lexicon.Table["doubt"][w.Text]; d != "" {
			out = d
		}
	}
	return out
}

// grants reports a clause that says what somebody can do, or what can be done, and
// not what may come to be: "you may enter", but neither "a fee may apply" nor "we can
// visit".
func (s *Statement) grants(c syntax.Clause) bool {
	i := c.First
	for ; i < c.Last && !slices.Contains(s.Words[i].Tags, "can"); i++ {
		if s.Lexicon.Table["subject"][s.Words[i].Text] == "we" {
			return false
		}
	}
	if i == c.Last || s.doubt(c) == "" && (i+1 == c.Last || s.Words[i+1].Stem != "~pay") {
		return true
	}
	return i > c.First && (s.personal(s.Words[i-1]) || s.is(s.Words[i-1], "people"))
}

// ordered reports a clause that is an order, of what the other says or of anything, and
// no offer.
func (s *Statement) ordered(c syntax.Clause, o *Statement, d syntax.Clause) bool {
	return s.orders(c, o, d) || s.imperative(c) && !s.offers(c)
}

// pays reports a clause that says what is paid: that it is, must and can be are one.
func (s *Statement) pays(c syntax.Clause) bool {
	return s.some(c, func(w syntax.Word) bool {
		return w.Fact >= 0 && s.Facts[w.Fact].Money() || w.Stem == "~pay" || w.Stem == "~free"
	})
}

// owes reports a clause that says what is paid or waited for, which must be.
func (s *Statement) owes(c syntax.Clause) bool {
	return s.some(c, func(w syntax.Word) bool {
		span := w.Fact >= 0 && s.Facts[w.Fact].Bound != fact.Within && s.edge(w.Fact) == fact.Within
		return span || w.Text == "due" || slices.Contains([]string{"~pay", "~tax", "~wait"}, w.Stem)
	})
}

// spans reports a clause that gives a time within which.
func (s *Statement) spans(c syntax.Clause) bool {
	return s.some(c, func(w syntax.Word) bool { return w.Fact >= 0 && s.edge(w.Fact) == fact.Within })
}

// open reports a clause that says that something is open, and so can be done.
func (s *Statement) open(c syntax.Clause) bool {
	return s.some(c, func(w syntax.Word) bool {
		return w.Text == "open" || w.Fact >= 0 && s.Facts[w.Fact].Bound == fact.None && s.edge(w.Fact) == fact.Within
	})
}

// imperative reports a clause that begins with a verb.
func (s *Statement) imperative(c syntax.Clause) bool {
	for _, w := range s.Words[c.First:c.Last] {
		if w.Verb && w.Stem != "" {
			return s.Lexicon.Language != "de" || s.Clauses[0].First == c.First && w.Start == s.Words[0].Start
		}
		if w.Stem != "" || w.Text != "please" && !s.is(w, "and") {
			return false
		}
	}
	return false
}

// requires reports that a clause tells a condition of the source as what must be:
// "to join you must live here" of "you can join if you live here".
func (s *Statement) requires(c syntax.Clause, t *Statement, d syntax.Clause) bool {
	_, behind := s.sides(c)
	told := func(q syntax.Word) bool { return slices.Contains(behind, q.Stem) }
	lacks := func(q syntax.Word) bool { return q.Fact < 0 && !told(q) }
	return !slices.ContainsFunc(t.Bearers(d), told) && slices.ContainsFunc(t.Clauses, func(e syntax.Clause) bool {
		return e.Condition == "if" && !slices.ContainsFunc(t.Bearers(e), lacks)
	})
}

// offers reports an imperative that says how something can be done ("Call us").
func (s *Statement) offers(c syntax.Clause) bool {
	offered := false
	for _, w := range s.Words[c.First:c.Last] {
		if w.Fact >= 0 && !slices.Contains([]fact.Bound{fact.None, fact.From, fact.Until}, s.Facts[w.Fact].Bound) {
			return false // "Ask at least ten days before"
		}
		offered = offered || s.addressed(w) || s.is(w, "offers")
	}
	return offered
}

// orders reports that a clause is an imperative of what the other clause puts
// behind its modal verb: "Send the form" of "You must send the form".
func (s *Statement) orders(c syntax.Clause, o *Statement, d syntax.Clause) bool {
	words := s.Words[c.First:c.Last]
	if s.begins(words, o, d) {
		return true
	}
	for i := len(words) - 1; i > 0; i-- { // what is in front of a comma is no part of it
		if strings.Contains(s.Text[words[i-1].End:words[i].Start], ",") {
			return s.begins(words[i:], o, d)
		}
	}
	return false
}

// begins reports that words begin with what a clause puts behind its modal verb,
// as they stand or but for verbs that may be added: "Bring a photo" of "You need a
// photo".
func (s *Statement) begins(words []syntax.Word, o *Statement, d syntax.Clause) bool {
	open := func(w syntax.Word) bool {
		return len(w.Tags) > 0 || slices.Contains([]string{"please", "to", "and", "bitte"}, w.Text)
	}
	i := slices.IndexFunc(words, func(w syntax.Word) bool { return w.Stem != "" && w.Fact < 0 })
	if i < 0 || slices.ContainsFunc(words[:i], func(w syntax.Word) bool { return !open(w) }) {
		return false
	}
	if s.Lexicon.Language == "de" { // the verb comes last
		return o.Has(words[i].Stem)
	}
	behind := o.Words[d.First:d.Last]
	modal := slices.IndexFunc(behind, func(w syntax.Word) bool { return slices.Contains(w.Tags, d.Modal) })
	if modal < 0 && d.Modal != "" {
		return false
	}
	behind = behind[1+modal:]
	for _, added := range []bool{false, true} {
		says := func(w syntax.Word) bool { return w.Stem != "" && w.Fact < 0 && !(added && s.is(w, "added")) }
		a, b := slices.IndexFunc(words, says), slices.IndexFunc(behind, says)
		same := a >= 0 && b >= 0 && words[a].Stem == behind[b].Stem && (!added || a > i)
		if same && (words[a].Verb || words[a].Text == behind[b].Text) {
			return true
		}
	}
	return false
}
