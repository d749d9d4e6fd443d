package cite

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// markup is what may not be in a sentence: tags, entities, Markdown, brackets
// and other placeholders, addresses that run.
var markup = regexp.MustCompile("[<>{}\\[\\]*`\\\\^~|]|__|##|&#?\\w+;|\\]\\(|(?i:javascript|data|vbscript|file|mailto|tel|ftp):|\\bX{3,}\\b|\\b(?:TODO|TBD|PLACEHOLDER)\\b|\\.\\.\\.")

// formed holds what a sentence must be like, whatever it says.
func formed(text, language string) Verdict {
	if m := markup.FindString(text); m != "" {
		return Verdict{Reason: BadForm, Detail: m}
	}
	for _, r := range text {
		if r > '9' && unicode.IsDigit(r) { // a reader may take it for another
			return Verdict{Reason: BadForm, Detail: string(r)}
		}
		if r == unicode.ReplacementChar || r != ' ' && form(r) == "" || unicode.In(r, unicode.Cc, unicode.Co, unicode.Zl, unicode.Zp) {
			return Verdict{Reason: BadForm, Detail: "control character"}
		}
	}
	words := strings.Fields(text)
	if len(words) == 0 || len(words) > maxWords || len(text) > maxBytes {
		return Verdict{Reason: BadForm, Detail: "length"}
	}
	if s := sentences(language, text); len(s) != 1 {
		return Verdict{Reason: BadForm, Detail: "more than one sentence"}
	}
	return Verdict{OK: true}
}

// complete holds that a sentence states something to its end: it is no question,
// does not stop in front of what has to follow, and is more than "You must."
func complete(s *reading) Verdict {
	end := strings.TrimRight(s.text, `"') `)
	last, _ := utf8.DecodeLastRuneInString(end)
	if !strings.ContainsRune(".!:。।", last) || strings.ContainsRune(blank(s), '?') {
		return Verdict{Reason: BadForm, Detail: "no statement"}
	}
	says := slices.ContainsFunc(s.words, func(w word) bool { return w.stem != "" && !s.lexicon.light(w) }) &&
		slices.ContainsFunc(s.words, func(w word) bool { return w.fact < 0 })
	n := len(s.words)
	if !says || s.words[n-1].fact < 0 && s.lexicon.table["dangling"][s.words[n-1].text[strings.LastIndexByte(s.words[n-1].text, ' ')+1:]] != "" {
		return Verdict{Reason: BadForm, Detail: "a fragment"}
	}
	return Verdict{OK: true}
}

func lexiconOf(language string) *lexicon {
	if l := lexicons()[language]; l != nil {
		return l
	}
	return &lexicon{language: language, analyzer: lexicons()["en"].analyzer}
}
