package answer

import (
	"townclerk/bot"
	"townclerk/knowledge"
	"townclerk/retrieval"
)

// abstain says what was searched and where to go from here.
func (b *Bot) abstain(turn bot.Turn, t texts, found retrieval.Result) bot.Answer {
	a := bot.Answer{Turn: turn.ID, Outcome: bot.Abstained, Person: &b.config.Contact}
	if found.Pages == 0 {
		a.Closing = t.NoPages
		return a
	}
	a.Closing = fill(t.Unknown, b.config.Agency, found.Pages)
	seen := map[knowledge.DocumentID]bool{}
	for _, h := range found.Hits {
		if p := h.Passage; !seen[p.Document] && len(a.Nearest) < nearestPages {
			seen[p.Document] = true
			a.Nearest = append(a.Nearest, bot.Page{Title: p.Title, URL: p.URL})
		}
	}
	return a
}

const nearestPages = 3
