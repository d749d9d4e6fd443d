package answer

import (
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
	if words := understand.Words(question); len(words) > 0 {
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
