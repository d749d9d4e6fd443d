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

// turns holds the same where there is no modal verb: the word that comes first in a
// clause of the source does not follow a verb of both here, while the first one
// here follows it there. "You" stands for nobody that the sentence itself names.
func turns(s *reading, _ []evidence, all []*stretch) Verdict {
	for _, c := range s.clauses {
		t, d, n := twin(s, c, all)
		if n == 0 || c.modal != "" || d.modal != "" || c.condition != "" || (c.verb || d.verb) && !(s.agent(c) && t.agent(d)) {
			continue
		}
		actor, own := t.opener(d), s.opener(c)
		if actor.stem == "" || own.stem == "" || actor.stem == own.stem {
			continue
		}
		between := t.between(d, actor, own)
		if slices.ContainsFunc(s.between(c, own, actor), func(stem string) bool { return slices.Contains(between, stem) }) {
			return Verdict{Reason: Roles, Detail: own.text}
		}
	}
	return Verdict{OK: true}
}

// agent reports a clause that says by whom it is done.
func (r *reading) agent(c clause) bool {
	return slices.ContainsFunc(r.words[c.first:c.last], func(w word) bool { return r.lexicon.table["agent"][w.text] != "" })
}

// ordered holds that what a source orders to say stays an order: "say it is free"
// is not "we say it is free".
func ordered(s *reading, _ []evidence, all []*stretch) Verdict {
	for i, w := range s.words {
		if s.lexicon.table["speech"][w.text] == "" || s.orderly(i) {
			continue
		}
		for _, t := range all {
			for k, q := range t.words {
				if q.text == w.text && t.orderly(k) {
					return Verdict{Reason: Roles, Detail: w.text}
				}
			}
		}
	}
	return Verdict{OK: true}
}

// orderly reports a word that begins a clause, or stands right behind "please",
// "must" or "to".
func (r *reading) orderly(i int) bool {
	if i == r.clauses[r.words[i].clause].first {
		return true
	}
	before := r.words[i-1]
	return before.stem == "" && (slices.ContainsFunc(before.tags, modal) || slices.Contains([]string{"and", "or", "to", "please"}, before.text))
}

// opener returns the first word of a clause that says who or what, or "you".
func (r *reading) opener(c clause) word {
	for _, w := range r.words[c.first:c.last] {
		if r.lexicon.table["you"][w.text] != "" {
			w.stem = w.text
			return w
		}
		if w.stem != "" && w.fact < 0 {
			return w
		}
	}
	return word{}
}

// between returns what stands between two words of a clause: to its end where the
// second is "you", which the clause need not have.
func (r *reading) between(c clause, from, to word) []string {
	var out []string
	inside := false
	for _, w := range r.words[c.first:c.last] {
		switch {
		case !inside || w.stem == "" || w.fact >= 0:
		case w.stem == to.stem:
			return out
		case w.stem == "~pay": // what costs is not who pays
			out = append(out, strings.TrimSuffix(w.text, "s"))
		default:
			out = append(out, w.stem)
		}
		inside = inside || w.stem != "" && w.stem == from.stem || w.start == from.start
	}
	if r.lexicon.table["you"][to.text] != "" {
		return out
	}
	return nil
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
