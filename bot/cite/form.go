package cite

import (
	"regexp"
	"strings"
	"unicode"
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

func lexiconOf(language string) *lexicon {
	if l := lexicons()[language]; l != nil {
		return l
	}
	return &lexicon{language: language, analyzer: lexicons()["en"].analyzer}
}
