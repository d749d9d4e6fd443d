// Package retrieval is the vocabulary of search: a Query, the Hits that answer
// it, and the scores that made their order. It also holds what both engines
// share: fusion and explanation, done once, in Go.
//
// Below it stand the encoders (retrieval/lexical, retrieval/embed) and the
// engines (retrieval/litesearch).
package retrieval

import (
	"context"

	"townclerk/knowledge"
)

// Query asks for passages.
type Query struct {
	// Text is what is asked now.
	Text string
	// Context are earlier questions of the same conversation that Text may lean
	// on, each with the weight that its words have beside those of Text (0 to 1).
	Context []Weighted
	// Language is the language of Text; empty: that of the passages.
	Language string
	// Limit is the number of hits wanted; zero means 10.
	Limit int
	// Filter narrows the passages that may be returned.
	Filter Filter
	// Mode says which encoders take part.
	Mode Mode
}

// Mode says which encoders take part in a search, so that each can be measured
// alone.
type Mode string

// The modes.
const (
	Hybrid  Mode = ""
	Lexical Mode = "lexical"
	Dense   Mode = "dense"
)

// Weighted is a text with a weight.
type Weighted struct {
	Text   string  `json:"text"`
	Weight float64 `json:"weight"`
}

// Filter keeps only passages that have one of each non-empty list's values.
type Filter struct {
	Departments []string
	Languages   []string
}

// Scores say why a hit stands where it stands. A rank of zero means that the
// passage was not among that encoder's candidates.
type Scores struct {
	// Lexical is the BM25 score of the passage's words, Page that of its whole
	// page, Dense the cosine similarity of the embeddings.
	Lexical     float64 `json:"lexical"`
	LexicalRank int     `json:"lexical_rank"`
	Page        float64 `json:"page"`
	Dense       float64 `json:"dense"`
	DenseRank   int     `json:"dense_rank"`
	// Fused orders the hits, unless they were reranked.
	Fused float64 `json:"fused"`
	// Rerank is the reranker's score, on its own scale; nil: it did not rate the
	// passage.
	Rerank *float64 `json:"rerank,omitempty"`
	// Coverage is the share of the question's weighted terms that occur in the
	// passage, its headings or its title, between 0 and 1.
	Coverage float64 `json:"coverage"`
	// Own is the same of the question's own words, without its context.
	Own float64 `json:"own"`
	// Margin is, on the first hit, by how much its Fused is above that of the
	// best hit of another page.
	Margin float64 `json:"margin,omitempty"`
	// Terms are the matched terms with what each added to Lexical, largest first.
	Terms []TermScore `json:"terms,omitempty"`
}

// TermScore is one term's part of a lexical score.
type TermScore struct {
	Term  string  `json:"term"`
	Score float64 `json:"score"`
}

// Hit is a passage that was found.
type Hit struct {
	Passage knowledge.Passage
	Scores  Scores
}

// Result is what one search found in one revision.
type Result struct {
	Revision knowledge.Revision
	Encoder  string
	// Pages is the number of pages that were searched.
	Pages int
	Hits  []Hit
	// Degraded says why the dense encoder or the reranker did not take part; empty:
	// all did that were to.
	Degraded string
}

// Index finds passages. Implementations are safe for concurrent use and answer
// each query from a single revision.
type Index interface {
	Search(ctx context.Context, q Query) (Result, error)
}
