package sign

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
)

// phrase is a pattern with texts of which one stands in whatever it matches. Looking
// for those first spares a message nearly all patterns.
type phrase struct {
	pattern  *regexp.Regexp
	needs    []string // none: the pattern is always tried
	language string
}

func newPhrase(pattern, language string) (phrase, error) {
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return phrase{}, err
	}
	p, err := regexp.Compile(pattern)
	return phrase{p, needs(parsed), language}, err
}

// in reports whether the text has the phrase.
func (p phrase) in(text string) bool { return p.maybeIn(text) && p.pattern.MatchString(text) }

func (p phrase) maybeIn(text string) bool {
	return p.needs == nil || slices.ContainsFunc(p.needs, func(need string) bool { return strings.Contains(text, need) })
}

// needs returns texts of which one stands in all that the expression matches, or nil
// where there is no such list.
func needs(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		return []string{string(re.Rune)}
	case syntax.OpCapture, syntax.OpPlus:
		return needs(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needs(re.Sub[0])
		}
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			of := needs(sub)
			if of == nil {
				return nil
			}
			all = append(all, of...)
		}
		return all
	case syntax.OpConcat:
		var best []string
		for _, sub := range re.Sub {
			if of := needs(sub); shortest(of) > shortest(best) {
				best = of
			}
		}
		return best
	}
	return nil
}

// shortest is the length of the shortest text, the least telling one; zero for none.
func shortest(texts []string) int {
	if texts == nil {
		return 0
	}
	return len(slices.MinFunc(texts, func(a, b string) int { return len(a) - len(b) }))
}
