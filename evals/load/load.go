// Package load reads datasets: a folder with pages or passages, and questions.
// The format is found from the files that are there.
//
//	questions.jsonl and site/             this project's own (Riverton)
//	questions.dev.jsonl and pages.jsonl   dialogues with a gold page (va)
//	passages.jsonl, turns.dev.jsonl       rule texts with a gold passage (rules)
//	faq.jsonl, paraphrases.dev.jsonl      question-answer pages (healthfaq)
//	passages.jsonl without site/          bare passages (mtrag-govt)
package load

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"townclerk/bot/understand"
	"townclerk/evals"
	"townclerk/evals/run"
	"townclerk/knowledge/ingest"
	"townclerk/knowledge/source"
)

// Dataset is a set of cases with the pages that they are asked of.
type Dataset struct {
	Name   string
	Pages  ingest.Source
	Cases  []evals.Case
	Judges []run.Judge
}

// Folder reads the dataset in dir. questions names a file of questions in it;
// empty: the one that the format has.
func Folder(dir, questions string) (Dataset, error) {
	has := func(name string) bool { _, err := os.Stat(filepath.Join(dir, name)); return err == nil }
	d := Dataset{Name: filepath.Base(filepath.Clean(dir)), Pages: source.Folder{Root: filepath.Join(dir, "site")}}
	l := loader{dir: dir}
	switch {
	case has("faq.jsonl"):
		l.questions = or(questions, "paraphrases.dev.jsonl")
		return l.faq(d)
	case has("turns.dev.jsonl"):
		l.questions = or(questions, "questions.dev.jsonl")
		return l.rules(d)
	case has("passages.jsonl"):
		l.questions = or(questions, "questions.dev.jsonl")
		return l.passages(d)
	case has("site"):
		l.questions = or(questions, pick(has("questions.jsonl"), "questions.jsonl", "questions.dev.jsonl"))
		return l.dialogues(d)
	}
	return d, fmt.Errorf("%s holds no dataset that is known: it needs site/ or passages.jsonl, and a file of questions", dir)
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func pick(cond bool, a, b string) string {
	if cond {
		return a
	}
	return b
}

type loader struct{ dir, questions string }

// question has the fields of all formats.
type question struct {
	ID         string   `json:"id"`
	Question   string   `json:"question"`
	History    []said   `json:"history"`
	Kind       string   `json:"kind"`
	URL        string   `json:"url"`
	Quote      string   `json:"quote"`
	PassageID  string   `json:"passage_id"`
	PassageIDs []string `json:"passage_ids"`
	FAQ        *int     `json:"faq_id"`
	Answerable string   `json:"answerability"`
}

type said struct {
	Speaker string `json:"speaker"`
	Text    string `json:"text"`
}

// evalCase turns a question into a case, without what is relevant.
func (q *question) evalCase(i int) evals.Case {
	c := evals.Case{ID: q.ID, Question: q.Question, Slice: q.Kind}
	if c.ID == "" {
		c.ID = fmt.Sprint(i + 1)
	}
	for _, s := range q.History {
		if n := len(c.Earlier); s.Speaker == "assistant" && n > 0 {
			c.Earlier[n-1].Answer = strings.TrimSpace(c.Earlier[n-1].Answer + "\n" + s.Text)
		} else {
			c.Earlier = append(c.Earlier, understand.Turn{})
			n = len(c.Earlier) - 1
			if s.Speaker == "assistant" {
				c.Earlier[n].Answer = s.Text
			} else {
				c.Earlier[n].Question = s.Text
			}
		}
	}
	return c
}

func (l loader) dialogues(d Dataset) (Dataset, error) {
	qs, err := lines[question](l.dir, l.questions)
	for i, q := range qs {
		c := q.evalCase(i)
		if q.URL != "" {
			c.Relevant, c.Passage = []string{q.URL}, q.Quote
		}
		d.Cases = append(d.Cases, c)
	}
	d.Judges = []run.Judge{byDocument}
	return d, err
}

func (l loader) rules(d Dataset) (Dataset, error) {
	texts := map[string]string{}
	ps, err := lines[passage](l.dir, "passages.jsonl")
	if err != nil {
		return d, err
	}
	for _, p := range ps {
		texts[p.ID] = p.Text
	}
	qs, err := lines[question](l.dir, l.questions)
	for i, q := range qs {
		c := q.evalCase(i)
		c.Relevant, c.Passage = []string{q.URL}, texts[q.PassageID]
		d.Cases = append(d.Cases, c)
	}
	d.Judges = []run.Judge{byDocument, byCoverage}
	return d, err
}

func (l loader) faq(d Dataset) (Dataset, error) {
	type entry struct {
		ID          int
		URL, Anchor string
	}
	entries, err := lines[entry](l.dir, "faq.jsonl")
	if err != nil {
		return d, err
	}
	at := map[int]string{}
	for _, e := range entries {
		at[e.ID] = e.URL + "#" + e.Anchor
	}
	qs, err := lines[question](l.dir, l.questions)
	for i, q := range qs {
		c := q.evalCase(i)
		if q.FAQ == nil {
			return d, fmt.Errorf("%s: line %d has no faq_id", l.questions, i+1)
		}
		c.Relevant = []string{at[*q.FAQ]}
		d.Cases = append(d.Cases, c)
	}
	d.Judges = []run.Judge{byAnchor}
	return d, err
}

// mostGold is the number of relevant passages beyond which a case of bare
// passages says little.
const mostGold = 10

func (l loader) passages(d Dataset) (Dataset, error) {
	ps, err := lines[passage](l.dir, "passages.jsonl")
	if err != nil {
		return d, err
	}
	d.Pages = bare(ps)
	qs, err := lines[question](l.dir, l.questions)
	for i, q := range qs {
		c := q.evalCase(i)
		c.Slice = strings.ToLower(q.Answerable)
		if len(q.PassageIDs) <= mostGold {
			for _, id := range q.PassageIDs {
				c.Relevant = append(c.Relevant, bareURL(id))
			}
		}
		d.Cases = append(d.Cases, c)
	}
	d.Judges = []run.Judge{byDocument}
	return d, err
}

// lines decodes a file of JSON lines.
func lines[T any](dir, name string) ([]T, error) {
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []T
	s := bufio.NewScanner(f)
	s.Buffer(nil, 4<<20)
	for n := 1; s.Scan(); n++ {
		if strings.TrimSpace(s.Text()) == "" {
			continue
		}
		var v T
		if err := json.Unmarshal(s.Bytes(), &v); err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", name, n, err)
		}
		out = append(out, v)
	}
	return out, s.Err()
}
