// Package evals is the vocabulary of measurement: what is asked (Case), where
// the cases come from (Dataset), and what was seen (Result).
package evals

import "townclerk/bot/understand"

// Case is one question with what should be found for it.
type Case struct {
	ID       string
	Question string
	// Earlier are the conversation's turns before the question, oldest first.
	Earlier []understand.Turn
	// Slice groups cases in a report: "first", "later", "own-words", …
	Slice string
	// Relevant names what should be found, in the units of the dataset's judges.
	// Empty: the pages do not answer the question.
	Relevant []string
	// Passage is the text that a passage must cover to count as found; empty where
	// the dataset does not say.
	Passage string
}

// Answerable reports whether the pages answer the case.
func (c *Case) Answerable() bool { return len(c.Relevant) > 0 }

// Ranking is what a system returned for a case: for each judge, the rank of
// each relevant unit that was found, counting from 1.
type Ranking struct {
	Case  *Case
	Ranks map[string][]int
}

// Inquiry is what a citizen writes, with the department that should get it.
type Inquiry struct {
	Text       string
	Department string // an identifier, or Nobody
	Kind       string // in which figures are parted; may be empty
}

// Nobody is the department of an inquiry that is nobody's, or another agency's.
const Nobody = "-"
