package run

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"townclerk/bot"
	"townclerk/bot/answer"
	"townclerk/bot/understand"
	"townclerk/evals"
	"townclerk/knowledge"
	"townclerk/knowledge/parse"
	"townclerk/retrieval"
)

// shelf is an index of a few pages: a page is found by the words that it shares
// with the question, the most first.
type shelf struct {
	versions []knowledge.Version
	queries  []retrieval.Query
}

func newShelf(t *testing.T, texts ...string) *shelf {
	t.Helper()
	s := &shelf{}
	for i, text := range texts {
		name := string(rune('a' + i))
		v, err := parse.Parse(parse.Raw{Name: name + ".md", URL: "https://t.example/" + name, Data: []byte(text)})
		if err != nil {
			t.Fatal(err)
		}
		s.versions = append(s.versions, v)
	}
	return s
}

func (s *shelf) Search(_ context.Context, q retrieval.Query) (retrieval.Result, error) {
	s.queries = append(s.queries, q)
	if q.Text == "fail" {
		return retrieval.Result{}, errors.New("planted")
	}
	out := retrieval.Result{Revision: 1, Pages: len(s.versions)}
	for _, v := range s.versions {
		if n := shared(q.Text, v.Text); n > 0 {
			p := knowledge.Passage{Version: v.ID, Range: knowledge.Range{End: len(v.Text)}}
			p.Fill(&v)
			out.Hits = append(out.Hits, retrieval.Hit{Passage: p, Scores: retrieval.Scores{Fused: n, Coverage: 1, Lexical: 1}})
		}
	}
	slices.SortStableFunc(out.Hits, func(a, b retrieval.Hit) int { return int(b.Scores.Fused - a.Scores.Fused) })
	return out, nil
}

func (s *shelf) Version(_ context.Context, id knowledge.VersionID) (knowledge.Version, error) {
	for _, v := range s.versions {
		if v.ID == id {
			return v, nil
		}
	}
	return knowledge.Version{}, knowledge.ErrNotFound
}

func (s *shelf) Rank(q retrieval.Query, texts []knowledge.Passage) []float64 {
	out := make([]float64, len(texts))
	for i, p := range texts {
		out[i] = shared(q.Text, p.Text) / 10
	}
	return out
}

func shared(a, b string) float64 {
	n := 0.0
	for w := range bag(a) {
		if bag(b)[w] {
			n++
		}
	}
	return n
}

var page = Judge{
	Name: "page",
	Unit: func(p *knowledge.Passage) string { return p.URL },
	Found: func(c *evals.Case, p *knowledge.Passage) string {
		if slices.Contains(c.Relevant, p.URL) {
			return p.URL
		}
		return ""
	},
}

func relevant(names ...string) (out []string) {
	for _, n := range names {
		out = append(out, "https://t.example/"+n)
	}
	return out
}

func TestRetrievalByHand(t *testing.T) {
	s := newShelf(t, "Carts cost money.", "Dogs need a license that cost money.", "Library cards.")
	cases := []evals.Case{
		{ID: "1", Question: "carts cost money", Relevant: relevant("a"), Slice: "x"}, // rank 1
		{ID: "2", Question: "dogs cost money", Relevant: relevant("a"), Slice: "x"},  // rank 2
		{ID: "3", Question: "library", Relevant: relevant("c", "b"), Slice: "all"},   // one of two
		{ID: "4", Question: "zymurgy", Relevant: relevant("a")},                      // not found
		{ID: "5", Question: "fail"}, // not answerable: not searched
		{ID: "6", Question: "cards", Relevant: relevant("c"), Earlier: []understand.Turn{{Question: "library?"}}},
	}
	got, err := Retrieval(t.Context(), s, cases, []Judge{page}, retrieval.Lexical)
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		slice           string
		n               int
		r1, r5, mrr, p1 float64
	}
	var rows []row
	round := func(x float64) float64 { return math.Round(x*1000) / 1000 }
	for _, f := range got {
		rows = append(rows, row{f.Slice, f.R1.N, round(f.R1.Mean), round(f.R5.Mean), round(f.MRR.Mean), round(f.P1.Mean)})
	}
	want := []row{
		{"all", 5, 0.5, 0.7, 0.7, 0.6},
		{"x", 2, 0.5, 1, 0.75, 0.5},
	}
	if !slices.Equal(rows, want) {
		t.Errorf("got %v, want %v", rows, want)
	}
	if len(s.queries) != 5 || s.queries[0].Limit != depth || s.queries[0].Mode != retrieval.Lexical || len(s.queries[4].Context) == 0 {
		t.Errorf("searched %+v", s.queries)
	}
	if _, err := Retrieval(t.Context(), s, []evals.Case{{ID: "bad", Question: "fail", Relevant: relevant("a")}}, []Judge{page}, retrieval.Lexical); err == nil || !strings.Contains(err.Error(), "case bad") {
		t.Errorf("a failing search: %v", err)
	}
}

