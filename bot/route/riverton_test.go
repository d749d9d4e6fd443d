package route_test

import (
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/bot/route"
	"townclerk/evals/datasets/riverton"
	"townclerk/internal/litedb"
	"townclerk/knowledge"
	"townclerk/knowledge/ingest"
	"townclerk/retrieval"
	"townclerk/retrieval/embed"
	"townclerk/retrieval/hybrid"
	"townclerk/retrieval/lexical"
	"townclerk/retrieval/litesearch"
)

// inquiry is a line of testdata/riverton.*.tsv.
type inquiry struct{ department, kind, text string }

// A third of the inquiries is vague or touches two departments; the label is the
// one that should get it. The bounds keep what is reached (testdata/README.md).
func TestRiverton(t *testing.T) {
	index, knows := rivertonIndex(t)
	departments, labelled := riverton.Departments(), rivertonExamples(t)
	corrected := slices.Clone(labelled)
	for _, q := range inquiries(t, "dev") {
		corrected = append(corrected, route.Example{Text: q.text, Department: bot.DepartmentID(q.department)})
	}
	for _, test := range []struct {
		name, half   string
		examples     []route.Example
		knows        route.Options
		plain, first float64 // top-1, at least
		second, off  float64 // top-2, at least; expected calibration error, at most
	}{
		{"configuration alone", "dev", nil, route.Options{}, 0.90, 0.68, 0.74, 0.13},
		{"configuration, pages", "dev", nil, knows, 0.90, 0.68, 0.76, 0.13},
		{"labelled questions, pages", "dev", labelled, knows, 0.90, 0.68, 0.76, 0.13},
		{"configuration alone", "heldout", nil, route.Options{}, 0.75, 0.63, 0.75, 0.15},
		{"configuration, pages", "heldout", nil, knows, 0.75, 0.65, 0.80, 0.15},
		{"labelled questions, pages", "heldout", labelled, knows, 0.75, 0.65, 0.82, 0.15},
		{"labelled questions, corrections, pages", "heldout", corrected, knows, 0.75, 0.65, 0.80, 0.15},
		{"configuration, pages", "fresh", nil, knows, 0.75, 0.65, 0.80, 0.15},
		{"labelled questions, pages", "fresh", labelled, knows, 0.75, 0.65, 0.80, 0.15},
		{"labelled questions, corrections, pages", "fresh", corrected, knows, 0.75, 0.65, 0.80, 0.15},
	} {
		t.Run(test.half+" "+test.name, func(t *testing.T) {
			r := must(route.New(departments, test.examples, test.knows))
			first, second, sure := map[string][]float64{}, map[string][]float64{}, []float64{}
			for _, q := range inquiries(t, test.half) {
				found := must(index.Search(t.Context(), retrieval.Query{Text: q.text}))
				got := ranking(r.Route(q.text, nil, found.Hits))
				sure = append(sure, got[0].Probability)
				for _, kind := range []string{q.kind, "all"} {
					first[kind] = append(first[kind], yes(is(got, 0, q.department)))
					second[kind] = append(second[kind], yes(is(got, 0, q.department) || is(got, 1, q.department)))
				}
			}
			for _, kind := range []string{"vague", "mixed"} {
				t.Logf("%s: top-1 %.3f, top-2 %.3f of %d", kind, mean(first[kind]), mean(second[kind]), len(first[kind]))
			}
			atLeast(t, "plain: top-1", mean(first["plain"]), test.plain)
			t.Logf("plain: top-2: %.3f", mean(second["plain"]))
			atLeast(t, "top-1", mean(first["all"]), test.first)
			atLeast(t, "top-2", mean(second["all"]), test.second)
			off := calibrationError(sure, first["all"])
			t.Logf("mean probability %.3f; were each probability right, chance alone would make the calibration error %.3f", mean(sure), chance(sure))
			if t.Logf("expected calibration error: %.3f", off); off > test.off {
				t.Errorf("it is more than %.2f", test.off)
			}
		})
	}
}

