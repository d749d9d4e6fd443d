package cite

import (
	"embed"
	"strings"
	"sync"

	"townclerk/bot/cite/fact"
	"townclerk/retrieval/lexical"
)

//go:embed words/*.txt connective/*.txt
var files embed.FS

// lexicon holds the word lists of a language. It is immutable.
type lexicon struct {
	language string
	table    fact.Table
	analyzer *lexical.Analyzer
}

// lexicons are read once.
var lexicons = sync.OnceValue(func() map[string]*lexicon {
	out, analyzer := map[string]*lexicon{}, lexical.NewAnalyzer()
	for _, l := range fact.Languages {
		out[l] = &lexicon{l, fact.ParseTable(mustRead("words/" + l + ".txt")), analyzer}
	}
	return out
})

func mustRead(name string) string {
	data, err := files.ReadFile(name)
	if err != nil {
		panic("cite: " + err.Error()) // a build without its files
	}
	return string(data)
}

// Connective returns the closed list of sentences that state no fact in a
// language, for GateOptions; an empty list where there is none.
func Connective(language string) []string {
	data, err := files.ReadFile("connective/" + language + ".txt")
	if err != nil {
		return nil
	}
	var out []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			out = append(out, line)
		}
	}
	return out
}

// base drops the ending of an English possessive.
func (l *lexicon) base(word string) string {
	if l.language == "en" {
		return strings.TrimSuffix(word, "'s")
	}
	return word
}

// helps reports a phrase that begins with a helping verb ("are not", "doesn't").
func (l *lexicon) helps(phrase string) bool {
	first, _, _ := strings.Cut(phrase, " ")
	return l.table["helpers"][strings.TrimSuffix(first, "n't")] != ""
}

// stem returns the form of a word that is compared; empty for a word that
// carries nothing by itself.
func (l *lexicon) stem(word string) string {
	if l.table["glue"][word] != "" {
		return ""
	}
	terms := l.analyzer.Terms(l.language, word)
	if endings := l.table["endings"]; len(endings) > 0 && len(terms) > 0 {
		return trim(l.participle(word), endings)
	}
	stem := strings.Join(terms, " ")
	if s, ok := strings.CutSuffix(stem, "i"); ok { // "dry" and "dried"
		return s + "y"
	}
	return stem
}

// participle drops the "ge" of a German participle: "angemeldet" is of "anmelden".
func (l *lexicon) participle(word string) string {
	for prefix := range l.table["prefixes"] {
		if rest, ok := strings.CutPrefix(word, prefix+"ge"); ok && len(rest) > 3 {
			return prefix + rest
		}
	}
	if rest, ok := strings.CutPrefix(word, "ge"); ok && len(rest) > 3 && len(l.table["prefixes"]) > 0 {
		return rest
	}
	return word
}

// trim drops endings for as long as four letters stay: verbs change more than
// the stemmers of the search allow for.
func trim(word string, endings map[string]string) string {
	for n := 4; n > 0; n-- {
		r := []rune(word)
		if len(r) >= n+4 && endings[string(r[len(r)-n:])] != "" {
			word, n = string(r[:len(r)-n]), 5
		}
	}
	return word
}
