// Package guard stands between a citizen's words and everything else. In is the
// one place where a message becomes bot.Redacted: control and invisible
// characters go, and personal data that is recognised is replaced by the name
// of its kind in brackets.
//
// What is recognised has a form that can be checked (e-mail addresses, telephone
// numbers, payment cards, identifiers with a checksum), or stands beside words
// that say what it is: a name that is introduced as one, an address, a date of
// birth, the number of a passport, a licence, a plate, an account. A number that
// merely is long (a form number, a fee, a limit) is left alone.
//
// Where a number could be either, a checksum decides for taking it out: one in
// ten order numbers of sixteen digits that begin like a card is lost to search,
// and no card is kept.
//
// Danger recognises messages of people in danger.
package guard

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"townclerk/bot"
)

// Kind is a kind of personal data; in brackets it is the placeholder.
type Kind string

// The kinds that are recognised.
const (
	Email    Kind = "email"
	Phone    Kind = "phone"
	Address  Kind = "address"
	Name     Kind = "name"
	Birth    Kind = "date of birth"
	Card     Kind = "card number"
	Account  Kind = "bank account"
	SSN      Kind = "social security number"
	NINO     Kind = "national insurance number"
	NHS      Kind = "NHS number"
	SIN      Kind = "social insurance number"
	NIR      Kind = "numéro de sécurité sociale"
	DNI      Kind = "DNI"
	Aadhaar  Kind = "Aadhaar number"
	CPF      Kind = "CPF"
	TaxID    Kind = "tax ID"
	Passport Kind = "passport number"
	Licence  Kind = "driving licence number"
	Plate    Kind = "license plate"
	Case     Kind = "case number"
	Secret   Kind = "password"
)

var kinds = []Kind{
	Email, Phone, Address, Name, Birth, Card, Account, SSN, NINO, NHS, SIN, NIR, DNI, Aadhaar, CPF, TaxID, Passport, Licence, Plate, Case, Secret,
}

func (k Kind) placeholder() string { return "[" + string(k) + "]" }

// Screened is a message that may be stored and searched.
type Screened struct {
	Text bot.Redacted
	// Kinds are the kinds of personal data that were taken out, each once, sorted.
	Kinds []string
}

// Guard screens messages. The zero value recognises all but an agency's own
// numbers. It is safe for concurrent use.
type Guard struct{ cases []recogniser }

// New returns a guard that also takes out what matches the patterns, as Case:
// the agency's case numbers. A pattern is a regular expression of Go's syntax
// and matches whole numbers or words, whatever their case.
func New(cases []string) (Guard, error) {
	var g Guard
	for _, c := range cases {
		pattern, err := regexp.Compile("(?i)(" + c + ")")
		if err != nil {
			return Guard{}, fmt.Errorf("the pattern %q of case numbers: %w", c, err)
		}
		if pattern.MatchString("") {
			return Guard{}, fmt.Errorf("the pattern %q of case numbers matches nothing at all as well: name the characters that it has", c)
		}
		g.cases = append(g.cases, recogniser{kind: Case, pattern: pattern, valid: anything})
	}
	return g, nil
}

// In screens a message with the zero Guard.
func In(message string) Screened { return Guard{}.In(message) }

// In screens a message. What it returns passes unchanged when it is screened
// again: the recognisers run until they find nothing more, and none reads a
// placeholder.
func (g Guard) In(message string) Screened {
	text := Clean(message)
	read := reading(text)
	var found []finding
	for n := -1; n < len(found); {
		n = len(found)
		for _, all := range [][]recogniser{g.cases, recognisers} {
			for i := range all {
				found = append(found, all[i].takeOut(&read)...)
			}
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
