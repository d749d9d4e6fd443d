package load

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"townclerk/bot/understand"
	"townclerk/evals"
	"townclerk/evals/run"
	"townclerk/knowledge"
	"townclerk/knowledge/parse"
)

func judgeNames(js []run.Judge) (names []string) {
	for _, j := range js {
		names = append(names, j.Name)
	}
	return names
}

func TestEveryFormat(t *testing.T) {
	const carts = "https://t.example/carts"
	for _, test := range []struct {
		dir, questions string
		want           []evals.Case
		judges         []string
	}{
		{"own", "", []evals.Case{
			{ID: "a", Question: "how much is a cart", Slice: "page-words", Relevant: []string{carts}, Passage: "A cart costs $62."},
			{ID: "2", Question: "is there fluoride"},
		}, []string{"document"}},
		{"own", "questions.other.jsonl", []evals.Case{{ID: "b", Question: "cart price", Relevant: []string{carts}}}, []string{"document"}},
		{"va", "", []evals.Case{{ID: "v1", Question: "and what does it cost", Slice: "later", Relevant: []string{carts}, Earlier: []understand.Turn{
			{Answer: "Hello."}, {Question: "I lost my cart", Answer: "We replace it.\nAnything else?"},
		}}}, []string{"document"}},
		{"rules", "", []evals.Case{{ID: "r1", Question: "cost of a cart", Relevant: []string{carts}, Passage: "A cart costs $62."}}, []string{"document", "passage"}},
		{"faq", "", []evals.Case{{ID: "f1", Question: "tell me what it is", Relevant: []string{"https://t.example/f#q1"}}}, []string{"faq"}},
		{"bare", "", []evals.Case{
			{ID: "m1", Question: "what about carts", Slice: "answerable", Relevant: []string{"https://passages.example.gov/x%2F1"}},
			{ID: "m2", Question: "hello", Slice: "conversational"},
			{ID: "m3", Question: "all of it", Slice: "partial"},
		}, []string{"document"}},
	} {
		d, err := Folder(filepath.Join("testdata", test.dir), test.questions)
		if err != nil {
			t.Errorf("%s: %v", test.dir, err)
			continue
		}
		if d.Name != test.dir || !reflect.DeepEqual(d.Cases, test.want) || !reflect.DeepEqual(judgeNames(d.Judges), test.judges) {
			t.Errorf("%s: %q %+v\nwant %+v", test.dir, judgeNames(d.Judges), d.Cases, test.want)
		}
		pages := 0
		for found, err := range d.Pages.Pages(t.Context()) {
			if err != nil || found.Skipped != "" {
				t.Errorf("%s: %v %s", test.dir, err, found.Skipped)
			}
			if v, err := parse.Parse(found.Page); err != nil || v.Text == "" {
				t.Errorf("%s: %v", test.dir, err)
			}
			pages++
		}
		if pages == 0 {
			t.Errorf("%s has no pages", test.dir)
		}
	}
}

// A bare passage becomes a page that says the same, whatever is in it.
func TestBarePassageKeepsItsText(t *testing.T) {
	for found, err := range (bare{{ID: "x/1", Title: "A < B", Text: "A < B\n$62 & <b>more</b>.\n\"Quoted\""}}).Pages(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		v, err := parse.Parse(found.Page)
		if err != nil || v.Title != "A < B" || v.URL != bareURL("x/1") || v.Text != "$62 & <b>more</b>.\n\"Quoted\"" {
			t.Errorf("%q %q %q, %v", v.Title, v.URL, v.Text, err)
		}
	}
}

