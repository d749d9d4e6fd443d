package searchtest

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"strings"
	"sync"

	"townclerk/knowledge"
)

// Models is a knowledge.Models whose embedders need no fitting: a text's vector
// tells which words it has. It counts what it is asked for, and fails as told.
// It is safe for concurrent use.
type Models struct {
	// Name is the fingerprint of what Fit returns.
	Name string
	// Any says that passages may go on being encoded with whatever they are.
	Any bool
	// Dims is the dimension of the vectors; zero means 64.
	Dims int
	// Fail, where it is not nil, may fail a call or spoil its vectors.
	Fail func(vectors [][]float32) ([][]float32, error)
	// FailOpen is the error of Open.
	FailOpen error

	mu    sync.Mutex
	texts int
	opens int
}

var _ knowledge.Models = (*Models)(nil)

// Texts returns the number of texts that were encoded.
func (m *Models) Texts() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.texts
}

// Wants reports whether the fingerprint is Name, or any is welcome.
func (m *Models) Wants(fingerprint string) bool { return m.Any || fingerprint == m.Name }

// Open returns the embedder of the fingerprint.
func (m *Models) Open(_ context.Context, fingerprint string, model []byte) (knowledge.Embedder, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.opens++
	if m.FailOpen != nil {
		return nil, m.FailOpen
	}
	if string(model) != state(fingerprint) {
		return nil, fmt.Errorf("the state of %s is %q", fingerprint, model)
	}
	return embedder{m, fingerprint}, nil
}

// Fit returns the embedder called Name.
func (m *Models) Fit(context.Context, []knowledge.Passage) (knowledge.Embedder, []byte, error) {
	return embedder{m, m.Name}, []byte(state(m.Name)), nil
}

func state(fingerprint string) string { return "state of " + fingerprint }

type embedder struct {
	m    *Models
	name string
}

func (e embedder) Fingerprint() string { return e.name }

func (e embedder) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	dims := e.m.Dims
	if dims == 0 {
		dims = 64
	}
	e.m.mu.Lock()
	e.m.texts += len(texts)
	fail := e.m.Fail
	e.m.mu.Unlock()
	var out [][]float32
	for _, t := range texts {
		out = append(out, words(e.name, t, dims))
	}
	if fail != nil {
		return fail(out)
	}
	return out, nil
}

// words adds up one dimension for each word, to unit length.
func words(name, text string, dims int) []float32 {
	v := make([]float32, dims)
	square := 0.0
	for w := range strings.FieldsSeq(strings.ToLower(text)) {
		h := fnv.New32a()
		h.Write([]byte(name + strings.Trim(w, ".,:;?!")))
		v[h.Sum32()%uint32(dims)]++
	}
	for _, x := range v {
		square += float64(x) * float64(x)
	}
	for i := range v {
		if square > 0 {
			v[i] = float32(float64(v[i]) / math.Sqrt(square))
		}
	}
	return v
}
