package guard

import (
	"regexp"
	"slices"
	"strings"
)

// recognisers run in this order; what one took out the next does not see. Those
// with checksums come before telephone numbers, which have none.
var recognisers = slices.Concat(numbers, documents, people)

var numbers = []recogniser{
	find(Email, local+` ?@ ?`+label+`(?:\.`+label+`)*\.\p{L}[\p{L}\p{N}\-]+`, anywhere, anything).near("@"),
	find(Email, local+` ?@ ?`+label+`(?: ?\. ?`+label+`)* ?\. ?(?:com|org|net|gov|edu|us|uk|ca|es|mx|de|fr)\b`, anywhere, anything).near("@"),
	find(Email, `(?i)`+local+` ?[\[({<] ?(?:at|arroba) ?[\])}>] ?`+label+`(?:(?: ?[\[({<] ?(?:dot|punto) ?[\])}>] ?| (?:dot|punto) |\.)`+label+`)+`, anywhere, anything).near("at", "arroba"),
	find(Email, `(?i)`+local+` (?:at|arroba) `+label+`(?: (?:dot|punto) `+label+`)+`, anywhere, anything).near("at", "arroba"),
	find(Email, `(?i)`+local+` (?:at|arroba) (?:gmail|yahoo|hotmail|outlook|icloud|aol|proton(?:mail)?)\.`+label, anywhere, anything).near("at", "arroba"),
	find(Email, `(?:[a-zA-Z0-9._\-] )+@(?: [a-zA-Z0-9\-])+ \.(?: [a-zA-Z])+`, anywhere, anything).near("@"), // spelled
	find(Email, `(?:[a-zA-Z0-9._\-] ){2,}@ ?`+label+`(?:\.`+label+`)+`, anywhere, anything).near("@"),
	find(Account, `[A-Za-z]{2}\d{2}(?:[ .\-]?[A-Za-z0-9]){11,30}`, shorter, validIBAN),
	find(NIR, `[12][ .\-]?\d{2}[ .\-]?(?:0[1-9]|1[0-2]|[2-9]\d)[ .\-]?(?:\d{2}|2[ABab])[ .\-]?\d{3}[ .\-]?\d{3}[ .\-]?\d{2}`, whole, validNIR),
	find(Card, `\d(?:[ .\-]{0,3}\d){11,18}`, shorter, validCard),
	find(CPF, `\d{3}[. ]?\d{3}[. ]?\d{3}[ \-]?\d{2}`, whole, validCPF),
	find(DNI, `(?:\d{2}\.?\d{3}\.?\d{3}|[XYZxyz][ \-]?\d{7})(?:-?[A-Za-z]| [A-Z])`, whole, validDNI),
	find(Aadhaar, `[2-9]\d{3}[ \-]\d{4}[ \-]\d{4}`, alone, validAadhaar), // in one piece an order number may be as long
	find(Aadhaar, `(?i)\b(?:aadhaa?r|uid(?:ai)?)`+filler+`(\d{12})`, whole, validAadhaar).near("aadh", "uid"),
	find(TaxID, `\d{2}[ /]?\d{3}[ /]?\d{3}[ /]?\d{3}`, whole, validGermanTaxID),
	find(SSN, `\d{3}[ .\-]{1,3}\d{2}[ .\-]{1,3}\d{4}`, whole, validSSN),
	find(TaxID, `9\d{2}[ \-]\d{2}[ \-]\d{4}`, whole, validITIN),
	find(SIN, `\d{3}[ \-]\d{3}[ \-]\d{3}`, alone, validSIN),
	find(NINO, `(?i)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]`, whole, validNINO),

	find(Phone, `(?:\+ ?|00 ?)[1-9]\d{0,2}(?:[ .\-/]{0,2}\(?\d{1,5}\)?){2,6}`+extension, shorter, validInternational),
	find(Phone, `(?i)\b(?:phone|telephone|mobile|cell|cellphone|call|tel|fax|desk|whatsapp|text(?: me)?|reach me|contact me|my number|tel[eé]fono|m[oó]vil|celular|ll[aá]m[ae]\w*|mi n[uú]mero|`+
		`t[eé]l[eé]phone|portable|(?:r?appelez|joindre)(?:-moi)?|telefon(?:nummer)?|handy(?:nummer)?|r[uü]ckruf|erreich\w*|rufen|telefone|lig(?:ue|uem|ar))`+
		`(?:[ :#,.]|\b(?:number|no|me|us|him|her|them|is|on|at|es|al|en|el|n[uú]mero|au|le|est|mich|sie|bitte|an|unter|ist|para|o)\b|\bé )*`+
		`(\(?\d{1,5}\)?(?:[ .\-/]{0,3}\d{1,5}){1,6})`, shorter, validLocalPhone),
	find(NHS, `(?i)\bnhs(?:[ :#.]|\b(?:number|no|is)\b)*(\d{10})`, whole, validNHS).near("nhs"),
	find(NHS, `\d{3} \d{3} \d{4}|[3467]\d{9}`, whole, validNHS), // in one piece only as they are issued
	// North America
	find(Phone, `(?:1[ .\-]{1,3})?(?:\(\d{3}\)[ .\-]{0,3}\d{3}[ .\-]{0,3}|\d{3}[ .\-]{1,3}\d{3}[ .\-]{1,3})\d{4}`+extension, alone, anything),
	find(Phone, `[2-9]\d{2} [2-9]\d{6}`, alone, notRound),
	// United Kingdom, Germany
	find(Phone, `\(?0[1-9]\d{1,3}\)?[ \-/]{1,3}\d{3,5}[ \-]?\d{3,8}`+extension, alone, validPhone),
	find(Phone, `0[67]\d{3} ?\d{6}`, whole, anything),
	// Spain, Mexico, Brazil, Portugal
	find(Phone, `[679]\d{2}[ \-]\d{3}[ \-]\d{3}|[67]\d{2} \d{2} \d{2} \d{2}|9\d \d{3} \d{2} \d{2}|[2-9]\d [1-9]\d{3} \d{4}`, alone, notRound),
	find(Phone, `(?:\(\d{2}\)|\d{2}) ?9?[1-9]\d{3}-\d{4}`, alone, anything),
	// France, Switzerland
	find(Phone, `0[67]\d{8}`, whole, anything),
	find(Phone, `0[1-9](?:[ .\-]\d{2}){4}|0\d{2,3} \d{2,3} \d{2} \d{2}`, whole, validPhone),

	find(SSN, `(?i)(?:\bssn|\bsocial security|\bsocial|\bseguro social)(?:[ :#.]|\b(?:number|no|is|es|n[uú]mero)\b)*(\d(?:[ .\-]?\d){8})`, whole, anything).near("ssn", "soci"),
	find(SSN, `(?i)(\d(?:[ \-]?\d){8}) (?:is|was) (?:my|his|her|the) (?:ssn|social)\b`, whole, anything).near("ssn", "social"),
	find(SIN, `(?i)(?:\bsin|\bsocial insurance|\bnas|\bassurance sociale)(?:[ :#.]|\b(?:number|no|is|est)\b)*(\d(?:[ .\-]?\d){8})`, whole, validSIN).near("sin", "social", "nas"),
	find(Secret, `(?i)\b(?:password|passcode|passphrase|contraseña|mot de passe|passwort)(?: is| es| est| ist| ?[:=])+ *([^\s\x00]+)`, anywhere, notAbout).near("pass", "contraseña"),
	find(Secret, `(?i)\b(?:password|passcode|passphrase|contraseña|mot de passe|passwort) ([^\s\x00]*\d[^\s\x00]*)`, anywhere, func(s string) bool { return len(s) >= 4 }).near("pass", "contraseña"),
	find(Secret, `(?i)\bpin(?: code| number| no\.?)?(?: is| es| ?[:=])* *(\d{4,8})`, alone, anything).near("pin"),
}

