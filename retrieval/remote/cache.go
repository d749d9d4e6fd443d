package remote

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"townclerk/knowledge"
)

// VectorCache keeps vectors by the embedder's fingerprint and the SHA-256 of the
// text. Implementations are safe for concurrent use. A lasting one is for
// passages only: a citizen's question must be erasable, and a short question can
// be guessed from its hash.
type VectorCache interface {
	// Get returns the vectors that are there; other keys are absent. The caller
	// may change the vectors.
	Get(ctx context.Context, fingerprint string, keys [][32]byte) (map[[32]byte][]float32, error)
	// Put keeps copies of the vectors.
	Put(ctx context.Context, fingerprint string, vectors map[[32]byte][]float32) error
}

// CachedEmbedder asks its cache before its embedder. It is safe for concurrent
// use if both are.
type CachedEmbedder struct {
	embedder knowledge.Embedder
	cache    VectorCache
}

var _ knowledge.Embedder = (*CachedEmbedder)(nil)

// Cached puts the cache in front of the embedder. What the embedder gives is put
// into the cache batch by batch, so what was paid for before a failure is not
// paid for again.
func Cached(e knowledge.Embedder, c VectorCache) *CachedEmbedder { return &CachedEmbedder{e, c} }

// Fingerprint is the embedder's.
func (c *CachedEmbedder) Fingerprint() string { return c.embedder.Fingerprint() }

// Embed returns one vector per text, in order. Texts that occur twice are
// encoded once. A cached vector that is not of unit length is encoded again. A
// cache that fails fails the call: to go on would be to pay in silence.
func (c *CachedEmbedder) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	keys := make([][32]byte, len(texts))
	for i, t := range texts {
		keys[i] = sha256.Sum256([]byte(t))
	}
	if len(texts) == 0 {
		return [][]float32{}, nil
	}
	have, err := c.cache.Get(ctx, c.Fingerprint(), keys)
	if err != nil {
		return nil, fmt.Errorf("look up cached embeddings: %w", err)
	}
	got := make(map[[32]byte][]float32, len(texts))
	var missing []string
	var missingKeys [][32]byte
	for i, k := range keys {
		if _, known := got[k]; known {
			continue
		}
		got[k] = nil
		if v := have[k]; isUnit(v) {
			got[k] = v
			continue
		}
		missing, missingKeys = append(missing, texts[i]), append(missingKeys, k)
	}
	if err := c.encode(ctx, missing, missingKeys, got); err != nil {
		return nil, err
	}
	return c.assemble(keys, got)
}

// assemble gives every text a vector of its own.
func (c *CachedEmbedder) assemble(keys [][32]byte, got map[[32]byte][]float32) ([][]float32, error) {
	out := make([][]float32, len(keys))
	for i, k := range keys {
		out[i] = slices.Clone(got[k])
		if len(out[i]) != len(out[0]) {
			return nil, fmt.Errorf("cached embeddings of %s: %w: %d numbers beside %d", c.Fingerprint(), WrongDimension, len(out[i]), len(out[0]))
		}
	}
	return out, nil
}

// batcher is an embedder that tells of each batch.
type batcher interface {
	Each(ctx context.Context, texts []string, done func(first int, vectors [][]float32) error) error
}

var _ batcher = (*Embedder)(nil)

const (
	batchTexts = 32              // for embedders that do not tell
	putTime    = 5 * time.Second // what a cache has to keep a batch, even when the caller has left
)

// encode has the texts encoded and puts their vectors into the cache and into got.
func (c *CachedEmbedder) encode(ctx context.Context, texts []string, keys [][32]byte, got map[[32]byte][]float32) error {
	keep := func(first int, vectors [][]float32) error {
		batch := make(map[[32]byte][]float32, len(vectors))
		for i, v := range vectors {
			batch[keys[first+i]], got[keys[first+i]] = v, v
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), putTime)
		defer cancel()
		if err := c.cache.Put(ctx, c.Fingerprint(), batch); err != nil {
			return fmt.Errorf("cache embeddings: %w", err)
		}
		return nil
	}
	if len(texts) == 0 {
		return nil
	}
	if b, ok := c.embedder.(batcher); ok {
		return b.Each(ctx, texts, keep)
	}
	first := 0
	for part := range slices.Chunk(texts, batchTexts) {
		vectors, err := c.embedder.Embed(ctx, part)
		if err != nil {
			return err
		}
		if len(vectors) != len(part) {
			return fmt.Errorf("%s: %w: %d for %d texts", c.Fingerprint(), WrongCount, len(vectors), len(part))
		}
		if err := keep(first, vectors); err != nil {
			return err
		}
		first += len(part)
	}
	return nil
}
