package rule

import (
	"slices"
	"strings"

	"townclerk/bot/cite/syntax"
)

// roles holds that who must, may or should is not exchanged with whom it is done
// to: where a word stands before the modal verb here and behind it in the source,
// no other word does the reverse.
func roles(s *Statement, _ []Evidence, all []*Statement) Verdict {
	for _, c := range s.Clauses {
		t, d, n := twin(s, c, all)
		if n == 0 || c.Modal == "" || d.Modal != c.Modal || s.passive(c) != t.passive(d) {
			continue
		}
		before, behind := s.sides(c)
		wasBefore, wasBehind := t.sides(d)
		before, behind = without(before, wasBefore), without(behind, wasBehind)
		if a := common(before, wasBehind); a != "" && common(behind, wasBefore) != "" {
			return Verdict{Reason: Roles, Detail: a}
		}
	}
	return Verdict{OK: true}
}

// turns holds the same where there is no modal verb: the word that comes first in a
// clause of the source does not follow a verb of both here, while the first one
// here follows it there. "You" stands for nobody that the sentence itself names.
func turns(s *Statement, _ []Evidence, all []*Statement) Verdict {
	for _, c := range s.Clauses {
		t, d, n := twin(s, c, all)
		if n == 0 || c.Modal != "" || d.Modal != "" || c.Condition != "" || (c.Verb || d.Verb) && !(s.agent(c) && t.agent(d)) {
			continue
		}
		actor, own := t.opener(d), s.opener(c)
		if actor.Stem == "" || own.Stem == "" || actor.Stem == own.Stem || t.offers(d) {
			continue
		}
		between := t.between(d, actor, own)
		if slices.ContainsFunc(s.between(c, own, actor), func(stem string) bool { return slices.Contains(between, stem) }) {
			return Verdict{Reason: Roles, Detail: own.Text}
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
		if !active && s.Lexicon.Helps(q.Text) || q.Stem != "" || s.Lexicon.Table["article"][q.Text]+s.Lexicon.Table["you"][q.Text]+s.Lexicon.Table["fronts"][q.Text] != "" {
			return ""
		}
	}
	return "order"
}

// agent reports a clause that says by whom it is done.
func (s *Statement) agent(c syntax.Clause) bool {
	return slices.ContainsFunc(s.Words[c.First:c.Last], func(w syntax.Word) bool { return s.Lexicon.Table["agent"][w.Text] != "" })
}

// ordered holds that what a source orders to say stays an order: "say it is free"
// is not "we say it is free".
func ordered(s *Statement, _ []Evidence, all []*Statement) Verdict {
	for i, w := range s.Words {
		if s.Lexicon.Table["speech"][w.Text] == "" || s.orderly(i) {
			continue
		}
		for _, t := range all {
			for k, q := range t.Words {
				if q.Text == w.Text && t.orderly(k) {
					return Verdict{Reason: Roles, Detail: w.Text}
				}
			}
		}
	}
	return Verdict{OK: true}
}

// orderly reports a word that begins a clause, or stands right behind "please",
// "must" or "to".
func (s *Statement) orderly(i int) bool {
	if i == s.Clauses[s.Words[i].Clause].First {
		return true
	}
	before := s.Words[i-1]
	return before.Stem == "" && (slices.ContainsFunc(before.Tags, syntax.Modal) || slices.Contains([]string{"and", "or", "to", "please"}, before.Text))
}

// opener returns the first word of a clause that says who or what, or "you".
func (s *Statement) opener(c syntax.Clause) syntax.Word {
	for _, w := range s.Words[c.First:c.Last] {
		if s.Lexicon.Table["we"][w.Text] != "" {
			return syntax.Word{}
		}
		if s.Lexicon.Table["you"][w.Text] != "" {
			w.Stem = w.Text
			return w
		}
		if w.Stem != "" && w.Fact < 0 {
			return w
		}
	}
	return syntax.Word{}
}

// between returns what stands between two words of a clause: to its end where the
// second is "you", which the clause need not have.
func (r *Statement) between(c syntax.Clause, from, to syntax.Word) []string {
	var out []string
	inside := false
	for _, w := range r.Words[c.First:c.Last] {
		switch {
		case !inside || w.Stem == "" || w.Fact >= 0:
		case w.Stem == to.Stem:
			return out
		case w.Stem == "~pay": // what costs is not who pays
			out = append(out, strings.TrimSuffix(w.Text, "s"))
		default:
			out = append(out, w.Stem)
		}
		inside = inside || w.Stem != "" && w.Stem == from.Stem || w.Start == from.Start
	}
	if r.Lexicon.Table["you"][to.Text] != "" {
		return out
	}
	return nil
}

// sides returns the words before and behind a clause's modal verb.
func (s *Statement) sides(c syntax.Clause) (before, behind []string) {
	seen, front := false, s.fronts(c)
	for _, w := range s.Words[c.First:c.Last] {
		seen = seen || slices.Contains(w.Tags, c.Modal)
		key := w.Stem
		if s.Lexicon.Table["you"][w.Text] != "" && s.Lexicon.Language != "de" { // "den Antrag können Sie stellen"
			key = w.Text
		}
		switch {
		case key == "" || w.Fact >= 0:
		case seen:
			behind = append(behind, key)
		case !front:
			before = append(before, key)
		}
	}
	return before, behind
}

// passive reports "must be sent".
func (s *Statement) passive(c syntax.Clause) bool {
	return slices.ContainsFunc(s.Words[c.First:c.Last], func(w syntax.Word) bool {
		return slices.ContainsFunc(strings.Fields(w.Text), func(f string) bool { return s.Lexicon.Table["passive"][f] != "" })
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
