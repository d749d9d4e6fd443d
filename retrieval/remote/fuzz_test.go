package remote_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"townclerk/internal/httpx"
	"townclerk/internal/scripted"
	"townclerk/retrieval/remote"
)

// canned is a transport that always has the same response.
type canned struct {
	status int
	header string
	body   []byte
}

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: c.status, Header: http.Header{"Retry-After": {c.header}, "Location": {c.header}},
		Body: io.NopCloser(bytes.NewReader(c.body)), Request: r,
	}, nil
}

func seed(f *testing.F, path, request string) {
	for _, b := range scripted.All() {
		switch b {
		case scripted.Hang, scripted.Dropped, scripted.CutBody, scripted.HugeBody, scripted.HugeError:
			continue
		}
		w := httptest.NewRecorder()
		s := scripted.New(2, b)
		s.ServeHTTP(w, httptest.NewRequest("POST", path, strings.NewReader(request)))
		f.Add(w.Code, w.Header().Get("Retry-After"), w.Body.Bytes())
	}
	for _, body := range []string{
		`{"data":[{"embedding":[1,2]},{"index":1,"embedding":[3,4]}],"usage":{"total_tokens":-9e300}}`,
		`{"data":[{"embedding":[[1]]},{"index":1,"embedding":{}}],"usage":"x"}`,
		`{"data":[{"index":-1,"embedding":"AACAPw=="},{"index":1e9,"embedding":"AACAPw=="}]}`,
		`{"error":"` + key + `"}`, `{"detail":[{"msg":"x"}]}`, `{"error":{"code":404,"message":["a","b"]}}`, `[]`, `null`, `{"data":null,"error":null}`,
		`{"results":[{"index":0,"relevance_score":1e999}]}`,
	} {
		f.Add(200, "", []byte(body))
		f.Add(404, "x", []byte(body))
	}
}

// still is a clock on which waiting takes no time.
var still = httpx.Clock{Sleep: func(context.Context, time.Duration) error { return nil }}

func checkError(t *testing.T, err error) {
	t.Helper()
	e, ok := errors.AsType[*remote.Error](err)
	if !ok || e.Kind == "" || e.Host != "model.test" || e.Attempts < 1 {
		t.Fatalf("an error without its particulars: %#v", err)
	}
	if text := err.Error() + e.Detail; strings.Contains(text, key) || !utf8.ValidString(text) || strings.Contains(text, "\n") || len(text) > 800 {
		t.Fatalf("error text %q", text)
	}
	if e.RetryAfter < 0 || e.RetryAfter > 24*time.Hour {
		t.Fatalf("asks to wait %v", e.RetryAfter)
	}
}

func FuzzEmbeddingReply(f *testing.F) {
	seed(f, "/v1/embeddings", `{"input":["a","b"],"encoding_format":"base64"}`)
	f.Fuzz(func(t *testing.T, status int, after string, body []byte) {
		e, err := remote.New(config(), &http.Client{Transport: canned{status, after, body}}, still)
		if err != nil {
			t.Fatal(err)
		}
		vectors, err := e.Embed(t.Context(), []string{"a", "b"})
		if err != nil {
			checkError(t, err)
			return
		}
		if status < 200 || status > 299 || len(vectors) != 2 || len(vectors[0]) != len(vectors[1]) {
			t.Fatalf("status %d, vectors %v", status, vectors)
		}
		for _, v := range vectors {
			sum := 0.0
			for _, x := range v {
				sum += float64(x) * float64(x)
			}
			if !(math.Abs(sum-1) < 1e-3) {
				t.Fatalf("not of unit length: %v", v)
			}
		}
		if u := e.Usage(); u.Tokens < 0 || u.Texts != 2 {
			t.Fatalf("usage %+v", u)
		}
	})
}

func FuzzRerankReply(f *testing.F) {
	seed(f, "/v1/rerank", `{"query":"q","documents":["a","b"]}`)
	f.Fuzz(func(t *testing.T, status int, after string, body []byte) {
		r, err := remote.NewReranker(config(), &http.Client{Transport: canned{status, after, body}}, still)
		if err != nil {
			t.Fatal(err)
		}
		scores, err := r.Rerank(t.Context(), "q", []string{"a", "b"})
		if err != nil {
			checkError(t, err)
			return
		}
		if status < 200 || status > 299 || len(scores) != 2 || math.IsNaN(scores[0]+scores[1]) || math.IsInf(scores[0], 0) || math.IsInf(scores[1], 0) {
			t.Fatalf("status %d, scores %v", status, scores)
		}
	})
}

// FuzzBatches cuts texts of any bytes: every text is sent once, in order, as
// valid UTF-8, and never longer than the model takes.
func FuzzBatches(f *testing.F) {
	f.Add("a\nb\nc", 2, 3, 1)
	f.Add(strings.Repeat("ü", 40)+"\n\xff\xfe", 1, 1, 2)
	f.Fuzz(func(t *testing.T, lines string, count, tokens, limit int) {
		c := config()
		c.BatchTexts, c.BatchTokens, c.TextTokens = 1+abs(count)%8, 1+abs(tokens)%50, 1+abs(limit)%20
		texts := strings.Split(lines, "\n")
		if len(texts) > 200 {
			return
		}
		s := scripted.New(3)
		e, err := remote.New(c, &http.Client{Transport: inProcess{s}}, still)
		if err != nil {
			t.Fatal(err)
		}
		vectors, err := e.Embed(t.Context(), texts)
		if err != nil {
			if !errors.Is(err, remote.BadInput) {
				t.Fatal(err)
			}
			return
		}
		var sent []string
		for _, r := range s.Requests() {
			sent = append(sent, r.Input...)
		}
		if len(sent) != len(texts) || len(vectors) != len(texts) {
			t.Fatalf("%d of %d texts sent", len(sent), len(texts))
		}
		for i, text := range sent {
			if whole := strings.ToValidUTF8(texts[i], "\uFFFD"); !strings.HasPrefix(whole, text) || len(text) > 4*c.TextTokens {
				t.Fatalf("sent %q of %q", text, texts[i])
			}
		}
	})
}

func abs(n int) int { return max(n, -(n + 1)) }

// inProcess is a transport that calls a handler.
type inProcess struct{ h http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	p.h.ServeHTTP(w, r)
	return w.Result(), nil
}
