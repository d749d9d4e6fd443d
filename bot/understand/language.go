package understand

import (
	"strings"
	"unicode"
)

// surer is how much more a message must tell of another language than of the
// expected one: two of its function words, or one word that no other language has.
const surer = 2

// Language returns the language that a message is written in, as a primary subtag.
// A message that does not tell, as most short ones do not, is in the language of
// the conversation: that of the earlier messages, oldest first, and where they do
// not tell either, the otherwise expected one.
func Language(message, otherwise string, earlier ...string) string {
	for _, m := range earlier {
		otherwise = written(m, otherwise)
	}
	return written(message, otherwise)
}

// written returns the language of one message, or the expected one.
func written(message, expected string) string {
	if l := script(message); l != "" {
		return l
	}
	scores := map[string]float64{}
	for _, w := range strings.FieldsFunc(strings.ToLower(strings.ReplaceAll(message, "’", "'")), notInWord) {
		weigh(w, scores)
	}
	best := expected
	for _, l := range latin {
		if scores[l] > scores[best] || scores[l] == scores[best] && l == expected {
			best = l
		}
	}
	if scores[best] < scores[expected]+surer {
		return expected
	}
	return best
}

func notInWord(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsMark(r) && r != '\'' && r != '¿' && r != '¡'
}

// latin are the languages with Latin letters that are told apart.
var latin = []string{"en", "es", "fr", "de", "pt", "pl"}

// weigh adds what a word tells. What several languages have counts less for each.
func weigh(word string, scores map[string]float64) {
	known := shared(scores, func(l string) float64 {
		switch {
		case tellingWords[l][word]:
			return 2
		case functionWords[l][word]:
			return 1
		}
		return 0
	})
	if known {
		return
	}
	shared(scores, func(l string) float64 {
		switch {
		case strings.ContainsAny(word, ownLetters[l]):
			return 2
		case strings.ContainsAny(word, sharedLetters[l]):
			return 1
		}
		return 0
	})
	shared(scores, func(l string) float64 {
		for ending := range endings[l] {
			if len(word) > len(ending)+2 && strings.HasSuffix(word, ending) {
				return 1
			}
		}
		return 0
	})
}

// shared adds what something weighs in each language, divided by the number of
// languages in which it weighs anything, and reports whether there are any.
func shared(scores map[string]float64, weight func(l string) float64) bool {
	weights, n := make([]float64, len(latin)), 0.0
	for i, l := range latin {
		if weights[i] = weight(l); weights[i] > 0 {
			n++
		}
	}
	for i, l := range latin {
		if weights[i] > 0 {
			scores[l] += weights[i] / n
		}
	}
	return n > 0
}

// script tells the languages that have one to themselves among those that are
// analysed. Persian and Urdu have letters that Arabic has not.
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
	case arabic*2 > letters && !strings.ContainsAny(message, "پچژگکیٹڈڑںےۓہ"):
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
