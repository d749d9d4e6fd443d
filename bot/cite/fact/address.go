package fact

import (
	"regexp"
	"strings"
	"unicode"
)

var (
	email  = regexp.MustCompile(`^[\pL\pN._%+-]+@[\pL\pN-]+(?:\.[\pL\pN-]+)+`)
	link   = regexp.MustCompile(`^(?i:(?:https?://|www\.)[^\s<>"|\x00-\x1f\x{FFFD}]+|[\pL\pN-]+(?:\.[\pL\pN-]+)*\.\pL{2,}(?:[/?#][^\s<>"|\x00-\x1f\x{FFFD}]*)?)`)
	phones = []*regexp.Regexp{
		regexp.MustCompile(`^tel:(\+?\d{1,80})\b`),
		regexp.MustCompile(`^((?:\+?1[ .-]?)?\(?\d{3}\)?[ .-]{0,2}\d{3}[ .-]\d{4})\b`),
		regexp.MustCompile(`^(\d{3}[-.]\d{4})\b`),
		regexp.MustCompile(`^((?:\+|\(?0)[\d ()/.-]{4,22}\d)\b`),
	}
)

// address reads an e-mail address or a link.
func (s *scanner) address() (Fact, int) {
	if s.at > 0 && s.adjoins(-1) && strings.ContainsAny(s.word(-1), "@./_") {
		return Fact{}, 0
	}
	rest := s.rest()
	if m := email.FindString(rest); m != "" {
		if n := s.upTo(len(m)); n > 0 {
			return Fact{Kind: Email, Value: strings.ToLower(m)}, n
		}
	}
	m := strings.TrimRight(link.FindString(rest), `.,;:!?)]'"`)
	n := s.upTo(len(m))
	address := bare(m)
	if n < 2 || !strings.Contains(address, ".") || !strings.ContainsFunc(address, unicode.IsLetter) {
		return Fact{}, 0
	}
	return Fact{Kind: Link, Value: address}, n
}

var scheme = regexp.MustCompile(`^(?i:https?://)+`)

// bare drops the scheme and what may end a sentence, and writes the host in lower
// case.
func bare(link string) string {
	link = strings.TrimRight(scheme.ReplaceAllString(link, ""), "/.,;:!?)]'\"")
	i := strings.IndexAny(link, "/?#")
	if i < 0 {
		i = len(link)
	}
	return strings.ToLower(link[:i]) + link[i:]
}

// phone reads a telephone number: one of ten digits in the North American
// groups, of seven with a hyphen, or one that begins with + or 0 and has at
// least six digits.
func (s *scanner) phone() (Fact, int) {
	for _, form := range phones {
		m := form.FindStringSubmatch(s.rest())
		if m == nil {
			continue
		}
		n := s.upTo(len(m[0]))
		number := strings.Map(func(r rune) rune {
			if unicode.IsDigit(r) || r == '+' {
				return r
			}
			return -1
		}, m[1])
		if n > 0 && (len(number) >= 6 || strings.HasPrefix(m[0], "tel:")) {
			return Fact{Kind: Phone, Value: number}, n
		}
	}
	return Fact{}, 0
}
