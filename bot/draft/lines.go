package draft

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"townclerk/bot/answer"
)

// lines reads the plain-text protocol.
type lines struct {
	draft  func(answer.Draft) error
	rest   strings.Builder // of the line that is not whole yet
	quotes []answer.DraftQuote
	open   bool // a line may continue the last quote
	spoke  bool // in the protocol's form
}

func newLines(draft func(answer.Draft) error) reader { return &lines{draft: draft} }

// nothing is what a model says when the passages do not answer.
const nothing = "NONE"

func (l *lines) take(text string) error {
	for {
		line, after, whole := strings.Cut(text, "\n")
		l.rest.WriteString(line)
		if !whole {
			return nil
		}
		text = after
		line = l.rest.String()
		l.rest.Reset()
		if err := l.line(strings.TrimSpace(line)); err != nil {
			return err
		}
	}
}

func (l *lines) end(err error) error {
	if err != nil {
		return err
	}
	err = l.line(strings.TrimSpace(l.rest.String()))
	if err == nil && !l.spoke {
		return fmt.Errorf("no sentence and no word that there is none: %w", errForm)
	}
	return err
}

var quoted = regexp.MustCompile(`^\[(\d{1,3})\]\s*(.+)$`)

func (l *lines) line(s string) error {
	if s == "" {
		return nil
	}
	if sentence, ok := strings.CutPrefix(s, "="); ok {
		d := answer.Draft{Text: strings.TrimSpace(sentence), Quotes: l.quotes}
		l.quotes, l.open, l.spoke = nil, false, true
		if d.Text == "" || d.Text == nothing {
			return nil
		}
		return l.draft(d)
	}
	if m := quoted.FindStringSubmatch(s); m != nil {
		n, _ := strconv.Atoi(m[1]) // three digits
		l.quotes, l.open = append(l.quotes, answer.DraftQuote{Source: n - 1, Text: m[2]}), true
		return nil
	}
	if l.open {
		l.quotes[len(l.quotes)-1].Text += "\n" + s
	}
	return nil // before the first quote: the model talks
}