// Whoever keeps a dataset finds the file and the line.
func TestErrorsNameFileAndLine(t *testing.T) {
	for _, test := range []struct{ dir, file, content, want string }{
		{"own", "questions.jsonl", "{\"question\":\"a\"}\n\n{\"question\":}\n", "questions.jsonl: line 3: invalid character"},
		{"own", "questions.jsonl", "\n{\"id\":\"x\",\"question\":\" \"}\n", "questions.jsonl: line 2: there is no question"},
		{"own", "questions.jsonl", "{\"question\":7}\n", "questions.jsonl: line 1: json: cannot unmarshal number"},
		{"own", "questions.jsonl", "\n", "there are no questions"},
		{"own", "questions.jsonl", "{\"question\":\"a\"}\n\"" + strings.Repeat("x", 5<<20) + "\"\n", "questions.jsonl: line 2: bufio.Scanner: token too long"},
		{"rules", "passages.jsonl", "{\"id\":\"p1\"}\nnull\n[]\n", "passages.jsonl: line 3: json"},
		{"rules", "questions.dev.jsonl", "{\"question\":\"a\",\"passage_id\":\"p9\",\"url\":\"u\"}\n", `questions.dev.jsonl: line 1: passage_id "p9" is not in passages.jsonl`},
		{"faq", "paraphrases.dev.jsonl", "\n\n{\"question\":\"a\"}\n", "paraphrases.dev.jsonl: line 3: there is no faq_id"},
		{"faq", "paraphrases.dev.jsonl", "{\"question\":\"a\",\"faq_id\":9}\n", "paraphrases.dev.jsonl: line 1: there is no faq_id"},
		{"faq", "faq.jsonl", "{\"id\":\"one\"}\n", "faq.jsonl: line 1: json"},
		{"bare", "questions.dev.jsonl", "{\"question\":\"a\",\"passage_ids\":[\"x/9\"]}\n", `questions.dev.jsonl: line 1: passage "x/9" is not in`},
	} {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", test.dir))); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, test.file), []byte(test.content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Folder(dir, ""); err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), test.file) {
			t.Errorf("%s/%s: got %v, want %q", test.dir, test.file, err, test.want)
		}
	}
	if _, err := Folder("testdata/own", "nosuch.jsonl"); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "nosuch.jsonl") {
		t.Errorf("a file that is not there: %v", err)
	}
	for _, dir := range []string{t.TempDir(), "testdata/nosuch"} {
		if _, err := Folder(dir, ""); err == nil || !strings.Contains(err.Error(), "holds no dataset") {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

func TestCovered(t *testing.T) {
	for _, test := range []struct {
		gold, text string
		want       float64
	}{
		{"a b c d", "d, C; b a!", 1},
		{"a a b", "a b", 2.0 / 3},
		{"a b", "", 0},
		{"", "a", 0},
		{"Café $62", "café 62", 1},
	} {
		if got := covered(test.gold, test.text); got != test.want {
			t.Errorf("%q in %q: %v, want %v", test.gold, test.text, got, test.want)
		}
	}
}

func TestJudges(t *testing.T) {
	p := &knowledge.Passage{ID: "v.0", Source: knowledge.Source{URL: "u"}, Anchor: "a", Headings: []string{"Fees"}, Text: "A cart costs $62."}
	c := func(relevant, passage string) *evals.Case {
		return &evals.Case{Relevant: []string{relevant}, Passage: passage}
	}
	for _, test := range []struct {
		judge run.Judge
		c     *evals.Case
		want  string
	}{
		{byDocument, c("u", ""), "u"},
		{byDocument, c("w", ""), ""},
		{byAnchor, c("u#a", ""), "u#a"},
		{byAnchor, c("u", ""), ""},
		{byCoverage, c("u", "Fees: a cart costs"), "u"},
		{byCoverage, c("u", "dogs need a license"), ""},
		{byCoverage, c("w", "Fees: a cart costs"), ""},
		{byCoverage, c("u", ""), ""},
	} {
		if got := test.judge.Found(test.c, p); got != test.want {
			t.Errorf("%s, %v: found %q", test.judge.Name, test.c.Relevant, got)
		}
	}
}

func ExampleFolder() {
	d, err := Folder("testdata/own", "")
	if err != nil {
		panic(err)
	}
	fmt.Println(d.Name, len(d.Cases), d.Cases[0].Question, d.Cases[0].Relevant, d.Cases[1].Answerable())
	// Output: own 2 how much is a cart [https://t.example/carts] false
}
