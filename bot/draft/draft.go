// Package draft has a language model write answers: it fills in the prompt, reads
// the reply sentence by sentence as it arrives, and puts back what the model was
// given as tokens. Nothing here is checked against its source; that is bot/cite's.
//
// # The plain-text protocol
//
// A reply is lines. A line "[N] words" is a quote from passage N for the sentence
// that follows; "= words" is a sentence and ends the quotes for it; "= NONE" says
// that the passages do not answer. Blank lines mean nothing. A line of another form
// continues the line before it. A sentence is finished when its line is: one that
// the stream breaks off in is dropped.
//
// # With a schema
//
// For servers that hold a reply to a JSON schema, the same as an object with the
// list "sentences", each entry handed on when its closing brace has arrived.
package draft

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"townclerk/bot"
	"townclerk/bot/answer"
	"townclerk/bot/cite"
	"townclerk/bot/llm"
	"townclerk/bot/prompt"
)

// Model gives its text as it comes, and nil when it has finished.
type Model interface {
	Stream(ctx context.Context, r llm.Request, take func(text string) error) error
	Name() string
}

// Writer writes with a model. It is safe for concurrent use.
type Writer struct {
	model  Model
	agency string
	prompt *prompt.Prompt
	schema []byte
	reader func(draft func(answer.Draft) error) reader
}

var _ answer.Writer = (*Writer)(nil)

// New returns a writer for the agency. schema says that the model's server holds
// replies to a JSON schema; otherwise the plain-text protocol is used.
func New(m Model, agency string, schema bool) (*Writer, error) {
	w := &Writer{model: m, agency: agency, reader: newLines}
	name := prompt.Lines
	if schema {
		name, w.schema, w.reader = prompt.JSON, replySchema, newObjects
	}
	var err error
	w.prompt, err = prompt.Load(name)
	return w, err
}

// Name names the model and the prompt.
func (w *Writer) Name() string { return w.model.Name() + " " + w.prompt.Version() }

// reader finds drafts in a reply that arrives in pieces.
type reader interface {
	// take reads the next piece; its error ends the reply.
	take(text string) error
	// end is called once, after the last piece, with the error that the model ended
	// with; it returns why the reply is not whole, if it is not.
	end(err error) error
}

var (
	// errForm says that a reply has not the form that was asked for.
	errForm = errors.New("malformed reply")
	// errWhole ends a reply that goes on after its end.
	errWhole = errors.New("the reply is whole")
)

// Write has the model write, and calls draft with each sentence that is finished.
// A nil error means that the model has finished; whatever the error, the drafts
// were whole.
func (w *Writer) Write(ctx context.Context, b answer.Brief, draft func(answer.Draft) error) error {
	tokens := newTokens()
	system, user, err := w.prompt.Render(w.fill(b, tokens))
	if err != nil {
		return err
	}
	read := w.reader(func(d answer.Draft) error {
		d.Text = tokens.restore(d.Text)
		for i := range d.Quotes {
			d.Quotes[i].Text = tokens.restore(d.Quotes[i].Text)
		}
		return draft(d)
	})
	err = w.model.Stream(ctx, llm.Request{System: system, User: user, Schema: w.schema}, read.take)
	if err := read.end(err); err != nil {
		return fmt.Errorf("write with %s: %w", w.Name(), err)
	}
	return nil
}

// fill is what the prompt is filled in with.
func (w *Writer) fill(b answer.Brief, tokens *tokens) prompt.Answer {
	a := prompt.Answer{Agency: w.agency, Language: inEnglish(b.Language), Question: cmp.Or(b.Alone, b.Question.String()), Connective: cite.Connective(b.Language)}
	for _, q := range b.Earlier {
		a.Earlier = append(a.Earlier, bot.Redacted.String(q))
	}
	for _, r := range b.Refused {
		a.Refused = append(a.Refused, prompt.Refused{Sentence: tokens.hide(r.Text), Reason: strings.TrimSpace(string(r.Verdict.Reason) + " " + tokens.hide(r.Verdict.Detail))})
	}
	for i, s := range b.Sources {
		a.Passages = append(a.Passages, prompt.Passage{
			Number: i + 1, Title: strings.ReplaceAll(s.Passage.Context(), "\n", ", "),
			Text: tokens.hide(strings.ReplaceAll(s.Passage.Text, "\t", " | ")),
		})
	}
	return a
}

// inEnglish names a language for the prompt.
func inEnglish(tag string) string {
	names := map[string]string{
		"en": "English", "es": "Spanish", "fr": "French", "de": "German", "pt": "Portuguese", "pl": "Polish", "ar": "Arabic", "zh": "Chinese",
	}
	if n, ok := names[tag]; ok {
		return n
	}
	return "the language of the question"
}
