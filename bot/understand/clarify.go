package understand

import (
	"slices"
	"strings"

	"townclerk/bot"
	"townclerk/retrieval"
)

// When a question is vague. The shares were chosen on vague questions that are kept
// apart from those that they are tested with (bot/answer/testdata).
const (
	mostChoices = 4
	known       = 0.4  // the pages have at least this share of its words
	asLikely    = 0.75 // a page may be meant from this share of the best one's score
	asMuch      = 0.9  // if it has nearly the same share of the question's words
)

// Clarify returns what a vague question may mean, likeliest first: the pages that it
// fits alike. It returns nil for a question that says more than one thing, for one
// that a single page fits best, and for one that no page knows. hits are those of
// the question alone, best first; language is its own.
func Clarify(question, language string, hits []retrieval.Hit) []bot.Choice {
	if len(hits) == 0 || saysMore(question, language) || hits[0].Scores.Own < known {
		return nil
	}
	says := len(content(question)) > 0
	best := hits[0].Scores
	var out []bot.Choice
	for _, h := range hits {
		if says && (h.Scores.Fused < asLikely*best.Fused || h.Scores.Own < asMuch*best.Own) {
			continue
		}
		c := choice(question, h.Passage.Title)
		if !slices.Contains(out, c) && len(out) < mostChoices {
			out = append(out, c)
		}
	}
	if len(out) < 2 {
		return nil
	}
	return out
}

// saysMore reports whether a question says more than one thing.
func saysMore(question, language string) bool {
	n := 0
	for _, w := range content(question) {
		if !functionWords[language][w] {
			n++
		}
	}
	return n > 1
}

// choice is the question about one page.
func choice(question, title string) bot.Choice {
	label, _, _ := strings.Cut(title, " | ") // the site's name stands behind it
	asked := strings.TrimRight(question, " ?.!")
	mark := ""
	if strings.Contains(question[len(asked):], "?") {
		mark = "?"
	}
	return bot.Choice{Label: label, Question: asked + " (" + label + ")" + mark}
}

// Chosen returns the question of the choice that a message picks: by its number or
// place ("the second one"), its question or its label.
func Chosen(message string, choices []bot.Choice) (question string, ok bool) {
	said := words(message)
	for i, c := range choices {
		if slices.Equal(said, words(c.Question)) || slices.Equal(said, words(c.Label)) {
			return c.Question, true
		}
		named := func(w string) bool { return slices.Contains(places[i], w) || w == "last" && i == len(choices)-1 }
		if i < len(places) && len(said) <= 3 && len(content(message)) <= 2 && slices.ContainsFunc(said, named) {
			return c.Question, true
		}
	}
	return "", false
}

// places name the choices in a short reply.
var places = [...][]string{
	{"1", "first", "primero", "primera", "premier", "première", "erste", "ersten", "erstes", "primeiro", "primeira"},
	{"2", "second", "segundo", "segunda", "deuxième", "zweite", "zweiten", "zweites"},
	{"3", "third", "tercero", "tercera", "troisième", "dritte", "dritten", "drittes", "terceiro", "terceira"},
	{"4", "fourth", "cuarto", "cuarta", "quatrième", "vierte", "vierten", "viertes", "quarto", "quarta"},
}
