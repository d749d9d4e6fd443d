package draft

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"townclerk/bot/answer"
)

// replySchema is what a reply is held to.
var replySchema = []byte(`{"type":"object","additionalProperties":false,"required":["sentences"],"properties":{"sentences":{"type":"array","items":{` +
	`"type":"object","additionalProperties":false,"required":["quotes","sentence"],"properties":{"quotes":{"type":"array","items":{` +
	`"type":"object","additionalProperties":false,"required":["passage","text"],"properties":{"passage":{"type":"integer"},"text":{"type":"string"}}}},` +
	`"sentence":{"type":"string"}}}}}}`)

// objects reads a JSON reply. The decoder runs in a goroutine of its own, for it
// reads when it likes.
type objects struct {
	in   *io.PipeWriter
	done chan error
}

func newObjects(draft func(answer.Draft) error) reader {
	out, in := io.Pipe()
	o := &objects{in: in, done: make(chan error, 1)}
	go func() {
		err := decode(out, draft)
		out.CloseWithError(errors.Join(err, io.ErrClosedPipe)) // whatever comes after the object
		o.done <- err
	}()
	return o
}

// decode calls draft with each entry of the list as soon as it is whole.
func decode(r io.Reader, draft func(answer.Draft) error) error {
	d := json.NewDecoder(r)
	for _, want := range []any{json.Delim('{'), "sentences", json.Delim('[')} {
		if got, err := d.Token(); err != nil || got != want {
			return fmt.Errorf("the reply is not the object that was asked for: %w", errors.Join(err, errForm))
		}
	}
	for d.More() {
		var entry struct {
			Quotes []struct {
				Passage int    `json:"passage"`
				Text    string `json:"text"`
			} `json:"quotes"`
			Sentence string `json:"sentence"`
		}
		if err := d.Decode(&entry); err != nil {
			return fmt.Errorf("read a sentence of the reply: %w", errors.Join(err, errForm))
		}
		out := answer.Draft{Text: entry.Sentence}
		for _, q := range entry.Quotes {
			out.Quotes = append(out.Quotes, answer.DraftQuote{Source: q.Passage - 1, Text: q.Text})
		}
		if err := draft(out); err != nil {
			return err
		}
	}
	return nil
}

// errForm says that a reply has not the form that was asked for.
var errForm = errors.New("malformed reply")

func (o *objects) take(text string) error {
	_, err := io.WriteString(o.in, text)
	if errors.Is(err, io.ErrClosedPipe) && !errors.Is(err, errForm) {
		return nil // the list is whole
	}
	return err
}

func (o *objects) end(whole bool) error {
	if whole {
		o.in.Close()
	} else {
		o.in.CloseWithError(io.ErrUnexpectedEOF)
	}
	return <-o.done
}
