package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/evals/datasets/riverton"
	"townclerk/internal/litedb"
	"townclerk/knowledge/ingest"
)

var kills = flag.Int("kills", 20, "how often the server is killed under load")

// Promise 1: kill the server anywhere; what a client received is on the record,
// and no turn stays half open.
func TestKilledServerLosesNothingShown(t *testing.T) {
	dir := t.TempDir()
	config := writeDemoStore(t, dir)
	binary := buildBinary(t)
	random := rand.New(rand.NewPCG(7, 7))
	seen := &received{sentences: map[bot.ConversationID]map[string]bool{}, tokens: map[bot.ConversationID]string{}}
	seen.more = sync.NewCond(&seen.mu)
	for range *kills {
		s := startServer(t, binary, config)
		ctx, stop := context.WithCancel(t.Context())
		var clients sync.WaitGroup
		for c := range 4 {
			clients.Go(func() { chat(ctx, s.url, c, seen) })
		}
		seen.await(random.IntN(12))
		time.Sleep(time.Duration(random.IntN(10_000)) * time.Microsecond) // where in the turns the kill falls
		s.kill(t)
		stop()
		clients.Wait()
		verifyRecord(t, binary, config)
	}
	if seen.count() < *kills {
		t.Fatalf("clients received only %d sentences in %d rounds; the test tests nothing", seen.count(), *kills)
	}
	checkRecord(t, binary, config, seen)
	verifyRecord(t, binary, config)
	checkLedger(t, dir, seen)
	checkNothingOpen(t, dir)
}

// received is what clients were shown.
type received struct {
	mu        sync.Mutex
	more      *sync.Cond // on mu: parts has grown
	parts     int
	sentences map[bot.ConversationID]map[string]bool
	tokens    map[bot.ConversationID]string
}

func (r *received) add(c bot.ConversationID, token string, part bot.Part) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.parts++
	r.more.Broadcast()
	r.tokens[c] = token
	if r.sentences[c] == nil {
		r.sentences[c] = map[string]bool{}
	}
	for _, s := range part.Sentences {
		r.sentences[c][string(part.Turn)+" "+s.Text] = true
	}
}

// await waits until n more parts came in.
func (r *received) await(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for until := r.parts + n; r.parts < until; {
		r.more.Wait()
	}
}

func (r *received) count() int {
	n := 0
	for _, s := range r.sentences {
		n += len(s)
	}
	return n
}

// chat asks questions over server-sent events until the server is gone.
func chat(ctx context.Context, url string, n int, seen *received) {
	var created struct {
		ID    bot.ConversationID
		Token string
	}
	if !call(ctx, "POST", url+"/v1/conversations", "", nil, func(r io.Reader) { json.NewDecoder(r).Decode(&created) }) || created.Token == "" {
		return
	}
	questions := []string{"how much is a replacement cart", "what does a residential parking permit cost", "how do i appeal a parking ticket", "is there fluoride in our water"}
	for i := n; ctx.Err() == nil; i++ {
		body, _ := json.Marshal(map[string]string{"text": questions[i%len(questions)]})
		ok := call(ctx, "POST", url+"/v1/conversations/"+string(created.ID)+"/messages", created.Token, body, func(r io.Reader) {
			lines := bufio.NewScanner(r)
			for lines.Scan() {
				if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
					var part bot.Part
					if json.Unmarshal([]byte(data), &part) == nil {
						seen.add(created.ID, created.Token, part)
					}
				}
			}
		})
		if !ok {
			return
		}
	}
}

func call(ctx context.Context, method, url, token string, body []byte, read func(io.Reader)) bool {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return false
	}
	req.Header.Set("Accept", "text/event-stream")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	read(resp.Body)
	return resp.StatusCode < 300
}

// checkRecord starts the server once more and holds every received sentence
// against the transcript.
func checkRecord(t *testing.T, binary, config string, seen *received) {
	s := startServer(t, binary, config)
	defer s.kill(t)
	for id, sentences := range seen.sentences {
		var transcript struct {
			Turns []struct {
				ID     string
				Answer *bot.Answer
			}
		}
		if !get(t.Context(), s.url+"/v1/conversations/"+string(id), seen.tokens[id], &transcript) {
			t.Fatalf("conversation %s cannot be read back", id)
		}
		recorded := map[string]bool{}
		for _, turn := range transcript.Turns {
			if turn.Answer != nil {
				for _, x := range turn.Answer.Sentences {
					recorded[turn.ID+" "+x.Text] = true
				}
			}
		}
		for text := range sentences {
			if !recorded[text] {
				t.Errorf("a client was shown %q, which is not on the record", text)
			}
		}
	}
}

func get(ctx context.Context, url, token string, into any) bool {
	req, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		return false
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK && json.NewDecoder(resp.Body).Decode(into) == nil
}

// checkNothingOpen lets the deadlines pass, on the store's own clock, and
// expects every turn to be ended.
func checkNothingOpen(t *testing.T, dir string) {
	h := openAt(t, dir, func() time.Time { return time.Now().Add(time.Hour) })
	if _, err := h.store.Reap(t.Context()); err != nil {
		t.Fatal(err)
	}
	var open, all int
	if err := h.turns.(*litedb.DB).Read.QueryRow("SELECT count(*), coalesce(sum(ended_at IS NULL), 0) FROM turns").Scan(&all, &open); err != nil {
		t.Fatal(err)
	}
	if open > 0 || all == 0 {
		t.Fatalf("%d of %d turns are half open", open, all)
	}
}

type served struct {
	cmd *exec.Cmd
	url string
}

func startServer(t *testing.T, binary, config string, flags ...string) *served {
	t.Helper()
	cmd := exec.Command(binary, append([]string{"--config", config, "serve", "--listen", "127.0.0.1:0"}, flags...)...)
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, address, ok := strings.Cut(lines.Text(), "The chat is at "); ok {
			return &served{cmd, strings.TrimSuffix(address, "/")}
		}
	}
	t.Fatal("the server did not start")
	return nil
}

// kill is kill -9.
func (s *served) kill(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	s.cmd.Wait() // reports the kill
}

func buildBinary(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "townclerk")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return binary
}

// writeDemoStore ingests Riverton into dir and returns a configuration for it.
func writeDemoStore(t *testing.T, dir string) string {
	t.Helper()
	h := openAt(t, dir, time.Now)
	if _, err := ingest.Sync(t.Context(), riverton.Pages{}, h.knowledge, h.models, ingest.Options{}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "townclerk.yaml")
	text := fmt.Sprintf("agency:\n  name: City of Riverton\n  contact:\n    name: City Hall\ndata: %q\nlimits:\n  conversation_per_hour: 0\n", dir)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func openAt(t *testing.T, dir string, now func() time.Time) *house {
	t.Helper()
	c := demoConfig()
	c.Data = dir
	h, err := openClock(t.Context(), c, slog.New(slog.NewTextHandler(t.Output(), nil)), now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}
