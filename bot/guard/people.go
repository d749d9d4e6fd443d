package guard

import (
	"embed"
	"strings"
	"unicode"
	"unicode/utf8"
)

// people recognises who somebody is: names that are introduced, addresses, days
// of birth. Five languages: English, Spanish, French, German, Portuguese.
var people = []recogniser{
	find(Birth, `(?i)\b(?:born(?: on)?|date of birth|birth ?date|birthday|bday|d\.?o\.?b\.?|nac[ií](?:d[oa])?|fecha de nacimiento|date de naissance|n(?:é|e)e?s?|geboren|geburtsdatum|geb\.|nasc[ií](?:d[oa])?|nascimento|anivers[aá]rio)`+
		birthFiller+`(`+day+`)`, anywhere, anything).near("born", "birth", "bday", "d", "nac", "nai", "né", "geb", "nas", "anivers"),
	find(Birth, `(?i)\b(`+day+`) (?:geboren|born)\b`, anywhere, anything).near("born", "geboren"),

	inStreet(`\d{1,4}(?: ?(?i:bis|ter|quater|[A-D]))?,? (?i:rue|avenue|av\.|boulevard|bd|bld|impasse|allées?|chemin|quai|faubourg) (?:(?i:de|du|des|la|le|les|l['’]|d['’]|aux?|sur)[ ]?)*[\p{L}'’\-]+(?: (?i:de|du|des|la|le|et)| \p{Lu}[\p{L}'’\-]+){0,4}`,
		"rue", "av", "boulevard", "bd", "bld", "impasse", "all", "chemin", "quai", "faubourg"),
	inStreet(`\d{1,4}(?: ?(?i:bis|ter|quater|[A-D]))?,? (?i:place|cours|route|square|passage|cité) (?:(?i:de|du|des|la|le|les|l['’]|d['’]|aux?)[ ]?)*\p{Lu}[\p{L}'’\-]+(?: (?i:de|du|des|la|le|et)| \p{Lu}[\p{L}'’\-]+){0,4}`,
		"place", "cours", "route", "square", "passage", "cité"),
	inStreet(`\d{3,6} (?i:county road|state route|state road|highway|hwy|route|rural route) \d{1,4}\b`, "road", "route", "highway", "hwy"),
	inStreet(`(?:(?i:flat|apt|apartment|unit) \w{1,4},? )?\d{1,6}(?:[A-Za-z]|-\d{1,4}| 1/2)?,? `+capital+` (?:(?:`+capital+`|of|the|de|la|del) ){0,3}(?i:`+roads+`|`+places+`)\b\.?`+direction, roadStems...),
	inStreet(`\d{1,6}[A-Za-z]?,? (?:\p{Lu}[\p{L}'’.\-]*,? )?(?i:the) (?i:`+places+`)\b`, roadStems...),
	inStreet(`\d{2,6}[A-Za-z]?,? (?:(?:[\p{L}'’\-]+\.?|\d{1,3}(?i:st|nd|rd|th)) ){1,3}(?i:`+roads+`)\b\.?`+direction, roadStems...),
	inStreet(`(?i:p\. ?o\. ?box|po box|p o box|post office box|apartado(?: postal| de correos)?|postfach|bo[iî]te postale|caixa postal) ?#?\d{1,6}`, "box", "apartado", "postfach", "postale", "caixa"),
	inStreet(`(?i:calle|c/|avenida|avda?\.?|av\.|plaza|pza\.?|paseo|camino|carretera|ctra\.?|ronda|travesía|travessa|rua|alameda|praça|rodovia|callejón) ?(?:\d{1,3} ?# ?\d{1,3}-\d{1,3}\b|(?:\d{1,2} de )?(?:[\p{L}'’.\-]+ ?){1,6},? ?(?i:n[o°]?\.? ?|n[uú]m\.? ?|n[uú]mero |# ?)?\d{1,5}[A-Za-z]?\b)`+
		`(?:,? \d{1,2}[oa°] ?[A-Za-z]{0,4}\b|,? (?i:apto|apt|piso|dpto|depto|bloco|casa|sala|int)\.? ?\w{1,4}\b)?`, "calle", "c/", "av", "pla", "pza", "paseo", "camino", "carretera", "ctra", "ronda", "trav", "rua", "alameda", "praça", "rodovia"),
	inStreet(`(?:[\p{L}\-]+(?i:straße|strasse|str\.)|\p{Lu}[\p{L}\-]+(?:weg|platz|allee|gasse|damm|ufer|chaussee|-Weg|-Platz|-Allee|-Ring)|\p{Lu}\p{L}+ (?:Straße|Strasse|Str\.|Weg|Platz|Allee|Ring)) \d{1,4}(?: ?[a-z]\b)?`,
		"str", "weg", "platz", "allee", "gasse", "damm", "ufer", "chaussee", "ring"),
	inStreet(`(?:Am|An der|Im|Auf der|Zum|Zur) \p{Lu}\p{L}+ \d{1,4}[a-z]?,? (?:D-)?\d{5} \p{Lu}\p{L}+`, "am ", "an ", "im ", "auf ", "zu"),
	worded(Address, `(?i)\b(?:i live (?:at|on)|living at|(?:my|home|mailing|street|postal|billing) address(?: is|:)|vivo en|resido en|domicilio(?: es|:)|mi direcci[oó]n(?: es|:)|j['’]habite(?: au| à)?|mon (?:adresse|domicile)(?: est| :|:)|`+
		`ich wohne(?: in)?(?: der| dem)?|meine (?:neue |alte )?(?:adresse|anschrift)(?: ist| lautet|:)|moro (?:na|no|em)|meu endereço(?: é|:)) (\d{1,6}[a-z]?,? [\p{L}'’.\-]+(?: [\p{L}'’.\-]+){0,3}|(?:[\p{L}'’.\-]+ ){1,5}\d{1,5}[a-z]?\b)`, placeLength).near("live", "living", "address", "vivo", "resido", "domici", "direcci", "habite", "adresse", "wohne", "anschrift", "moro", "endere"),

	worded(Name, `(?i)\b(?:(?:my|his|her|their|our|full|legal|maiden|last|first|wife's|husband's|son's|daughter's|mother's|father's) name(?: is|'s|’s)|name:|me llamo|mi nombre(?: completo)? es|je m['’]appelle|je me nomme|mon nom(?: complet)? est|`+
		`ich hei(?:ß|ss)e|mein (?:voller )?name (?:ist|lautet)|(?:eu )?me chamo|chamo-me|(?:o )?meu nome(?: completo)? é)[ :,]+(`+someWords+`)`, introducedLength).near("name", "nom", "llamo", "appelle", "hei", "chamo"),
	worded(Name, `\b(?i:i am|i['’]m|im|this is|soy|je suis|ich bin|hier ist|sou(?: o| a)?|yours truly,?|sincerely,?|regards,?) (?i:mrs?\.? |ms\.? |dr\.? |frau |herr )?(`+someWords+`)`, statedLength),
}

