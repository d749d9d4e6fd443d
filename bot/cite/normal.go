package cite

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"townclerk/knowledge"
)

// normal is a text in the form in which quotes are compared, see the package
// comment, with the way back.
type normal struct {
	text string
	// from and to are, for each byte of text, where the character that it came from
	// begins and ends in the original.
	from, to []int
}

// normalise brings a text into the form in which quotes are compared. It is
// defined in the package comment.
func normalise(s string) normal {
	var n normal
	var b strings.Builder
	put := func(out string, start, end int) {
		b.WriteString(out)
		for range len(out) {
			n.from, n.to = append(n.from, start), append(n.to, end)
		}
	}
	space, gapStart := "", 0
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		end := i + size
		switch out := form(r); {
		case out == " " || out == " | ":
			if space == "" {
				gapStart = i
			}
			if space != " | " {
				space = out
			}
		case out != "":
			if space == " | " || space != "" && b.Len() > 0 {
				put(space, gapStart, i)
			}
			space = ""
			put(out, i, end)
		}
		i = end
	}
	n.text = b.String()
	return n
}

// form returns what stands for a character: a space for any white space, " | "
// for what parts cells, nothing for what is not seen.
func form(r rune) string {
	switch {
	case r == '\t' || r == '|':
		return " | "
	case r > ' ' && r < 0x7f:
		return string(r)
	case unicode.IsSpace(r):
		return " "
	case unicode.IsDigit(r):
		return string('0' + digit(r))
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point):
		return ""
	case r == utf8.RuneError || unicode.Is(unicode.No, r): // "10²" is not "102"
		return string(r)
	case strings.ContainsRune("‘’‚‛′ʼ´`", r):
		return "'"
	case strings.ContainsRune("“”„‟″«»", r):
		return `"`
	case unicode.Is(unicode.Pd, r) || r == '−':
		return "-"
	}
	out := norm.NFKC.String(string(r))
	if strings.TrimSpace(out) != out || out == "" {
		return " "
	}
	return out
}

// digit returns the value of a decimal digit of any script. Unicode encodes
// those of a script in a row, from zero.
func digit(r rune) rune {
	zero := r
	for unicode.IsDigit(zero - 1) {
		zero--
	}
	return (r - zero) % 10
}

// find returns where a quote stands in the part of text, in the bytes of the
// text; no place is inside of a character, a word or a number.
func find(text string, within knowledge.Range, quote string) []knowledge.Range {
	if !within.Within(len(text)) || !onRunes(text, within) {
		return nil
	}
	hay := normalise(text[within.Start:within.End])
	needle := strings.Trim(normalise(norm.NFC.String(quote)).text, " |")
	if needle == "" {
		return nil
	}
	var out []knowledge.Range
	for at := 0; len(out) < maxPlaces; at++ {
		i := strings.Index(hay.text[at:], needle)
		if i < 0 {
			return out
		}
		at += i
		r := knowledge.Range{Start: within.Start + hay.from[at], End: within.Start + hay.to[at+len(needle)-1]}
		if whole(hay, at, at+len(needle)) && onRunes(text, r) && !cuts(text, r.Start) && !cuts(text, r.End) && !splits(text, r) {
			out = append(out, r)
		}
	}
	return out
}

// maxPlaces is how many places of one quote are looked at.
const maxPlaces = 8

// whole reports that a stretch of the normal form cuts no character of the
// original that became several.
func whole(n normal, start, end int) bool {
	return (start == 0 || n.from[start-1] != n.from[start]) && (end == len(n.from) || n.from[end] != n.from[end-1])
}

// splits reports a range that parts what belongs to one number: "1/2" out of
// "3 1/2", "5" out of "-5" or "1/5", "250" out of "1 250".
func splits(text string, r knowledge.Range) bool {
	first, _ := utf8.DecodeRuneInString(text[r.Start:])
	last, _ := utf8.DecodeLastRuneInString(text[:r.End])
	before := strings.TrimRight(text[:r.Start], " \u00a0\u202f/-−")
	after := strings.TrimLeft(text[r.End:], " \u00a0\u202f/-−")
	b, _ := utf8.DecodeLastRuneInString(before)
	a, _ := utf8.DecodeRuneInString(after)
	return numeric(first) && numeric(b) || numeric(last) && numeric(a)
}

func numeric(r rune) bool { return unicode.IsDigit(r) || unicode.Is(unicode.No, r) }
