package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// Each token is sent before the pause in front of the next one ends.
func TestEveryTokenIsFlushed(t *testing.T) {
	var pauses []time.Duration
	turns := make(chan struct{})
	wait := func(_ context.Context, d time.Duration) {
		pauses = append(pauses, d)
		<-turns
	}
	s := httptest.NewServer(handler(pace{50 * time.Millisecond, 5 * time.Millisecond, wait}))
	defer s.Close()
	proceed := func() { turns <- struct{}{} }
	go proceed()
	resp := post(t, s, "/v1/chat/completions", `{"stream": true, "messages": [{"role": "user", "content": "hello"}]}`)
	want := strings.SplitAfter(plain, " ")
	events := bufio.NewScanner(resp.Body)
	for i, word := range want {
		if i > 0 {
			proceed() // not before the token ahead of it was read
		}
		if got := next(t, events); got.Choices[0].Delta.Content != word {
			t.Fatalf("token %d is %q, want %q", i, got.Choices[0].Delta.Content, word)
		}
	}
	if got := next(t, events); got.Choices[0].Finish != "stop" {
		t.Errorf("the last event is %+v", got)
	}
	if pauses[0] != 50*time.Millisecond || pauses[1] != 5*time.Millisecond || len(pauses) != len(want) {
		t.Errorf("pauses %v", pauses)
	}
}

type chunk struct {
	Choices []struct {
		Delta  struct{ Content string }
		Finish string `json:"finish_reason"`
	}
}

// next reads one event.
func next(t *testing.T, events *bufio.Scanner) (c chunk) {
	t.Helper()
	for events.Scan() {
		if data, ok := strings.CutPrefix(events.Text(), "data: "); ok {
			if err := json.Unmarshal([]byte(data), &c); err != nil {
				t.Fatal(err)
			}
			return c
		}
	}
	t.Fatalf("no event: %v", events.Err())
	return c
}

func TestTownclerkGetsQuotes(t *testing.T) {
	r := completionRequest{}
	in, _ := json.Marshal("Passage 1 (Fees (all)):\nA cart costs $62. More is said.\n\nPassage 2 (Hours):\nWe are open.\n\nQuestion: how much?")
	if err := json.Unmarshal([]byte(`{"messages": [{"content": `+string(in)+`}]}`), &r); err != nil {
		t.Fatal(err)
	}
	want := "[1] A cart costs $62.\n= A cart costs $62.\n[2] We are open.\n= We are open.\n"
	if got := strings.Join(r.tokens(), ""); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestBothFormatsOfEmbeddings(t *testing.T) {
	s := httptest.NewServer(handler(pace{wait: sleep}))
	defer s.Close()
	var numbers struct {
		Data []struct{ Embedding []float32 }
	}
	var encoded struct{ Data []struct{ Embedding []byte } }
	decode(t, post(t, s, "/v1/embeddings", `{"input": "a parking permit"}`), &numbers)
	decode(t, post(t, s, "/v1/embeddings", `{"input": ["a parking permit"], "encoding_format": "base64"}`), &encoded)
	got := make([]float32, dims)
	if _, err := binary.Decode(encoded.Data[0].Embedding, binary.LittleEndian, got); err != nil {
		t.Fatal(err, base64.StdEncoding.EncodeToString(encoded.Data[0].Embedding))
	}
	for i, x := range numbers.Data[0].Embedding {
		if got[i] != x {
			t.Fatalf("entry %d: %v and %v", i, x, got[i])
		}
	}
}

func TestNeighboursShareWords(t *testing.T) {
	question := embed("how much is the parking permit in Bodwell?")
	near := dot(question, embed("Residents of Bodwell pay $40 for a parking permit."))
	far := dot(question, embed("Books are lent for three weeks by every library of Keranth."))
	if near < far+0.2 {
		t.Errorf("a text with the same words has the cosine %.2f, another one %.2f", near, far)
	}
	if length := dot(question, question); math.Abs(length-1) > 1e-5 {
		t.Errorf("the length is %v", length)
	}
}

func dot(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

func post(t *testing.T, s *httptest.Server, path, body string) *http.Response {
	t.Helper()
	resp, err := http.Post(s.URL+path, "application/json", bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

func decode(t *testing.T, resp *http.Response, to any) {
	t.Helper()
	data, err := io.ReadAll(resp.Body)
	if err == nil {
		err = json.Unmarshal(data, to)
	}
	if err != nil {
		t.Fatalf("%v: %s", err, data)
	}
}
