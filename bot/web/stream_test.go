package web

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"townclerk/bot"
)

// open asks for a stream and returns its response, whose body is read by hand.
func (w *world) open(ctx context.Context, id bot.ConversationID, token bot.Token) *http.Response {
	w.t.Helper()
	req, err := http.NewRequestWithContext(ctx, "POST", w.URL+"/v1/conversations/"+string(id)+"/messages", strings.NewReader(`{"text":"hello"}`))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", asJSON)
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Authorization", bearer(token))
	res, err := w.Client().Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { res.Body.Close() })
	return res
}

// next reads lines up to an empty one.
func next(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	var all strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatalf("stream ended: %v after %q", err, all.String())
		}
		if line == "\n" {
			return all.String()
		}
		all.WriteString(line)
	}
}

// A part is with the client while the desk still works.
func TestStreamFlushesParts(t *testing.T) {
	w := newWorld(t, func(s *Site) { s.Timing.Heartbeat = 20 * time.Millisecond })
	id, token := w.begin()
	go1, go2 := make(chan bool), make(chan bool)
	want := sampleAnswer(bot.NewTurnID(), "")
	want.Sentences[0].Text = "line\nbreak\r\n\r\nevent: end"
	w.desk.ask = func(_ context.Context, _ bot.Incoming, show func(bot.Part)) (bot.Answer, error) {
		<-go1
		show(bot.Part{Turn: want.Turn, Sentences: want.Sentences[:1]})
		<-go2
		return want, nil
	}
	res := w.open(t.Context(), id, token)
	if res.Header.Get("Content-Type") != "text/event-stream" || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers: %v", res.Header)
	}
	r := bufio.NewReader(res.Body)
	if got := next(t, r); !strings.HasPrefix(got, ":") {
		t.Errorf("no heartbeat: %q", got)
	}
	close(go1)
	got := next(t, r)
	for strings.HasPrefix(got, ":") {
		got = next(t, r)
	}
	data, ok := strings.CutPrefix(got, "event: part\ndata: ")
	var part bot.Part
	if err := json.Unmarshal([]byte(data), &part); !ok || err != nil || part.Sentences[0].Text != want.Sentences[0].Text {
		t.Fatalf("part: %q %v", got, err)
	}
	close(go2)
	rest, _ := io.ReadAll(r)
	end := string(rest)[strings.Index(string(rest), "event: "):]
	if !strings.HasPrefix(end, "event: end\ndata: {") || !strings.HasSuffix(end, "}\n\n") {
		t.Errorf("end: %q", end)
	}
}

func TestStreamErrorAfterPart(t *testing.T) {
	w := newWorld(t)
	id, token := w.begin()
	w.desk.ask = func(_ context.Context, _ bot.Incoming, show func(bot.Part)) (bot.Answer, error) {
		show(bot.Part{})
		panic("secret")
	}
	body, _ := io.ReadAll(w.open(t.Context(), id, token).Body)
	got := string(body)
	if !strings.Contains(got, "event: part\n") || !strings.Contains(got, "event: error\ndata: {\"kind\":\"internal\"") ||
		!strings.Contains(got, "(555) 010-0100") || strings.Contains(got, "secret") {
		t.Errorf("stream: %q", got)
	}
}

// The turn goes on when the client goes away, but not for ever.
func TestTurnOutlivesClient(t *testing.T) {
	w := newWorld(t, func(s *Site) { s.Timing.Turn = time.Second })
	id, token := w.begin()
	gone, finished := make(chan bool), make(chan error, 1)
	w.desk.ask = func(ctx context.Context, m bot.Incoming, show func(bot.Part)) (bot.Answer, error) {
		show(bot.Part{})
		<-gone
		for range 100 { // more than the buffer holds
			show(bot.Part{})
		}
		finished <- ctx.Err()
		<-ctx.Done()
		finished <- ctx.Err()
		return bot.Answer{}, ctx.Err()
	}
	ctx, cancel := context.WithCancel(t.Context())
	res := w.open(ctx, id, token)
	next(t, bufio.NewReader(res.Body))
	cancel()
	time.Sleep(50 * time.Millisecond)
	close(gone)
	if err := <-finished; err != nil {
		t.Errorf("the turn was broken off: %v", err)
	}
	if err := <-finished; err != context.DeadlineExceeded {
		t.Errorf("the turn has no end: %v", err)
	}
}

// A client that reads nothing holds up neither the turn nor anybody else.
func TestSlowReader(t *testing.T) {
	w := newWorld(t, func(s *Site) { s.Timing.Write = 200 * time.Millisecond })
	id, token := w.begin()
	done := make(chan time.Duration, 1)
	big := bot.Part{Sentences: []bot.Sentence{{Text: strings.Repeat("x", 1<<20)}}}
	w.desk.ask = func(_ context.Context, m bot.Incoming, show func(bot.Part)) (bot.Answer, error) {
		start := time.Now()
		if m.Text == "big" {
			for range 60 {
				show(big)
			}
		}
		done <- time.Since(start)
		return bot.Answer{}, nil
	}
	conn, err := net.Dial("tcp", w.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.(*net.TCPConn).SetReadBuffer(4096)
	body := `{"text":"big"}`
	io.WriteString(conn, "POST /v1/conversations/"+string(id)+"/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAccept: text/event-stream\r\nAuthorization: "+
		bearer(token)+"\r\nContent-Length: 14\r\n\r\n"+body)
	if took := <-done; took > 150*time.Millisecond {
		t.Errorf("the turn waited %v for its reader", took)
	}
	start := time.Now()
	res, _ := w.do("GET", "/v1/conversations/"+string(id), "", "Authorization", bearer(token))
	if res.StatusCode != 200 || time.Since(start) > time.Second {
		t.Errorf("others wait: %s after %v", res.Status, time.Since(start))
	}
	time.Sleep(400 * time.Millisecond)
	closed := make(chan bool)
	go func() { w.Config.Shutdown(t.Context()); close(closed) }()
	select {
	case <-closed: // the handler has given up
	case <-time.After(5 * time.Second):
		t.Error("the handler still writes to a client that does not read")
	}
}

// A stream's write deadline does not reach into the connection's next request.
func TestStreamThenAnotherRequest(t *testing.T) {
	w := newWorld(t, func(s *Site) { s.Timing.Write = 50 * time.Millisecond })
	id, token := w.begin()
	for range 3 {
		io.Copy(io.Discard, w.open(t.Context(), id, token).Body)
		time.Sleep(80 * time.Millisecond)
	}
}
