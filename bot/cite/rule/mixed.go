package rule

import (
	"slices"

	"townclerk/bot/cite/syntax"
)

// mixed holds that each part of a sentence is carried by one sentence of the source,
// or by one row, which it takes from its beginning: from "the Council has nine members,
// two elected by the city" nobody may take "two elected by the city". Where another
// one takes over there is a joint ("and", "but if", ";"), unless all so far only names
// what the sentence is about.
func mixed(s *Statement, found []Evidence, all []*Statement) Verdict {
	if len(all) == 1 {
		return Verdict{OK: true}
	}
	sources, before := carriers(found), -1
	for _, e := range found {
		if carrier(e.Statements).weight(s) == 0 {
			return Verdict{Reason: Mixed, Detail: e.Statements[0].Text}
		}
	}
	for i := range s.Words {
		if i <= before || !slices.ContainsFunc(sources, func(c carrier) bool { return c.has(s, i) }) {
			continue
		}
		end := i
		for _, c := range sources {
			n := c.run(s, sources, i)
			named := before < 0 && n-i < len(s.Words) && s.naming(n)
			joined := c.joins(s, sources, i) && (c.weight(s) > 1 || s.goesOn(sources, n)) || s.naming(before+1)
			if named || c.begins(s, i) && (before < 0 || joined) {
				end = max(end, n)
			}
		}
		if end == i {
			return Verdict{Reason: Mixed, Detail: s.Words[i].Text}
		}
		before = end - 1
	}
	return Verdict{OK: true}
}

// carrier is a sentence of the source, or the cells of a row.
type carrier []*Statement

func carriers(found []Evidence) (out []carrier) {
	for _, e := range found {
		if e.Statements[0].Cell {
			out = append(out, e.Statements)
			continue
		}
		for _, t := range e.Statements {
			out = append(out, carrier{t})
		}
	}
	return out
}

// has reports that the carrier has the i-th word of a sentence.
func (c carrier) has(s *Statement, i int) bool {
	return slices.ContainsFunc(c, func(t *Statement) bool { return t.hasWord(s, s.Words[i]) })
}

// goesOn reports that carriers have words from the i-th on.
func (s *Statement) goesOn(all []carrier, i int) bool {
	for ; i < len(s.Words); i++ {
		if slices.ContainsFunc(all, func(c carrier) bool { return c.has(s, i) }) {
			return true
		}
	}
	return false
}

// weight counts the words of a sentence that the carrier has.
func (c carrier) weight(s *Statement) (n int) {
	for i := range s.Words {
		if c.has(s, i) {
			n++
		}
	}
	return n
}

// run returns the end of the words from i on that the carrier has, but for those
// that none has.
func (c carrier) run(s *Statement, all []carrier, i int) int {
	end := i
	for ; i < len(s.Words); i++ {
		switch {
		case c.has(s, i):
			end = i + 1
		case slices.ContainsFunc(all, func(o carrier) bool { return o.has(s, i) }):
			return end
		}
	}
	return end
}

// begins reports that the sentence has all that the carrier says before its i-th
// word.
func (c carrier) begins(s *Statement, i int) bool {
	lost := func(t *Statement, q syntax.Word) bool {
		return q.End > t.Header && (q.Stem != "" && !t.Lexicon.Light(q) && !s.hasWord(t, q) || slices.ContainsFunc(q.Tags, func(tag string) bool { return !s.HasTag(tag) }))
	}
	return slices.ContainsFunc(c, func(t *Statement) bool {
		k := t.place(s, i)
		return k >= 0 && !slices.ContainsFunc(t.Words[:k], func(q syntax.Word) bool { return lost(t, q) })
	})
}

// place returns where the source has the i-th word of a sentence, rather in front of
// the word that follows it there too; -1: nowhere.
func (t *Statement) place(s *Statement, i int) int {
	out := -1
	for k, q := range t.Words {
		if next := k + 1; t.matches(q, s, s.Words[i]) && (out < 0 || next < len(t.Words) && i+1 < len(s.Words) && t.Words[next].Text == s.Words[i+1].Text) {
			out = k
		}
	}
	return out
}

// joins reports that the carrier takes over behind a joint: a conjunction, a condition
// or a hard mark begins the clause of the i-th word, and no other carrier alone has a
// word in between.
func (c carrier) joins(s *Statement, all []carrier, i int) bool {
	d := s.Clauses[s.Words[i].Clause]
	for k := d.First; k < i; k++ {
		if !c.has(s, k) && slices.ContainsFunc(all, func(o carrier) bool { return o.has(s, k) }) {
			return false
		}
	}
	return d.Subordinate() || syntax.Hard(d.Joint) || d.Joint == ":" || d.Joint == "," && s.Clauses[0].Subordinate() || s.Lexicon.Table["conjunctions"][d.Joint] != ""
}

// naming reports that the words before the i-th have no verb, no "you" or "I" and no fact.
func (s *Statement) naming(i int) bool {
	return !slices.ContainsFunc(s.Words[:i], func(w syntax.Word) bool {
		return w.Fact >= 0 || w.Stem != "" && s.Lexicon.Table["finite"][w.Text] != "" || s.Lexicon.Helps(w.Text) || s.personal(w) || len(w.Tags) > 0
	})
}
