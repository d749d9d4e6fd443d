package rule

import (
	"slices"
	"strings"

	"townclerk/bot/cite/fact"
	"townclerk/bot/cite/syntax"
)

// scope holds that "all", "most", "only", "before" and "after" are neither added
// nor, where they limit, dropped.
func scope(s *Statement, _ []Evidence, all []*Statement) Verdict {
	for _, c := range s.Clauses {
		if t, _, n := twin(s, c, all); n > 0 && t.HasTag("choice") && c.Modal != "can" && !s.HasTag("choice") {
			return Verdict{Reason: Scope, Detail: s.Span(c)} // one of several stands for the list
		}
		for _, tag := range []string{"all", "most", "some", "rare", "only", "before", "after", "until", "unless"} {
			if c.Tags[tag] && !slices.ContainsFunc(all, func(t *Statement) bool { return t.tagged(tag) }) {
				return Verdict{Reason: Scope, Detail: s.Span(c)}
			}
		}
		t, d, n := twin(s, c, all)
		for _, tag := range []string{"most", "some", "rare", "only"} {
			if n > 0 && d.Tags[tag] && !s.HasTag(tag) {
				return Verdict{Reason: Scope, Detail: t.Span(d)}
			}
		}
	}
	return Verdict{OK: true}
}

// tagged is hasTag, and counts what bounds a fact.
func (s *Statement) tagged(tag string) bool {
	if s.HasTag(tag) || tag == "all" && s.HasTag("every") {
		return true
	}
	for _, f := range s.Facts {
		if string(f.Bound) == tag || f.Bound == fact.Within && tag == "after" {
			return true
		}
	}
	return false
}

// coupled holds that what "and" joins is not told with "or", nor the other way round,
// and that no "or" is added. Under a "not" they are one.
func coupled(s *Statement, _ []Evidence, all []*Statement) Verdict {
	for i, w := range s.Words {
		join := s.couples(i)
		if join == "" {
			continue
		}
		same, other, known := false, false, join == "and"
		for _, t := range all {
			for k := range t.Words {
				by := t.couples(k)
				known = known || by == join
				if by != "" && s.likeCouple(i, t, k) {
					same, other = same || by == join, other || by != join
				}
			}
		}
		if !known || other && !same {
			return Verdict{Reason: Scope, Detail: w.Text}
		}
	}
	return Verdict{OK: true}
}

// couples returns the table of an "and" or "or" that is not denied; empty: it is none.
func (s *Statement) couples(i int) string {
	w := s.Words[i]
	for _, name := range []string{"and", "or"} {
		if s.Lexicon.Table[name][w.Text] != "" && !s.InBound(w.Start, w.End) && !s.Clauses[w.Clause].Negated {
			return name
		}
	}
	return ""
}

// likeCouple reports that two conjunctions join the same two things, in either order.
func (s *Statement) likeCouple(i int, t *Statement, k int) bool {
	before, behind := s.beside(i)
	first, second := t.beside(k)
	is := func(words, others []syntax.Word) bool {
		return slices.ContainsFunc(words, func(w syntax.Word) bool {
			return slices.ContainsFunc(others, func(q syntax.Word) bool { return s.matches(w, t, q) })
		})
	}
	return is(before, first) && is(behind, second) || is(before, second) && is(behind, first)
}

// beside returns the two words that bear meaning next to a word, on either side.
func (s *Statement) beside(i int) (before, behind []syntax.Word) {
	bears := func(w syntax.Word) bool { return w.Stem != "" }
	for k := i - 1; k >= 0 && len(before) < 2; k-- {
		if bears(s.Words[k]) {
			before = append(before, s.Words[k])
		}
	}
	for k := i + 1; k < len(s.Words) && len(behind) < 2; k++ {
		if bears(s.Words[k]) {
			behind = append(behind, s.Words[k])
		}
	}
	return before, behind
}

// apiece holds that "each", "every" and "per" are said only of what the source says
// them or "all" of: "$5" is not "$5 per person".
func apiece(s *Statement, _ []Evidence, all []*Statement) Verdict {
	for i, w := range s.Words {
		things := s.distributed(i)
		said := func(t *Statement) bool {
			for k, q := range t.Words {
				if common(things, t.distributed(k)) != "" || q.Fact >= 0 && strings.HasSuffix(q.Text, "s") && things[0] == q.Stem { // "on Mondays"
					return true
				}
			}
			return false
		}
		if len(things) > 0 && !slices.Contains(w.Tags, "all") && !slices.ContainsFunc(all, said) {
			return Verdict{Reason: Scope, Detail: w.Text}
		}
	}
	return Verdict{OK: true}
}

// distributed returns what an "each", "all", "per", or an "a" behind a fact is said of: the
// words behind it up to a verb, or where it stands behind them, those before. Of
// another word there is nothing.
func (s *Statement) distributed(i int) (out []string) {
	w := s.Words[i]
	every, kind := slices.Contains(w.Tags, "every"), s.Lexicon.Table["apiece"][w.Text]
	behind := kind == "behind" && i > 0 && s.Words[i-1].Fact >= 0 && s.Words[i-1].End+1 == w.Start
	switch {
	case kind == "person":
		return []string{kind}
	case !every && !slices.Contains(w.Tags, "all") && kind != "per" && !behind:
		return nil
	}
	c := s.Clauses[w.Clause]
	if i+1 == c.Last || i > c.First && every && len(s.Words[i-1].Tags) > 0 { // "$5 each", "must each pay"
		for _, q := range s.Bearers(syntax.Clause{First: c.First, Last: i}) {
			out = append(out, q.Stem)
		}
		return append(out, w.Text)
	}
	for _, q := range s.Words[i+1 : c.Last] {
		verb := len(q.Tags) > 0 || q.Stem == "~pay" || s.Lexicon.Helps(q.Text) || s.Lexicon.Table["finite"][q.Text] != ""
		switch {
		case len(out) > 0 && (verb || q.Stem == ""):
			return out
		case q.Stem != "":
			out = append(out, q.Stem)
		default:
			return append(out, q.Text)
		}
	}
	return out
}
