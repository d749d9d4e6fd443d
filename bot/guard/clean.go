package guard

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Clean brings a message into NFC, replaces what is no valid UTF-8, drops
// control, bidirectional, tag and other invisible characters, and folds white
// space, keeping single line breaks. A message of invisible characters only is
// empty. A letter keeps at most maxMarks of its marks.
func Clean(message string) string {
	var b strings.Builder
	var gap, last rune
	marks := 0
	for _, r := range strings.ToValidUTF8(message, "\uFFFD") {
		switch {
		case r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
			gap = '\n'
		case unicode.IsSpace(r):
			if gap == 0 {
				gap = ' '
			}
		case joins(r) && (gap != 0 || !joined(last, r)), !joins(r) && invisible(r):
		case unicode.IsMark(r) && marks == maxMarks:
		default:
			if marks++; !unicode.IsMark(r) {
				marks = 0
			}
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

// joined reports whether such a one means something after the character r. The
// joiners do in scripts whose letters they shape and between emoji, a selector
// after a sign; elsewhere, and repeated, they only hide something.
func joined(r, by rune) bool {
	sign := unicode.In(r, unicode.So, unicode.Sk, unicode.Sm, unicode.Po)
	if by == '\uFE0E' || by == '\uFE0F' {
		return sign || unicode.IsDigit(r) // keycaps
	}
	shaped := unicode.IsLetter(r) && !unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Han)
	return sign || shaped || unicode.IsMark(r) && !joins(r) || r == '\uFE0F'
}

// maxMarks is more than any language writes on one letter; what a flood has
// beyond is dropped.
const maxMarks = 8

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