const (
	local     = `[\p{L}\p{N}._%+\-']+`
	label     = `[\p{L}\p{N}\-]+`
	extension = `(?:,? ?(?i:ext\.?|extension|x|#) ?\d{1,6})?`
)

func find(kind Kind, pattern string, rule rule, valid func(string) bool) recogniser {
	return recogniser{kind: kind, pattern: regexp.MustCompile(pattern), valid: valid, rule: rule}
}

// near says which stems the pattern cannot do without.
func (r recogniser) near(stems ...string) recogniser {
	r.stems = stems
	return r
}

func anything(string) bool { return true }

// notAbout reports what may be a password, and not the next word of a sentence
// about one: "my password is wrong".
func notAbout(s string) bool {
	s = strings.Trim(strings.ToLower(s), ".,;:!?'\"()")
	return s != "" && !aboutPasswords[s]
}

var aboutPasswords = words("aboutpasswords")

// validPhone checks the number of digits (ITU-T E.164: at most 15).
func validPhone(s string) bool {
	n := len(digits(s))
	return n >= 8 && n <= 15
}

// validLocalPhone is for numbers that are called telephone numbers.
func validLocalPhone(s string) bool {
	n := len(digits(s))
	return n >= 7 && n <= 12 && loneDigit.FindString(s) == ""
}

// validInternational checks a number with its country's code. One that begins
// with 00 is taken only in groups, or every long order number would do.
func validInternational(s string) bool {
	n := len(digits(s))
	switch {
	case loneDigit.MatchString(s):
		return false // the next number, as in "+44 20 7946 0958 2 people"
	case strings.HasPrefix(s, "00"):
		return n >= 11 && n <= 17 && strings.ContainsAny(s, " .-/")
	case strings.HasPrefix(digits(s), "1") && !strings.ContainsAny(s, "xXtT#"):
		return n == 11
	}
	return n >= 8 && n <= 15 || strings.ContainsAny(s, "xXtT#")
}

var loneDigit = regexp.MustCompile(` \d$`)

// notRound tells a number from an amount: "600 000 000".
func notRound(s string) bool { return !strings.HasSuffix(s, "000") }

// digits returns the digits of s.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}
