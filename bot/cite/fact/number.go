package fact

import (
	"math/big"
	"regexp"
	"strings"
)

var (
	spaced   = regexp.MustCompile(`^\d{1,3}(?: \d{3})+(?:[.,]\d+)?`)
	digits   = regexp.MustCompile(`^\d{1,80}(?:[.,']\d{1,80})*`)
	fraction = regexp.MustCompile(`^(\d{1,200})/(\d{1,200})`)
	ordinals = regexp.MustCompile(`^(\d{1,9})(?:st|nd|rd|th|er|re|ère|e|ème|o|a)`)
)

// mostDigits is the length in bytes of the longest number that is read.
const mostDigits = 60

// vulgar are the fractions that have a character of their own.
var vulgar = map[string]string{"½": "1/2", "¼": "1/4", "¾": "3/4", "⅓": "1/3", "⅔": "2/3", "⅛": "1/8", "⅜": "3/8", "⅝": "5/8", "⅞": "7/8"}

// money reads a sign with the number after it: "$5", "€ 6.50".
func (s *scanner) money() (Fact, int) {
	unit, n := s.lookup("units", 0)
	if n != 1 || !strings.ContainsAny(s.word(0), "$£€¢") {
		return Fact{}, 0
	}
	value, m := s.quantity(1)
	if m == 0 || len(value) > 1 && value[0] == '0' {
		return Fact{}, 0
	}
	if name, k := s.scaled(1 + m); k > 0 {
		value, m = times(value, name), m+k
	}
	return Fact{Kind: Number, Value: value, Unit: unit}, 1 + m
}

// number reads a number in digits or words, with the unit after it.
func (s *scanner) number() (Fact, int) {
	if name, n := s.lookup("counts", 0); n > 0 && !s.conjunction(n) {
		return Fact{Kind: Number, Value: name, Unit: "times"}, n
	}
	value, n := s.quantity(0)
	inWords := n == 0
	if inWords {
		value, n = s.spelled(0)
	}
	if n == 0 {
		return Fact{}, 0
	}
	if name, k := s.scaled(n); k > 0 {
		value, n = times(value, name), n+k
	}
	if len(value) > 1 && value[0] == '0' {
		return Fact{Kind: Phone, Value: value}, n
	}
	unit, k := s.unit(n)
	if old := s.phrase(s.at+n+k, 1); unit == "year" && s.table["old"][old] != "" { // "16 years old" is "aged 16"
		unit, k = "", k+1
	}
	if k == 0 && inWords && strings.Contains(value, "/") {
		unit = "part"
	}
	if inWords && value == "1" && k == 0 && !s.counts(n) {
		return Fact{}, 0
	}
	return Fact{Kind: Number, Value: value, Unit: unit}, n + k
}

// conjunction reports "once" that means "as soon as".
func (s *scanner) conjunction(n int) bool {
	next := s.word(n)
	if s.table["per"][next] != "" { // "once every two months"
		_, k := s.spelled(n + 1)
		_, digits := s.quantity(n + 1)
		return next == "every" && k+digits > 0
	}
	return s.word(0) == "once" && (s.table["pronoun"][next] != "" && next != "in" && next != "and" && next != "or" && next != "by" && next != "for" && next != "before" || s.word(-1) == "at")
}

// counts reports that the word for one counts what follows it, and is no pronoun
// or article. Only languages that list pronouns can tell.
func (s *scanner) counts(n int) bool {
	next, list := s.word(n), s.table["pronoun"]
	if list == nil || next == "" || list[next] != "" || strings.Trim(next, ".,;:!?)") == "" {
		return false
	}
	switch s.word(-1) {
	case "no", "each", "this", "that", "any", "another", "every", "some", "further":
		return false
	}
	return true
}

// unit reads the unit n tokens on, with the hyphen in front of it where there is
// one ("24-hour").
func (s *scanner) unit(n int) (string, int) {
	hyphen := 0
	if s.word(n) == "-" {
		hyphen = 1
	}
	if name, k := s.lookup("units", n+hyphen); k > 0 {
		return name, hyphen + k
	}
	return "", 0
}

// scaled reads "million" and the like after a number.
func (s *scanner) scaled(n int) (string, int) {
	name, k := s.lookup("numbers", n)
	if len(name) < 4 || strings.Trim(name, "10") != "" {
		return "", 0
	}
	return name, k
}

// times multiplies two values; a number that is long already stays as it is.
func times(a, b string) string {
	if len(a) > 30 {
		return a
	}
	x, ok := new(big.Rat).SetString(a)
	y, ok2 := new(big.Rat).SetString(b)
	if !ok || !ok2 {
		return a
	}
	return x.Mul(x, y).RatString()
}

