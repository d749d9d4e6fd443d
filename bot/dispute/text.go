package dispute

import (
	"regexp"
	"strings"
	"unicode"
)

// plain writes dashes and quotation marks as fact.Find expects them, and hours and
// dates so that nothing in them ends a sentence or a clause.
func plain(text string) string {
	text = year.ReplaceAllString(signs.Replace(text), "$1")
	return hour.ReplaceAllString(newDay.ReplaceAllString(text, "${1}m. $2"), "${1}m")
}

var (
	year   = regexp.MustCompile(`,( \d{4})\b`)
	hour   = regexp.MustCompile(`\b([ap])\.m\.`)
	newDay = regexp.MustCompile(`\b([ap])\.m\. (\p{Lu})`)
)

var signs = strings.NewReplacer("’", "'", "‘", "'", "–", "-", "—", " - ", "\u00a0", " ", "\t", " | ", "\n", ". ", " twice", " two times", "Twice ", "Two times ", " dos veces", " 2 veces")

// parts cuts a statement where another sentence or cell begins.
func parts(text string, row bool) []string {
	if row {
		return strings.Split(text, "; ")
	}
	return cut(text, "; ", ": ", ". ", " | ") // what answers a question is nothing without it
}

// pieces cuts a part where another clause may begin.
func pieces(part string, row bool) []string {
	if row {
		return []string{part}
	}
	return cut(part, ", ", " and ", " y ", " even though ", " although ", " aunque ")
}

func cut(text string, joints ...string) []string {
	for _, joint := range joints {
		text = strings.ReplaceAll(text, joint, joint+"\n")
	}
	return strings.Split(text, "\n")
}

// word is a word in lower case and where it stands.
type word struct {
	text       string
	start, end int
}

func split(text string) []word {
	var out []word
	start := -1
	for i, r := range text + " " {
		in := unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '\'' || r == '$' || r == '%'
		if in && start < 0 {
			start = i
		} else if !in && start >= 0 {
			out = append(out, word{strings.ToLower(text[start:i]), start, i})
			start = -1
		}
	}
	return out
}

// lookup finds the longest phrase that the words begin with, its name and how many
// words it takes.
func lookup(phrases map[string]string, ws []word) (string, int) {
	for n := min(len(ws), 5); n > 0; n-- {
		texts := make([]string, n)
		for i := range texts {
			texts[i] = ws[i].text
		}
		if name := phrases[strings.Join(texts, " ")]; name != "" {
			return name, n
		}
	}
	return "", 0
}
