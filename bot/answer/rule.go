package answer

import (
	"regexp"
	"strings"

	"townclerk/bot"
	"townclerk/knowledge"
)

// room is how many words an answer may have, and how many of them a list that is
// quoted whole.
type room struct{ words, list int }

// otherWords is how long a paragraph or table may be to be quoted whole.
const otherWords = 70

// roomFor is more for who asks whether they may or must: a rule without one of its
// conditions is another rule.
func roomFor(question string) room {
	if whether.MatchString(question) {
		return room{250, 220}
	}
	return room{maxWords, otherWords}
}

func (r room) of(k knowledge.BlockKind) int {
	if k == knowledge.Item {
		return r.list
	}
	return otherWords
}

var whether = regexp.MustCompile(`(?i)^\W*(?:am|are|is|can|could|may|do|does|will|would|must|should|have|has|puedo|puede|podemos|debo|debe|tengo que|tengo derecho|darf|kann|muss|puis-je|dois-je|ai-je|posso|devo|preciso|czy)\b|\b(?:eligible|eligibility|qualify|entitled|allowed to)\b`)

// closing is what stands below quoted sentences. Below a rule with its conditions it
// asks which of them the citizen is unsure about, where they want to know whether it
// applies to them; whether it does is not said.
func (t *texts) closing(question string, quoted []bot.Sentence) string {
	if whether.MatchString(question) && listsConditions(quoted) {
		return t.Check + " " + t.Conditions
	}
	return t.Check
}

// listsConditions reports a lead-in ("You must:") with two sentences or more below it
// on the same page.
func listsConditions(quoted []bot.Sentence) bool {
	for i := range len(quoted) - 2 {
		v := quoted[i].Citations[0].Version
		if strings.HasSuffix(quoted[i].Text, ":") && quoted[i+1].Citations[0].Version == v && quoted[i+2].Citations[0].Version == v {
			return true
		}
	}
	return false
}
