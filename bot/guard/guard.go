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
//
// Where a number could be either, a checksum decides for taking it out: one in
// ten order numbers of sixteen digits that begin like a card is lost to search,
// and no card is kept.
package guard

import (
	"cmp"
	"slices"
	"strings"

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

var kinds = []Kind{Email, Phone, Card, IBAN, SSN, NINO, NHS, SIN, NIR, TaxID, Secret}

func (k Kind) placeholder() string { return "[" + string(k) + "]" }

// Screened is a message that may be stored and searched.
type Screened struct {
	Text bot.Redacted
	// Kinds are the kinds of personal data that were taken out, each once, sorted.
	Kinds []string
}

// In screens a message. What it returns passes unchanged when it is screened
// again: the recognisers run until they find nothing more, and none reads a
// placeholder.
func In(message string) Screened {
	text := Clean(message)
	read := reading(text)
	var found []finding
	for n := -1; n < len(found); {
		n = len(found)
		for i := range recognisers {
			found = append(found, recognisers[i].takeOut(&read)...)
		}
	}
	slices.SortFunc(found, func(a, b finding) int { return cmp.Compare(a.start, b.start) })
	var out strings.Builder
	var taken []string
	at := 0
	for _, f := range found {
		out.WriteString(text[at:f.start])
		out.WriteString(f.kind.placeholder())
		taken = append(taken, string(f.kind))
		at = f.end
	}
	out.WriteString(text[at:])
	slices.Sort(taken)
	return Screened{Text: bot.AsRedacted(out.String()), Kinds: slices.Compact(taken)}
}

// finding is a stretch of a clean message that is personal data.
type finding struct {
	kind       Kind
	start, end int
}