func TestUnitsAreCountedNotHits(t *testing.T) {
	hit := func(url string) retrieval.Hit {
		return retrieval.Hit{Passage: knowledge.Passage{Source: knowledge.Source{URL: url}}}
	}
	c := &evals.Case{Relevant: []string{"b", "c"}}
	for _, test := range []struct {
		hits []retrieval.Hit
		want []int
	}{
		{nil, nil},
		{[]retrieval.Hit{hit("a"), hit("a"), hit("b"), hit("b"), hit("a"), hit("c")}, []int{2, 3}},
		{[]retrieval.Hit{hit("c"), hit("b"), hit("c")}, []int{1, 2}},
		{[]retrieval.Hit{hit("a")}, nil},
	} {
		if got := rank(c, test.hits, page); !slices.Equal(got, test.want) {
			t.Errorf("got %v, want %v", got, test.want)
		}
	}
}

func TestAnswersAndSummary(t *testing.T) {
	s := newShelf(t, "# Carts\n\nA replacement cart costs $62.\n", "# Dogs\n\nDogs need a license each year.\n")
	cases := []evals.Case{
		{ID: "right", Question: "how much is a replacement cart", Relevant: relevant("a"), Passage: "A replacement cart costs $62."},
		{ID: "page", Question: "which license do dogs need", Relevant: []string{"https://t.example/b#fees"}, Passage: "Something else entirely in other terms."},
		{ID: "wrong", Question: "replacement cart costs", Relevant: relevant("b")},
		{ID: "refused", Question: "zymurgy", Relevant: relevant("a")},
		{ID: "silent", Question: "quokka"},
		{ID: "talks", Question: "replacement cart"},
		{ID: "person", Question: "talk to a person"},
	}
	got, err := Answers(t.Context(), answer.Config{Agency: "T", Language: "en", Threshold: 0.1}, s, s, cases)
	if err != nil {
		t.Fatal(err)
	}
	want := Summary{Answerable: 4, Refused: 1, OnPage: 2, OnQuote: 1, Unanswerable: 3, Silent: 2, Sentences: 4}
	if sum := Summarise(got); sum != want {
		t.Errorf("got %+v, want %+v", sum, want)
	}
	if a := got[0]; !a.OnPage || !a.OnQuote || a.Trace.Query.Text != cases[0].Question || a.Answer.Outcome != bot.Answered || a.Case != &cases[0] {
		t.Errorf("%+v", a)
	}
	if _, err := Answers(t.Context(), answer.Config{}, s, s, []evals.Case{{ID: "bad", Question: "fail"}}); err == nil || !strings.Contains(err.Error(), "case bad") {
		t.Errorf("a failing search: %v", err)
	}
	if sum := Summarise(nil); sum != (Summary{}) {
		t.Errorf("of nothing: %+v", sum)
	}
}

// Earlier turns reach the bot, redacted like a citizen's.
func TestEarlierTurnsAreRead(t *testing.T) {
	s := newShelf(t, "A replacement cart costs $62.")
	_, err := Answers(t.Context(), answer.Config{Threshold: 0.1}, s, s, []evals.Case{{ID: "1", Question: "how much is it?", Earlier: []understand.Turn{
		{Question: "I lost my cart, mail ann@example.org", Answer: "We replace carts."},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	asked, _ := json.Marshal(s.queries) // alone, and with what was said before
	if !strings.Contains(string(asked), "lost my cart") || strings.Contains(string(asked), "ann@") {
		t.Errorf("searched with %s", asked)
	}
}

func TestOverlaps(t *testing.T) {
	for _, test := range []struct {
		quote, sentence string
		want            bool
	}{
		{"a b c d", "a b x y z", true}, // half of the quote
		{"a b c d e f", "e f", true},   // all of the sentence
		{"a b c d", "a x y z", false},
		{"", "a", false},
		{"a", "", false},
		{"$62.", "62", true},
	} {
		if got := overlaps(test.quote, test.sentence); got != test.want {
			t.Errorf("%q, %q: %v", test.quote, test.sentence, got)
		}
	}
}
