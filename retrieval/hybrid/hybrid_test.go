package hybrid

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"townclerk/knowledge"
	"townclerk/retrieval"
	"townclerk/retrieval/embed"
	"townclerk/retrieval/lexical"
)

var (
	analyzer = lexical.NewAnalyzer()
	expander = lexical.NewExpander(analyzer, nil)
)

func passage(page, heading, text string) knowledge.Passage {
	p := knowledge.Passage{Text: text, Source: knowledge.Source{
		URL: "https://city.example/" + page, Title: page, Language: "en", Department: page[:1],
	}}
	if heading != "" {
		p.Headings = []string{heading}
	}
	return p
}

func city() []knowledge.Passage {
	return []knowledge.Passage{
		passage("Permits", "Parking permits", "Residents pay $40 a year for a parking permit."),
		passage("Permits", "Building permits", "A building permit is needed for a shed of more than 120 square feet."),
		passage("Waste", "When is trash collected?", "Trash is collected every Tuesday before noon."),
		passage("Waste", "What goes into recycling?", "Paper, glass and metal."),
		passage("Library", "", "Books are lent for three weeks. A parking lot is behind the library."),
	}
}

type world struct {
	ps      []knowledge.Passage
	encoder *embed.BuiltIn
	ranker  *Ranker
}

func build(t testing.TB, ps []knowledge.Passage) world {
	t.Helper()
	ctx := context.Background()
	texts := make([]string, len(ps))
	for i := range ps {
		texts[i] = ps[i].EncoderText()
	}
	e, err := embed.Fit(ctx, texts)
	if err != nil {
		t.Fatal(err)
	}
	vs, err := e.Embed(ctx, texts)
	if err != nil {
		t.Fatal(err)
	}
	return world{ps, e, New(ps, flat(t, vs), expander, analyzer)}
}

