package rule

import (
	"slices"
	"strings"

	"townclerk/bot/cite/fact"
	"townclerk/bot/cite/syntax"
)

// modality holds that "must", "may", "should" and "need not" stay what they are.
func modality(s *Statement, _ []Evidence, all []*Statement) Verdict {
	for _, c := range s.Clauses {
		if c.Subordinate() && c.Modal == "" {
			continue
		}
		_, _, most := twin(s, c, all)
		alike := func(t *Statement) bool {
			return slices.ContainsFunc(t.Clauses, func(d syntax.Clause) bool { return s.shared(c, t, d) == most && s.compatible(c, t, d) })
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
	case d.Modal == "" && (c.Modal == "must" || c.Modal == "should"):
		return !t.Cell && t.orders(d, s, c) || c.Modal == "must" && s.pays(c) && t.pays(d)
	case d.Modal == "" && c.Modal == "can":
		return t.offers(d) || t.Cell || s.pays(c) && t.pays(d) || d.Condition == "" && !t.orders(d, s, c)
	case d.Modal == "can" && c.Modal == "must":
		return s.requires(c, t, d)
	case d.Modal == "can" && c.Modal == "waive": // "can be built without a permit"
		return t.HasTag("without")
	case d.Modal == "" && c.Modal == "will":
		return true
	case d.Modal == "" && c.Modal == "ban":
		return d.Negated
	case c.Modal == "" && d.Modal == "will":
		return true
	case c.Modal == "" && d.Modal == "ban":
		return c.Negated
	case c.Modal == "" && d.Modal == "must":
		return true
	case c.Modal == "":
		return s.orders(c, t, d) || slices.ContainsFunc(s.Clauses, func(o syntax.Clause) bool { return o.Modal == d.Modal })
	}
	return false
}

// pays reports a clause that says what is paid: that it is, must and can be are one.
func (s *Statement) pays(c syntax.Clause) bool {
	return slices.ContainsFunc(s.Words[c.First:c.Last], func(w syntax.Word) bool { return w.Stem == "~pay" })
}

// requires reports that a clause tells a condition of the source as what must be:
// "to join you must live here" of "you can join if you live here".
func (s *Statement) requires(c syntax.Clause, t *Statement, d syntax.Clause) bool {
	_, behind := s.sides(c)
	lacks := func(q syntax.Word) bool { return !slices.Contains(behind, q.Stem) }
	return !slices.ContainsFunc(t.Bearers(d), func(q syntax.Word) bool { return !lacks(q) }) && slices.ContainsFunc(t.Clauses, func(e syntax.Clause) bool {
		words := t.Bearers(e)
		return e.Condition == "if" && len(words) > 0 && !slices.ContainsFunc(words, func(q syntax.Word) bool { return q.Fact < 0 && lacks(q) })
	})
}

// offers reports an imperative that says how something can be done ("Call us").
func (s *Statement) offers(c syntax.Clause) bool {
	offered := false
	for _, w := range s.Words[c.First:c.Last] {
		if w.Fact >= 0 && s.Facts[w.Fact].Bound != fact.None {
			return false // "Ask at least ten days before"
		}
		offered = offered || s.Lexicon.Table["offers"][w.Text] != ""
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
	behind = behind[1+slices.IndexFunc(behind, func(w syntax.Word) bool { return slices.Contains(w.Tags, d.Modal) }):]
	for _, added := range []bool{false, true} {
		says := func(w syntax.Word) bool {
			return w.Stem != "" && w.Fact < 0 && !(added && s.Lexicon.Table["added"][w.Text] != "")
		}
		a, b := slices.IndexFunc(words, says), slices.IndexFunc(behind, says)
		if a >= 0 && b >= 0 && words[a].Stem == behind[b].Stem && (!added || a > i) {
			return true
		}
	}
	return false
}