// rivertonIndex searches the site of Riverton, and gives what a router can know
// of it.
func rivertonIndex(t testing.TB) (retrieval.Index, route.Options) {
	t.Helper()
	db := must(litedb.Open(filepath.Join(t.TempDir(), "riverton.db")))
	t.Cleanup(func() { db.Close() })
	pages, m := must(litesearch.NewStore(t.Context(), db, time.Now)), &models{}
	must(ingest.Sync(t.Context(), riverton.Pages{}, pages, m, ingest.Options{}))
	a := lexical.NewAnalyzer()
	thesaurus := must(lexical.NewThesaurus(a, "en", nil))
	x := lexical.NewExpander(a, thesaurus)
	return hybrid.NewIndex(pages, hybrid.Encoders{Models: m, Analyzer: a, Expander: x}), route.Options{
		Pages:    must(pages.Load(t.Context())).Passages,
		Terms:    func(text string) []string { return a.Terms("en", text) },
		Synonyms: func(term string) []string { return thesaurus.Others("en", term) },
		Encode:   func(texts []string) [][]float32 { return must(m.fitted.Embed(context.Background(), texts)) },
	}
}

// models fits the built-in encoder.
type models struct{ fitted *embed.BuiltIn }

func (*models) Open(_ context.Context, _ string, state []byte) (knowledge.Embedder, error) {
	return embed.Load(state)
}

func (*models) Wants(string) bool { return true }

func (m *models) Fit(ctx context.Context, like []knowledge.Passage) (knowledge.Embedder, []byte, error) {
	var texts []string
	for i := range like {
		texts = append(texts, like[i].EncoderText())
	}
	m.fitted = must(embed.Fit(ctx, texts))
	return m.fitted, must(m.fitted.MarshalBinary()), nil
}

// rivertonExamples are the questions of Riverton's own dataset, as staff would
// have labelled them.
func rivertonExamples(t testing.TB) []route.Example {
	t.Helper()
	var out []route.Example
	for _, name := range []string{"questions.jsonl", "questions.dev.jsonl", "questions.hard.jsonl"} {
		for line := range strings.Lines(string(must(os.ReadFile("../../evals/datasets/riverton/" + name)))) {
			var q struct {
				Question   string
				Department bot.DepartmentID
			}
			if err := json.Unmarshal([]byte(line), &q); err != nil {
				t.Fatal(err)
			}
			out = append(out, route.Example{Text: q.Question, Department: q.Department})
		}
	}
	return out
}

func inquiries(t *testing.T, half string) []inquiry {
	t.Helper()
	var out []inquiry
	for line := range strings.Lines(string(must(os.ReadFile("testdata/riverton." + half + ".tsv")))) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 3)
		out = append(out, inquiry{f[0], f[1], f[2]})
	}
	return out
}

// calibrationError is the mean distance between probability and truth in ten
// bins of equal width, weighted by their sizes.
func calibrationError(probability, right []float64) float64 {
	const bins = 10
	var gap [bins]float64
	for i, p := range probability {
		gap[min(bins-1, int(p*bins))] += p - right[i]
	}
	sum := 0.0
	for _, g := range gap {
		sum += math.Abs(g)
	}
	return sum / float64(len(right))
}

// chance is the calibration error that is to be expected of probabilities that are
// right, from so few inquiries.
func chance(probability []float64) float64 {
	const draws = 1000
	r, sum := rand.New(rand.NewPCG(1, 2)), 0.0
	for range draws {
		right := make([]float64, len(probability))
		for i, p := range probability {
			right[i] = yes(r.Float64() < p)
		}
		sum += calibrationError(probability, right) / draws
	}
	return sum
}

// ranking is all departments that a route names, most likely first.
func ranking(r bot.Route) []bot.Likely {
	if r.Department == "" {
		return r.Others
	}
	return append([]bot.Likely{{Department: r.Department, Probability: r.Probability}}, r.Others...)
}

// is reports whether the department stands at a place of the ranking.
func is(ranking []bot.Likely, place int, department string) bool {
	return place < len(ranking) && string(ranking[place].Department) == department
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

func yes(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
