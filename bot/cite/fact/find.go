package fact

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Find returns the facts of a text in the order in which they stand. The text is
// plain, with straight quotation marks, "-" for every dash and single spaces;
// where it is not, less is found. In a language without a word list only digits,
// signs, addresses and numeric dates are known.
func Find(language, text string) []Fact {
	s := &scanner{language: language, text: text, table: tableOf(language), tokens: tokens(text)}
	for s.at < len(s.tokens) {
		if f, n := s.next(); n > 0 {
			f.Start, f.End = s.tokens[s.at].start, s.tokens[s.at+n-1].end
			s.facts = append(s.facts, placed{f, s.at, s.at + n})
			s.at += n
		} else {
			s.at++
		}
	}
	s.ranges()
	s.bounds()
	out := make([]Fact, len(s.facts))
	for i, p := range s.facts {
		out[i] = p.Fact
	}
	return out
}

// placed is a fact with the half-open range of its tokens.
type placed struct {
	Fact
	from, to int
}

type scanner struct {
	language string
	text     string
	table    Table
	tokens   []token
	at       int
	facts    []placed
}

// token is a word, a run of digits, or one other character that is no space.
type token struct {
	text       string // in lower case
	start, end int
}

func tokens(text string) []token {
	var out []token
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		end := i + n
		switch {
		case unicode.IsSpace(r):
			i = end
			continue
		case unicode.IsDigit(r):
			end = i + span(text[i:], unicode.IsDigit)
		case unicode.IsLetter(r):
			end = i + span(text[i:], wordy)
		}
		out = append(out, token{strings.ToLower(text[i:end]), i, end})
		i = end
	}
	return out
}

func wordy(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) || r == '²'
}

// span returns the length of the beginning of s whose characters all are.
func span(s string, are func(rune) bool) int {
	if n := strings.IndexFunc(s, func(r rune) bool { return !are(r) }); n >= 0 {
		return n
	}
	return len(s)
}

// next reads a fact at the current token and returns how many tokens it takes;
// zero: there is none.
func (s *scanner) next() (Fact, int) {
	for _, read := range []func() (Fact, int){s.address, s.numericDate, s.wordDate, s.phone, s.clock, s.ordinal, s.money, s.number, s.month, s.named, s.per} {
		if f, n := read(); n > 0 {
			return f, n
		}
	}
	return Fact{}, 0
}

// upTo returns the number of tokens from the current one that end at or before a
// byte offset from the current token's start; zero where the offset is inside of
// a token.
func (s *scanner) upTo(length int) int {
	end := s.tokens[s.at].start + length
	for n := 0; s.at+n < len(s.tokens); n++ {
		switch t := s.tokens[s.at+n]; {
		case t.end == end:
			return n + 1
		case t.end > end:
			return 0
		}
	}
	return 0
}

// word returns the token n places on in lower case; empty beyond the end.
func (s *scanner) word(n int) string {
	if i := s.at + n; i >= 0 && i < len(s.tokens) {
		return s.tokens[i].text
	}
	return ""
}

// lookup finds the longest phrase of a section that begins n tokens on. It
// returns its name and its length in tokens. A phrase is written with single
// spaces, or as one where its tokens are.
func (s *scanner) lookup(section string, n int) (string, int) {
	entries := s.table[section]
	for length := 4; length > 0; length-- {
		if name, ok := entries[s.phrase(s.at+n, length)]; ok {
			return name, length
		}
	}
	return "", 0
}

// phrase returns length tokens as one text in lower case; empty where there are not
// as many.
func (s *scanner) phrase(from, length int) string {
	if from < 0 || from+length > len(s.tokens) {
		return ""
	}
	if length == 1 {
		return s.tokens[from].text
	}
	return strings.ToLower(s.text[s.tokens[from].start:s.tokens[from+length-1].end])
}

// ranges gives what stands first in a range the kind and unit of what stands
// second ("4-6 weeks", "9 to 5 p.m.", "1 to 5 March"), and marks both ends.
func (s *scanner) ranges() {
	for i := range max(len(s.facts)-1, 0) {
		a, b := &s.facts[i], &s.facts[i+1]
		if b.from-a.to < 1 || b.from-a.to > 2 || s.table["range"][s.phrase(a.to, b.from-a.to)] == "" && s.phrase(a.to, b.from-a.to) != "-" {
			continue
		}
		join := s.phrase(a.to, b.from-a.to)
		opened := a.from > 0 && s.table["bounds"][s.tokens[a.from-1].text] == string(From)
		if a.Kind == Number && (a.Unit == "" || a.Unit == "ordinal") && (opened || s.table["conjunction"][join] == "") {
			inherit(&a.Fact, b.Fact)
		}
		if a.Like(b.Fact) && (opened || join == "-" || s.table["bounds"][join] == string(Until)) {
			a.Bound, b.Bound = From, Until
		}
	}
}

// inherit makes a bare number the like of what follows it in a range.
func inherit(a *Fact, b Fact) {
	switch {
	case b.Kind == Number && a.Unit == "":
		a.Unit = b.Unit
	case b.Kind == Time && len(a.Value) <= 2 && pad(a.Value) <= "24" && a.Unit == "" && strings.Trim(a.Value, "0123456789") == "":
		a.Kind, a.Value = Time, pad(a.Value)+":00"
	case b.Kind == Date && len(a.Value) <= 2:
		if _, month, day := fields(b.Value); day != "" && valid(month, pad(a.Value)) {
			a.Kind, a.Value, a.Unit = Date, "--"+month+"-"+pad(a.Value), ""
		}
	}
}

// bounds reads what stands before and after each fact ("at least", "or more").
func (s *scanner) bounds() {
	for i := range s.facts {
		f := &s.facts[i]
		f.Fact.From, f.To = f.Start, f.End
		s.at = f.to
		if name, n := s.lookup("after", 0); n > 0 {
			f.Bound, f.To = Bound(name), s.tokens[f.to+n-1].end
			continue
		}
		from := f.from
		if from > 0 && s.table["skip"][s.tokens[from-1].text] != "" {
			from--
		}
		for _, start := range []int{f.from, from} {
			if s.before(f, start) {
				break
			}
		}
	}
}

// before sets the bound whose longest phrase ends before a token.
func (s *scanner) before(f *placed, end int) bool {
	for length := min(4, end); length > 0; length-- {
		name, ok := s.table["bounds"][s.phrase(end-length, length)]
		if !ok || f.Bound != None && (name == string(From) || name == string(Until)) {
			continue
		}
		if name == string(Until) && s.tokens[end-1].text == "to" { // "to" ends a range and nothing else
			continue
		}
		f.Bound, f.Fact.From = Bound(name), s.tokens[end-length].start
		return true
	}
	return false
}
