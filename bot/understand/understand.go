// Package understand decides, without a model, how far a question leans on
// what was said before it and what a vague one may mean, and checks what a model
// made of a follow-up.
package understand

import (
	"strings"

	"townclerk/retrieval"
)

// Turn is an earlier exchange of the conversation.
type Turn struct {
	Question string
	Answer   string
}

// Understanding is how a question is to be searched.
type Understanding struct {
	// Context are the earlier texts that the question leans on, latest first,
	// each with the weight of its words beside those of the question.
	Context []retrieval.Weighted
	// FollowUp reports whether the question cannot be understood alone.
	FollowUp bool
	// Reason names the rule that decided.
	Reason string
}

// Leans reports whether the question gains from what was said before.
func (u Understanding) Leans() bool { return len(u.Context) > 0 && u.Reason != standsOut.reason }

// Query returns the search for the question.
func (u Understanding) Query(question string) retrieval.Query {
	return retrieval.Query{Text: question, Context: u.Context}
}

// Rarity says how much a word tells apart: 0 for a word that is on every page
// or on none, 1 for one that is on a single page.
type Rarity func(word string) float64

// ordinary is the rarity of a word where nothing is known of it.
const ordinary = 0.5

// How much a question says by its own words: the sum of their rarities.
const (
	little = 0.8 // below: it cannot be understood alone
	some   = 1.6 // below: it gains from what was said before
)

// least is the smallest weight that is worth a search.
const least = 0.03

// leaning is how far a question leans on what was said before.
type leaning struct {
	weight   float64 // of the last earlier question
	decay    float64 // from each earlier question to the one before it
	answer   float64 // weight of the last answer
	followUp bool
	reason   string
}

// The rules, first that fits. The weights are round and were chosen on later
// turns of two kinds of dialogues: those that stay on one page and those that
// wander.
var (
	empty     = leaning{1, 0.9, 0.05, true, "no words of its own"}
	replies   = leaning{1, 0.9, 0.05, true, "an answer to a question"}
	middle    = leaning{0.7, 0.7, 0.1, true, "begins in the middle"}
	pointing  = leaning{0.7, 0.7, 0.1, true, "points back"}
	saysLess  = leaning{0.7, 0.7, 0.1, true, "says little"}
	saysSome  = leaning{0.5, 0.7, 0.05, false, "says some"}
	standsOut = leaning{0.2, 0.5, 0, false, "stands alone"}
)

// Context decides which earlier turns, oldest first, lend their words to the
// question. rarity may be nil; with it the decision is better.
func Context(question string, earlier []Turn, rarity Rarity) Understanding {
	if rarity == nil {
		rarity = func(string) float64 { return ordinary }
	}
	if len(earlier) == 0 {
		return Understanding{Reason: "first question"}
	}
	l := lean(question, earlier[len(earlier)-1].Answer, rarity)
	u := Understanding{FollowUp: l.followUp, Reason: l.reason}
	spoken, answered := l.weight, l.answer
	for i := len(earlier) - 1; i >= 0; i-- {
		t := earlier[i]
		u.add(t.Answer, answered)
		answered *= l.decay
		if len(content(t.Question)) > 0 { // not "yes" or "thank you"
			u.add(t.Question, spoken)
			spoken *= l.decay
		}
	}
	return u
}

func (u *Understanding) add(text string, weight float64) {
	if weight >= least && strings.TrimSpace(text) != "" {
		u.Context = append(u.Context, retrieval.Weighted{Text: text, Weight: weight})
	}
}

// lean finds the first rule that fits.
func lean(question, lastAnswer string, rarity Rarity) leaning {
	ws, own := words(question), content(question)
	said := 0.0
	for _, w := range own {
		said += rarity(w)
	}
	requests := strings.Contains(question, "?") || len(ws) > 0 && asking[ws[0]]
	asked := asks(lastAnswer)
	switch back := anaphor(ws); {
	case len(own) == 0:
		return empty
	case !requests && (asked || reply[ws[0]]):
		return replies
	case elliptic(ws):
		return middle
	case back && said < some:
		return pointing
	case said < little:
		return saysLess
	case back || said < some:
		return saysSome
	}
	return standsOut
}
