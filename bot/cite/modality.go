package cite

import (
	"slices"
	"strings"

	"townclerk/bot/cite/fact"
)

// modality holds that "must", "may", "should" and "need not" stay what they are.
func modality(s *reading, _ []evidence, all []*stretch) Verdict {
	for _, c := range s.clauses {
		if c.subordinate() && c.modal == "" {
			continue
		}
		_, _, most := twin(s, c, all)
		alike := func(t *stretch) bool {
			return slices.ContainsFunc(t.clauses, func(d clause) bool { return s.shared(c, t, d) == most && s.compatible(c, t, d) })
		}
		if most > 0 && !slices.ContainsFunc(all, alike) {
			return Verdict{Reason: Modality, Detail: s.span(c)}
		}
	}
	return Verdict{OK: true}
}

// compatible reports that a clause may say with its modality what another says
// with its own.
func (r *reading) compatible(c clause, t *stretch, d clause) bool {
	switch {
	case c.modal == d.modal:
		return true
	case d.modal == "" && (c.modal == "must" || c.modal == "should"):
		return !t.cell && t.orders(d, r, c)
	case d.modal == "" && c.modal == "can":
		return t.offers(d) || t.cell
	case d.modal == "" && c.modal == "will":
		return true
	case d.modal == "" && c.modal == "ban":
		return d.negated
	case c.modal == "" && d.modal == "will":
		return true
	case c.modal == "" && d.modal == "ban":
		return c.negated
	case c.modal == "":
		return r.orders(c, t.reading, d) || slices.ContainsFunc(r.clauses, func(o clause) bool { return o.modal == d.modal })
	}
	return false
}

// offers reports an imperative that says how something can be done ("Call us").
func (r *reading) offers(c clause) bool {
	offered := false
	for _, w := range r.words[c.first:c.last] {
		if w.fact >= 0 && r.facts[w.fact].Bound != fact.None {
			return false // "Ask at least ten days before"
		}
		offered = offered || r.lexicon.table["offers"][w.text] != ""
	}
	return offered
}

// orders reports that a clause is an imperative of what the other clause puts
// behind its modal verb: "Send the form" of "You must send the form".
func (r *reading) orders(c clause, o *reading, d clause) bool {
	words := r.words[c.first:c.last]
	if r.begins(words, o, d) {
		return true
	}
	for i := len(words) - 1; i > 0; i-- { // what is in front of a comma is no part of it
		if strings.Contains(r.text[words[i-1].end:words[i].start], ",") {
			return r.begins(words[i:], o, d)
		}
	}
	return false
}

// begins reports that words begin with what a clause puts behind its modal verb.
func (r *reading) begins(words []word, o *reading, d clause) bool {
	first := ""
	for _, w := range words {
		if w.stem != "" && w.fact < 0 {
			first = w.stem
			break
		}
		if len(w.tags) == 0 && w.text != "please" && w.text != "to" && w.text != "and" && w.text != "bitte" {
			return false
		}
	}
	if r.lexicon.language == "de" { // the verb comes last
		return first != "" && o.has(first)
	}
	after := false
	for _, w := range o.words[d.first:d.last] {
		if after && w.stem != "" {
			return w.stem == first
		}
		after = after || slices.ContainsFunc(w.tags, func(t string) bool { return t == d.modal })
	}
	return false
}

// chooses reports an "or" that leaves a choice. After a "not" it leaves none.
func (r *reading) chooses(w word) bool {
	return r.lexicon.table["or"][w.text] != "" && !r.clauses[w.clause].negated
}

// scope holds that "all", "most", "only", "before" and "after" are neither added
// nor, where they limit, dropped.
func scope(s *reading, _ []evidence, all []*stretch) Verdict {
	for _, w := range s.words {
		if s.chooses(w) && !slices.ContainsFunc(all, func(t *stretch) bool { return slices.ContainsFunc(t.words, t.chooses) }) {
			return Verdict{Reason: Scope, Detail: w.text}
		}
	}
	for _, c := range s.clauses {
		for _, tag := range []string{"all", "most", "some", "rare", "only", "before", "after", "until", "unless"} {
			if c.tags[tag] && !slices.ContainsFunc(all, func(t *stretch) bool { return t.tagged(tag) }) {
				return Verdict{Reason: Scope, Detail: s.span(c)}
			}
		}
		t, d, n := twin(s, c, all)
		for _, tag := range []string{"most", "some", "rare", "only"} {
			if n > 0 && d.tags[tag] && !s.hasTag(tag) {
				return Verdict{Reason: Scope, Detail: t.span(d)}
			}
		}
	}
	return Verdict{OK: true}
}

func (r *reading) hasTag(tag string) bool {
	return slices.ContainsFunc(r.clauses, func(c clause) bool { return c.tags[tag] })
}

// tagged is hasTag, and counts what bounds a fact.
func (t *stretch) tagged(tag string) bool {
	if t.hasTag(tag) {
		return true
	}
	for _, f := range t.facts {
		if string(f.Bound) == tag {
			return true
		}
	}
	return false
}
