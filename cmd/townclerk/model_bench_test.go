package main

import (
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/bot/llm"
	"townclerk/evals/datasets/riverton"
	"townclerk/internal/httpx"
	"townclerk/internal/scripted"
	"townclerk/knowledge/ingest"
)

// BenchmarkWritten has conversations at once with a model at the pace of one: 300 ms
// to the first word, 20 ms to each other. It reports how much later than the model
// finished its first sentence the citizen saw it, and how much longer a turn takes
// than the same request to the model.
func BenchmarkWritten(b *testing.B) {
	for _, conversations := range []int{8, 64} {
		b.Run(fmt.Sprint(conversations), func(b *testing.B) {
			c := demoConfig()
			c.Data = b.TempDir()
			model := &timed{Server: scripted.New(8), finished: map[string]time.Time{}, asked: map[string]llm.Request{}}
			model.First, model.Each = 300*time.Millisecond, 20*time.Millisecond
			model.Sent = model.note
			server := httptest.NewServer(model)
			b.Cleanup(server.Close)
			c.Model = modelConfig{BaseURL: server.URL + "/v1", Name: "scripted"}
			h, err := openClock(b.Context(), c, slog.New(slog.NewTextHandler(io.Discard, nil)), time.Now)
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { h.Close() })
			if _, err := ingest.Sync(b.Context(), riverton.Pages{}, h.knowledge, h.models, ingest.Options{}); err != nil {
				b.Fatal(err)
			}
			direct, err := llm.New(llm.Config{BaseURL: server.URL + "/v1", Model: "scripted"}, nil, httpx.Clock{})
			if err != nil {
				b.Fatal(err)
			}
			var first, whole []time.Duration
			for range b.N {
				f, w := model.round(b, h, conversations)
				first, whole = append(first, f...), append(whole, w...)
			}
			alone := model.alone(b, direct, conversations)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(milliseconds(quantile(first, 0.5)), "first-p50-ms")
			b.ReportMetric(milliseconds(quantile(first, 0.99)), "first-p99-ms")
			b.ReportMetric(100*(float64(mean(whole))/float64(mean(alone))-1), "overhead-%")
			b.ReportMetric(milliseconds(mean(whole)), "turn-ms")
		})
	}
}

// timed notes when the first sentence of each question was finished.
type timed struct {
	*scripted.Server
	mu       sync.Mutex
	finished map[string]time.Time
	asked    map[string]llm.Request
}

func (m *timed) note(q scripted.Request, piece string) {
	if !strings.HasSuffix(piece, "\n") {
		return
	}
	_, question, _ := strings.Cut(q.User, "\nQuestion: ")
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked[question] = llm.Request{System: q.System, User: q.User}
	if lines := m.finished[question+" quote"]; lines.IsZero() { // the quote's line comes first
		m.finished[question+" quote"] = time.Now()
	} else if m.finished[question].IsZero() {
		m.finished[question] = time.Now()
	}
}

// round asks one question in each conversation, all at once.
func (m *timed) round(b *testing.B, h *house, conversations int) (first, whole []time.Duration) {
	m.mu.Lock()
	clear(m.finished)
	m.mu.Unlock()
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range conversations {
		all.Go(func() {
			id, _, err := h.store.Create(b.Context(), "en")
			if err != nil {
				b.Error(err)
				return
			}
			question := fmt.Sprintf("how much is a replacement cart in %c%c?", 'a'+i/26, 'a'+i%26)
			start, seen := time.Now(), time.Time{}
			a, err := h.bot.Ask(b.Context(), bot.Incoming{Conversation: id, Text: question, Language: "en"}, func(p bot.Part) {
				if seen.IsZero() && len(p.Sentences) > 0 {
					seen = time.Now()
				}
			})
			took := time.Since(start)
			if err != nil || kindOf(a) != written {
				b.Errorf("%v, %+v", err, a)
				return
			}
			m.mu.Lock()
			finished := m.finished[question]
			m.mu.Unlock()
			mu.Lock()
			defer mu.Unlock()
			first, whole = append(first, seen.Sub(finished)), append(whole, took)
		})
	}
	all.Wait()
	return first, whole
}

// alone sends the model the same requests, as many at once.
func (m *timed) alone(b *testing.B, direct *llm.Client, conversations int) (whole []time.Duration) {
	m.mu.Lock()
	var requests []llm.Request
	for _, r := range m.asked {
		requests = append(requests, r)
	}
	m.mu.Unlock()
	if len(requests) < conversations {
		b.Fatalf("the model had %d requests", len(requests))
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, r := range requests[:conversations] {
		all.Go(func() {
			start := time.Now()
			if err := direct.Stream(b.Context(), r, func(string) error { return nil }); err != nil {
				b.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			whole = append(whole, time.Since(start))
		})
	}
	all.Wait()
	return whole
}

func quantile(all []time.Duration, p float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[int(p*float64(len(all)-1)+0.5)]
}

func mean(all []time.Duration) (m time.Duration) {
	for _, d := range all {
		m += d
	}
	return m / time.Duration(max(len(all), 1))
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
