package route_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/bot/route"
	"townclerk/evals"
	"townclerk/evals/datasets/riverton"
	"townclerk/evals/load"
	"townclerk/evals/run"
	"townclerk/internal/litedb"
	"townclerk/knowledge"
	"townclerk/knowledge/ingest"
	"townclerk/retrieval"
	"townclerk/retrieval/embed"
	"townclerk/retrieval/hybrid"
	"townclerk/retrieval/lexical"
	"townclerk/retrieval/litesearch"
)

// A third of the inquiries is vague or touches two departments; the label is the
// one that should get it. The bounds keep what is reached (testdata/README.md).
func TestRiverton(t *testing.T) {
	index, knows := rivertonIndex(t)
	departments, labelled := riverton.Departments(), rivertonExamples(t)
	corrected := slices.Clone(labelled)
	for _, q := range inquiries(t, "dev") {
		corrected = append(corrected, route.Example{Text: q.Text, Department: bot.DepartmentID(q.Department)})
	}
	for _, test := range []struct {
		name, half   string
		examples     []route.Example
		knows        route.Options
		plain, first float64 // top-1, at least
		second, off  float64 // top-2, at least; expected calibration error, at most
	}{
		{"configuration alone", "dev", nil, route.Options{}, 0.92, 0.70, 0.73, 0.13},
		{"configuration, pages", "dev", nil, knows, 0.92, 0.70, 0.77, 0.13},
		{"labelled questions, pages", "dev", labelled, knows, 0.93, 0.72, 0.79, 0.13},
		{"configuration alone", "heldout", nil, route.Options{}, 0.75, 0.63, 0.75, 0.13},
		{"configuration, pages", "heldout", nil, knows, 0.80, 0.67, 0.77, 0.13},
		{"labelled questions, pages", "heldout", labelled, knows, 0.82, 0.70, 0.84, 0.12},
		{"labelled questions, corrections, pages", "heldout", corrected, knows, 0.83, 0.72, 0.84, 0.13},
		{"configuration, pages", "fresh", nil, knows, 0.78, 0.62, 0.74, 0.13},
		{"labelled questions, pages", "fresh", labelled, knows, 0.78, 0.62, 0.76, 0.13},
		{"labelled questions, corrections, pages", "fresh", corrected, knows, 0.76, 0.62, 0.76, 0.13},
		{"configuration, pages", "heldout fresh", nil, knows, 0.80, 0.65, 0.75, 0.11},
		{"labelled questions, pages", "heldout fresh", labelled, knows, 0.80, 0.66, 0.80, 0.09},
		{"labelled questions, corrections, pages", "heldout fresh", corrected, knows, 0.80, 0.67, 0.80, 0.11},
	} {
		t.Run(test.half+" "+test.name, func(t *testing.T) {
			r := must(route.New(departments, test.examples, test.knows))
			got := must(run.Route(t.Context(), r, index, "en", inquiries(t, test.half)))
			t.Logf("%+v", got)
			atLeast(t, "plain: top-1", got.Kinds["plain"].Top1, test.plain)
			atLeast(t, "top-1", got.Top1, test.first)
			atLeast(t, "top-2", got.Top2, test.second)
			if off := got.CalibrationError; off > test.off {
				t.Errorf("the calibration error is %.3f, want at most %.2f", off, test.off)
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

// inquiries reads testdata/riverton.*.tsv of the names, which are parted by spaces.
func inquiries(t *testing.T, names string) []evals.Inquiry {
	t.Helper()
	var out []evals.Inquiry
	for _, name := range strings.Fields(names) {
		f := must(os.Open("testdata/riverton." + name + ".tsv"))
		out = append(out, must(load.Inquiries(f))...)
		f.Close()
	}
	return out
}
