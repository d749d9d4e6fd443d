// Package embed holds the built-in dense encoder, for installations without an
// embedding model, and the flat scan over vectors.
//
// A text's features are its words and the stretches of three to five letters
// in them, so that forms of a word, compounds and typing errors stay near each
// other (Bojanowski et al., "Enriching Word Vectors with Subword Information",
// 2017). Features are hashed into buckets and weighted by how rare they are in
// the agency's texts. The larger part of the vector is the text's place in the
// space of latent semantic analysis (Deerwester et al., 1990), which brings
// together words that stand in the same passages; the smaller part is a random
// projection of the same features, which also holds those that the agency
// never used.
package embed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"townclerk/knowledge"
)

const (
	buckets     = 1 << 14 // features that are told apart
	latent      = 192     // dimensions of the latent space, at most
	sketch      = 128     // dimensions of the random projection
	sketchShare = 0.25    // of the projection in a cosine
	counted     = 20_000  // texts from which the rarity of features is taken
	learned     = 2_000   // texts from which the latent space is made
	rounds      = 2       // of subspace iteration
)

// BuiltIn is the built-in encoder, fitted to an agency's texts. It is
// immutable and safe for concurrent use.
type BuiltIn struct {
	idf   []float32 // of each bucket
	dims  int       // of the latent space
	place []float32 // of each bucket in it
	print string
}

var _ knowledge.Embedder = (*BuiltIn)(nil)

// Fit learns from the texts. Their order does not matter: the same texts give
// the same encoder. Of more than 20,000 texts a fixed part is used.
func Fit(ctx context.Context, texts []string) (*BuiltIn, error) {
	texts = sample(texts)
	b := &BuiltIn{idf: make([]float32, buckets)}
	df := make([]int, buckets)
	var f features
	for i, t := range texts {
		if i%64 == 0 && ctx.Err() != nil {
			return nil, fmt.Errorf("fit the built-in encoder: %w", ctx.Err())
		}
		f.read(t)
		for _, x := range f.buckets {
			df[x]++
		}
	}
	for i, n := range df {
		b.idf[i] = half(float32(idf(n, len(texts))))
	}
	rows := make([]row, 0, min(len(texts), learned))
	for _, t := range texts[:cap(rows)] {
		f.read(t)
		rows = append(rows, b.row(&f))
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("fit the built-in encoder: %w", err)
	}
	b.dims = min(latent, len(rows))
	b.place = truncated(rows, buckets, b.dims)
	Round(b.place)
	return b, b.name()
}

// sample returns the texts in an order that is their own, cut to the number
// that is counted.
func sample(texts []string) []string {
	texts = slices.Clone(texts)
	slices.SortFunc(texts, func(a, b string) int {
		if x, y := hash('t', a), hash('t', b); x != y {
			if x < y {
				return -1
			}
			return 1
		}
		return 0
	})
	return texts[:min(len(texts), counted)]
}

func (b *BuiltIn) name() error {
	data, err := b.MarshalBinary()
	sum := sha256.Sum256(data)
	b.print = fmt.Sprintf(madeHere+"%d:%s", b.Dims(), hex.EncodeToString(sum[:8]))
	return err
}

const madeHere = "builtin/" // every fingerprint begins with it

// Made reports whether the fingerprint is that of a BuiltIn.
func Made(fingerprint string) bool { return strings.HasPrefix(fingerprint, madeHere) }

// Dims returns the dimension of the vectors.
func (b *BuiltIn) Dims() int { return b.dims + sketch }

// Fingerprint names the encoder and what it was fitted to.
func (b *BuiltIn) Fingerprint() string { return b.print }

// Embed returns one unit vector per text; that of a text without words is zero.
func (b *BuiltIn) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	var f features
	for i, t := range texts {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("embed: %w", err)
		}
		out[i] = b.vector(&f, t)
	}
	return out, nil
}

func (b *BuiltIn) vector(f *features, text string) []float32 {
	v := make([]float32, b.Dims())
	near, far := v[:b.dims], v[b.dims:]
	f.read(text)
	r := b.row(f)
	for i, c := range r.at {
		addScaled(r.by[i], b.place[int(c)*b.dims:(int(c)+1)*b.dims], near)
		direction := mix(uint64(c))
		if direction>>63 == 1 {
			far[direction%sketch] -= r.by[i]
		} else {
			far[direction%sketch] += r.by[i]
		}
	}
	scale(near, 1-sketchShare)
	scale(far, sketchShare)
	scale(v, 1) // a text of nothing but new features has only the second part
	return v
}

// row weights the features that f has read, by bucket.
func (b *BuiltIn) row(f *features) row {
	var r row
	for _, x := range f.buckets {
		r.at = append(r.at, x)
		r.by = append(r.by, f.weight(x)*b.idf[x])
	}
	scale(r.by, 1)
	return r
}
