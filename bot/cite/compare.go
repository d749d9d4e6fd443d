package cite

import (
	"slices"
	"strings"

	"townclerk/bot/cite/fact"
)

// promises holds that a sentence speaks for nobody: "I" and "we guarantee" only
// where the quotes do, "you will get" only where they say that you get it.
func promises(s *reading, found []evidence, all []*stretch) Verdict {
	for i, w := range s.words {
		first := lexiconOf(found[0].language()).table["first"][w.text] != ""
		will := slices.Contains(w.tags, "will") && i > 0 && s.words[i-1].personal(s)
		if !first && !will && !slices.Contains(w.tags, "promise") || will && s.stated(i+1, all) {
			continue
		}
		if !slices.ContainsFunc(all, func(t *stretch) bool { return t.says(w) }) {
			return Verdict{Reason: Promise, Detail: w.text}
		}
	}
	return Verdict{OK: true}
}

// stated reports that the quotes have the verb of "you will get" or "we will send",
// and so say that it is done.
func (r *reading) stated(i int, all []*stretch) bool {
	return i < len(r.words) && slices.ContainsFunc(all, func(t *stretch) bool {
		return slices.ContainsFunc(t.words, func(q word) bool {
			return q.text == r.words[i].text && len(q.tags) == 0 || q.stem != "" && q.stem == r.words[i].stem
		})
	})
}

// personal reports "you" and "we".
func (w word) personal(s *reading) bool {
	return s.lexicon.table["you"][w.text] != "" || s.lexicon.table["we"][w.text] != ""
}

// says reports that the stretch has the word, or one with the same tags.
func (t *stretch) says(w word) bool {
	return slices.ContainsFunc(t.words, func(q word) bool {
		return q.text == w.text || len(w.tags) > 0 && slices.Equal(q.tags, w.tags)
	})
}

// supported holds that every word that says something, and every name, stands in
// the quotes or in what they stand under.
func supported(s *reading, found []evidence, all []*stretch) Verdict {
	l := lexiconOf(found[0].language())
	known, names := map[string]bool{}, map[string]bool{}
	note := func(r *reading) {
		for _, w := range r.words {
			known[w.stem], names[w.text] = true, true
			if w.fact >= 0 && r.facts[w.fact].Kind == fact.Per {
				known[l.stem(w.text[strings.LastIndexByte(w.text, ' ')+1:])] = true
			}
		}
	}
	for _, t := range all {
		note(t.reading)
	}
	for _, e := range found {
		note(e.over)
	}
	for _, w := range s.words {
		if w.fact >= 0 || w.stem == "" || known[w.stem] && !w.proper || names[w.text] {
			continue
		}
		if w.proper && known[w.stem] && strings.HasPrefix(w.stem, "~") || l.light(w) || s.implied(w) {
			continue
		}
		return Verdict{Reason: Unsupported, Detail: w.text}
	}
	return Verdict{OK: true}
}

// implied reports a word that only names what a fact is: "costs" of an amount,
// "day" of a Monday.
func (r *reading) implied(w word) bool {
	return w.stem == "~pay" && slices.ContainsFunc(r.facts, money) ||
		w.text == "day" && slices.ContainsFunc(r.facts, func(f fact.Fact) bool { return f.Kind == fact.Weekday })
}

// money reports an amount; what it is paid for need not be said in the quote.
func money(f fact.Fact) bool {
	return f.Kind == fact.Number && slices.Contains([]string{"usd", "gbp", "eur", "cent", "pence"}, f.Unit)
}

// mixed holds that what is said together is said by one sentence of the source,
// or by one row.
func mixed(s *reading, found []evidence, all []*stretch) Verdict {
	for _, part := range s.parts() {
		best, missing := len(part)+1, ""
		for _, e := range found {
			for _, group := range e.groups() {
				n, lost := 0, ""
				for _, w := range part {
					if !slices.ContainsFunc(group, func(t *stretch) bool { return t.holds(s, w) }) && !e.under(w) && !s.implied(w) && !s.lexicon.light(w) {
						n, lost = n+1, w.text
					}
				}
				if n < best {
					best, missing = n, lost
				}
			}
		}
		if best > 0 && best <= len(part) {
			return Verdict{Reason: Mixed, Detail: missing}
		}
	}
	return Verdict{OK: true}
}

// parts returns the words that say something between the conjunctions of a
// sentence.
func (r *reading) parts() [][]word {
	var out [][]word
	for _, c := range r.clauses {
		words := r.bearers(c)
		switch c.joint {
		case "and", "or", "but", "because", ";", "y", "et", "und", "pero", "mais", "aber", "":
			out = append(out, words)
		default:
			if len(out) == 0 {
				out = append(out, nil)
			}
			out[len(out)-1] = append(out[len(out)-1], words...)
		}
	}
	return out
}

func (r *reading) bearers(c clause) []word {
	var out []word
	for _, w := range r.words[c.first:c.last] {
		if w.stem != "" {
			out = append(out, w)
		}
	}
	return out
}

// groups returns what says one thing: each sentence, or all cells of a row.
func (e *evidence) groups() [][]*stretch {
	if len(e.citation.Ranges) > 1 && len(e.stretches) > 1 {
		return [][]*stretch{e.stretches}
	}
	var out [][]*stretch
	for _, t := range e.stretches {
		out = append(out, []*stretch{t})
	}
	return out
}

// holds reports that the stretch has a word of the sentence, or the fact.
func (t *stretch) holds(s *reading, w word) bool {
	if w.fact < 0 {
		return t.has(w.stem)
	}
	for _, q := range t.facts {
		if t.quotes(q) && s.facts[w.fact].Same(q) {
			return true
		}
	}
	return false
}

// under reports a word of the headings that the quote stands under.
func (e *evidence) under(w word) bool {
	return w.fact < 0 && e.over.has(w.stem)
}

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

// scope holds that "all", "most", "only", "before" and "after" are neither added
// nor, where they limit, dropped.
func scope(s *reading, _ []evidence, all []*stretch) Verdict {
	for _, c := range s.clauses {
		for _, tag := range []string{"all", "most", "some", "only", "before", "after", "until", "unless"} {
			if c.tags[tag] && !slices.ContainsFunc(all, func(t *stretch) bool { return t.tagged(tag) }) {
				return Verdict{Reason: Scope, Detail: s.span(c)}
			}
		}
		t, d, n := twin(s, c, all)
		for _, tag := range []string{"most", "some", "only"} {
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
