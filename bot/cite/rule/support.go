package rule

import (
	"slices"
	"strings"

	"townclerk/bot/cite/fact"
	"townclerk/bot/cite/syntax"
)

// promises holds that a sentence speaks for nobody: "I", "always" and "we guarantee"
// only where the quotes do, in whatever language, "you will get" only where they
// say that you get it.
func promises(s *Statement, _ []Evidence, all []*Statement) Verdict {
	for i, w := range s.Words {
		will := s.Lexicon == all[0].Lexicon && slices.Contains(w.Tags, "will") && i > 0 && s.personal(s.Words[i-1])
		if s.Lexicon.Table["first"][w.Text] == "" && !will && !slices.Contains(w.Tags, "promise") || will && s.stated(i+1, all) {
			continue
		}
		if !anywhere(all, func(q syntax.Word) bool { return q.Text == w.Text || len(w.Tags) > 0 && slices.Equal(q.Tags, w.Tags) }) {
			return Verdict{Reason: Promise, Detail: w.Text}
		}
	}
	return Verdict{OK: true}
}

// titled holds that who is named with a title is named in the quotes, in whatever
// language.
func titled(s *Statement, _ []Evidence, all []*Statement) Verdict {
	for i, w := range s.Words[:max(len(s.Words)-1, 0)] {
		name := s.Words[i+1].Text
		if s.Lexicon.Table["titles"][w.Text] != "" && !anywhere(all, func(q syntax.Word) bool { return q.Text == name }) {
			return Verdict{Reason: Unsupported, Detail: name}
		}
	}
	return Verdict{OK: true}
}

// decisions holds that what an authority decides on somebody's case is told with
// the modal verb of the quote: "you may qualify" is not "you qualify", and "we
// approve" is not "you will be approved".
func decisions(s *Statement, _ []Evidence, all []*Statement) Verdict {
	for i, c := range s.Clauses {
		limit := c.Condition != "" || c.Joint == "resume" && s.Clauses[i-1].Condition != ""
		for _, w := range s.Words[c.First:c.Last] {
			if s.Lexicon.Table["decision"][w.Text] == "" || limit {
				continue
			}
			told := func(t *Statement) bool {
				return slices.ContainsFunc(t.Words, func(q syntax.Word) bool {
					d := t.Clauses[q.Clause]
					return q.Stem == w.Stem && d.Modal == c.Modal && d.Negated == c.Negated && d.Condition == ""
				})
			}
			if !slices.ContainsFunc(all, told) {
				return Verdict{Reason: Promise, Detail: w.Text}
			}
		}
	}
	return Verdict{OK: true}
}

// stated reports that the quotes have the verb of "you will get" or "we will send",
// and so say that it is done.
func (s *Statement) stated(i int, all []*Statement) bool {
	return i < len(s.Words) && anywhere(all, func(q syntax.Word) bool {
		return q.Text == s.Words[i].Text && len(q.Tags) == 0 || q.Stem != "" && q.Stem == s.Words[i].Stem
	})
}

// personal reports "you" and "we".
func (s *Statement) personal(w syntax.Word) bool {
	return s.Lexicon.Table["you"][w.Text] != "" || s.Lexicon.Table["we"][w.Text] != ""
}

// anywhere reports that the source has such a word.
func anywhere(all []*Statement, is func(syntax.Word) bool) bool {
	return slices.ContainsFunc(all, func(t *Statement) bool { return slices.ContainsFunc(t.Words, is) })
}

// supported holds that every word that says something, and every name, stands in
// the quotes or in what they stand under.
func supported(s *Statement, found []Evidence, all []*Statement) Verdict {
	l := s.Lexicon
	known, names := map[string]bool{}, map[string]bool{}
	note := func(r *syntax.Reading) {
		for _, w := range r.Words {
			known[w.Stem], names[w.Text] = true, true
			if w.Fact >= 0 && r.Facts[w.Fact].Kind == fact.Per {
				known[l.Stem(w.Text[strings.LastIndexByte(w.Text, ' ')+1:])] = true
			}
		}
	}
	for _, t := range all {
		note(t.Reading)
	}
	for _, e := range found {
		note(e.Over)
	}
	for _, w := range s.Words {
		if w.Fact >= 0 || w.Stem == "" || known[w.Stem] && !w.Proper || names[w.Text] {
			continue
		}
		if w.Proper && known[w.Stem] && strings.HasPrefix(w.Stem, "~") || l.Light(w) || l.Table["added"][w.Text] != "" || s.implied(w) {
			continue
		}
		return Verdict{Reason: Unsupported, Detail: w.Text}
	}
	return Verdict{OK: true}
}

// implied reports a word that only names what a fact is: "costs" of an amount,
// "day" of a Monday.
func (s *Statement) implied(w syntax.Word) bool {
	return w.Stem == "~pay" && slices.ContainsFunc(s.Facts, fact.Fact.Money) ||
		w.Text == "day" && slices.ContainsFunc(s.Facts, func(f fact.Fact) bool { return f.Kind == fact.Weekday })
}
