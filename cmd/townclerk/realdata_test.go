package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"townclerk/bot"
	"townclerk/evals/load"
	"townclerk/evals/run"
	"townclerk/retrieval"
)

var data = flag.String("data", "", "folder of the real datasets (make eval DATA=...)")

// The bounds that retrieval holds on real questions (docs/evaluation.md).
var bounds = []struct {
	dataset, judge, slice, measure string
	least                          float64
}{
	{"va", "document", "first", "R@1", 0.80},
	{"va", "document", "later", "R@1", 0.85},
	{"rules", "document", "all", "R@1", 0.80},
	{"rules", "document", "all", "R@5", 0.97},
	{"rules", "passage", "all", "R@1", 0.60},
	{"healthfaq", "faq", "all", "R@1", 0.60},
	{"healthfaq", "faq", "all", "R@5", 0.82},
	{"mtrag-govt", "document", "all", "P@1", 0.68},
	{"mtrag-govt", "document", "all", "R@5", 0.78},
}

func TestRealDataRetrieval(t *testing.T) {
	cards := map[string]scorecard{}
	for _, b := range bounds {
		t.Run(b.dataset+" "+b.judge+" "+b.slice+" "+b.measure, func(t *testing.T) {
			card, ok := cards[b.dataset]
			if !ok {
				card = realScores(t, b.dataset)
				cards[b.dataset] = card
			}
			if got := measured(t, card, b.judge, b.slice, b.measure); got < b.least {
				t.Errorf("%.3f, want at least %.2f", got, b.least)
			} else {
				t.Logf("%.3f", got)
			}
		})
	}
}

// Every sentence that the bot shows over the rules' questions stands word for
// word in the cited version at the cited range.
func TestRealDataSentencesStandInTheirSource(t *testing.T) {
	d := realData(t, "rules")
	answered, h := answerAll(t, d)
	checkVerbatim(t, h, answered)
	t.Logf("%+v", run.Summarise(answered))
}

func realData(t *testing.T, name string) load.Dataset {
	t.Helper()
	if *data == "" {
		t.Skip("needs the real datasets: make eval DATA=...")
	}
	d, err := load.Folder(filepath.Join(*data, name), "")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func realScores(t *testing.T, name string) scorecard {
	t.Helper()
	s, err := evalRetrieval(t.Context(), demoConfig(), realData(t, name))
	if err != nil {
		t.Fatal(err)
	}
	if testing.Verbose() {
		printScores(os.Stdout, s)
	}
	return s
}

func measured(t *testing.T, s scorecard, judge, slice, measure string) float64 {
	t.Helper()
	for _, f := range s.Measured[retrieval.Hybrid] {
		if f.Judge == judge && f.Slice == slice {
			return map[string]float64{"R@1": f.R1.Mean, "R@5": f.R5.Mean, "P@1": f.P1.Mean}[measure]
		}
	}
	t.Fatalf("no figures for %s %s", judge, slice)
	return 0
}

func answerAll(t *testing.T, d load.Dataset) ([]run.Answered, *house) {
	t.Helper()
	c := demoConfig()
	h, _, err := openDataset(t.Context(), c, d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	answered, err := run.Answers(t.Context(), c.answering(), answerable{h.index, h.knowledge}, h.ranker, d.Cases)
	if err != nil {
		t.Fatal(err)
	}
	return answered, h
}

// checkVerbatim looks every sentence up in its source without the code that
// made it: the parts between the joints of a table row or a definition must be
// the bytes at the cited ranges.
func checkVerbatim(t *testing.T, h *house, answered []run.Answered) {
	t.Helper()
	n := 0
	for _, a := range answered {
		if a.Answer.Outcome == bot.Answered && len(a.Answer.Sentences) == 0 {
			t.Errorf("%s: answered with nothing", a.Case.ID)
		}
		for _, s := range a.Answer.Sentences {
			n++
			if len(s.Citations) == 0 {
				t.Errorf("%s: %q has no citation", a.Case.ID, s.Text)
			}
			for _, c := range s.Citations {
				v, err := h.knowledge.Version(t.Context(), c.Version)
				if err != nil {
					t.Fatal(err)
				}
				rest := s.Text
				for _, r := range c.Ranges {
					part := strings.ReplaceAll(v.Text[r.Start:r.End], "\t", " | ")
					before, after, ok := strings.Cut(rest, strings.TrimSuffix(part, ":"))
					if !ok || strings.Trim(before, ":; ") != "" {
						t.Errorf("%s: %q: %q is not what stands at %v", a.Case.ID, s.Text, rest, r)
						break
					}
					rest = after
				}
				if strings.Trim(rest, ":") != "" && len(c.Ranges) > 0 {
					t.Errorf("%s: %q ends with %q, which is not cited", a.Case.ID, s.Text, rest)
				}
			}
		}
	}
	if n == 0 {
		t.Fatal("no sentence was shown; nothing was checked")
	}
}
