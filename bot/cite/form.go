package cite

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"townclerk/bot/cite/syntax"
	"townclerk/knowledge/segment"
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
	if s := segment.Sentences(text); len(s) != 1 {
		return Verdict{Reason: BadForm, Detail: "more than one sentence"}
	}
	return Verdict{OK: true}
}

// broken are marks that stand where something was taken out.
var broken = regexp.MustCompile(`^[,;:.]|\s,|[,;:][,;.]|\s-\pL`)

// complete holds that a sentence states something to its end: it is no question, and
// is more than "You must." Unless it stands so in its source, it does not stop in
// front of what has to follow either.
func complete(s *syntax.Reading, whole bool) Verdict {
	end := strings.TrimRight(s.Text, `"') `)
	last, _ := utf8.DecodeLastRuneInString(end)
	if !strings.ContainsRune(".!:。।", last) || strings.ContainsRune(s.Blank(), '?') {
		return Verdict{Reason: BadForm, Detail: "no statement"}
	}
	says := slices.ContainsFunc(s.Words, func(w syntax.Word) bool { return w.Stem != "" && !s.Lexicon.Light(w) }) &&
		slices.ContainsFunc(s.Words, func(w syntax.Word) bool { return w.Fact < 0 })
	if !says || !whole && (broken.MatchString(s.Text) || stops(s)) {
		return Verdict{Reason: BadForm, Detail: "a fragment"}
	}
	return Verdict{OK: true}
}

// stops reports a text that is one word, or ends with a word that something has to
// follow.
func stops(s *syntax.Reading) bool {
	w := s.Words[len(s.Words)-1]
	return len(s.Words) == 1 || w.Fact < 0 && s.Lexicon.Table["dangling"][w.Text[strings.LastIndexByte(w.Text, ' ')+1:]] != ""
}
