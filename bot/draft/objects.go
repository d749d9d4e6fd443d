package draft

import (
	"cmp"
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
		o.done <- err
		out.CloseWithError(cmp.Or(err, io.ErrClosedPipe))
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

func (o *objects) take(text string) error {
	_, err := io.WriteString(o.in, text)
	if err == io.ErrClosedPipe { // alone: the list is whole
		return errWhole
	}
	return err
}

// end knows by the object itself whether it is whole.
func (o *objects) end(err error) error {
	o.in.CloseWithError(cmp.Or(err, io.EOF))
	if own := <-o.done; own == nil || err == nil {
		return own
	}
	return err
}
