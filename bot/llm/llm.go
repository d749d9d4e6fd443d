// Package llm asks a language model over OpenAI's protocol and hands on its text
// as it comes. It trusts nothing that comes back: the length, the time between two
// pieces and the time of the whole are bounded, and a reply that ends without the
// model saying that it has finished counts as cut off.
//
// A request that fails before its first piece of text is sent once more where that
// may help; afterwards never, for the text was handed on. A server that fails again and
// again is left alone for a while. One that the budget does not allow is not sent, which
// is no failure of the server.
//
// What leaves the process are the messages, to Config.BaseURL and nowhere else.
// Whoever calls hands in redacted words only. Error texts hold neither the key nor
// the messages nor what the server said.
package llm

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	openai "github.com/sashabaranov/go-openai"

	"townclerk/bot/budget"
	"townclerk/internal/httpx"
	"townclerk/internal/modelhttp"
)

// Config says which model to ask, and how. Only BaseURL and Model are needed.
type Config struct {
	// BaseURL is what /chat/completions is appended to.
	BaseURL string
	Model   string
	// Key is sent as a bearer token; empty: none.
	Key httpx.Secret
	// MaxTokens bounds a reply; zero means 800.
	MaxTokens int
	// MaxBytes bounds the bytes of a reply, its framing included; zero means 1 MiB.
	MaxBytes int64
	// First bounds the wait for the first piece of text, Idle that between two
	// pieces, Whole a request; zero means 8 s, 5 s and 20 s.
	First, Idle, Whole time.Duration
	// NoFinishReason is for servers that never say why they ended: the end mark of
	// the stream is taken for it.
	NoFinishReason bool
	// Budget is asked before each request; nil: there is none.
	Budget Budget
}

// Budget bounds what requests cost; see bot/budget.
type Budget interface {
	// Reserve returns an error where the request must not be made, else what is told
	// once how much was used.
	Reserve(ctx context.Context, most budget.Tokens) (settle func(used budget.Tokens), err error)
}

// Request is what a model is asked.
type Request struct {
	System, User string
	// Schema is the JSON schema that the reply has to follow; nil: free text.
	Schema json.RawMessage
}

// Client asks one model. It is safe for concurrent use.
type Client struct {
	config Config // without the key
	api    *openai.Client
	call   *modelhttp.Caller
}

// New returns a client. It makes no request. The HTTP client may be nil; the zero
// clock is the real one.
func New(c Config, hc *http.Client, clock httpx.Clock) (*Client, error) {
	c.MaxTokens = cmp.Or(c.MaxTokens, 800)
	c.MaxBytes = cmp.Or(c.MaxBytes, 1<<20)
	c.First, c.Idle, c.Whole = cmp.Or(c.First, 8*time.Second), cmp.Or(c.Idle, 5*time.Second), cmp.Or(c.Whole, 20*time.Second)
	call, err := modelhttp.New(modelhttp.Server{
		Op: "write", BaseURL: c.BaseURL, Model: c.Model, Key: c.Key, Attempts: 2,
		Timeout: c.Whole, Deadline: c.Whole, MaxBody: c.MaxBytes, Breaks: true,
	}, hc, clock)
	if err != nil {
		return nil, fmt.Errorf("language model %q: %w", c.Model, err)
	}
	wire := openai.DefaultConfig(string(c.Key))
	wire.BaseURL, wire.HTTPClient, wire.EmptyMessagesLimit = c.BaseURL, opener{call}, 1<<20 // MaxBytes bounds them
	c.Key = ""
	return &Client{c, openai.NewClientWithConfig(wire), call}, nil
}

// opener is the HTTP client of the go-openai client.
type opener struct{ call *modelhttp.Caller }

// Do sends a request; every status but 2xx is an *modelhttp.Error.
func (o opener) Do(req *http.Request) (*http.Response, error) {
	res, err := o.call.Open(req)
	if err != nil {
		return nil, err
	}
	res.Body = bodyOf(req.Context(), res.Body)
	return res, nil
}

// Name is the model's.
func (c *Client) Name() string { return c.config.Model }

// Stream asks the model and calls take with each piece of its text, in the
// caller's goroutine. It returns nil only when the model said that it has
// finished; what was taken before an error may end anywhere. An error of take
// ends the request and is returned, and so is one of the budget.
func (c *Client) Stream(ctx context.Context, r Request, take func(text string) error) error {
	s := &stream{client: c, take: take}
	err := c.call.Repeat(ctx, ctx, func(ctx context.Context) error {
		if err := s.run(ctx, r); s.refused == nil {
			return err
		}
		return nil // the server did its part
	})
	if s.refused != nil {
		return s.refused
	}
	return err
}

