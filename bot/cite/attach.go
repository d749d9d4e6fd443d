package cite

import (
	"slices"

	"townclerk/bot/cite/fact"
)

// reached holds that a telephone number is for calling and a link is not: what
// stands before either is what stands before it in the quote, or says "call".
func reached(s *reading, _ []evidence, all []*stretch) Verdict {
	for i, f := range s.facts {
		if f.Kind != fact.Phone && f.Kind != fact.Link && f.Kind != fact.Email {
			continue
		}
		w := s.leading(i)
		if w.text == "" || s.lexicon.table["dial"] == nil {
			continue
		}
		alike := (s.lexicon.table["dial"][w.text] != "") == (f.Kind == fact.Phone)
		for _, t := range all {
			for j, q := range t.facts {
				own := t.leading(j)
				alike = alike || f.Same(q) && own.stem == w.stem
			}
		}
		if !alike {
			return Verdict{Reason: FactMoved, Detail: s.text[f.Start:f.End]}
		}
	}
	return Verdict{OK: true}
}

// leading returns the last word that bears meaning before a fact; none: the zero word.
func (r *reading) leading(i int) word {
	var out word
	for _, w := range r.words {
		if w.fact == i {
			break
		}
		if w.stem != "" {
			out = w
		}
	}
	return out
}

// detached holds that a fact of the subject stays there: of "applications received
// by June 30 are processed" the date is not that of the processing.
func detached(s *reading, _ []evidence, all []*stretch) Verdict {
	for i, f := range s.facts {
		moved, kept := false, false
		for _, t := range all {
			for j, q := range t.facts {
				if f.Same(q) {
					away := t.inSubject(j) && (t.predicates(j, s.leading(i)) || s.done(i) != "" && s.done(i) == t.deed(j))
					moved, kept = moved || away, kept || !away
				}
			}
		}
		if moved && !kept {
			return Verdict{Reason: FactMoved, Detail: s.text[f.Start:f.End]}
		}
	}
	return Verdict{OK: true}
}

// inSubject reports a fact with a word before it in its clause.
func (r *reading) inSubject(i int) bool {
	w := r.leading(i)
	k := slices.IndexFunc(r.words, func(w word) bool { return w.fact == i })
	return k >= 0 && w.text != "" && w.fact < 0 && w.clause == r.words[k].clause
}

// predicates reports that the word stands behind a helping verb that stands behind
// the fact, and nowhere before the fact. No word is one in front of the sentence.
func (r *reading) predicates(i int, o word) bool {
	past, verb := false, false
	for _, w := range r.words {
		past = past || w.fact == i
		verb = verb || past && (r.lexicon.helps(w.text) || slices.ContainsFunc(w.tags, modal))
		if w.stem != "" && w.stem == o.stem {
			return verb
		}
	}
	return verb && o.stem == ""
}

// done returns the word behind the last helping verb before a fact in its clause:
// "processed" of "are processed by June 30".
func (r *reading) done(i int) string {
	k := slices.IndexFunc(r.words, func(w word) bool { return w.fact == i })
	for j := k - 1; j >= 0 && r.words[j].clause == r.words[k].clause; j-- {
		if r.lexicon.helps(r.words[j].text) {
			return r.bearer(j+1, k)
		}
	}
	return ""
}

// deed returns the word behind the first helping verb behind a fact.
func (r *reading) deed(i int) string {
	k := slices.IndexFunc(r.words, func(w word) bool { return w.fact == i })
	for j := k + 1; j < len(r.words); j++ {
		if r.lexicon.helps(r.words[j].text) {
			return r.bearer(j+1, len(r.words))
		}
	}
	return ""
}

// bearer returns the first word between two places that bears meaning; empty:
// there is none.
func (r *reading) bearer(from, to int) string {
	for _, w := range r.words[from:to] {
		if w.stem != "" {
			return w.text
		}
	}
	return ""
}
