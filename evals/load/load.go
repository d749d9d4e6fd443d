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
	"errors"
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

// cases adds a case for each question. fill sets what is relevant to it.
func (l loader) cases(d Dataset, fill func(q *question, c *evals.Case) error) (Dataset, error) {
	err := lines(l.dir, l.questions, func(q question) error {
		c := q.evalCase(len(d.Cases))
		if strings.TrimSpace(c.Question) == "" {
			return errors.New("there is no question")
		}
		if err := fill(&q, &c); err != nil {
			return err
		}
		d.Cases = append(d.Cases, c)
		return nil
	})
	if err == nil && len(d.Cases) == 0 {
		err = fmt.Errorf("%s: there are no questions", l.questions)
	}
	return d, err
}

func (l loader) dialogues(d Dataset) (Dataset, error) {
	d.Judges = []run.Judge{byDocument}
	return l.cases(d, func(q *question, c *evals.Case) error {
		if q.URL != "" {
			c.Relevant, c.Passage = []string{q.URL}, q.Quote
		}
		return nil
	})
}

func (l loader) rules(d Dataset) (Dataset, error) {
	texts := map[string]string{}
	err := lines(l.dir, "passages.jsonl", func(p passage) error {
		texts[p.ID] = p.Text
		return nil
	})
	if err != nil {
		return d, err
	}
	d.Judges = []run.Judge{byDocument, byCoverage}
	return l.cases(d, func(q *question, c *evals.Case) error {
		text, ok := texts[q.PassageID]
		if !ok || q.URL == "" {
			return fmt.Errorf("passage_id %q is not in passages.jsonl, or there is no url", q.PassageID)
		}
		c.Relevant, c.Passage = []string{q.URL}, text
		return nil
	})
}

func (l loader) faq(d Dataset) (Dataset, error) {
	type entry struct {
		ID          int
		URL, Anchor string
	}
	at := map[int]string{}
	err := lines(l.dir, "faq.jsonl", func(e entry) error {
		at[e.ID] = e.URL + "#" + e.Anchor
		return nil
	})
	if err != nil {
		return d, err
	}
	d.Judges = []run.Judge{byAnchor}
	return l.cases(d, func(q *question, c *evals.Case) error {
		if q.FAQ == nil || at[*q.FAQ] == "" {
			return errors.New("there is no faq_id, or it is not in faq.jsonl")
		}
		c.Relevant = []string{at[*q.FAQ]}
		return nil
	})
}

// mostGold is the number of relevant passages beyond which a case of bare
// passages says little.
const mostGold = 10

func (l loader) passages(d Dataset) (Dataset, error) {
	var all bare
	known := map[string]bool{}
	err := lines(l.dir, "passages.jsonl", func(p passage) error {
		all, known[p.ID] = append(all, p), true
		return nil
	})
	if err != nil {
		return d, err
	}
	d.Pages, d.Judges = all, []run.Judge{byDocument}
	return l.cases(d, func(q *question, c *evals.Case) error {
		c.Slice = strings.ToLower(q.Answerable)
		for _, id := range q.PassageIDs {
			if !known[id] {
				return fmt.Errorf("passage %q is not in passages.jsonl", id)
			}
			if len(q.PassageIDs) <= mostGold {
				c.Relevant = append(c.Relevant, bareURL(id))
			}
		}
		return nil
	})
}

// lines decodes a file of JSON lines and gives each to add. Errors name the file
// and the line.
func lines[T any](dir, name string, add func(T) error) error {
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return err
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	s.Buffer(nil, 4<<20)
	n := 1
	for ; s.Scan(); n++ {
		if strings.TrimSpace(s.Text()) == "" {
			continue
		}
		var v T
		if err := json.Unmarshal(s.Bytes(), &v); err != nil {
			return fmt.Errorf("%s: line %d: %w", f.Name(), n, err)
		}
		if err := add(v); err != nil {
			return fmt.Errorf("%s: line %d: %w", f.Name(), n, err)
		}
	}
	if err := s.Err(); err != nil {
		return fmt.Errorf("%s: line %d: %w", f.Name(), n, err)
	}
	return nil
}
