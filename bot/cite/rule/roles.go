package rule

import (
	"slices"
	"strings"

	"townclerk/bot/cite/syntax"
)

// roles holds that who does something is not exchanged with whom it is done to: where
// a word stands before the verb here and behind it in the source, no other word does
// the reverse.
func roles(s *Statement, _ []Evidence, all []*Statement) Verdict {
	for _, c := range s.Clauses {
		t, d, n := twin(s, c, all)
		if n == 0 || d.Modal != c.Modal || c.Modal == "" && c.Condition != "" || s.passive(c) != t.passive(d) {
			continue
		}
		before, behind := s.sides(c)
		wasBefore, wasBehind := t.sides(d)
		if len(behind) == 0 || len(wasBehind) == 0 || behind[0] != wasBehind[0] {
			continue
		}
		before, behind = without(before, wasBefore), without(behind, wasBehind)
		if a := common(before, wasBehind); a != "" && common(behind, wasBefore) != "" {
			return Verdict{Reason: Roles, Detail: a}
		}
	}
	return Verdict{OK: true}
}

// actors holds that what "you" do in the source is not told of "us", nor the other way
// round. An order is for "you".
func actors(s *Statement, _ []Evidence, all []*Statement) Verdict {
	for i, w := range s.Words {
		who, same, other := s.actor(i), false, false
		if who == "" || who == "order" {
			continue
		}
		for _, t := range all {
			for k, q := range t.Words {
				by := t.actor(k)
				if by == "order" && q.Text == w.Text {
					by = "you"
				}
				if s.matches(w, t, q) && by != "" && by != "order" {
					same, other = same || by == who, other || by != who
				}
			}
		}
		if other && !same {
			return Verdict{Reason: Roles, Detail: w.Text}
		}
	}
	return Verdict{OK: true}
}

// actor returns which subject, "we" or "you", stands in front of a verb, or "order" where
// nothing does; empty: another, the verb is passive, or the word is none.
func (s *Statement) actor(i int) string {
	w := s.Words[i]
	if w.Stem == "" || w.Fact >= 0 || s.Lexicon.Table["subject"] == nil {
		return ""
	}
	for k := i - 1; k >= s.Clauses[w.Clause].First; k-- {
		q := s.Words[k]
		if who := s.Lexicon.Table["subject"][q.Text]; who != "" {
			return who
		}
		active := slices.ContainsFunc(q.Tags, syntax.Modal) || strings.HasPrefix(q.Text, "do")
		names := q.Stem != "" || s.is(q, "article") || s.is(q, "you") || s.is(q, "fronts")
		if !active && s.Lexicon.Helps(q.Text) || names {
			return ""
		}
	}
	return "order"
}

// sides returns the words before and behind a clause's modal verb, or else those before
// its first verb, and that verb with the nouns behind it.
func (s *Statement) sides(c syntax.Clause) (before, behind []string) {
	seen, front := false, s.fronts(c)
	for _, w := range s.Words[c.First:c.Last] {
		first := c.Modal == "" && w.Verb && !seen
		seen = seen || first || slices.Contains(w.Tags, c.Modal)
		key := w.Stem
		switch {
		case s.is(w, "you") && s.Lexicon.Language != "de": // "den Antrag können Sie stellen"
			key = w.Text
		case first && key == "~pay": // what costs is not who pays
			key = strings.TrimSuffix(w.Text, "s")
		}
		switch {
		case key == "" || w.Fact >= 0 || c.Modal == "" && w.Verb && !first:
		case seen:
			behind = append(behind, key)
		case !front:
			before = append(before, key)
		}
	}
	return before, behind
}

// passive reports "must be sent" and "is sent by".
func (s *Statement) passive(c syntax.Clause) bool {
	return s.some(c, func(w syntax.Word) bool {
		helps := func(f string) bool { return s.Lexicon.Table["passive"][f] != "" }
		return c.Modal == "" && s.is(w, "agent") || slices.ContainsFunc(strings.Fields(w.Text), helps)
	})
}

func without(a, b []string) []string {
	return slices.DeleteFunc(a, func(w string) bool { return slices.Contains(b, w) })
}

func common(a, b []string) string {
	for _, w := range a {
		if slices.Contains(b, w) {
			return w
		}
	}
	return ""
}
