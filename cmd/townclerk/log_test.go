package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode"
)

// forgeries try to end a log line, to begin another, and to change how it is shown.
var forgeries = []string{
	"a\ntime=2026-01-01T00:00:00Z level=ERROR msg=forged", "a\r\n2026/01/01 00:00:00 ERROR forged", "\"\n{\"level\":\"ERROR\",\"msg\":\"forged\"}",
	"\x1b[2J\x1b[1;31mforged", "\u009b31mforged", "\u202eforged\u2066", "\u200f\u200bforged", "a\u2028forged\u2029", "\x00\x07\x08forged",
	`" level=ERROR msg="forged`, "level=ERROR", "%!s(forged) %n", "\xff\xfeforged",
}

// logLine is a line of the log: its fields, each a plain word or quoted.
var logLine = regexp.MustCompile(`^time=\S+ level=(?:INFO|WARN|ERROR) msg=(?:[^\s"=]+|"(?:[^"\\]|\\.)*")(?: [^\s"=]+=(?:[^\s"=]*|"(?:[^"\\]|\\.)*"))*$`)

// tally counts the records that a handler is given.
type tally struct {
	slog.Handler
	records *atomic.Int64
}

func (h tally) Handle(ctx context.Context, r slog.Record) error {
	h.records.Add(1)
	return h.Handler.Handle(ctx, r)
}

func (h tally) WithAttrs(a []slog.Attr) slog.Handler { return tally{h.Handler.WithAttrs(a), h.records} }

func (h tally) WithGroup(name string) slog.Handler {
	return tally{h.Handler.WithGroup(name), h.records}
}

const marker = "quokka"

// What citizens send, in any place where a request has room for words, is not in the
// log, and a record is a line that only says what the program says. The language
// model is out of reach, so that there is something to log of every question.
func TestNobodyWritesIntoTheLog(t *testing.T) {
	c := demoConfig()
	c.Data = t.TempDir()
	c.Limits = limitsConfig{AddressHeader: "X-Forwarded-For"}
	c.Model = modelConfig{BaseURL: "http://127.0.0.1:1/v1", Name: "nobody"}
	var logs keeper
	var records atomic.Int64
	h, err := openClock(t.Context(), c, slog.New(tally{logTo(&logs).Handler(), &records}), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	syncRiverton(t, h)
	address := serveReally(t, h)
	sent := forgeries
	if *data != "" {
		sent = append(hostileStrings(t), forgeries...)
	}
	for i, s := range sent {
		sendEverywhere(t, address, s+marker+fmt.Sprint(i))
	}
	h.logger.Warn("a"+forgeries[0], "b", forgeries[3], "c", forgeries[5]) // even what the program says itself
	log := logs.bytes()
	lines := strings.Split(strings.TrimSuffix(string(log), "\n"), "\n")
	if n := int(records.Load()); len(lines) != n || n < len(sent)/4 { // many texts need no model
		t.Errorf("%d lines of %d records, for %d strings", len(lines), n, len(sent))
	}
	for _, line := range lines {
		if !logLine.MatchString(line) || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("no record: %q", line)
		}
	}
	if bytes.Contains(log, []byte(marker)) {
		at := bytes.Index(log, []byte(marker))
		t.Errorf("what was sent is in the log: %q", log[max(0, at-300):at+len(marker)])
	}
}

// serveReally serves as the command does, at a port of its own.
func serveReally(t *testing.T, h *house) (address string) {
	t.Helper()
	handler, err := h.handler()
	if err != nil {
		t.Fatal(err)
	}
	l, err := listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var served sync.WaitGroup
	served.Go(func() {
		if err := h.serve(ctx, l, handler, 0, io.Discard); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { stop(); served.Wait() })
	return l.Addr().String()
}

// sendEverywhere sends a text as question, feedback, language, key, headers and path.
// It sees that the server goes on, whatever it thinks of the request.
func sendEverywhere(t *testing.T, address, text string) {
	t.Helper()
	me := newTalker(t, "http://"+address)
	send := func(path string, body map[string]any, read func(io.Reader)) {
		t.Helper()
		data, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		status, err := request(t.Context(), "POST", me.address+path, me.token, data, read)
		if status == 0 || status >= 500 { // a refusal is an error too, and as good here
			t.Errorf("%s %.100q: %d, %v", path, data, status, err)
		}
	}
	ignore := func(r io.Reader) { io.Copy(io.Discard, r) }
	var turn string
	send("/messages", map[string]any{"text": "How much is a residential parking permit? " + text}, func(r io.Reader) {
		said, _ := io.ReadAll(r)
		if m := regexp.MustCompile(`"turn":"([0-9a-f]{32})"`).FindSubmatch(said); m != nil {
			turn = string(m[1])
		}
	})
	if turn == "" {
		t.Errorf("%q has no turn", text)
	}
	send("/turns/"+turn+"/feedback", map[string]any{"helpful": false, "comment": text}, ignore)
	send("/messages", map[string]any{"text": "hello", "language": text, "key": text}, ignore)
	send("/"+url.PathEscape(text), map[string]any{text: text}, ignore)
	for _, raw := range []string{ // as no client would write it
		"GET /" + text + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		"GET /sources/" + url.PathEscape(text) + "?r=" + url.QueryEscape(text) + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		"POST /v1/conversations HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nX-Forwarded-For: " + text +
			"\r\nAccept-Language: " + text + "\r\nOrigin: " + text + "\r\nAuthorization: Bearer " + text + "\r\nCookie: " + text + "\r\nContent-Length: 2\r\n\r\n{}",
	} {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, raw)
		conn.(*net.TCPConn).CloseWrite()
		io.Copy(io.Discard, conn)
		conn.Close()
	}
}
