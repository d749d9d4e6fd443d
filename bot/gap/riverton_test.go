package gap_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"townclerk/bot"
	"townclerk/bot/gap"
	"townclerk/evals/datasets/riverton"
	"townclerk/knowledge"
	"townclerk/knowledge/chunk"
	"townclerk/knowledge/parse"
	"townclerk/retrieval"
	"townclerk/retrieval/embed"
	"townclerk/retrieval/hybrid"
	"townclerk/retrieval/lexical"
)

var analyzer = lexical.NewAnalyzer()

// labelled are questions with a label each: a department, or a page.
type labelled struct {
	questions []gap.Question
	labels    []string
}

func (l *labelled) add(label, text string) {
	if label != "" && label != "-" {
		l.questions = append(l.questions, gap.Question{Text: bot.AsRedacted(text), Terms: analyzer.Terms("en", text)})
		l.labels = append(l.labels, label)
	}
}

// inquiries are labelled by department; kind "" stands for all.
func inquiries(t *testing.T, half, kind string) (l labelled) {
	data, err := os.ReadFile(filepath.Join("../route/testdata", "riverton."+half+".tsv"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if f := strings.SplitN(strings.TrimSpace(line), "\t", 3); len(f) == 3 && (kind == "" || f[1] == kind) {
			l.add(f[0], f[2])
		}
	}
	return l
}

// pageQuestions are labelled by the page that answers them.
func pageQuestions(t *testing.T, file string) (l labelled) {
	data, err := os.ReadFile(filepath.Join("../../evals/datasets/riverton", file))
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(data) {
		var q struct {
			Question, URL string
			History       []any
		}
		if err := json.Unmarshal(line, &q); err != nil {
			t.Fatal(err)
		}
		if len(q.History) == 0 {
			l.add(q.URL, q.Question)
		}
	}
	return l
}

// encode gives all questions what a search of the site finds for them: pages, and
// vectors of the built-in encoder that is fitted to it.
func encode(t *testing.T, sets ...labelled) (o gap.Options) {
	var passages []knowledge.Passage
	used := map[string]int{}
	var texts []string
	for found, err := range (riverton.Pages{}).Pages(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		v, err := parse.Parse(found.Page)
		if err != nil {
			continue
		}
		for _, p := range chunk.Cut(v, chunk.Default) {
			passages, texts = append(passages, p), append(texts, p.EncoderText())
			terms := analyzer.Terms("en", p.EncoderText())
			slices.Sort(terms)
			for _, term := range slices.Compact(terms) {
				used[term]++
			}
		}
	}
	e := must(embed.Fit(t.Context(), texts))
	flat := &embed.Flat{}
	for _, v := range must(e.Embed(t.Context(), texts)) {
		if err := flat.Add(v); err != nil {
			t.Fatal(err)
		}
	}
	ranker := hybrid.New(passages, flat, lexical.NewExpander(analyzer, must(lexical.NewThesaurus(analyzer, "en", nil))), analyzer)
	for _, l := range sets {
		for i := range l.questions {
			q := &l.questions[i]
			q.Vector = must(e.Embed(t.Context(), []string{q.Text.String()}))[0]
			for _, r := range ranker.Rank(retrieval.Query{Text: q.Text.String(), Language: "en", Limit: 20}, q.Vector) {
				if d := string(passages[r.Index].Document); !slices.Contains(q.Pages, d) {
					q.Pages = append(q.Pages, d)
				}
			}
		}
	}
	return gap.Options{Used: used, Passages: len(passages)}
}

func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

// score compares groups with labels: the adjusted Rand index (Hubert and Arabie, 1985),
// and precision, recall and F1 over pairs.
func (l *labelled) score(groups []gap.Group) (ari, precision, recall, f1 float64) {
	in := make([]int, len(l.labels))
	for k, g := range groups {
		for _, i := range g.Members {
			in[i] = k
		}
	}
	var both, same, alike, all float64
	for i := range in {
		for j := range i {
			all++
			if in[i] == in[j] {
				same++
			}
			if l.labels[i] == l.labels[j] {
				alike++
				if in[i] == in[j] {
					both++
				}
			}
		}
	}
	chance := same * alike / all
	ari = (both - chance) / ((same+alike)/2 - chance)
	precision, recall = both/math.Max(same, 1), both/alike
	return ari, precision, recall, 2 * both / (same + alike)
}

// How far groups agree with labels, as a figure of sanity. A department has many topics,
// so that most pairs of one department belong into different groups, and a third of the
// inquiries is vague or touches two departments: no grouping comes near 1. Weights were chosen on the development sets; the
// bounds keep what is reached on the others.
func TestRiverton(t *testing.T) {
	dev, devPages := inquiries(t, "dev", ""), pageQuestions(t, "questions.dev.jsonl")
	held, fresh, pages := inquiries(t, "heldout", ""), inquiries(t, "fresh", ""), pageQuestions(t, "questions.jsonl")
	o := encode(t, dev, devPages, held, fresh, pages)
	for _, test := range []struct {
		name           string
		set            labelled
		ari, precision float64 // at least
	}{
		{"development", dev, 0.18, 0.3},
		{"development, by page", devPages, 0.25, 0.2},
		{"held out", held, 0.17, 0.3},
		{"fresh", fresh, 0.08, 0.15},
		{"by page", pages, 0.25, 0.25},
	} {
		groups := gap.Groups(test.set.questions, o)
		ari, precision, recall, f1 := test.set.score(groups)
		t.Logf("%-20s %3d questions in %3d groups: adjusted Rand index %.3f, pairs: precision %.2f, recall %.2f, F1 %.2f",
			test.name, len(test.set.labels), len(groups), ari, precision, recall, f1)
		if ari < test.ari || precision < test.precision {
			t.Errorf("%s: want at least %.2f and %.2f", test.name, test.ari, test.precision)
		}
	}
}

func dot(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

func unit(v []float32) {
	length := math.Sqrt(dot(v, v))
	for i := range v {
		v[i] = float32(float64(v[i]) / length)
	}
}
