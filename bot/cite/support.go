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
