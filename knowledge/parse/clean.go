package parse

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// clean brings text into canonical form: NFC, white space folded to single
// spaces (a line break that the page asks for stays one), no control and no
// invisible characters.
func clean(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	space, line := false, false
	for _, r := range norm.NFC.String(s) {
		switch {
		case r == lineBreak:
			line = true
		case unicode.IsSpace(r):
			space = true
		case invisible(r):
		default:
			if b.Len() > 0 {
				switch {
				case line:
					b.WriteByte('\n')
				case space:
					b.WriteByte(' ')
				}
			}
			space, line = false, false
			b.WriteRune(r)
		}
	}
	return b.String()
}

// lineBreak stands for <br> until clean turns it into a newline.
const lineBreak = '\uE000'

// invisible reports characters that a reader does not see and an attacker may
// write with: controls, bidirectional overrides, tags, variation selectors
// beyond the ordinary ones, zero-width spaces. The joiners U+200C and U+200D
// carry meaning in several scripts and stay.
func invisible(r rune) bool {
	switch {
	case r == '\u200C' || r == '\u200D':
		return false
	case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r):
		return true
	case r >= 0xE0100 && r <= 0xE01EF: // variation selectors supplement
		return true
	case r == '\u115F' || r == '\u1160' || r == '\u3164' || r == '\uFFA0': // Hangul fillers
		return true
	}
	return false
}