const (
	months      = `(?:jan|ene|feb|f[eé]v|mar|m[aä]r|apr|abr|avr|ma[iyj]|jun|jui|jul|aug|ago|ao[uû]|sep|set|oct|okt|out|nov|dec|dez|dic|d[eé]c)\p{L}*\.?`
	day         = `\d{1,2}[./\-]\d{1,2}[./\-](?:\d{4}|\d{2})\b|\d{4}[\-/.]\d{1,2}[\-/.]\d{1,2}\b|\d{1,2}(?:st|nd|rd|th|er|o|\.)? (?:of |de )?` + months + `,?(?: de)? \d{4}\b|` + months + ` \d{1,2}(?:st|nd|rd|th)?,? \d{4}\b|\d{8}\b`
	birthFiller = `(?:(?:is|was|on|the|my|it's|el|en|es|le|est|am|ist|em|no dia|dia|é|her|his)?[ :,.=]+){1,6}`

	capital = `(?:\p{Lu}[\p{L}'’\-]*\.?|\d{1,3}(?i:st|nd|rd|th))`
	// roads are words that end an address also in lower case, places only in capitals.
	roads  = `street|st|avenue|ave|road|rd|lane|ln|boulevard|blvd|drive|dr|terrace|crescent|highway|hwy|parkway|pkwy`
	places = `court|ct|place|pl|way|circle|cir|square|sq|trail|loop|close|mews|gardens|grove|hill|row|walk|rise|green|view`

	direction = `(?: (?:N|S|E|W|NE|NW|SE|SW)\b)?`

	unit     = `(?:,? ?(?i:apt|apartment|unit|suite|ste|flat|floor|fl|rm|lot)\b\.? ?#?[A-Za-z]?\d*[A-Za-z]?\b|,? ?#[A-Za-z0-9\-]{1,5}|,? \d{1,3}(?i:st|nd|rd|th|) (?i:floor|fl)\b){0,2}`
	city     = `\p{Lu}[\p{L}'’.\-]+(?: \p{Lu}[\p{L}'’\-]+){0,2}`
	postcode = `(?:(?:[A-Z]-)?\d{5}(?:-\d{3,4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})\b`
	// tail is the rest of an address.
	tail = unit + `(?:,? Col\. ` + city + `)?(?:,? (?:` + city + `,? )?(?:[A-Z]{2},? )?` + postcode + `(?: ` + city + `)?|, ` + city + `, [A-Z]{2}\b)?`

	someWords = `(?:\p{L}{1,3}\.|\p{L}[\p{L}'’\-]*)(?: (?:\p{L}{1,3}\.|\p{L}[\p{L}'’\-]*)){0,6}`
)