// quantity reads a number in digits, n tokens on: "1,250.50", "3 1/4", "½".
func (s *scanner) quantity(n int) (string, int) {
	if s.at+n >= len(s.tokens) {
		return "", 0
	}
	here := *s
	here.at += n
	rest := here.rest()
	if v := vulgar[here.word(0)]; v != "" {
		return v, 1
	}
	if m := fraction.FindString(rest); m != "" && here.upTo(len(m)) > 0 {
		if v, ok := new(big.Rat).SetString(m); ok {
			return v.RatString(), here.upTo(len(m))
		}
	}
	m := digits.FindString(rest)
	if g := spaced.FindString(rest); s.language != "en" && len(g) > len(m) {
		m = g
	}
	length := here.upTo(len(m))
	if length == 0 || len(m) > mostDigits {
		return "", 0
	}
	value := decimal(s.language, m)
	here.at += length
	if part, k := here.part(); k > 0 && strings.Trim(value, "0123456789") == "" {
		if sum, ok := add(value, part); ok {
			return sum, length + k
		}
	}
	return value, length
}

// part reads a fraction after a whole number.
func (s *scanner) part() (string, int) {
	if s.at >= len(s.tokens) {
		return "", 0
	}
	if v := vulgar[s.word(0)]; v != "" {
		return v, 1
	}
	if m := fraction.FindString(s.rest()); m != "" {
		return m, s.upTo(len(m))
	}
	return "", 0
}

func add(a, b string) (string, bool) {
	x, ok := new(big.Rat).SetString(a)
	y, ok2 := new(big.Rat).SetString(b)
	if !ok || !ok2 {
		return "", false
	}
	return x.Add(x, y).RatString(), true
}

// decimal reads digits with separators as the language writes them. A sign
// before exactly three digits groups them where it is the language's grouping
// sign; digits that begin with 0 are a code and stay as they are.
func decimal(language, m string) string {
	group, point := ",' ", "."
	if language == "es" || language == "fr" || language == "de" {
		group, point = ".' ", ","
	}
	whole, frac := m, ""
	if i := strings.LastIndexAny(m, ".,"); i >= 0 {
		tail := m[i+1:]
		if strings.Trim(tail, "0123456789") != "" {
			tail = ""
		} else if strings.Contains(point, m[i:i+1]) || len(tail) != 3 && strings.Count(m, m[i:i+1]) == 1 {
			whole, frac = m[:i], tail
		}
	}
	whole = strings.Map(func(r rune) rune {
		if strings.ContainsRune(group+point, r) {
			return -1
		}
		return r
	}, whole)
	if frac == "" && len(whole) > 1 && whole[0] == '0' {
		return whole
	}
	v, ok := new(big.Rat).SetString(whole + "." + frac + "0")
	if !ok {
		return whole
	}
	return v.RatString()
}

// spelled reads a number in words, n tokens on: "twenty-one", "one hundred and
// fifty".
func (s *scanner) spelled(n int) (string, int) {
	total, length, last := "", 0, ""
	for {
		skip := 0
		if total != "" && (s.word(n+length) == "-" || s.word(n+length) == "and" && strings.HasSuffix(last, "00")) {
			skip = 1
		}
		name, k := s.lookup("numbers", n+length+skip)
		if k == 0 || len(total) > 20 {
			return total, length
		}
		switch {
		case total == "":
			total = name
		case name == "100" || name == "1000" || len(name) > 4:
			total = times(total, name)
		case last == "100" || len(last) == 2 && last[1] == '0' && last != "10" && len(name) == 1 || last == "1000":
			total, _ = add(total, name)
		default:
			return total, length
		}
		last, length = name, length+skip+k
	}
}

// ordinal reads "1st" and "first".
func (s *scanner) ordinal() (Fact, int) {
	if m := ordinals.FindStringSubmatch(strings.ToLower(s.rest()[:min(len(s.rest()), 20)])); m != nil && m[1][0] != '0' {
		if n := s.upTo(len(m[0])); n > 1 {
			return Fact{Kind: Number, Value: decimal("", m[1]), Unit: "ordinal"}, n
		}
	}
	if name, n := s.lookup("ordinals", 0); n > 0 {
		return Fact{Kind: Number, Value: name, Unit: "ordinal"}, n
	}
	return Fact{}, 0
}

// reach is how many words behind a number "a year" still belongs to it.
const reach = 4

// per reads what something is counted by: "per foot", "each month", "monthly",
// and "a week" behind a number.
func (s *scanner) per() (Fact, int) {
	if name, n := s.lookup("per", 0); n > 0 {
		switch name {
		case "a":
			if len(s.facts) == 0 || s.at-s.facts[len(s.facts)-1].to > reach {
				return Fact{}, 0
			}
		case "per":
		default:
			return Fact{Kind: Per, Unit: name}, n
		}
		if unit, k := s.lookup("units", n); k > 0 && unit != "percent" {
			return Fact{Kind: Per, Unit: unit}, n + k
		}
	}
	return Fact{}, 0
}
