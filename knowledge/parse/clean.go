package parse

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// lineBreak stands for <br> until clean turns it into a newline. Pages cannot
// write it: prune takes it out of their text.
const lineBreak = '\uE000'

// clean brings text into canonical form: NFC, white space folded to single
// spaces (a line break that the page asks for stays one), no control and no
// invisible characters.
func clean(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	space, line := false, false
	last := rune(0)
	for _, r := range s {
		switch {
		case r == lineBreak:
			line = true
		case r < 0x7f && r > ' ': // the ordinary case first
		case unicode.IsSpace(r):
			space = true
			continue
		case invisible(r) && !(joiner(r) && joins(last)):
			continue
		}
		if r == lineBreak {
			continue
		}
		if b.Len() > 0 {
			switch {
			case line:
				b.WriteByte('\n')
			case space:
				b.WriteByte(' ')
			}
		}
		space, line, last = false, false, r
		b.WriteRune(r)
	}
	return norm.NFC.String(b.String()) // last: what is taken out may have kept marks apart
}

// cleanLine is clean for what has to be one line of at most limit bytes.
func cleanLine(s string, limit int) string {
	s = flat(clean(s))
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return strings.TrimSpace(s[:limit])
}

var lineBreaks = strings.NewReplacer("\n", " ", string(lineBreak), " ")

func flat(s string) string { return lineBreaks.Replace(s) }

// joiner reports the zero-width (non-)joiners, which are part of the spelling
// in some scripts and stay there. Elsewhere they are as invisible as the rest.
func joiner(r rune) bool { return r == '\u200C' || r == '\u200D' }

func joins(before rune) bool {
	return unicode.In(before, unicode.Arabic, unicode.Syriac, unicode.Nko, unicode.Mongolian, unicode.Devanagari,
		unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu,
		unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Tibetan, unicode.Myanmar, unicode.Khmer)
}

// invisible reports characters that a reader does not see and an attacker may
// write with: controls, bidirectional overrides, tags, fillers, joiners,
// variation selectors, private and non-characters. Some format characters are
// seen (the Arabic number signs) and are not among them.
func invisible(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co,
		unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector, unicode.Noncharacter_Code_Point) &&
		!unicode.Is(unicode.Prepended_Concatenation_Mark, r)
}
