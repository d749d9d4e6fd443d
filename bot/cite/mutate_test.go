package cite

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// mutation changes what a sentence says. It returns the sentence unchanged where
// it does not apply.
type mutation struct {
	name  string
	apply func(r *rand.Rand, s string) string
	skip  *regexp.Regexp // quotes that it makes no fault for
}

// imperative finds quotes that may be told as an order or as an offer.
var imperative = regexp.MustCompile(`^(?:Call|Contact|Buy|Ask|Write|Report|Apply|Book|Register|Check|Use)\b|; ask\b`)

var mutations = []mutation{
	{name: "change a digit", apply: func(r *rand.Rand, s string) string {
		at := regexp.MustCompile(`[0-9]`).FindAllStringIndex(s, -1)
		if len(at) == 0 {
			return s
		}
		i := at[r.IntN(len(at))][0]
		return s[:i] + string('0'+(s[i]-'0'+byte(1+r.IntN(9)))%10) + s[i+1:]
	}},
	{name: "swap two numbers", apply: func(r *rand.Rand, s string) string {
		at := regexp.MustCompile(`[0-9]+(?:[.,:][0-9]+)*`).FindAllStringIndex(s, -1)
		if len(at) < 2 {
			return s
		}
		i := r.IntN(len(at) - 1)
		a, b := at[i], at[i+1+r.IntN(len(at)-i-1)]
		return s[:a[0]] + s[b[0]:b[1]] + s[a[1]:b[0]] + s[a[0]:a[1]] + s[b[1]:]
	}},
	{name: "drop a not", apply: func(r *rand.Rand, s string) string {
		for _, no := range []string{" not", "n't", " never", " no longer", " no"} {
			if m := regexp.MustCompile(no + `\b`).FindStringIndex(s); m != nil {
				return strings.Replace(s[:m[0]]+s[m[1]:], "ca have", "can have", 1)
			}
		}
		return strings.Replace(s, "cannot", "can", 1)
	}},
	{name: "add a not", apply: func(r *rand.Rand, s string) string {
		at := regexp.MustCompile(`\b(?:must|may|can|should|will|is|are)\b`).FindAllStringIndex(s, -1)
		if len(at) == 0 {
			return s
		}
		i := at[r.IntN(len(at))][1]
		if strings.HasPrefix(s[i:], " not") || strings.HasPrefix(s[i:], "'t") || strings.HasPrefix(s[i:], " no") {
			return s
		}
		return s[:i] + " not" + s[i:]
	}},
	{name: "swap a unit", apply: func(r *rand.Rand, s string) string {
		alike := func(s string) string {
			return strings.NewReplacer("dollars", "$", "euros", "€", "pounds", "£", "percent", "%").Replace(s)
		}
		units := []string{"days", "weeks", "months", "years", "hours", "dollars", "euros", "pounds", "$", "£", "€", "percent", "%", "feet", "metres", "miles", "inches"}
		r.Shuffle(len(units), func(i, j int) { units[i], units[j] = units[j], units[i] })
		for i, u := range units {
			if o := other(r, units, i); strings.Contains(s, u) && alike(o) != alike(u) {
				return strings.Replace(s, u, o, 1)
			}
		}
		return s
	}},
	{name: "change a link", apply: func(r *rand.Rand, s string) string {
		m := regexp.MustCompile(`[\w.:/@-]+\.(?:gov|com)[\w/]*`).FindStringIndex(s)
		if m == nil {
			return s
		}
		i := m[0] + r.IntN(m[1]-m[0])
		c := byte('a' + r.IntN(26))
		return s[:i] + string(c) + s[i+1:]
	}},
	{name: "weaken a modal verb", skip: imperative, apply: func(_ *rand.Rand, s string) string {
		if strings.Contains(s, " not") || strings.Contains(s, " never") {
			return s
		}
		return strings.NewReplacer(" must ", " may ", " should ", " may ", " has to ", " can ", " have to ", " can ").Replace(s)
	}},
	{name: "strengthen a modal verb", skip: imperative, apply: func(_ *rand.Rand, s string) string {
		if strings.Contains(s, " not") || strings.Contains(s, " never") {
			return s
		}
		return strings.NewReplacer(" may ", " must ", " can ", " must ").Replace(s)
	}},
}

func other(r *rand.Rand, list []string, i int) string {
	rest := slices.Delete(slices.Clone(list), i, i+1)
	return rest[r.IntN(len(rest))]
}

// Ten thousand random faults put into right sentences: each that survives is
// printed. An imperative may become "must" or "should", and "may not" is "must not".
func TestMutationsAreCaught(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 2))
	var right []pair
	for _, p := range append(loadPairs(t, "pairs.jsonl"), loadPairs(t, "more.jsonl")...) {
		if p.Right && p.gate(t).OK {
			right = append(right, p)
		}
	}
	survived := map[string]bool{}
	for n := 0; n < 10_000; {
		p, m := right[r.IntN(len(right))], mutations[r.IntN(len(mutations))]
		sentence := p.Sentence
		p.Sentence = m.apply(r, sentence)
		if p.Sentence == sentence || m.skip != nil && m.skip.MatchString(strings.Join(p.Quotes, " ")) {
			continue
		}
		n++
		if p.gate(t).OK && !survived[p.Sentence] {
			survived[p.Sentence] = true
			t.Errorf("%s, %s: %q passes for %q of %q", p.ID, m.name, p.Sentence, sentence, p.Quotes)
		}
	}
}