// stream is one request on its way.
type stream struct {
	client  *Client
	take    func(string) error
	begun   bool
	refused error // by take or the budget
	used    budget.Tokens
}

func (s *stream) run(ctx context.Context, r Request) error {
	s.used = most(s.client.config, r)
	if b := s.client.config.Budget; b != nil {
		settle, err := b.Reserve(ctx, s.used)
		if err != nil {
			s.refused = fmt.Errorf("write with %s: %w", s.client.config.Model, err)
			return s.refused
		}
		defer func() { settle(s.used) }()
	}
	err := s.read(ctx, r)
	var known *modelhttp.Error
	if errors.As(err, &known) {
		known.Final = s.begun // what was handed on cannot be taken back
	}
	return err
}

// frame is more tokens than a server puts around the messages.
const frame = 64

// most is what a request may use: no tokenizer makes more tokens of a text than it
// has bytes. Where the server does not say what was used it stands for that.
func most(c Config, r Request) budget.Tokens {
	return budget.Tokens{Input: len(r.System) + len(r.User) + len(r.Schema) + frame, Output: c.MaxTokens}
}

func (s *stream) read(ctx context.Context, r Request) error {
	c := s.client.config
	ctx, watch := newWatch(ctx, c.MaxBytes)
	defer watch.stop()
	watch.within(c.First)
	in, err := s.client.api.CreateChatCompletionStream(context.WithValue(ctx, watchKey{}, watch), request(c, r))
	if err != nil {
		err = watch.explain(err)
		if unserved(err) {
			s.used = budget.Tokens{}
		}
		return err
	}
	defer in.Close()
	finish := openai.FinishReason("")
	for {
		chunk, err := in.Recv()
		if errors.Is(err, io.EOF) {
			return ended(finish, watch.marked(), c.NoFinishReason)
		}
		if err != nil {
			return watch.explain(err)
		}
		watch.within(c.Idle)
		if u := chunk.Usage; u != nil && u.TotalTokens > 0 {
			s.used = budget.Tokens{Input: u.PromptTokens, Output: u.TotalTokens - u.PromptTokens}
		}
		for _, choice := range chunk.Choices {
			if choice.Index != 0 {
				continue
			}
			finish = cmp.Or(choice.FinishReason, finish)
			if text := choice.Delta.Content; text != "" {
				s.begun = true
				if s.refused = s.take(text); s.refused != nil {
					return s.refused
				}
			}
		}
	}
}

// unserved reports whether the model never saw a request that failed so. Of one that
// nobody answered in time that is not known.
func unserved(err error) bool {
	var e *modelhttp.Error
	return errors.As(err, &e) && (e.Status != 0 || e.Kind == modelhttp.Connection || e.Kind == modelhttp.Untrusted)
}

func request(c Config, r Request) openai.ChatCompletionRequest {
	out := openai.ChatCompletionRequest{
		//lint:ignore SA1019 the name that all servers know; its successor is not known to many
		Model: c.Model, MaxTokens: c.MaxTokens, StreamOptions: &openai.StreamOptions{IncludeUsage: true},
		Messages: []openai.ChatCompletionMessage{
			{Role: openai.ChatMessageRoleSystem, Content: r.System},
			{Role: openai.ChatMessageRoleUser, Content: r.User},
		},
	}
	if r.Schema != nil {
		out.ResponseFormat = &openai.ChatCompletionResponseFormat{
			Type:       openai.ChatCompletionResponseFormatTypeJSONSchema,
			JSONSchema: &openai.ChatCompletionResponseFormatJSONSchema{Name: "answer", Schema: r.Schema, Strict: true},
		}
	}
	return out
}

// ended says whether a stream that came to its end was finished by the model.
func ended(finish openai.FinishReason, marked, lenient bool) error {
	switch {
	case finish == openai.FinishReasonStop, finish == "" && marked && lenient:
		return nil
	case finish == openai.FinishReasonLength:
		return modelhttp.Failure(modelhttp.TooLarge, "the model was cut off at its limit")
	case finish == openai.FinishReasonContentFilter:
		return modelhttp.Failure(modelhttp.Refused, "the server's filter ended the reply")
	case finish != "":
		return modelhttp.Failure(modelhttp.Malformed, "the model ended in a way that is not known")
	}
	return modelhttp.Failure(modelhttp.CutOff, "the stream ended without a finish reason")
}