var roadStems = strings.FieldsFunc(roads+"|"+places, func(r rune) bool { return r == '|' })

func inStreet(pattern string, stems ...string) recogniser {
	return find(Address, `\b(`+pattern+tail+`)`, anywhere, inNoSentence).near(stems...)
}

func worded(kind Kind, pattern string, part func(string) int) recogniser {
	r := find(kind, pattern, anywhere, nil)
	r.part = part
	return r
}

// inNoSentence reports that none of the words is one that no street is named by.
func inNoSentence(s string) bool {
	for w := range strings.FieldsFuncSeq(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if notStreets[w] {
			return false
		}
	}
	return true
}

// placeLength measures an address of any form after words that announce one: up
// to the first word that belongs to the sentence, with a number in it.
func placeLength(s string) int {
	n, numbered := 0, false
	for w := range strings.FieldsSeq(s) {
		if notStreets[strings.ToLower(strings.Trim(w, ".,'"))] {
			break
		}
		n = strings.Index(s[n:], w) + n + len(w)
		numbered = numbered || digits(w) != ""
	}
	if !numbered || len(digits(s[:n])) == n {
		return 0
	}
	return n
}

// introducedLength measures a name after words that say that it is one.
func introducedLength(s string) int { return nameLength(s, 1) }

// statedLength measures a name after words that others follow too: "I am Maria
// Lopez" and "I'm maria" are names, "I am Canadian" and "I am retired" are not.
func statedLength(s string) int {
	first, _, _ := strings.Cut(s, " ")
	if givenNames[strings.ToLower(first)] {
		return nameLength(s, 1)
	}
	if r, _ := utf8.DecodeRuneInString(s); !unicode.IsUpper(r) && !particles[first] {
		return 0
	}
	return nameLength(s, 2)
}

// nameLength measures how much of the words is a name of that many words at
// least: up to four, or three without capitals, until one comes that is none.
func nameLength(s string, least int) int {
	at, end, n := 0, 0, 0
	capitals := false
	for w := range strings.SplitSeq(s, " ") {
		lower := strings.ToLower(strings.Trim(w, "."))
		at += len(w)
		r, _ := utf8.DecodeRuneInString(w)
		switch {
		case n > 0 && capitals && particles[w]:
		case notNames[lower] || n == 4 || n == 3 && !capitals:
			return enough(end, n, least)
		case particles[w]:
		case n > 0 && capitals && !unicode.IsUpper(r):
			return enough(end, n, least)
		default:
			capitals = capitals || unicode.IsUpper(r)
			end, n = at, n+1
		}
		at++ // the blank
	}
	return enough(end, n, least)
}

func enough(end, n, least int) int {
	if n < least {
		return 0
	}
	return end
}

//go:embed words/*.txt
var lists embed.FS

// words returns the words of a list.
func words(list string) map[string]bool {
	file, err := lists.ReadFile("words/" + list + ".txt")
	if err != nil {
		panic(err) // it is compiled in
	}
	return set(string(file))
}

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// particles stand between the words of a name.
var particles = set(`de la las los el del da das do dos di du le van von der den zu y e bin ibn al ten ter`)

// notStreets are words that stand between a number and a street's kind in a
// sentence and in no street's name.
var notStreets = words("notstreets")

// notNames are words that follow "my name is" or "I am" and begin no name.
var notNames = words("notnames")

// givenNames are frequent ones in the five languages that are no other words.
var givenNames = words("givennames")
