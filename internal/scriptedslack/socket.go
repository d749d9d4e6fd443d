package scriptedslack

import (
	"encoding/json"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// socket is a Socket Mode connection.
type socket struct {
	conn *websocket.Conn
	done chan struct{} // closed when the connection is

	writing sync.Mutex // one writer at a time

	mu     sync.Mutex
	silent bool
	acks   map[string]chan []byte
}

func (w *Workspace) openSocket(a args) (reply, error) {
	w.turn++
	return reply{"url": "ws://" + a.host + "/socket/" + w.id("ticket")}, nil
}

// serveSocket holds a connection until either side closes it.
func (w *Workspace) serveSocket(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	down, open := w.down, len(w.sockets)
	w.mu.Unlock()
	if down {
		http.Error(rw, "service unavailable", http.StatusServiceUnavailable)
		return
	}
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := up.Upgrade(rw, r, nil)
	if err != nil {
		return
	}
	s := &socket{conn: conn, done: make(chan struct{}), acks: map[string]chan []byte{}}
	defer s.close()
	if s.send(map[string]any{"type": "hello", "num_connections": open + 1, "connection_info": map[string]any{"app_id": App},
		"debug_info": map[string]any{"host": "scripted", "approximate_connection_time": 3600}}) != nil || s.ping() != nil {
		return
	}
	w.mu.Lock()
	w.sockets = append(w.sockets, s)
	w.touch()
	w.mu.Unlock()
	go w.pings(s)
	s.read()
	w.mu.Lock()
	w.sockets = slices.DeleteFunc(w.sockets, func(o *socket) bool { return o == s })
	w.touch()
	w.mu.Unlock()
	close(s.done)
}

// read hears acknowledgements until the connection ends.
func (s *socket) read() {
	for {
		var ack struct {
			EnvelopeID string          `json:"envelope_id"`
			Payload    json.RawMessage `json:"payload"`
		}
		if s.conn.ReadJSON(&ack) != nil {
			return
		}
		s.mu.Lock()
		if c := s.acks[ack.EnvelopeID]; c != nil {
			delete(s.acks, ack.EnvelopeID)
			c <- ack.Payload
		}
		s.mu.Unlock()
	}
}

func (w *Workspace) pings(s *socket) {
	for {
		select {
		case <-w.opt.After(w.opt.Ping):
			if s.ping() != nil {
				return
			}
		case <-s.done:
			return
		}
	}
}

func (s *socket) ping() error {
	if s.isSilent() {
		return nil
	}
	return s.conn.WriteControl(websocket.PingMessage, []byte("ping"), time.Time{})
}

func (s *socket) send(v any) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.conn.WriteJSON(v)
}

func (s *socket) isSilent() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.silent
}

func (s *socket) close() { s.conn.Close() }

// write sends a delivery over a socket; what it returns waits for the
// acknowledgement, or says why there was none.
func (w *Workspace) write(d *delivery) func() ([]byte, string) {
	w.mu.Lock()
	var s *socket
	if n := len(w.sockets); n > 0 {
		w.turn++
		s = w.sockets[w.turn%n]
	}
	id := w.id("envelope-")
	w.mu.Unlock()
	if s == nil {
		return func() ([]byte, string) { return nil, "no_connection" }
	}
	ack := make(chan []byte, 1)
	s.mu.Lock()
	s.acks[id] = ack
	silent := s.silent
	s.mu.Unlock()
	timeout := w.opt.After(w.opt.Ack)
	if !silent && s.send(d.envelope(id)) != nil {
		return func() ([]byte, string) { return nil, "connection_failed" }
	}
	if d.Mishap == Cut && d.Attempt == 0 {
		s.close()
	}
	return func() ([]byte, string) {
		select {
		case answer := <-ack:
			return answer, ""
		case <-s.done:
			return nil, "connection_failed"
		case <-timeout:
			return nil, "timeout"
		}
	}
}

// envelope is a delivery as it goes over a socket.
func (d *delivery) envelope(id string) map[string]any {
	e := map[string]any{"type": d.Kind, "envelope_id": id, "payload": d.payload, "accepts_response_payload": d.Kind != "events_api"}
	if d.Kind == "events_api" {
		e["retry_attempt"], e["retry_reason"] = d.Attempt, d.Failed
	}
	return e
}

// Sockets returns how many Socket Mode connections are open.
func (w *Workspace) Sockets() int { return len(w.open()) }

func (w *Workspace) open() []*socket {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.sockets)
}

// CloseSockets closes the connections without a word.
func (w *Workspace) CloseSockets() {
	for _, s := range w.open() {
		s.close()
	}
}

// Disconnect asks the app to connect anew, as Slack does now and then.
func (w *Workspace) Disconnect(reason string) {
	for _, s := range w.open() {
		if s.send(map[string]any{"type": "disconnect", "reason": reason, "debug_info": map[string]any{"host": "scripted"}}) != nil {
			s.close()
		}
	}
}

// Silence lets the connections that are open stay open without a word more: no event,
// no ping. New ones are well.
func (w *Workspace) Silence() {
	for _, s := range w.open() {
		s.mu.Lock()
		s.silent = true
		s.mu.Unlock()
	}
}
