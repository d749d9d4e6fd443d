package remote_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"unicode/utf8"

	"townclerk/internal/httpx"
	"townclerk/internal/scripted"
	"townclerk/retrieval/remote"
)

// Whatever the batches and however many at once, the vectors are those of one
// text at a time.
func TestAnyBatchingGivesTheSameVectors(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("where do I renew my dog licence ¿cuánto cuesta? مكتبة 図書館 🏛")
	for round := range 60 {
		texts := make([]string, random.IntN(40))
		for i := range texts {
			for range 1 + random.IntN(12) {
				texts[i] += words[random.IntN(len(words))] + " "
			}
		}
		c := remote.Config{Model: "tiny", BatchTexts: 1 + random.IntN(9), BatchTokens: 1 + random.IntN(60), Concurrency: 1 + random.IntN(5)}
		s := scripted.New(5)
		if round%2 == 0 {
			s.Then(scripted.Shuffled)
		}
		got, err := local(t, s, c).Embed(t.Context(), texts)
		if err != nil || len(got) != len(texts) {
			t.Fatalf("%+v: %d vectors for %d texts, %v", c, len(got), len(texts), err)
		}
		for i := range got {
			if !reflect.DeepEqual(got[i], unit(texts[i], 5)) {
				t.Fatalf("%+v: text %d has another vector", c, i)
			}
		}
		for _, r := range s.Requests() {
			if tokens := len(strings.Join(r.Input, "")) / 4; len(r.Input) > c.BatchTexts || len(r.Input) > 1 && tokens > c.BatchTokens {
				t.Fatalf("%+v: a batch of %d texts and %d tokens", c, len(r.Input), tokens)
			}
		}
	}
}

func TestRequestOnTheWire(t *testing.T) {
	for _, c := range []struct {
		name         string
		change       func(*remote.Config)
		path, query  string
		header, sent string
		dims         int
	}{
		{"openai", func(*remote.Config) {}, "/v1/embeddings", "", "Authorization", "Bearer " + key, 0},
		{"a slash too many", func(c *remote.Config) { c.BaseURL += "/" }, "/v1/embeddings", "", "Authorization", "Bearer " + key, 0},
		{"no key", func(c *remote.Config) { c.Key = "" }, "/v1/embeddings", "", "Authorization", "", 0},
		{"dimensions", func(c *remote.Config) { c.Dimensions = 3 }, "/v1/embeddings", "", "Authorization", "Bearer " + key, 3},
		{"azure", func(c *remote.Config) { c.Azure, c.BaseURL, c.Deployment = true, "http://town.test", "our embeddings" },
			"/openai/deployments/our embeddings/embeddings", "api-version=2024-10-21", "Api-Key", key, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			s, conf := scripted.New(8), config()
			c.change(&conf)
			e := embedder(t, conf, bubble(t, s))
			if _, err := e.Embed(t.Context(), []string{"a", "b"}); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			r := s.Requests()[0]
			if r.Path != c.path || r.Query != c.query || r.Header.Get(c.header) != c.sent {
				t.Errorf("%s: %s?%s with %s %q", c.name, r.Path, r.Query, c.header, r.Header.Get(c.header))
			}
			if r.EncodingFormat != "base64" || r.Dimensions != c.dims || r.Model != "tiny" || len(r.Input) != 2 {
				t.Errorf("%s: sent %+v", c.name, r)
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	for name, change := range map[string]func(*remote.Config){
		"no address":       func(c *remote.Config) { c.BaseURL = "" },
		"no scheme":        func(c *remote.Config) { c.BaseURL = "model.test/v1" },
		"another scheme":   func(c *remote.Config) { c.BaseURL = "ftp://model.test" },
		"key in address":   func(c *remote.Config) { c.BaseURL = "https://x:" + "hush" + "@model.test/v1" },
		"key in query":     func(c *remote.Config) { c.BaseURL = "https://model.test/v1?key=hush" },
		"no model":         func(c *remote.Config) { c.Model = " " },
		"key with newline": func(c *remote.Config) { c.Key = "hush\n" },
		"negative limit":   func(c *remote.Config) { c.BatchTexts = -1 },
	} {
		c := config()
		change(&c)
		_, err := remote.New(c, nil, half)
		_, err2 := remote.NewReranker(c, nil, half)
		if err == nil || err2 == nil || strings.Contains(err.Error()+err2.Error(), "hush") {
			t.Errorf("%s: %v, %v", name, err, err2)
		}
	}
	c := config()
	c.Azure = true
	if _, err := remote.NewReranker(c, nil, half); err == nil {
		t.Error("a reranker on Azure was made")
	}
}

func TestFingerprint(t *testing.T) {
	for want, c := range map[string]remote.Config{
		"openai:m/native":        {BaseURL: "http://a", Model: "m"},
		"openai:m/256":           {BaseURL: "https://b/v1", Model: "m", Dimensions: 256, Key: key, BatchTexts: 3},
		"openai:m/native/cut500": {BaseURL: "http://a", Model: "m", TextTokens: 500},
	} {
		if got := embedder(t, c, nil).Fingerprint(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestLongAndStrangeTexts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := scripted.New(8), config()
		c.TextTokens = 4
		e := embedder(t, c, bubble(t, s))
		if _, err := e.Embed(t.Context(), []string{strings.Repeat("ü€🏛", 9), "short", "bad \xff byte"}); err != nil {
			t.Fatal(err)
		}
		sent := s.Requests()[0].Input
		if sent[0] != "ü€🏛ü€" || !utf8.ValidString(sent[0]) || sent[1] != "short" || sent[2] != "bad \uFFFD byte" {
			t.Errorf("sent %q", sent)
		}
		if u := e.Usage(); u.Truncated != 1 || u.Texts != 3 {
			t.Errorf("usage %+v", u)
		}
		for _, texts := range [][]string{{"a", ""}, {" \n"}, {strings.Repeat(" ", 30) + "a"}} {
			if _, err := e.Embed(t.Context(), texts); !errors.Is(err, remote.BadInput) {
				t.Errorf("%q: %v", texts, err)
			}
		}
		if v, err := e.Embed(t.Context(), nil); err != nil || len(v) != 0 || len(s.Requests()) != 1 {
			t.Errorf("no texts: %v, %v, %d requests", v, err, len(s.Requests()))
		}
	})
}

// The model decides on the dimension once.
func TestDimensionMustNotChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := embedder(t, config(), bubble(t, scripted.New(8, scripted.Honest, scripted.WrongDimension)))
		if dims, err := e.Check(t.Context()); dims != 8 || err != nil {
			t.Fatalf("%d, %v", dims, err)
		}
		if _, err := e.Check(t.Context()); !errors.Is(err, remote.WrongDimension) {
			t.Errorf("%v", err)
		}
		if dims, err := e.Check(t.Context()); dims != 8 || err != nil {
			t.Errorf("%d, %v", dims, err)
		}
	})
}

