package cite

import (
	"slices"
	"strings"
)

// roles holds that who must, may or should is not exchanged with whom it is done
// to: where a word stands before the modal verb here and behind it in the source,
// no other word does the reverse.
func roles(s *reading, _ []evidence, all []*stretch) Verdict {
	for _, c := range s.clauses {
		t, d, n := twin(s, c, all)
		if n == 0 || c.modal == "" || d.modal != c.modal || s.passive(c) != t.passive(d) {
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

// sides returns the words before and behind a clause's modal verb.
func (r *reading) sides(c clause) (before, behind []string) {
	seen := false
	for _, w := range r.words[c.first:c.last] {
		seen = seen || slices.Contains(w.tags, c.modal)
		key := w.stem
		if r.lexicon.table["you"][w.text] != "" {
			key = w.text
		}
		switch {
		case key == "" || w.fact >= 0:
		case seen:
			behind = append(behind, key)
		default:
			before = append(before, key)
		}
	}
	return before, behind
}

// passive reports "must be sent".
func (r *reading) passive(c clause) bool {
	return slices.ContainsFunc(r.words[c.first:c.last], func(w word) bool {
		return slices.ContainsFunc(strings.Fields(w.text), func(f string) bool { return r.lexicon.table["passive"][f] != "" })
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