func flat(t testing.TB, vectors [][]float32) *embed.Flat {
	t.Helper()
	f := &embed.Flat{}
	for _, v := range vectors {
		if err := f.Add(v); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func (w world) rank(t testing.TB, q retrieval.Query) []Ranked {
	t.Helper()
	v, err := retrieval.Vector(context.Background(), w.encoder, w.encoder.Dims(), q)
	if err != nil {
		t.Fatal(err)
	}
	return w.ranker.Rank(q, v)
}

func TestRankFinds(t *testing.T) {
	w := build(t, city())
	for _, c := range []struct {
		question string
		mode     retrieval.Mode
		want     int
	}{
		{"How much is a parking permit?", retrieval.Hybrid, 0},
		{"How much is a parking permit?", retrieval.Lexical, 0},
		{"How much is a parking permit?", retrieval.Dense, 0},
		{"when do you collect the trash", retrieval.Hybrid, 2},
		{"biulding pemrits", retrieval.Hybrid, 1},
		{"librarian", retrieval.Hybrid, 4},
	} {
		got := w.rank(t, retrieval.Query{Text: c.question, Mode: c.mode})
		if len(got) == 0 || got[0].Index != c.want {
			t.Errorf("%q (%s): %+v", c.question, c.mode, got)
		}
	}
}

func TestRankWithContext(t *testing.T) {
	w := build(t, city())
	q := retrieval.Query{Text: "how much is it?", Context: []retrieval.Weighted{{Text: "I want to build a shed", Weight: 0.7}}}
	if got := w.rank(t, q); got[0].Index != 1 {
		t.Errorf("got %+v", got)
	}
}

func TestScoresAreShares(t *testing.T) {
	w := build(t, city())
	for _, text := range []string{"parking permit", "trash trash trash trash", "the", "", "zzyzx", "PARKING\x00\xff"} {
		for i, r := range w.rank(t, retrieval.Query{Text: text}) {
			s := r.Scores
			for _, v := range []float64{s.Lexical, s.Page, s.Dense, s.Fused, s.Coverage, s.Margin} {
				if !(v >= 0 && v <= 1.000001) {
					t.Errorf("%q, hit %d: %+v", text, i, s)
				}
			}
		}
	}
}

func TestCoverage(t *testing.T) {
	w := build(t, city())
	whole := w.rank(t, retrieval.Query{Text: "parking permit"})[0].Scores
	part := w.rank(t, retrieval.Query{Text: "parking helicopter"})[0].Scores
	if whole.Coverage != 1 || part.Coverage >= 0.6 || len(whole.Terms) != 2 {
		t.Errorf("whole %+v, part %+v", whole, part)
	}
}

// Where an agency writes questions and answers, a heading says what its passage is
// about, also one that does not ask; elsewhere the text does.
func TestHeadingsCountWhereAgenciesAsk(t *testing.T) {
	site := func(mark string) []knowledge.Passage {
		ps := []knowledge.Passage{
			passage("Parks", "Dogs on a leash are welcome", "At all times."),
			passage("Pools", "Lifeguards", "They are there from May. No dogs swim, but dogs on a leash are welcome in the park."),
		}
		for _, h := range []string{"When is trash collected", "Who repairs a street light", "Where are books lent", "What does a permit cost"} {
			ps = append(ps, passage("Town", h+mark, "Call City Hall."))
		}
		return ps
	}
	for _, c := range []struct {
		mark string
		want int
	}{{"", 1}, {"?", 0}} {
		got := build(t, site(c.mark)).rank(t, retrieval.Query{Text: "Are dogs on a leash in the park welcome?"})
		if got[0].Index != c.want {
			t.Errorf("other headings end with %q: passage %d is first, want %d: %+v", c.mark, got[0].Index, c.want, got[:2])
		}
	}
}

func TestFilters(t *testing.T) {
	ps := city()
	ps[4].Language = "es"
	w := build(t, ps)
	for _, r := range w.rank(t, retrieval.Query{Text: "parking permit trash", Filter: retrieval.Filter{Departments: []string{"W"}}}) {
		if ps[r.Index].Department != "W" {
			t.Errorf("passage %d is of %s", r.Index, ps[r.Index].Department)
		}
	}
	got := w.rank(t, retrieval.Query{Text: "parking", Filter: retrieval.Filter{Languages: []string{"es"}}})
	if len(got) != 1 || got[0].Index != 4 {
		t.Errorf("got %+v", got)
	}
}

func TestTiesAreInOrder(t *testing.T) {
	var ps []knowledge.Passage
	for i := range 30 {
		ps = append(ps, passage(fmt.Sprintf("P%02d", i), "", "The same words."))
		ps[i].Title = "Same"
	}
	for i, r := range build(t, ps).rank(t, retrieval.Query{Text: "same words", Limit: 30}) {
		if r.Index != i {
			t.Fatalf("place %d has passage %d", i, r.Index)
		}
	}
}

func TestOrderOfPassagesDoesNotMatter(t *testing.T) {
	ps := synthetic(200)
	w := build(t, ps)
	turned := make([]knowledge.Passage, len(ps))
	for i, p := range rand.New(rand.NewPCG(1, 2)).Perm(len(ps)) {
		turned[i] = ps[p]
	}
	u := build(t, turned)
	for _, text := range []string{"w3 w14 w15", "w1 w2", "w92 w6 w5 w35"} {
		a, b := w.rank(t, retrieval.Query{Text: text}), u.rank(t, retrieval.Query{Text: text})
		for i := range a {
			if d := a[i].Scores.Fused - b[i].Scores.Fused; d > 1e-5 || d < -1e-5 {
				t.Errorf("%q, place %d: %v and %v", text, i, a[i].Scores.Fused, b[i].Scores.Fused)
			}
		}
		if again := w.rank(t, retrieval.Query{Text: text}); !reflect.DeepEqual(a, again) {
			t.Errorf("%q was ranked in two ways", text)
		}
	}
}

func TestWithoutPassagesOrVectors(t *testing.T) {
	if got := New(nil, nil, expander, analyzer).Rank(retrieval.Query{Text: "permit"}, nil); len(got) != 0 {
		t.Errorf("got %+v", got)
	}
	got := New(city(), nil, expander, analyzer).Rank(retrieval.Query{Text: "parking permit"}, []float32{1})
	if len(got) == 0 || got[0].Index != 0 || got[0].Scores.DenseRank != 0 {
		t.Errorf("got %+v", got)
	}
}

func synthetic(n int) []knowledge.Passage {
	r := rand.New(rand.NewPCG(7, 7))
	z := rand.NewZipf(r, 1.1, 4, 20_000)
	ps := make([]knowledge.Passage, n)
	for i := range ps {
		var b strings.Builder
		for j := range 120 {
			fmt.Fprintf(&b, "w%d", z.Uint64())
			b.WriteString([]string{" ", " ", " ", ". "}[j%4])
		}
		ps[i] = passage(fmt.Sprintf("Page%d", i/5), fmt.Sprintf("w%d w%d", z.Uint64(), z.Uint64()), b.String())
	}
	return ps
}

func BenchmarkRank(b *testing.B) {
	ps := synthetic(10_000)
	vectors := make([][]float32, len(ps))
	r := rand.New(rand.NewPCG(3, 3))
	for i := range vectors {
		vectors[i] = make([]float32, 320)
		for j := range vectors[i] {
			vectors[i][j] = float32(r.NormFloat64() / 18)
		}
	}
	k := New(ps, flat(b, vectors), expander, analyzer)
	q := retrieval.Query{Text: "how do I w120 w3 w55 w700 for w14?"}
	b.ReportAllocs()
	for b.Loop() {
		k.Rank(q, vectors[0])
	}
}
