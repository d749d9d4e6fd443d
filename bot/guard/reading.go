package guard

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A script is a clean message as the recognisers read it: digits and letters of
// any width or script's digits as ASCII, dashes as "-", white space as " ",
// without marks and invisible characters, and with zero bytes, which no pattern
// matches, for placeholders and what was taken out.
type script struct {
	text []byte
	// at holds for each byte where its character begins in the message, and at
	// the end the message's length.
	at []int
	// lower is text in lower case as it was before anything was taken out.
	lower []byte
}

// Bare returns a screened message without its placeholders, as it is searched for.
func Bare(message string) string {
	if bare := placeholders.ReplaceAllLiteralString(message, ""); len(bare) < len(message) {
		return strings.Join(strings.Fields(bare), " ")
	}
	return message
}

var placeholders = func() *regexp.Regexp {
	var all []string
	for _, k := range kinds {
		all = append(all, regexp.QuoteMeta(k.placeholder()))
	}
	return regexp.MustCompile(strings.Join(all, "|"))
}()

// reading returns the script of a clean message.
func reading(text string) script {
	s := script{text: make([]byte, 0, len(text)), at: make([]int, 0, len(text)+1)}
	from := 0
	for _, p := range placeholders.FindAllStringIndex(text, -1) {
		s.add(text, from, p[0])
		s.write(p[0], 0)
		from = p[1]
	}
	s.add(text, from, len(text))
	s.at = append(s.at, len(text))
	s.lower = bytes.ToLower(s.text)
	return s
}

func (s *script) add(text string, from, to int) {
	var buf [utf8.UTFMax]byte
	for i, r := range text[from:to] {
		if r = read(r); r >= 0 {
			s.write(from+i, buf[:utf8.EncodeRune(buf[:], r)]...)
		}
	}
}

// hasAny reports whether one of the stems stands in the text. Without stems it does.
func (s *script) hasAny(stems []string) bool {
	return len(stems) == 0 || slices.ContainsFunc(stems, func(stem string) bool { return bytes.Contains(s.lower, []byte(stem)) })
}

func (s *script) write(at int, b ...byte) {
	for range b {
		s.at = append(s.at, at)
	}
	s.text = append(s.text, b...)
}

// read returns how a character is read, or -1 where it is passed over.
func read(r rune) rune {
	switch {
	case r < utf8.RuneSelf:
		if r == '\n' {
			return ' '
		}
		return r
	case unicode.Is(unicode.Nd, r):
		return '0' + digit(r)
	case unicode.Is(unicode.Pd, r), r == '\u2212':
		return '-'
	case unicode.IsSpace(r):
		return ' '
	case unicode.IsMark(r), invisible(r):
		return -1
	}
	var buf [utf8.UTFMax]byte
	if folded := norm.NFKC.Bytes(buf[:utf8.EncodeRune(buf[:], r)]); len(folded) == 1 {
		return rune(folded[0])
	}
	return r
}

// digit returns the value of a decimal digit. Each script has its ten in a row
// (Unicode Standard, section 4.6), and a range of the table holds whole rows.
func digit(r rune) rune {
	for _, t := range unicode.Nd.R16 {
		if r <= rune(t.Hi) {
			return (r - rune(t.Lo)) % 10
		}
	}
	for _, t := range unicode.Nd.R32 {
		if r <= rune(t.Hi) {
			return (r - rune(t.Lo)) % 10
		}
	}
	return 0
}
