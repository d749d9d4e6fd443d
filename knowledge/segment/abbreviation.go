package segment

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// goesOn reports whether s, which ends where Annex 29 sees the end of a
// sentence, goes on with rest.
func goesOn(s, rest string) bool {
	if rest == "" {
		return false
	}
	last := s[len(s)-1]
	if next, _ := utf8.DecodeRuneInString(rest); !unicode.IsSpace(next) && last < utf8.RuneSelf {
		return true
	}
	return last == '.' && afterStop(s, strings.TrimLeftFunc(rest, unicode.IsSpace))
}

// afterStop reports whether the full stop at the end of s ends no sentence,
// given what follows it.
func afterStop(s, rest string) bool {
	at := strings.LastIndexAny(s, " \t(\u00a0") + 1
	word := strings.TrimRight(s[at:], ".")
	lower := spaced(s[:at], strings.ToLower(word))
	next, size := utf8.DecodeRuneInString(rest)
	following := firstWord(rest)
	switch {
	case utf8.RuneCountInString(word) == 1 && unicode.IsLetter(next) && strings.HasPrefix(rest[size:], "."): // "z. B."
		return true
	case ordinal(s[:at], word, rest):
		return true
	case titles[lower]: // "Dr. Smith", but "on Maple Dr. The …"
		return !street(s[:at]) || unicode.IsLower(next) || unicode.IsDigit(next)
	case alwaysFollowed[lower]:
		return true
	case beforeNumber[lower], strings.HasSuffix(lower, "str"): // "Hauptstr. 5"
		return unicode.IsDigit(next)
	case mayEnd[lower]:
		return unicode.IsLower(next) || unicode.IsDigit(next) || clock[lower] && dayOrZone[following] ||
			country[lower] && unicode.IsUpper(next) && !opener[following]
	case enumerator(s):
		return true
	}
	r, n := utf8.DecodeRuneInString(word) // an initial: "J. Smith"
	return n == len(word) && unicode.IsUpper(r) && r != 'I' && unicode.IsUpper(next) && !opener[following]
}

// spaced returns an abbreviation that is written with spaces, of which word is the
// last letter, as it is written without: "b" after "z. " is "z.b".
func spaced(before, word string) string {
	if utf8.RuneCountInString(word) > 2 { // "p. ej." has two
		return word
	}
	for range 3 { // no abbreviation has more letters
		rest, ok := strings.CutSuffix(strings.TrimRightFunc(before, unicode.IsSpace), ".")
		r, n := utf8.DecodeLastRuneInString(rest)
		if !ok || !unicode.IsLetter(r) {
			return word
		}
		before = rest[:len(rest)-n]
		if last, _ := utf8.DecodeLastRuneInString(before); before != "" && !unicode.IsSpace(last) && last != '(' {
			return word
		}
		word = strings.ToLower(string(r)) + "." + word
	}
	return word
}

// ordinal reports a number that German writes with a full stop: "15. Februar", "der
// 1. Bürgermeister", "am 3. und 4. Mai". Where no month tells, the word before does;
// the same number ends a sentence where a new one plainly opens.
func ordinal(before, word, rest string) bool {
	if len(word) == 0 || len(word) > 2 || strings.Trim(word, "0123456789") != "" {
		return false
	}
	fields := strings.Fields(before[max(0, len(before)-40):])
	if len(fields) == 0 {
		return false
	}
	following := firstWord(rest)
	if germanMonth[following] {
		return true
	}
	last := strings.ToLower(strings.Trim(fields[len(fields)-1], "(,"))
	if last == "am" && len(fields) > 1 && fields[len(fields)-2] == "I" { // "I am 18. Can I …"
		return false
	}
	next, _ := utf8.DecodeRuneInString(rest)
	return beforeOrdinal[last] && unicode.IsLetter(next) && !opener[following]
}

// Months that only German writes so.
var germanMonth = set("januar jänner februar feber märz mai juni juli oktober dezember")

// Words that an ordinal follows.
var beforeOrdinal = set("am im vom zum zur beim ab bis seit der die das den dem des jede jeder jedes jeden jedem und oder")

func firstWord(s string) string {
	s = s[:min(len(s), 40)]
	if i := strings.IndexFunc(s, unicode.IsSpace); i >= 0 {
		s = s[:i]
	}
	return strings.ToLower(strings.TrimRight(s, ".,;:!?)"))
}

// enumerator reports a sentence that is nothing but "1.", "12.", "2.1.", "a."
// or "iv.".
func enumerator(s string) bool {
	label := strings.TrimRight(strings.TrimLeft(s, "("), ".")
	switch {
	case label == "" || len(s) > 5:
		return false
	case len(label) == 1 && (unicode.IsLetter(rune(label[0])) || unicode.IsDigit(rune(label[0]))):
		return true
	}
	return len(s) <= 4 && strings.Trim(label, "0123456789.") == "" || strings.Trim(label, "ivx") == ""
}

// street reports text that ends in a capitalised word which is not its first:
// the name of a street or place.
func street(before string) bool {
	before = strings.TrimRightFunc(before, unicode.IsSpace)
	at := strings.LastIndexAny(before, " \t\u00a0")
	r, _ := utf8.DecodeRuneInString(before[at+1:])
	return at > 0 && unicode.IsUpper(r)
}

// Titles that a name follows, some of which are also parts of addresses.
var titles = set("dr st mt")

// Abbreviations that a name, a number or an example always follows.
var alwaysFollowed = set("mr mrs ms prof rev gen sen rep gov hon e.g i.e eg ie cf v vs approx sr sra srta dra núm bzw z.b d.h u.a hr mme mlle dña avda exmo exma ul np tj tzw m.in p.ej p.ex ggf evtl inkl exkl zzgl bspw sog vgl i.d.r i.v.m o.g z.t ee")

// Abbreviations only where a number follows, since they are words otherwise.
var beforeNumber = set("no nos fig art sec ch pp p vol ext tel para nr abs n núms pág págs pag ca mind ziff kap str hsnr ust pkt poz av")

// Abbreviations that may also end a sentence.
var mayEnd = set("a.m p.m am pm u.s u.k d.c etc inc ltd co corp dept ave blvd rd jr jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun min max hrs ee.uu uu usw mwst o.ä mo fr")

// Times of day, which a day or a time zone may follow.
var clock = set("a.m p.m am pm")

var dayOrZone = set("monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays saturdays sundays mon tue wed thu fri sat sun mon-fri mon–fri monday-friday monday–friday est edt et cst cdt ct mst mdt mt pst pdt pt eastern central mountain pacific gmt utc")

// Countries and places that are part of many names: "U.S. Department of …".
var country = set("u.s u.k d.c ee.uu")

// Words that open a sentence more often than they continue a name.
var opener = set("the a an if you your we our it its this these that those they there he she i in on at for to from by with when where what who how why please call visit bring see all any some no not and but or as do does is are may must can el la los las un una si usted para en wir sie er es bitte danach dann dort hier wenn falls diese dieser dieses ein eine kommen rufen bringen my can are ich")

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}
