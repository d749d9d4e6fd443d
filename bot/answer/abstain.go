package answer

import (
	"slices"
	"strings"

	"townclerk/bot"
	"townclerk/bot/understand"
	"townclerk/knowledge"
	"townclerk/retrieval"
)

// abstain says what was searched and for which words, and where to go from here: the
// nearest pages with the office that each is of, and a person.
func (b *Bot) abstain(turn bot.Turn, t texts, question string, found retrieval.Result) bot.Answer {
	a := bot.Answer{Turn: turn.ID, Outcome: bot.Abstained, Person: &b.config.Contact}
	if found.Pages == 0 {
		a.Closing = t.NoPages
		return a
	}
	a.Closing = fill(t.Unknown, b.config.Agency, found.Pages)
	if words := slices.DeleteFunc(understand.Words(question), unknown(found)); len(words) > 0 {
		a.Closing += " " + strings.Replace(t.Searched, "{words}", strings.Join(words, ", "), 1)
	}
	seen := map[knowledge.DocumentID]bool{}
	for _, h := range found.Hits {
		if p := h.Passage; !seen[p.Document] && len(a.Nearest) < nearestPages {
			seen[p.Document] = true
			a.Nearest = append(a.Nearest, bot.Page{Title: p.Title, URL: p.URL, Department: p.Department})
		}
	}
	return a
}

const nearestPages = 3

// unknown reports words that stand in none of the passages that were found: what a
// citizen typed is not said back unless the agency's pages say it too.
func unknown(found retrieval.Result) func(string) bool {
	var pages strings.Builder
	for i := range found.Hits {
		p := &found.Hits[i].Passage
		pages.WriteString(strings.ToLower(p.Context() + "\n" + p.Text + "\n"))
	}
	text := pages.String()
	return func(word string) bool { return !strings.Contains(text, strings.ToLower(word)) }
}
