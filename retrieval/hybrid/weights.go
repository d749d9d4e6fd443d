package hybrid

import "townclerk/retrieval/lexical"

// The weights of the fusion, chosen on the development questions and rounded.
// Each part is a share of the highest score that it could reach, so the weights
// can be read as importance.
const (
	wordsWeight     = 1.0
	pairsWeight     = 1.7 // words side by side, as in the question
	gramsWeight     = 1.2 // stretches of four letters: forms of a word, typing errors
	pageWordsWeight = 0.9
	pagePairsWeight = 1.2
	headWeight      = 0.2
	nearWeight      = 1.8 // words near each other within a sentence
	totalWeight     = wordsWeight + pairsWeight + gramsWeight + pageWordsWeight + pagePairsWeight + headWeight + nearWeight

	// A heading that asks is compared as one question with another: so much of
	// the passage's score is that of its heading, and so much of this how much of
	// the heading the question covers.
	askShare  = 0.3
	backShare = 0.1

	// Where agencies write questions and answers, passages are short and differ
	// most in title and headings. This is their part of every passage's score where
	// all passages stand under questions; where few do, it is as much less. It is
	// the same for all passages, so that none gains by standing under a question.
	headingsShare = 0.175

	// BuiltInShare is the cosine's part of the fused score. The built-in encoder
	// sees the same words again, so it decides where the words leave things open
	// and brings in what they miss.
	BuiltInShare = 0.015
)

// weights are those of the parts of a passage's lexical score: of what the index
// says of it, and of how near to each other it has the question's words.
type weights struct {
	lexical.Match
	near float64
}

// weightsOf returns the weights for a passage that stands under a question, or for
// one that does not.
func weightsOf(asks bool) weights {
	rest := 1 / totalWeight
	if asks {
		rest = (1 - askShare) / totalWeight
	}
	w := weights{lexical.Match{
		Words: rest * wordsWeight, Pairs: rest * pairsWeight, Grams: rest * gramsWeight,
		PageWords: rest * pageWordsWeight, PagePairs: rest * pagePairsWeight, Head: rest * headWeight,
	}, rest * nearWeight}
	if asks {
		w.Head += askShare * (1 - backShare)
		w.HeadBack = askShare * backShare
	}
	return w
}

// blend is the lexical score of a passage, between 0 and 1.
func (r *Ranker) blend(i int, m lexical.Match, near float64) float64 {
	w := weightsOf(r.asks[i])
	return w.Words*m.Words + w.Pairs*m.Pairs + w.Grams*m.Grams + w.PageWords*m.PageWords + w.PagePairs*m.PagePairs +
		w.Head*m.Head + w.HeadBack*m.HeadBack + w.near*near
}

// weigh sets s.weighed.
func (r *Ranker) weigh(s *scratch) {
	s.weighed = s.matcher.Weigh(s.weighed, weightsOf(false).Match)
	if r.headings == 0 {
		return // no passage stands under a question
	}
	s.asking = s.matcher.Weigh(s.asking, weightsOf(true).Match)
	for d, asks := range r.asks {
		if asks {
			s.weighed[d] = s.asking[d]
		}
	}
}
