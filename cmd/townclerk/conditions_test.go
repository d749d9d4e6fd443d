package main

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"townclerk/retrieval/lexical"
)

// Who asks whether they may gets the rule with its conditions: those that the people
// who know the rule would ask about, by their words.
func TestRealDataConditionsAreShown(t *testing.T) {
	d := realData(t, "rules")
	asked := followUps(t)
	answered, _ := answerAll(t, d)
	analyzer := lexical.NewAnalyzer()
	holds := func(text, question string) bool {
		have, n := map[string]bool{}, 0
		for _, w := range analyzer.Terms("en", text) {
			have[w] = true
		}
		terms := analyzer.Terms("en", question)
		for _, w := range terms {
			if have[w] {
				n++
			}
		}
		return 5*n >= 3*len(terms)
	}
	conditions, shown := 0, 0
	for _, a := range answered {
		text := ""
		for _, s := range a.Answer.Sentences {
			text += s.Text + "\n"
		}
		for question := range asked[a.Case.Question+a.Case.Relevant[0]] {
			if holds(a.Case.Passage, question) { // in other words than the rule's it cannot be told
				conditions++
				if holds(text, question) {
					shown++
				}
			}
		}
	}
	if t.Logf("%d of %d conditions shown", shown, conditions); float64(shown) < 0.62*float64(conditions) || conditions < 100 {
		t.Error("want at least 0.62 of them")
	}
}

// followUps are the questions about conditions in the rules' dialogues, by question
// and page.
func followUps(t *testing.T) map[string]map[string]bool {
	t.Helper()
	f, err := os.Open(filepath.Join(*data, "rules", "turns.dev.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := map[string]map[string]bool{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var turn struct {
			Question, URL, Answer string
			History               []struct {
				Question string `json:"follow_up_question"`
			}
		}
		if err := json.Unmarshal(lines.Bytes(), &turn); err != nil {
			t.Fatal(err)
		}
		key := turn.Question + turn.URL
		if out[key] == nil {
			out[key] = map[string]bool{}
		}
		for _, h := range turn.History {
			out[key][h.Question] = true
		}
		if strings.HasSuffix(turn.Answer, "?") {
			out[key][turn.Answer] = true
		}
	}
	if lines.Err() != nil {
		t.Fatal(lines.Err())
	}
	return out
}
