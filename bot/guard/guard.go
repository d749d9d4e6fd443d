// Package guard stands between a citizen's words and everything else. In is the
// one place where a message becomes bot.Redacted: control and invisible
// characters go, and personal data that is recognised is replaced by the name
// of its kind in brackets.
//
// What is recognised has a form that can be checked: e-mail addresses,
// telephone numbers, payment cards (Luhn), and identifiers with a checksum or a
// fixed structure. A number that merely is long (a form number, a fee, a limit)
// is left alone. Names and addresses are not recognised yet; docs/privacy.md
// says so to those who run the service.
package guard

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"townclerk/bot"
)

// Kind is a kind of personal data; in brackets it is the placeholder.
type Kind string

// The kinds that are recognised.
const (
	Email  Kind = "email"
	Phone  Kind = "phone"
	Card   Kind = "card number"
	IBAN   Kind = "bank account"
	SSN    Kind = "social security number"
	NINO   Kind = "national insurance number"
	NHS    Kind = "NHS number"
	SIN    Kind = "social insurance number"
	NIR    Kind = "numéro de sécurité sociale"
	TaxID  Kind = "tax ID"
	Secret Kind = "password"
)

// Screened is a message that may be stored and searched.
type Screened struct {
	Text bot.Redacted
	// Kinds are the kinds of personal data that were taken out, each once, sorted.
	Kinds []string
}

// In screens a message.
func In(message string) Screened {
	text := Clean(message)
	var kinds []string
	for _, r := range recognisers {
		text = r.pattern.ReplaceAllStringFunc(text, func(match string) string {
			if !r.valid(match) {
				return match
			}
			kinds = append(kinds, string(r.kind))
			return r.replace(match)
		})
	}
	slices.Sort(kinds)
	return Screened{Text: bot.AsRedacted(text), Kinds: slices.Compact(kinds)}
}

// Clean brings a message into NFC, replaces what is no valid UTF-8, drops
// control, bidirectional, tag and other invisible characters, and folds white
// space, keeping single line breaks.
func Clean(message string) string {
	var b strings.Builder
	gap := rune(0)
	for _, r := range norm.NFC.String(strings.ToValidUTF8(message, "\uFFFD")) {
		switch {
		case r == '\n' || r == '\r':
			gap = '\n'
		case unicode.IsSpace(r):
			if gap == 0 {
				gap = ' '
			}
		case r != '\u200C' && r != '\u200D' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co),
			r >= 0xE0100 && r <= 0xE01EF:
		default:
			if gap != 0 && b.Len() > 0 {
				b.WriteRune(gap)
			}
			gap = 0
			b.WriteRune(r)
		}
	}
	return b.String()
}
