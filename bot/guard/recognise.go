package guard

import "regexp"

// recogniser finds one kind of personal data. Patterns run in linear time (RE2)
// and match a candidate at its longest; where one has groups, the first is the
// candidate and what stands around it is what gives it away.
type recogniser struct {
	kind    Kind
	pattern *regexp.Regexp
	valid   func(candidate string) bool
	rule    rule
	// part, where it is set, decides instead of valid and rule: it returns how many
	// bytes at the candidate's beginning are personal data.
	part func(candidate string) int
	// stems, where there are any: without one of them nothing can match. They are
	// in lower case and spare most messages most patterns.
	stems []string
}

// rule says which candidates are looked at.
type rule int

const (
	// whole: the candidate as it is, where it begins and ends like a number.
	whole rule = iota
	// shorter: also what is left of it when parts go from its end, longest first:
	// "card 4111… 12 26".
	shorter
	// alone: like whole, but not where dashes make it part of a longer number.
	alone
	// anywhere: wherever the pattern matches.
	anywhere
)

// takeOut blanks what is recognised and returns it.
func (r *recogniser) takeOut(s *script) []finding {
	var out []finding
	if !s.hasAny(r.stems) {
		return nil
	}
	for pos := 0; pos < len(s.text); {
		m := r.pattern.FindSubmatchIndex(s.text[pos:])
		if m == nil {
			break
		}
		start, end := pos+m[0], pos+m[1]
		if len(m) > 2 {
			start, end = pos+m[2], pos+m[3]
		}
		end = r.fit(s.text, start, end)
		if end < 0 {
			pos = nextWord(s.text, pos+m[0])
			continue
		}
		clear(s.text[start:end])
		out = append(out, finding{r.kind, s.at[start], s.at[end]})
		pos = end
	}
	return out
}

// fit returns where the valid part of a candidate ends, or -1.
func (r *recogniser) fit(text []byte, start, end int) int {
	if r.part != nil {
		if n := r.part(string(text[start:end])); n > 0 && ends(text, start+n) {
			return start + n
		}
		return -1
	}
	if r.rule == anywhere && r.valid(string(text[start:end])) {
		return end
	}
	if r.rule == anywhere || !begins(text, start) || r.rule == alone && !isAlone(text, start, end) {
		return -1
	}
	for ; end > start; end-- {
		if r.rule == shorter && classOf(text[end-1]) == other && text[end-1] != ')' {
			continue
		}
		if ends(text, end) && r.valid(string(text[start:end])) {
			return end
		}
		if r.rule != shorter {
			break
		}
	}
	return -1
}

// nextWord returns where the next word or number after the one at i begins.
func nextWord(text []byte, i int) int {
	for i++; i < len(text); i++ {
		if classOf(text[i]) != other && classOf(text[i]) != classOf(text[i-1]) {
			break
		}
	}
	return i
}

type class int

const (
	other class = iota
	figure
	letter
)

func classOf(b byte) class {
	switch {
	case b >= '0' && b <= '9':
		return figure
	case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z':
		return letter
	}
	return other
}

// begins reports whether a number may begin at i: not inside of another, and
// not inside of a word, unless a whole word is written onto it ("ssn123…").
func begins(text []byte, i int) bool {
	if i == 0 || classOf(text[i]) == other || classOf(text[i-1]) == other {
		return true
	}
	if classOf(text[i]) != figure || classOf(text[i-1]) != letter {
		return false
	}
	j := i
	for j > 0 && classOf(text[j-1]) == letter {
		j--
	}
	return i-j >= gluedWord && (j == 0 || classOf(text[j-1]) != figure)
}

// ends is begins from the other side.
func ends(text []byte, i int) bool {
	if i == len(text) || classOf(text[i]) == other || classOf(text[i-1]) == other {
		return true
	}
	if classOf(text[i-1]) != figure || classOf(text[i]) != letter {
		return false
	}
	j := i
	for j < len(text) && classOf(text[j]) == letter && j-i < gluedWord {
		j++
	}
	return j-i >= gluedWord
}

// gluedWord is the length of the shortest word that may be written onto a number.
const gluedWord = 3

func isAlone(text []byte, start, end int) bool {
	before := start >= 2 && text[start-1] == '-' && classOf(text[start-2]) == figure
	after := end+1 < len(text) && text[end] == '-' && classOf(text[end+1]) == figure
	return !before && !after
}
