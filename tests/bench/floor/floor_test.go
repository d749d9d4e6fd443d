package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"townclerk/internal/pgtest"
)

// models embeds every text by how many words it shares with each of the passages,
// and writes two tokens, the second when it is let.
type models struct {
	passages []string
	proceed  chan struct{}
}

func (m *models) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/embeddings") {
		m.embed(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprint(w, "data: {\"choices\": [{\"delta\": {\"content\": \"one\"}}]}\n\n")
	http.NewResponseController(w).Flush()
	<-m.proceed
	fmt.Fprint(w, "data: {\"choices\": [{\"delta\": {\"content\": \"two\"}}]}\n\ndata: [DONE]\n\n")
}

func (m *models) embed(w http.ResponseWriter, r *http.Request) {
	var in struct{ Input []string }
	json.NewDecoder(r.Body).Decode(&in)
	var data []map[string]any
	for i, text := range in.Input {
		v := make([]float32, 384)
		for j, p := range m.passages {
			for _, word := range strings.Fields(text) {
				if strings.Contains(p, word) {
					v[j]++
				}
			}
		}
		bytes, _ := binary.Append(nil, binary.LittleEndian, v)
		data = append(data, map[string]any{"index": i, "embedding": bytes}) // in base64
	}
	json.NewEncoder(w).Encode(map[string]any{"data": data})
}

func prepared(t *testing.T, m *models) *floor {
	t.Helper()
	ctx := context.Background()
	pool, err := open(ctx, pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	s := httptest.NewServer(m)
	t.Cleanup(s.Close)
	f := &floor{pool: pool, models: client(s.URL), model: true}
	var lines strings.Builder
	for _, p := range m.passages {
		fmt.Fprintf(&lines, "{\"text\": %q}\n", p)
	}
	path := filepath.Join(t.TempDir(), "passages.jsonl")
	if err := os.WriteFile(path, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time there is nothing to do
		if err := f.prepare(ctx, path); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

// The first token arrives while the model is still writing, and the turn is in the
// database by then.
func TestAskStreamsAndRecords(t *testing.T) {
	m := &models{passages: []string{"a parking permit", "trash collection"}, proceed: make(chan struct{})}
	f := prepared(t, m)
	s := httptest.NewServer(http.HandlerFunc(f.ask))
	defer s.Close()
	resp, err := http.Post(s.URL, "application/json", strings.NewReader(`{"conversation": "c", "question": "parking"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	events := bufio.NewScanner(resp.Body)
	if got := next(events); got != `data: "one"` {
		t.Fatalf("first comes %q", got)
	}
	var turns int
	if err := f.pool.QueryRow(t.Context(), "SELECT count(*) FROM floor_turns WHERE question = 'parking'").Scan(&turns); err != nil || turns != 1 {
		t.Errorf("%d turns on the record, %v", turns, err)
	}
	close(m.proceed)
	for _, want := range []string{`data: "two"`, "event: end"} {
		if got := next(events); got != want {
			t.Errorf("then comes %q, want %q", got, want)
		}
	}
}

func TestSearchFindsTheNearest(t *testing.T) {
	f := prepared(t, &models{passages: []string{"a parking permit", "trash collection", "library card"}})
	got, err := f.search(t.Context(), "trash collection")
	if err != nil || len(got) != 3 || got[0] != "trash collection" {
		t.Errorf("got %q, %v", got, err)
	}
}

// next returns the next line that is not empty.
func next(lines *bufio.Scanner) string {
	for lines.Scan() {
		if lines.Text() != "" {
			return lines.Text()
		}
	}
	return ""
}
