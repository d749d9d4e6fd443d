package rule

import (
	"slices"
	"strings"

	"townclerk/bot/cite/fact"
	"townclerk/bot/cite/syntax"
)

// reversed holds that where a sentence repeats its source word for word, it neither
// leaves out a "not" nor puts one modal verb, or one fact, in the place of another.
func reversed(s *Statement, _ []Evidence, all []*Statement) Verdict {
	said := s.plain()
	stands := func(words ...string) bool {
		phrase := " " + strings.Join(words, " ") + " "
		return strings.Contains(said, phrase) && !slices.ContainsFunc(all, func(t *Statement) bool { return strings.Contains(t.plain(), phrase) })
	}
	for _, t := range all {
		for k := 1; k+1 < len(t.Words); k++ {
			for _, w := range s.Words {
				if q := t.Words[k]; w.Fact >= 0 && q.Fact >= 0 && s.Facts[w.Fact].Like(t.Facts[q.Fact]) && !s.matches(w, t, q) && stands(t.Words[k-1].Text, w.Text, t.Words[k+1].Text) {
					return Verdict{Reason: FactMoved, Detail: w.Text}
				}
			}
		}
		words := strings.Fields(t.plain())
		for i := 1; i+1 < len(words); i++ {
			tags := t.tagsOf(words[i])
			if slices.Contains(tags, "neg") && stands(words[i-1], words[i+1]) {
				return Verdict{Reason: Negation, Detail: words[i]}
			}
			if !slices.ContainsFunc(tags, syntax.Modal) || slices.Contains(t.tagsOf(words[i+1]), "neg") {
				continue
			}
			for _, other := range []string{"must", "may", "can", "should"} {
				if !slices.Equal(tags, t.tagsOf(other)) && stands(words[i-1], other, words[i+1]) {
					return Verdict{Reason: Modality, Detail: other}
				}
			}
		}
	}
	return Verdict{OK: true}
}

// plain returns the words as they stand, without marks, a full stop at both ends.
func (s *Statement) plain() string {
	var b strings.Builder
	b.WriteString(" .")
	for _, w := range s.Words {
		b.WriteString(" " + w.Text)
	}
	return b.String() + " . "
}

func (s *Statement) tagsOf(word string) []string {
	return strings.Fields(s.Lexicon.Table["tags"][word])
}

// cut holds that no clause stops right in front of what limits it in the source: of
// "free once a winter, after that $60" the "after" and what follows it stays.
func cut(s *Statement, _ []Evidence, all []*Statement) Verdict {
	for _, c := range s.Clauses {
		last, lost, free := s.Words[c.Last-1], "", false
		for _, t := range all {
			for k, q := range t.Words {
				if last.Text == q.Text || s.matches(last, t, q) {
					limit := t.limitBehind(s, k)
					lost, free = lost+limit, free || limit == ""
				}
			}
		}
		if lost != "" && !free {
			return Verdict{Reason: Condition, Detail: lost}
		}
	}
	return Verdict{OK: true}
}

// limitBehind returns the word right behind the k-th that begins a limit which a
// sentence does not keep; empty: there is none.
func (t *Statement) limitBehind(s *Statement, k int) string {
	if k+1 == len(t.Words) || strings.ContainsAny(t.Text[t.Words[k].End:t.Words[k+1].Start], ";:.|") {
		return ""
	}
	limit := t.Words[k+1]
	if !t.limits(limit) {
		return ""
	}
	i := slices.IndexFunc(t.Words[k+2:], func(q syntax.Word) bool { return q.Stem != "" })
	if i >= 0 && s.hasWord(t, t.Words[k+2+i]) || i < 0 && s.says(limit) {
		return ""
	}
	return limit.Text
}

// says reports that the sentence has a word, or another with its tags.
func (s *Statement) says(q syntax.Word) bool {
	return slices.ContainsFunc(s.Words, func(w syntax.Word) bool { return w.Text == q.Text || len(w.Tags) > 0 && slices.Equal(w.Tags, q.Tags) })
}

// limits reports a word that begins a condition or bounds a fact.
func (t *Statement) limits(w syntax.Word) bool {
	return slices.ContainsFunc(w.Tags, func(tag string) bool {
		return slices.Contains([]string{"if", "unless", "before", "after", "until", "only"}, tag)
	}) || slices.ContainsFunc(t.Facts, func(f fact.Fact) bool { return f.Bound != fact.None && f.From == w.Start && f.From < f.Start })
}
