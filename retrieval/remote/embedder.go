package remote

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"sync"

	openai "github.com/sashabaranov/go-openai"

	"townclerk/internal/httpx"
	"townclerk/internal/modelhttp"
	"townclerk/knowledge"
)

// Embedder is an embedding model behind an OpenAI-compatible server. It is safe
// for concurrent use.
type Embedder struct {
	api    *openai.Client
	call   *modelhttp.Caller
	limits Config // without the key
	print  string

	mu   sync.Mutex
	dims int // zero until the first good reply, where the model decides
}

var _ knowledge.Embedder = (*Embedder)(nil)

// New returns the embedder of the configured model. It makes no request; Check
// does. The client may be nil, and gives the transport: redirects and cookies
// are left out whatever it says. The zero clock is the real one.
func New(c Config, hc *http.Client, clock httpx.Clock) (*Embedder, error) {
	full, err := c.filled()
	if err != nil {
		return nil, fmt.Errorf("embedding model %q: %w", c.Model, err)
	}
	call, err := modelhttp.New(full.server("embed"), hc, clock)
	if err != nil {
		return nil, fmt.Errorf("embedding model %q: %w", c.Model, err)
	}
	e := &Embedder{call: call, print: fingerprint(full), dims: full.Dimensions}
	e.api = openai.NewClientWithConfig(wire(full, doer{e.call}))
	full.Key = ""
	e.limits = full
	return e, nil
}

// wire is the library's configuration.
func wire(c Config, d openai.HTTPDoer) openai.ClientConfig {
	out := openai.DefaultConfig(string(c.Key))
	if c.Azure {
		out = openai.DefaultAzureConfig(string(c.Key), c.BaseURL)
		out.APIVersion = c.APIVersion
		out.AzureModelMapperFunc = func(string) string { return url.PathEscape(c.Deployment) }
	}
	out.BaseURL, out.HTTPClient = c.BaseURL, d
	return out
}

// fingerprint names the model, its dimensions, the prefix of texts if there is
// one, and the length to which they are cut where that is not the usual one.
//
// The base URL is not in it: the same model gives the same vectors on OpenAI, on
// Azure and on each of a town's machines, and moving should not cost a new
// encoding of everything. So Model must say which model it is; a server on which
// one name stands for two models in turn (a pulled "latest") needs a refit.
func fingerprint(c Config) string {
	print := "openai:" + c.Model + "/native"
	if c.Dimensions > 0 {
		print = fmt.Sprintf("openai:%s/%d", c.Model, c.Dimensions)
	}
	if c.Prefix != "" {
		print += fmt.Sprintf("/%q", c.Prefix)
	}
	if c.TextTokens != openAITextTokens {
		print += fmt.Sprintf("/cut%d", c.TextTokens)
	}
	return print
}

// Fingerprint is "openai:MODEL/DIMENSIONS", with "native" for the model's own.
func (e *Embedder) Fingerprint() string { return e.print }

// String returns the fingerprint.
func (e *Embedder) String() string { return e.print }

// Usage returns what was sent so far.
func (e *Embedder) Usage() Usage { return e.call.Meter.Snapshot() }

// Check encodes one word, to find a wrong address, key, model or dimension at
// start. It returns the vectors' dimension.
func (e *Embedder) Check(ctx context.Context) (int, error) {
	v, err := e.Embed(ctx, []string{"check"})
	if err != nil {
		return 0, err
	}
	return len(v[0]), nil
}

// Embed returns one unit vector per text, in order, or an *Error. Empty texts are
// refused before anything is sent; long ones are cut (see Config.TextTokens).
func (e *Embedder) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	err := e.Each(ctx, texts, func(first int, vectors [][]float32) error {
		copy(out[first:], vectors)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Each is Embed for those who keep what there is: done gets the vectors of each
// batch as it arrives, those of texts[first] and the following. It is not called
// by two goroutines at once. After the first failure, of a batch or of done,
// nothing new is sent, but batches under way are still waited for and handed
// over; then the failure is returned. Only the end of ctx breaks them off.
func (e *Embedder) Each(ctx context.Context, texts []string, done func(first int, vectors [][]float32) error) error {
	texts, truncated, bad := prepare(e.limits.Prefix, texts, e.limits.TextTokens)
	if bad != nil {
		return e.call.Name(bad)
	}
	e.call.Meter.Add(func(u *Usage) { u.Truncated += truncated })
	stop, cancel := context.WithCancel(ctx)
	defer cancel()
	var group sync.WaitGroup
	var mu sync.Mutex
	var failed error
	slots := make(chan struct{}, e.limits.Concurrency)
	for _, s := range split(texts, e.limits.BatchTexts, e.limits.BatchTokens) {
		slots <- struct{}{} // every request ends, so this does too
		if stop.Err() != nil {
			break
		}
		group.Go(func() {
			defer func() { <-slots }()
			vectors, err := e.batch(ctx, stop, texts[s.from:s.to])
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				err = done(s.from, vectors)
			}
			if err != nil && failed == nil {
				failed = err
				cancel()
			}
		})
	}
	group.Wait()
	if failed == nil && ctx.Err() != nil && len(texts) > 0 {
		failed = e.call.Name(modelhttp.Ended(ctx))
	}
	return failed
}

// batch sends one request, again where that may help, and checks the reply.
func (e *Embedder) batch(ctx, stop context.Context, texts []string) ([][]float32, error) {
	var vectors [][]float32
	err := e.call.Repeat(ctx, stop, func(ctx context.Context) error {
		reply, err := e.api.CreateEmbeddings(ctx, openai.EmbeddingRequest{
			Input: texts, Model: openai.EmbeddingModel(e.limits.Model),
			EncodingFormat: openai.EmbeddingEncodingFormatBase64, Dimensions: e.limits.Dimensions,
		})
		if err != nil {
			return err
		}
		e.call.Meter.Tokens(int64(reply.Usage.PromptTokens), estimateAll(texts))
		v, bad := inOrder(reply.Data, len(texts))
		if bad == nil {
			bad = e.check(v)
		}
		if bad != nil {
			return bad
		}
		vectors = v
		return nil
	})
	if err == nil {
		e.call.Meter.Add(func(u *Usage) { u.Texts += len(texts) })
	}
	return vectors, err
}

// check brings the vectors to unit length. Where the model decides on the
// dimension, the first good reply fixes it.
func (e *Embedder) check(vectors [][]float32) *Error {
	e.mu.Lock()
	defer e.mu.Unlock()
	dims := e.dims
	if dims == 0 {
		dims = len(vectors[0])
	}
	bad := toUnit(vectors, dims)
	if bad == nil {
		e.dims = dims
	}
	return bad
}
