package main

import (
	"bytes"
	"context"
	"encoding/json"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"townclerk/bot"
	"townclerk/bot/understand"
	"townclerk/evals"
	"townclerk/evals/load"
	"townclerk/evals/run"
	"townclerk/knowledge/ingest"
	"townclerk/knowledge/source"
)

var leadConflict = []string{"Our pages do not agree on this.", "Nuestras páginas no coinciden en esto."}

var leadPremise = []string{"That is not what our pages say:", "Eso no es lo que dicen nuestras páginas:"}

// sourceCase is a line of evals/datasets/riverton/sources.
type sourceCase struct {
	ID, Split, Premise, Question, URL string
	History                           []string
	Says                              []string
	Sides                             []struct{ URL, Says string }
}

func sourceCases(t *testing.T, file, split string) []sourceCase {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(rivertonDir, "sources", file))
	if err != nil {
		t.Fatal(err)
	}
	var out []sourceCase
	for line := range bytes.Lines(data) {
		var c sourceCase
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		if c.Split == split {
			out = append(out, c)
		}
	}
	return out
}

// together are several sources as one.
type together []ingest.Source

func (s together) Pages(ctx context.Context) iter.Seq2[source.Found, error] {
	return func(yield func(source.Found, error) bool) {
		for _, one := range s {
			for f, err := range one.Pages(ctx) {
				if !yield(f, err) {
					return
				}
			}
		}
	}
}

func askSources(t *testing.T, cases []sourceCase, pages ingest.Source) []run.Answered {
	t.Helper()
	d := load.Dataset{Name: "sources", Pages: pages}
	for _, c := range cases {
		e := evals.Case{ID: c.ID, Question: c.Question}
		for _, q := range c.History {
			e.Earlier = append(e.Earlier, understand.Turn{Question: q})
		}
		d.Cases = append(d.Cases, e)
	}
	answered, h := answerAll(t, d)
	checkVerbatim(t, h, answered)
	return answered
}

func rivertonSite() ingest.Source { return source.Folder{Root: filepath.Join(rivertonDir, "site")} }

// What a question takes for granted and a page denies is corrected with the page's
// own words; what is true, or what no page speaks of, is not.
func TestFalsePremises(t *testing.T) {
	for part, least := range map[string]int{"premises/dev": 28, "premises/heldout": 27, "premises.more/dev": 18, "premises.more/heldout": 12} {
		t.Run(part, func(t *testing.T) {
			file, split, _ := strings.Cut(part, "/")
			cases := sourceCases(t, file+".jsonl", split)
			right, wrong, asked := 0, 0, 0
			for i, a := range askSources(t, cases, rivertonSite()) {
				c, corrected := cases[i], slices.Contains(leadPremise, a.Answer.Lead)
				switch {
				case c.Premise == "true" && corrected:
					wrong++
					t.Logf("%s corrects what is true: %s\n  %s", c.ID, c.Question, a.Answer.Sentences[0].Text)
				case c.Premise == "false" && corrected && says(a.Answer.Sentences[0], c.URL, c.Says):
					right++
				case c.Premise == "false":
					t.Logf("%s (%v): %s\n  %s", c.ID, corrected, c.Question, first(a.Answer))
				}
				if c.Premise == "false" {
					asked++
				}
			}
			t.Logf("%d of %d false premises corrected, %d of %d true ones", right, asked, wrong, len(cases)-asked)
			if right < least || wrong > 0 {
				t.Errorf("want at least %d corrected, and none that is true", least)
			}
		})
	}
}

func claimsConflict(a bot.Answer) bool {
	return slices.ContainsFunc(leadConflict, func(lead string) bool { return strings.HasPrefix(a.Lead, lead) })
}

func first(a bot.Answer) string {
	if len(a.Sentences) == 0 {
		return "-"
	}
	return a.Sentences[0].Text
}

func says(s bot.Sentence, url string, any []string) bool {
	return strings.HasPrefix(s.Citations[0].URL, url) && slices.ContainsFunc(any, func(x string) bool { return strings.Contains(s.Text, x) })
}

// Where two pages disagree, both are shown, each with its date and owner.
func TestConflictingSources(t *testing.T) {
	for part, least := range map[string]int{"conflicts/dev": 20, "conflicts/heldout": 19, "conflicts.more/dev": 12, "conflicts.more/heldout": 8} {
		t.Run(part, func(t *testing.T) {
			file, split, _ := strings.Cut(part, "/")
			pages := together{rivertonSite(), source.Folder{Root: filepath.Join(rivertonDir, "sources", strings.Replace(file, "conflicts", "site", 1))}}
			cases := sourceCases(t, file+".jsonl", split)
			right := 0
			for i, a := range askSources(t, cases, pages) {
				c, n := cases[i], 0
				for _, side := range c.Sides {
					if slices.ContainsFunc(a.Answer.Sentences, func(s bot.Sentence) bool {
						return says(s, side.URL, []string{side.Says}) && s.Citations[0].Department != "" && s.Citations[0].Reviewed != ""
					}) {
						n++
					}
				}
				if n == 2 && claimsConflict(a.Answer) {
					right++
					continue
				}
				t.Logf("%s, %d sides: %s (%s %s)", c.ID, n, c.Question, a.Answer.Outcome, a.Answer.Lead)
				for _, s := range a.Answer.Sentences {
					t.Logf("    %s <%s>", s.Text, s.Citations[0].URL)
				}
			}
			t.Logf("%d of %d with both sides", right, len(cases))
			if right < least {
				t.Errorf("want at least %d", least)
			}
		})
	}
}

// Where pages agree and questions take nothing wrong for granted, neither is claimed:
// on none of Riverton's questions, and on at most 2 in 100 of the real ones.
func TestNoFalseAlarms(t *testing.T) {
	alarms := func(d load.Dataset) (n int) {
		answered, _ := answerAll(t, d)
		for _, a := range answered {
			if claimsConflict(a.Answer) || slices.Contains(leadPremise, a.Answer.Lead) {
				t.Logf("%s: %s (%s)", a.Case.ID, a.Case.Question, a.Answer.Lead)
				n++
			}
		}
		return n
	}
	for _, file := range []string{"questions.jsonl", "questions.dev.jsonl", "questions.hard.jsonl"} {
		if n := alarms(rivertonSet(t, file)); n > 0 {
			t.Errorf("%s: %d", file, n)
		}
	}
	rules, va := realData(t, "rules"), realData(t, "va")
	if n, all := alarms(rules)+alarms(va), len(rules.Cases)+len(va.Cases); n*50 > all {
		t.Errorf("%d of %d", n, all)
	}
}
