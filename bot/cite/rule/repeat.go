package rule

import (
	"slices"
	"strings"

	"townclerk/bot/cite/syntax"
)

// reversed holds that where a sentence repeats its source word for word, it neither
// leaves out a "not" nor puts one modal verb, or one fact, in the place of another.
func reversed(s *Statement, _ []Evidence, all []*Statement) Verdict {
	said := s.plain()
	stands := func(words ...string) bool {
		phrase := " " + strings.Join(words, " ") + " "
		told := func(t *Statement) bool { return strings.Contains(t.plain(), phrase) }
		return strings.Contains(said, phrase) && !slices.ContainsFunc(all, told)
	}
	for _, t := range all {
		for k := 1; k+1 < len(t.Words); k++ {
			for _, w := range s.Words {
				q := t.Words[k]
				other := w.Fact >= 0 && q.Fact >= 0 && !s.matches(w, t, q)
				if other && stands(t.Words[k-1].Text, w.Text, t.Words[k+1].Text) {
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
