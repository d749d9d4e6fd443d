package syntax

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// InWord reports letters, digits and marks.
func InWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

// piece is a word, or one other character that is no space.
type piece struct {
	Text       string // in lower case
	Start, End int
	word       bool
}

func joined(text string, pieces []piece) string {
	return strings.ToLower(text[pieces[0].Start:pieces[len(pieces)-1].End])
}

// split cuts a text into words with the apostrophes and hyphens inside of them,
// and marks. French articles and pronouns are parted from what they lean on.
func split(language, text string) []piece {
	var out []piece
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		end := i + n
		if unicode.IsSpace(r) {
			i = end
			continue
		}
		is := InWord(r)
		for is && end < len(text) {
			next, n := utf8.DecodeRuneInString(text[end:])
			after, _ := utf8.DecodeRuneInString(text[end+n:])
			if !InWord(next) && !((next == '\'' || next == '-') && InWord(after)) {
				break
			}
			end += n
			if next == '\'' && language == "fr" && end-i <= len("qu'") {
				break
			}
		}
		out = append(out, piece{strings.ToLower(text[i:end]), i, end, is})
		i = end
	}
	return out
}
