package guard

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Clean brings a message into NFC, replaces what is no valid UTF-8, drops
// control, bidirectional, tag and other invisible characters, and folds white
// space, keeping single line breaks. A message of invisible characters only is
// empty.
func Clean(message string) string {
	var b strings.Builder
	var gap, last rune
	for _, r := range strings.ToValidUTF8(message, "\uFFFD") {
		switch {
		case r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
			gap = '\n'
		case unicode.IsSpace(r):
			if gap == 0 {
				gap = ' '
			}
		case joins(r) && (gap != 0 || !joined(last)), !joins(r) && invisible(r):
		default:
			if gap != 0 && b.Len() > 0 {
				b.WriteRune(gap)
			}
			gap = 0
			b.WriteRune(r)
			last = r
		}
	}
	// Last, because what was dropped may have parted a letter from its accent.
	return norm.NFC.String(b.String())
}

// joins reports the invisible characters that change how their neighbours look:
// the joiners of Persian, Indic scripts and emoji, and the selectors that tell
// an emoji from its plain sign.
func joins(r rune) bool {
	return r == '\u200C' || r == '\u200D' || r == '\uFE0E' || r == '\uFE0F'
}

// joined reports the characters after which such a one means something.
func joined(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsMark(r) && !joins(r) || unicode.In(r, unicode.So, unicode.Sk, unicode.Sm, unicode.Po) ||
		r == '\uFE0F' || unicode.IsDigit(r) // keycaps
}

// invisible reports the characters that show nothing: Unicode's controls,
// formats and private ones, and those of Default_Ignorable_Code_Point that other
// categories hold (UAX #44), with the blank of Braille.
func invisible(r rune) bool {
	switch {
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Variation_Selector):
		return true
	case r == '\u034F', r == '\u115F', r == '\u1160', r == '\u17B4', r == '\u17B5', r == '\u2800', r == '\u3164', r == '\uFFA0':
		return true
	}
	return r >= 0xE0000 && r <= 0xE0FFF
}
