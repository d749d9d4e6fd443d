// Package understand makes a question of a conversation stand alone.
package understand

import "townclerk/retrieval"

// Turn is an earlier turn of the conversation.
type Turn struct{ Question, Answer string }

// Understanding is what is searched for.
type Understanding struct {
	Query    retrieval.Query
	FollowUp bool
	Reason   string
}

// Context decides which earlier questions lend their words.
func Context(question string, earlier []Turn) Understanding {
	u := Understanding{Query: retrieval.Query{Text: question}}
	for _, t := range earlier {
		if t.Question != "" {
			u.Query.Context = append(u.Query.Context, retrieval.Weighted{Text: t.Question, Weight: 0.5})
			u.FollowUp = true
		}
	}
	return u
}
