package main

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"townclerk/evals/load"
	"townclerk/evals/run"
)

var update = flag.Bool("update", false, "write the committed files that tests compare with")

const rivertonDir = "../../evals/datasets/riverton"

// card is what is committed of the Riverton questions: the reported set, and
// the challenge set apart from it.
type card struct {
	Retrieval scorecard   `json:"retrieval"`
	Answers   run.Summary `json:"answers"`
	Hard      scorecard   `json:"hard"`
}

// The committed scorecard is what this code measures. A change of ranking shows
// as a change of it: run with -update, read the difference, say why.
func TestScorecardIsCurrent(t *testing.T) {
	now := card{Retrieval: rivertonScores(t, "questions.jsonl"), Hard: rivertonScores(t, "questions.hard.jsonl")}
	d := rivertonSet(t, "questions.jsonl")
	answered, h := answerAll(t, d)
	checkVerbatim(t, h, answered)
	now.Answers = run.Summarise(answered)
	got, err := json.MarshalIndent(now, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	path := filepath.Join(rivertonDir, "scorecard.json")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s is stale; run go test ./cmd/townclerk -run Scorecard -update and read the difference:\n%s", path, got)
	}
}

// What the bot holds on Riverton. The aim is 9 of 10 silent and at most 3
// refused; docs/evaluation.md says how far that is and why.
func TestRivertonSilence(t *testing.T) {
	answered, _ := answerAll(t, rivertonSet(t, "questions.jsonl"))
	s := run.Summarise(answered)
	if s.Unanswerable != 10 || s.Silent < 6 {
		t.Errorf("%d of %d unanswerable questions got no answer, want at least 6 of 10", s.Silent, s.Unanswerable)
	}
	if s.Answerable != 89 || s.Refused > 33 {
		t.Errorf("%d of %d answerable questions were refused, want at most 33 of 89", s.Refused, s.Answerable)
	}
}

func rivertonSet(t *testing.T, questions string) load.Dataset {
	t.Helper()
	d, err := load.Folder(rivertonDir, questions)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func rivertonScores(t *testing.T, questions string) scorecard {
	t.Helper()
	s, err := evalRetrieval(t.Context(), demoConfig(), rivertonSet(t, questions))
	if err != nil {
		t.Fatal(err)
	}
	return s
}