func TestUsage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := config()
		c.PricePerMillionTokens = 2e5
		e := embedder(t, c, bubble(t, scripted.New(8, scripted.ServerError, scripted.Honest, scripted.NoUsage, scripted.Zero)))
		for _, text := range []string{"three small words", "12345678", "one"} {
			e.Embed(t.Context(), []string{text})
		}
		want := remote.Usage{Requests: 4, Failed: 2, Texts: 2, Tokens: 3 + 2 + 1, Estimated: 2, Cost: 1.2}
		got := e.Usage()
		if fmt.Sprintf("%.6f", got.Cost) != fmt.Sprintf("%.6f", want.Cost) {
			t.Errorf("cost %v", got.Cost)
		}
		if got.Cost = want.Cost; got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	})
}

// A prefix is sent with every text, is part of what the model is called, and does
// not count as text.
func TestPrefix(t *testing.T) {
	s := scripted.New(4)
	server := httptest.NewServer(s)
	defer server.Close()
	c := remote.Config{BaseURL: server.URL, Model: "m", Prefix: "search_document: ", TextTokens: 8}
	e, err := remote.New(c, nil, httpx.Clock{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Embed(t.Context(), []string{"dogs", strings.Repeat("x", 40)}); err != nil {
		t.Fatal(err)
	}
	if got := s.Requests()[0].Input; got[0] != "search_document: dogs" || got[1] != "search_document: "+strings.Repeat("x", 15) {
		t.Errorf("%q", got)
	}
	if got := e.Fingerprint(); got != `openai:m/native/"search_document: "/cut8` || e.Usage().Truncated != 1 {
		t.Error(got, e.Usage())
	}
	if _, err := e.Embed(t.Context(), []string{" "}); !errors.Is(err, remote.BadInput) {
		t.Error(err)
	}
}
