package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// api is how a server is spoken to.
type api interface {
	begin(ctx context.Context) (conversation, error)
	ask(ctx context.Context, c conversation, question string) (reply, error)
}

type conversation struct {
	ID    string `json:"id"`
	Token string `json:"token"`
}

// reply is an answer that was read to its end.
type reply struct {
	first    time.Time // when its first byte could be shown
	answered bool
}

func newAPI(kind, base string) (api, error) {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 0, 1024 // as many as there are clients
	c := &http.Client{Transport: t, Timeout: time.Minute}
	switch kind {
	case "townclerk":
		return &townclerk{c, base}, nil
	case "plain":
		return &plain{c, base}, nil
	}
	return nil, fmt.Errorf("there is no kind of server %q: townclerk or plain", kind)
}

type townclerk struct {
	client *http.Client
	base   string
}

func (s *townclerk) begin(ctx context.Context) (conversation, error) {
	var c conversation
	resp, err := post(ctx, s.client, s.base+"/v1/conversations", "", map[string]string{})
	if err != nil {
		return c, err
	}
	defer resp.Body.Close()
	return c, json.NewDecoder(resp.Body).Decode(&c)
}

func (s *townclerk) ask(ctx context.Context, c conversation, question string) (reply, error) {
	resp, err := post(ctx, s.client, s.base+"/v1/conversations/"+c.ID+"/messages", c.Token, map[string]string{"text": question})
	if err != nil {
		return reply{}, err
	}
	return read(resp.Body)
}

// plain is a server without conversations of its own.
type plain struct {
	client *http.Client
	base   string
}

func (s *plain) begin(context.Context) (conversation, error) {
	return conversation{ID: fmt.Sprint(time.Now().UnixNano())}, nil
}

func (s *plain) ask(ctx context.Context, c conversation, question string) (reply, error) {
	resp, err := post(ctx, s.client, s.base+"/ask", "", map[string]string{"conversation": c.ID, "question": question})
	if err != nil {
		return reply{}, err
	}
	return read(resp.Body)
}

func post(ctx context.Context, client *http.Client, url, token string, body any) (*http.Response, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "text/event-stream")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode >= 300 {
		said, _ := io.ReadAll(io.LimitReader(resp.Body, 500))
		resp.Body.Close()
		return nil, fmt.Errorf("%s: %s", resp.Status, said)
	}
	return resp, nil
}

// read reads server-sent events to their end, which is an event of that name. Of an
// answer of Townclerk the end says how it ended; others always answer.
func read(body io.ReadCloser) (reply, error) {
	defer body.Close()
	var r reply
	event := ""
	lines := bufio.NewScanner(body)
	lines.Buffer(make([]byte, 0, 64<<10), 4<<20)
	for lines.Scan() {
		line := lines.Text()
		if name, ok := strings.CutPrefix(line, "event: "); ok {
			event = name
		}
		data, ok := strings.CutPrefix(line, "data: ")
		if !ok {
			continue
		}
		if r.first.IsZero() {
			r.first = time.Now()
		}
		switch event {
		case "error":
			return r, fmt.Errorf("the server says %s", data)
		case "end":
			var end struct{ Outcome string }
			err := json.Unmarshal([]byte(data), &end)
			r.answered = end.Outcome == "" || end.Outcome == "answered"
			io.Copy(io.Discard, body) // so that the connection is used again
			return r, err
		}
	}
	if err := lines.Err(); err != nil {
		return r, err
	}
	return r, fmt.Errorf("the stream ends without an end")
}
