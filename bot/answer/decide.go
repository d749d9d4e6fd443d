package answer

import (
	"math"

	"townclerk/retrieval"
)

// Decision is whether an answer is shown, and on what grounds.
type Decision struct {
	Answer bool `json:"answer"`
	// Probability is that of the best passage answering the question.
	Probability float64 `json:"probability"`
	Threshold   float64 `json:"threshold"`
	Reason      string  `json:"reason,omitempty"`
}

// DefaultThreshold is the least probability at which an answer is shown.
const DefaultThreshold = 0.35

func (b *Bot) decide(found retrieval.Result, followUp bool) Decision {
	d := Decision{Threshold: b.config.Threshold}
	switch {
	case found.Pages == 0:
		d.Reason = "there are no pages"
		return d
	case len(found.Hits) == 0:
		d.Reason = "no passage shares a word or a meaning with the question"
		return d
	}
	best := found.Hits[0].Scores
	if b.config.Calibrated != nil && !b.config.Calibrated(found.Encoder) || found.Degraded != "" && best.Dense == 0 {
		best.Dense = expected(best)
	}
	d.Probability = probability(best, followUp)
	if found.Encoder != "" && best.Dense < leastDense {
		d.Reason = "the best passage shares nothing but words with the question"
		return d
	}
	d.Answer = d.Probability >= d.Threshold
	if !d.Answer {
		d.Reason = "the best passage is too unlikely to answer"
	}
	return d
}

// leastDense is the least similarity of a hit that answers: words alone do not. Of the
// right answers to the development questions none is below twice that.
const leastDense = 0.1

// expected is the similarity that a hit with such scores has on average, by least
// squares on the development questions: an outage of the embeddings, or a model
// with another scale, is no evidence against an answer.
func expected(s retrieval.Scores) float64 { return 0.30 + 0.78*s.Lexical }

// probability is a logistic regression on the best hit's scores, fitted on the
// development questions (docs/decisions/0004-silence.md). A question that can be
// understood alone must find its own words; only a follow-up may live on those
// that it leans on.
func probability(s retrieval.Scores, followUp bool) float64 {
	coverage := s.Own
	if followUp {
		coverage = s.Coverage
	}
	z := -3.7 + 2.9*coverage + 3.9*s.Lexical + 3.5*s.Dense
	return 1 / (1 + math.Exp(-z))
}
