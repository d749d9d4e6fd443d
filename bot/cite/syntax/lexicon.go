package syntax

import (
	"embed"
	"strings"
	"sync"

	"townclerk/bot/cite/fact"
	"townclerk/retrieval/lexical"
)

//go:embed words/*.txt
var files embed.FS

// Lexicon holds the word lists of a language. It is immutable.
type Lexicon struct {
	Language string
	Table    fact.Table
	analyzer *lexical.Analyzer
	group    map[string]string // of a stem: the name of what means the same
}

// lexicons are read once.
var lexicons = sync.OnceValue(func() map[string]*Lexicon {
	out, analyzer := map[string]*Lexicon{}, lexical.NewAnalyzer()
	for _, l := range fact.Languages {
		out[l] = &Lexicon{Language: l, Table: fact.ParseTable(mustRead("words/" + l + ".txt")), analyzer: analyzer}
		out[l].gather()
	}
	return out
})

func mustRead(name string) string {
	data, err := files.ReadFile(name)
	if err != nil {
		panic("syntax: " + err.Error()) // a build without its files
	}
	return string(data)
}

// gather finds the group of each stem, so that a list need not have all forms of a
// word. A stem of two groups is of neither.
func (l *Lexicon) gather() {
	groups := map[string]string{}
	for phrase, name := range l.Table["same"] {
		stem := l.Stem(phrase)
		if at, taken := groups[stem]; taken && at != name {
			name = ""
		}
		if !strings.Contains(phrase, " ") {
			groups[stem] = name
		}
	}
	delete(groups, "")
	l.group = groups
}

// In returns the lexicon of a language; of one that has none, an empty one.
func In(language string) *Lexicon {
	if l := lexicons()[language]; l != nil {
		return l
	}
	return &Lexicon{Language: language, analyzer: lexicons()["en"].analyzer}
}

// Knows reports a language that has word lists.
func Knows(language string) bool { return lexicons()[language] != nil }

// Light reports a word that hardly says anything, and may be added.
func (l *Lexicon) Light(w Word) bool { return l.Table["light"][w.Text] != "" }

// base drops the ending of an English possessive.
func (l *Lexicon) base(word string) string {
	if l.Language == "en" {
		return strings.TrimSuffix(word, "'s")
	}
	return word
}

// Helps reports a phrase that begins with a helping verb ("are not", "doesn't").
func (l *Lexicon) Helps(phrase string) bool {
	first, _, _ := strings.Cut(phrase, " ")
	return l.Table["helpers"][strings.TrimSuffix(first, "n't")] != ""
}

// Stem returns the form of a word that is compared; empty for a word that
// carries nothing by itself.
func (l *Lexicon) Stem(word string) string {
	if l.Table["glue"][word] != "" {
		return ""
	}
	stem := strings.Join(l.analyzer.Terms(l.Language, word), " ")
	if endings := l.Table["endings"]; len(endings) > 0 && stem != "" {
		stem = trim(l.participle(word), endings)
	} else if s, ok := strings.CutSuffix(stem, "i"); ok { // "dry" and "dried"
		stem = s + "y"
	}
	if name := l.group[stem]; name != "" {
		return "~" + name
	}
	return stem
}

// participle drops the "ge" of a German participle: "angemeldet" is of "anmelden".
func (l *Lexicon) participle(word string) string {
	for prefix := range l.Table["prefixes"] {
		if rest, ok := strings.CutPrefix(word, prefix+"ge"); ok && len(rest) > 3 {
			return prefix + rest
		}
	}
	if rest, ok := strings.CutPrefix(word, "ge"); ok && len(rest) > 3 && len(l.Table["prefixes"]) > 0 {
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
