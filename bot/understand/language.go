package understand

import (
	"strings"
	"unicode"
)

// Language returns the language that a message is written in, as a primary
// subtag, or otherwise where the message does not tell: short messages and
// those without function words do not.
func Language(message, otherwise string) string {
	if l := script(message); l != "" {
		return l
	}
	best, most, second := otherwise, 0, 0
	words := strings.FieldsFunc(strings.ToLower(message), func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' })
	for _, l := range []string{"en", "es", "fr", "de", "pt", "pl"} {
		n := 0
		for _, w := range words {
			if functionWords[l][w] {
				n++
			}
		}
		switch {
		case n > most:
			best, most, second = l, n, most
		case n > second:
			second = n
		}
	}
	if most < 2 || most == second {
		return otherwise
	}
	return best
}

// script tells the languages that have one to themselves among those that are
// analysed.
func script(message string) string {
	arabic, han, kana, hangul, letters := 0, 0, 0, 0, 0
	for _, r := range message {
		switch {
		case unicode.Is(unicode.Arabic, r):
			arabic++
		case unicode.Is(unicode.Han, r):
			han++
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			kana++
		case unicode.Is(unicode.Hangul, r):
			hangul++
		}
		if unicode.IsLetter(r) {
			letters++
		}
	}
	switch {
	case letters == 0:
		return ""
	case arabic*2 > letters:
		return "ar"
	case kana > 0 && (kana+han)*2 > letters:
		return "ja"
	case hangul*2 > letters:
		return "ko"
	case han*2 > letters:
		return "zh"
	}
	return ""
}

// functionWords are frequent words that the other languages do not have.
var functionWords = map[string]map[string]bool{
	"en": set("the is are was what how do does can my for and of to in on with where when who why this that it you have will should would could i i'm if any there"),
	"es": set("el la los las qué cómo cuánto cuánta cuándo dónde quién es son para por con una mi mis del al y en puedo tengo hay se me yo cual cuál pagar necesito está"),
	"fr": set("le la les est sont quoi comment combien quand où qui pour avec une mon ma mes du au et je puis dois faut-il y quel quelle des dans sur vous"),
	"de": set("der die das ist sind was wie wann wo wer für mit ein eine mein meine und ich kann muss zu im auf den dem von wird werden haben habe gibt"),
	"pt": set("o os as é são como quanto quando onde quem para com uma meu minha do da ao e eu posso preciso tenho há não em no na"),
	"pl": set("jest są co jak ile kiedy gdzie kto dla z mój moja do i mogę muszę w na się czy nie mam czym po od"),
}
