package route_test

import (
	"testing"

	"townclerk/bot/route"
	"townclerk/evals/datasets/riverton"
	"townclerk/retrieval"
)

// A router is made at every start, and when the pages or the corrections change.
func BenchmarkNew(b *testing.B) {
	_, knows := rivertonIndex(b)
	departments, examples := riverton.Departments(), rivertonExamples(b)
	b.ReportAllocs()
	for b.Loop() {
		must(route.New(departments, examples, knows))
	}
}

func BenchmarkRoute(b *testing.B) {
	index, knows := rivertonIndex(b)
	r := must(route.New(riverton.Departments(), rivertonExamples(b), knows))
	const question = "the people next door put their old fridge on the sidewalk, who takes it away"
	hits := must(index.Search(b.Context(), retrieval.Query{Text: question})).Hits
	b.ReportAllocs()
	for b.Loop() {
		r.Route(question, nil, hits)
	}
}
