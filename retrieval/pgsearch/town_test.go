package pgsearch_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"townclerk/knowledge"
	"townclerk/retrieval/embed"
)

// town makes pages of sentences from a small world. Their addresses sort by bytes
// in another order than by letters.
func town(n int, seed uint64) []knowledge.Page {
	r := rand.New(rand.NewPCG(seed, 1))
	things := strings.Fields("parking building dog marriage fishing garbage recycling water tax library school street noise fence tree vendor")
	acts := strings.Fields("permit license fee form appointment inspection refund appeal certificate hearing")
	times := strings.Fields("Monday Tuesday January April noon week month year")
	var pages []knowledge.Page
	for i := range n {
		thing := things[r.IntN(len(things))]
		name := []string{"Z-%d", "a_%d", "ä/%d", "B%d", "b-%d", "中%d"}[i%6]
		var paragraphs []string
		for range 1 + r.IntN(6) {
			act := acts[r.IntN(len(acts))]
			paragraphs = append(paragraphs, fmt.Sprintf("A %s %s costs $%d and is due each %s. Ask the office for the %s %s.",
				thing, act, r.IntN(6)*5, times[r.IntN(len(times))], things[r.IntN(len(things))], acts[r.IntN(len(acts))]))
		}
		language := []string{"en", "en", "es"}[i%3]
		pages = append(pages, page(fmt.Sprintf(name, i), strings.ToUpper(thing), language, []string{"Clerk", "Parks", ""}[i/2%3], paragraphs...))
	}
	return pages
}

// page makes a page of paragraphs that are a passage each, without vectors.
func page(name, title, language, department string, paragraphs ...string) knowledge.Page {
	url := "https://town.example/" + name
	v := knowledge.Version{
		Source: knowledge.Source{Document: knowledge.DocumentID(url), URL: url, Title: title, Language: language, Department: department},
		Text:   strings.Join(paragraphs, "\n"),
	}
	v.ID = knowledge.NewVersionID([]byte(v.Text), url, title, language, department)
	p := knowledge.Page{Version: v}
	at := 0
	for i, s := range paragraphs {
		p.Passages = append(p.Passages, knowledge.Passage{Ordinal: i, Range: knowledge.Range{Start: at, End: at + len(s)}})
		p.Passages[i].Fill(&v)
		at += len(s) + 1
	}
	return p
}

// encode gives pages their vectors.
func encode(t testing.TB, e knowledge.Embedder, pages []knowledge.Page) []knowledge.Page {
	t.Helper()
	for i := range pages {
		var texts []string
		for j := range pages[i].Passages {
			texts = append(texts, pages[i].Passages[j].EncoderText())
		}
		vectors, err := e.Embed(context.Background(), texts)
		if err != nil {
			t.Fatal(err)
		}
		pages[i].Vectors = vectors
	}
	return pages
}

// builtIn is the built-in encoder, fitted to the pages.
type builtIn struct{ *embed.BuiltIn }

func fit(t testing.TB, pages []knowledge.Page) builtIn {
	t.Helper()
	var texts []string
	for _, p := range pages {
		for j := range p.Passages {
			texts = append(texts, p.Passages[j].EncoderText())
		}
	}
	e, err := embed.Fit(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	return builtIn{e}
}

func (b builtIn) Wants(fingerprint string) bool { return fingerprint == b.Fingerprint() }

func (b builtIn) Open(context.Context, string, []byte) (knowledge.Embedder, error) { return b, nil }

func (b builtIn) Fit(context.Context, []knowledge.Passage) (knowledge.Embedder, []byte, error) {
	return nil, nil, errors.New("is fitted")
}

// cloud is an encoder for whom a text is a number that a random vector belongs to,
// near one of some centres.
type cloud struct {
	name    string
	dims    int
	centres int
}

func (c cloud) Wants(fingerprint string) bool { return fingerprint == c.name }

func (c cloud) Open(context.Context, string, []byte) (knowledge.Embedder, error) { return c, nil }

func (c cloud) Fit(context.Context, []knowledge.Passage) (knowledge.Embedder, []byte, error) {
	return c, nil, nil
}

func (c cloud) Fingerprint() string { return c.name }

func (c cloud) Embed(_ context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, t := range texts {
		var n uint64
		if _, err := fmt.Sscanf(t[strings.LastIndexByte(t, '#')+1:], "%d", &n); err != nil {
			return nil, err
		}
		centre, own := rand.New(rand.NewPCG(n%uint64(c.centres), uint64(len(c.name)))), rand.New(rand.NewPCG(n, 99))
		v, square := make([]float32, c.dims), 0.0
		for j := range v {
			x := centre.NormFloat64() + own.NormFloat64()
			v[j], square = float32(x), square+x*x
		}
		for j := range v {
			v[j] /= float32(math.Sqrt(square))
		}
		out[i] = v
	}
	return out, nil
}

// clouds makes n passages for a cloud, ten a page. Of a hundred pages one is of
// the department "Rare", ten of "Some", the others of "Most".
func clouds(n int) []knowledge.Page {
	var pages []knowledge.Page
	for i := 0; i < n; i += 10 {
		department := "Most"
		switch no := i / 10 % 100; {
		case no == 0:
			department = "Rare"
		case no%10 == 1:
			department = "Some"
		}
		var paragraphs []string
		for j := i; j < min(n, i+10); j++ {
			paragraphs = append(paragraphs, fmt.Sprintf("Word%d and more #%d", j%50, j))
		}
		pages = append(pages, page(fmt.Sprintf("p%06d", i), "T", "en", department, paragraphs...))
	}
	return pages
}
