// Package prompt holds what a language model is told, as versioned template files.
// A prompt's version is a hash of its files and stands on the record, so that an
// answer can be traced to the very words that asked for it.
package prompt

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"text/template"
)

//go:embed *.txt
var files embed.FS

// Passage is a numbered passage as the model sees it.
type Passage struct {
	Number int
	Title  string // of its page and section
	Text   string
}

// Answer is what the model is asked to answer.
type Answer struct {
	Agency   string
	Language string // in English: "Spanish"
	Question string
	// Earlier are the questions of the conversation before it, oldest first.
	Earlier  []string
	Passages []Passage
	// Refused are sentences of an earlier attempt that were not what their quotes say.
	Refused []Refused
	// Connective are sentences that need no quote.
	Connective []string
}

// A Prompt is a template of two parts, what the model is told to be and what it is
// asked. It is safe for concurrent use.
type Prompt struct {
	name, version string
	template      *template.Template
}

// Refused is a sentence that was refused, and why.
type Refused struct{ Sentence, Reason string }

// Entailment is what a judge is asked: whether the sentence follows from the quotes.
type Entailment struct {
	Quotes   []string
	Sentence string
}

// FollowUp is what is asked for a question that can be understood alone.
type FollowUp struct {
	Earlier  []Exchange // oldest first
	Question string
}

// Exchange is a question with its answer, which may be empty.
type Exchange struct{ Question, Answer string }

// Sorting is what is asked for the department that a message is for.
type Sorting struct {
	Departments []Department
	Earlier     []string // oldest first
	Question    string
}

// Department is a numbered department as the model sees it.
type Department struct {
	Number     int
	Name, Does string
}

// The names of the prompts.
const (
	Lines   = "lines"   // an Answer, in the plain-text protocol of bot/draft
	JSON    = "json"    // an Answer that follows a JSON schema
	Entails = "entails" // an Entailment: YES or NO
	Rewrite = "rewrite" // a FollowUp: one question
	Choose  = "choose"  // a Sorting: the number of a department
)

// Load returns the prompt with the name.
func Load(name string) (*Prompt, error) {
	t := template.New(name).Funcs(template.FuncMap{"line": line, "data": data})
	hash := sha256.New()
	for _, file := range []string{"shared.txt", name + ".txt"} {
		body, err := files.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("prompt %s: %w", name, err)
		}
		if _, err := t.Parse(string(body)); err != nil {
			return nil, fmt.Errorf("prompt %s: %w", name, err)
		}
		hash.Write(body)
	}
	return &Prompt{name, name + ":" + hex.EncodeToString(hash.Sum(nil)[:6]), t}, nil
}

// Version names the prompt and its words.
func (p *Prompt) Version() string { return p.version }

// Render fills the prompt in with an Answer, an Entailment, a FollowUp or a Sorting, as
// its name says.
func (p *Prompt) Render(a any) (system, user string, err error) {
	var s, u strings.Builder
	if err := p.template.ExecuteTemplate(&s, "system", a); err != nil {
		return "", "", fmt.Errorf("prompt %s: %w", p.name, err)
	}
	if err := p.template.ExecuteTemplate(&u, "user", a); err != nil {
		return "", "", fmt.Errorf("prompt %s: %w", p.name, err)
	}
	return strings.TrimSpace(s.String()), strings.TrimSpace(u.String()), nil
}

// line makes one line of a text, so that nothing in it looks like the prompt's own
// structure.
func line(s string) string { return strings.Join(strings.Fields(s), " ") }

// data is a text of several lines none of which looks like the prompt's own structure.
func data(s string) string { return structure.ReplaceAllString(s, "| $0") }

var structure = regexp.MustCompile(`(?mi)^[\s\pZ]*(?:passage\s+\d|questions?\b|sentences that you)`)
