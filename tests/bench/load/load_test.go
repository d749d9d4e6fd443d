package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestQuantile(t *testing.T) {
	var hundred []float64
	for i := range 100 {
		hundred = append(hundred, float64(i))
	}
	for q, want := range map[float64]float64{0: 0, 0.5: 50, 0.99: 99, 1: 99} {
		if got := quantile(hundred, q); got != want {
			t.Errorf("quantile %v is %v, want %v", q, got, want)
		}
	}
}

func TestRead(t *testing.T) {
	for _, c := range []struct {
		name, stream string
		answered, ok bool
	}{
		{"plain", "data: \"a\"\n\nevent: end\ndata: {}\n\n", true, true},
		{"answered", ": still looking\n\nevent: part\ndata: {}\n\nevent: end\ndata: {\"outcome\":\"answered\"}\n\n", true, true},
		{"abstained", "event: end\ndata: {\"outcome\":\"abstained\"}\n\n", false, true},
		{"an error", "event: part\ndata: {}\n\nevent: error\ndata: {}\n\n", false, false},
		{"cut off", "data: \"a\"\n\n", false, false},
	} {
		r, err := read(io.NopCloser(strings.NewReader(c.stream)))
		if r.answered != c.answered || (err == nil) != c.ok || r.first.IsZero() {
			t.Errorf("%s: %+v, %v", c.name, r, err)
		}
	}
}

// What is counted is what the server was asked.
func TestMeasure(t *testing.T) {
	var asked atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		fmt.Fprint(w, "data: \"a\"\n\nevent: end\ndata: {}\n\n")
	}))
	defer s.Close()
	a, err := newAPI("plain", s.URL)
	if err != nil {
		t.Fatal(err)
	}
	b := bench{rounds: 1, clients: []int{3}, length: 20 * time.Millisecond, database: os.Getpid(), conversations: [][]string{{"one", "two"}, {"three"}},
		servers: []server{{"one", os.Getpid(), a, new(atomic.Int64)}}}
	if err := b.run(); err != nil {
		t.Fatal(err)
	}
	got := b.results[cell{"one", 3}][0]
	if got.questions < 3 || int64(got.questions) >= asked.Load() || got.memory < 1 || got.unanswered != 0 { // the server also warmed up
		t.Errorf("%+v; the server was asked %d times", got, asked.Load())
	}
	var table bytes.Buffer
	b.print(&table)
	if rows := strings.Count(table.String(), "\n|"); rows != 3 {
		t.Errorf("the table has %d rows:\n%s", rows, &table)
	}
}

func TestMeasureFails(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	a, err := newAPI("townclerk", s.URL)
	if err != nil {
		t.Fatal(err)
	}
	b := bench{rounds: 1, clients: []int{2}, length: time.Hour, database: os.Getpid(), conversations: [][]string{{"one"}},
		servers: []server{{"one", os.Getpid(), a, new(atomic.Int64)}}}
	if err := b.run(); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("got %v", err)
	}
}
