package guard

import (
	"embed"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Hazard is a kind of danger that a message speaks of; each has help lines of
// its own.
type Hazard string

// The hazards. None is the zero value.
const (
	None      Hazard = ""
	Emergency Hazard = "emergency" // fire, gas, somebody's life
	SelfHarm  Hazard = "self-harm"
	Violence  Hazard = "violence" // suffered, seen, or threatened
	Abuse     Hazard = "abuse"
)

// Danger returns the hazard that a message speaks of, of several the first in
// the order above. English, Spanish, French, German and some Portuguese are
// read. It looks for somebody who is in danger or threatens, not for the words:
// "suicide prevention walk" and "kill weeds" are none. Where it errs, it errs
// towards saying where help is.
func Danger(message string) Hazard {
	text := calm.ReplaceAllString(spoken(message), " ")
	for _, d := range dangers {
		for _, p := range d.patterns {
			if p.MatchString(text) {
				return d.hazard
			}
		}
	}
	return None
}

// spoken returns a message's words in lower case, without accents, with one
// blank around and between them. An apostrophe parts words.
func spoken(message string) string {
	var b strings.Builder
	b.WriteByte(' ')
	blank := true
	for _, r := range norm.NFKD.String(strings.ToLower(Clean(message))) {
		switch {
		case r == 'ß':
			b.WriteString("ss")
			blank = false
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
			blank = false
		case !unicode.IsMark(r) && !blank:
			b.WriteByte(' ')
			blank = true
		}
	}
	if !blank {
		b.WriteByte(' ')
	}
	return b.String()
}

// danger is a hazard with its signs in every language.
type danger struct {
	hazard   Hazard
	patterns []*regexp.Regexp
}

//go:embed signs/*.txt
var signs embed.FS

// dangers are the signs of the files, compiled: each stands as whole words.
var dangers = func() []danger {
	all := []danger{{hazard: Emergency}, {hazard: SelfHarm}, {hazard: Violence}, {hazard: Abuse}}
	for _, language := range []string{"en", "es", "fr", "de", "pt"} {
		file, err := signs.ReadFile("signs/" + language + ".txt")
		if err != nil {
			panic(err) // it is compiled in
		}
		lines := signsByHazard(string(file))
		for i, d := range all {
			all[i].patterns = append(d.patterns, regexp.MustCompile(`\b(?:`+strings.Join(lines[d.hazard], "|")+`)(?:\b|$)`))
		}
	}
	return all
}()

// signsByHazard reads a file of signs: lists of words ("<name> = a|b"), and under
// each hazard in brackets a pattern a line, in which <name> stands for a list.
func signsByHazard(file string) map[Hazard][]string {
	signs := map[Hazard][]string{}
	var hazard Hazard
	var lists []string
	for line := range strings.Lines(file) {
		line = strings.TrimSpace(line)
		name, words, isList := strings.Cut(line, " = ")
		switch {
		case line == "" || line[0] == '#':
		case isList:
			lists = append(lists, name, "(?:"+words+")")
		case line[0] == '[':
			hazard = Hazard(strings.Trim(line, "[]"))
		default:
			signs[hazard] = append(signs[hazard], strings.NewReplacer(lists...).Replace(line))
		}
	}
	return signs
}

// calm are phrases in which words of danger mean none. They are taken out first.
var calm = regexp.MustCompile(` (?:(?:suicide|overdose|abuse|violence|assault|strokes?|heart attack|gas leak|gas|fire|ambulance|self harm|drowning|choking|rape|stalking|shooting|gun|knife|crime|bomb)(?: (?:and|or) \w+)? ` +
	`(?:prevention|awareness|training|inspections?|statistics?|reports?|research|polic(?:y|ies)|education|month|week|walk|hotline|helpline|class|classes|course|courses|fair|funds?|funding|grants?|permits?|licen[cs]es?|range|laws?|leave|shelters?|survivors?|support|kits?|hazards?|bill|bills|billing|rides?|drivers?|insurance|volunteers?|programs?|services?|stud(?:y|ies)|movie|film)` +
	`|life (?:jackets?|vests?|insurance|estates?)|(?:cut|cutting|make|making) myself an? \w+|hit me with an? (?:\w+ )?(?:fee|bill|fine|charge|increase|penalty)) `)
