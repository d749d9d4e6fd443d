package guard

import (
	"regexp"
	"strings"
)

// recogniser finds one kind of personal data. Patterns run in linear time (RE2).
type recogniser struct {
	kind    Kind
	pattern *regexp.Regexp
	valid   func(match string) bool
	replace func(match string) string
}

// recognisers run in this order; what one replaced the next does not see. Those
// with checksums come before telephone numbers, which have none.
var recognisers = []recogniser{
	find(Email, `[\p{L}\p{N}._%+\-']+\s?@\s?[\p{L}\p{N}\-]+(?:\.[\p{L}\p{N}\-]+)+`, anything),
	find(IBAN, `\b[A-Za-z]{2}\d{2}(?:[ \-]?[A-Za-z0-9]){11,30}\b`, validIBAN),
	find(NIR, `\b[12][ .]?\d{2}[ .]?(?:0[1-9]|1[0-2]|[2-9]\d)[ .]?(?:\d{2}|2[ABab])[ .]?\d{3}[ .]?\d{3}[ .]?\d{2}\b`, validNIR),
	find(Card, `\b\d(?:[ \-]?\d){12,18}\b`, validCard),
	find(TaxID, `\b\d{2}[ /]?\d{3}[ /]?\d{3}[ /]?\d{3}\b`, validGermanTaxID),
	find(NHS, `\b\d{3}[ \-]?\d{3}[ \-]?\d{4}\b`, validNHS),
	find(SSN, `\b\d{3}-\d{2}-\d{4}\b|\b\d{3} \d{2} \d{4}\b`, validSSN),
	find(SIN, `\b\d{3}[ \-]\d{3}[ \-]\d{3}\b`, validSIN),
	find(NINO, `(?i)\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b`, validNINO),
	find(Phone, phonePattern, validPhone),
	named(SSN, `(?i)\b(?:ssn|social security (?:number|no\.?|#))(?: is|:)? *\d{9}\b`),
	named(Secret, `(?i)\b(?:password|passcode|pin code|contraseña)(?: is|:| es) *\S+`),
}

// Telephone numbers: with a country code, or in one of the groupings that are
// customary in North America, the United Kingdom, France and Germany.
const phonePattern = `\+\d{1,3}(?:[ .\-/]?\(?\d{1,5}\)?){2,6}\b` +
	`|\(\d{3}\) ?\d{3}[ .\-]?\d{4}\b` +
	`|\b1?[ .\-]?\d{3}[.\-]\d{3}[.\-]\d{4}\b` +
	`|\b\d{3} \d{3} \d{4}\b` +
	`|\b0\d{2,4}[ \-/]\d{3,4}[ \-]?\d{3,8}\b` +
	`|\b0[67]\d{3} ?\d{6}\b` +
	`|\b0[1-9](?:[ .]\d{2}){4}\b`

func find(kind Kind, pattern string, valid func(string) bool) recogniser {
	return recogniser{kind, regexp.MustCompile(pattern), valid, func(string) string { return "[" + string(kind) + "]" }}
}

// named finds a value by the words before it, which stay.
func named(kind Kind, pattern string) recogniser {
	r := find(kind, pattern, anything)
	r.replace = func(match string) string {
		return match[:strings.LastIndexAny(match, " :")+1] + "[" + string(kind) + "]"
	}
	return r
}

func anything(string) bool { return true }

func validPhone(s string) bool {
	n := len(digits(s))
	return n >= 8 && n <= 15
}

// digits returns the digits of s.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}
