package rule

import (
	"slices"
	"strings"

	"townclerk/bot/cite/syntax"
)

// mixed holds that each part of a sentence is carried by one sentence of the source,
// or by one row. Where another one takes over there is a joint ("and", "but if",
// ";"), unless all so far only names what it is about, and the part takes it from
// its beginning: of "the Council has nine members, two elected by the city" nobody
// may go on with "two elected by the city".
func mixed(s *Statement, found []Evidence, all []*Statement) Verdict {
	if len(all) == 1 {
		return Verdict{OK: true}
	}
	sources, before := carriers(found), -1
	for i := 0; i < len(s.Words); {
		if !s.carried(i, found) {
			i++
			continue
		}
		end := i
		for _, c := range sources {
			if before < 0 || c.takesOver(s, i) && (s.joint(before, i) || s.naming(i)) {
				end = max(end, c.run(s, i, found))
			}
		}
		if end == i {
			return Verdict{Reason: Mixed, Detail: s.Words[i].Text}
		}
		before, i = end-1, end
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

// carried reports a word that has to stand in the source: one that says something
// and that neither its surroundings nor a list allow.
func (s *Statement) carried(i int, found []Evidence) bool {
	w := s.Words[i]
	return w.Stem != "" && !s.Lexicon.Light(w) && s.Lexicon.Table["added"][w.Text] == "" && !s.implied(w) &&
		!slices.ContainsFunc(found, func(e Evidence) bool { return e.Over.Has(w.Stem) })
}

// run returns the end of the words from i on that the carrier has.
func (c carrier) run(s *Statement, i int, found []Evidence) int {
	end := i
	for ; i < len(s.Words); i++ {
		switch {
		case !s.carried(i, found):
		case slices.ContainsFunc(c, func(t *Statement) bool { return t.hasWord(s, s.Words[i]) }):
			end = i + 1
		default:
			return end
		}
	}
	return end
}

// takesOver reports that the sentence has all that the carrier says before its i-th
// word.
func (c carrier) takesOver(s *Statement, i int) bool {
	for _, t := range c {
		k := slices.IndexFunc(t.Words, func(q syntax.Word) bool { return t.matches(q, s, s.Words[i]) })
		if k >= 0 && !slices.ContainsFunc(t.Words[:k], func(q syntax.Word) bool {
			return q.End > t.Header && (q.Stem != "" && !s.hasWord(t, q) || slices.ContainsFunc(q.Tags, func(tag string) bool { return !s.HasTag(tag) }))
		}) {
			return true
		}
	}
	return false
}

// joint reports that a conjunction, a condition or a mark parts two words.
func (s *Statement) joint(a, b int) bool {
	return strings.ContainsAny(s.Text[s.Words[a].End:s.Words[b].Start], ";:") || slices.ContainsFunc(s.Words[a+1:b+1], func(w syntax.Word) bool {
		return s.Lexicon.Table["conjunctions"][w.Text] != "" || w.Start == s.Words[s.Clauses[w.Clause].First].Start && s.Clauses[w.Clause].Subordinate()
	})
}

// naming reports that the words before the i-th have no verb and no fact.
func (s *Statement) naming(i int) bool {
	return !slices.ContainsFunc(s.Words[:i], func(w syntax.Word) bool {
		return w.Fact >= 0 || w.Stem != "" && s.Lexicon.Table["finite"][w.Text] != "" || s.Lexicon.Helps(w.Text) || len(w.Tags) > 0
	})
}
