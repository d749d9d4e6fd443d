package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"townclerk/bot"
)

// balancer passes requests to servers in turn. It leaves out a server that does
// not say that it is ready, and goes to the next one where nobody listens. What
// else happens to a request happens to its client.
type balancer struct {
	url string

	mu      sync.Mutex
	servers [3]struct {
		address string
		ready   bool
	}
	next int
}

func newBalancer(t *testing.T) *balancer {
	b := &balancer{}
	front := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: "townclerk"}) },
		Transport: &http.Transport{DisableKeepAlives: true, DialContext: b.dial},
		ErrorLog:  log.New(io.Discard, "", 0),
	})
	b.url = front.URL
	ctx, stop := context.WithCancel(context.Background())
	var probing sync.WaitGroup
	for i := range b.servers {
		probing.Go(func() { b.probe(ctx, i) })
	}
	t.Cleanup(func() {
		front.Close()
		stop()
		probing.Wait()
	})
	return b
}

// set says where a server is from now on.
func (b *balancer) set(i int, url string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.servers[i].address, b.servers[i].ready = strings.TrimPrefix(url, "http://"), true
}

// dial connects to the next server. Refused connections are the only thing that
// is tried again.
func (b *balancer) dial(ctx context.Context, network, _ string) (conn net.Conn, err error) {
	for _, address := range b.order() {
		if conn, err = new(net.Dialer).DialContext(ctx, network, address); !errors.Is(err, syscall.ECONNREFUSED) {
			return conn, err
		}
	}
	return nil, err
}

// order returns the servers in the order in which they are tried: those that are
// not ready last.
func (b *balancer) order() (addresses []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next++
	for _, ready := range []bool{true, false} {
		for i := range b.servers {
			if s := b.servers[(b.next+i)%len(b.servers)]; s.address != "" && s.ready == ready {
				addresses = append(addresses, s.address)
			}
		}
	}
	return addresses
}

// probe asks a server again and again whether it is ready.
func (b *balancer) probe(ctx context.Context, i int) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		b.mu.Lock()
		address := b.servers[i].address
		b.mu.Unlock()
		ready := health(ctx, "http://"+address+"/readyz", io.Discard) == nil
		b.mu.Lock()
		if b.servers[i].address == address {
			b.servers[i].ready = ready
		}
		b.mu.Unlock()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// crowd is many clients, and what they saw.
type crowd struct {
	url     string
	clients []client
	seen    received

	mu        sync.Mutex
	more      *sync.Cond // on mu: a client was answered
	phase     int32
	over      bool
	incidents []incident
}

// incident is a request that was not answered as it should.
type incident struct {
	from, to int32 // phases
	kind     string
	clear    bool // it says what is wrong
}

// client is one citizen.
type client struct {
	id    bot.ConversationID
	token string
	keys  int // of messages
	done  int // messages that were answered, or are known to be lost
	lost  int
}

func newCrowd(url string, n int) *crowd {
	c := &crowd{url: url, clients: make([]client, n)}
	c.more = sync.NewCond(&c.mu)
	c.seen = received{sentences: map[bot.ConversationID]map[string]bool{}, tokens: map[bot.ConversationID]string{}}
	c.seen.more = sync.NewCond(&c.seen.mu)
	return c
}

func (c *crowd) enter(phase int32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.phase = phase
}

func (c *crowd) now() (phase int32, over bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.phase, c.over
}

func (c *crowd) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
}

// awaitEach waits until every client is through n more messages.
func (c *crowd) awaitEach(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	until := make([]int, len(c.clients))
	for i := range c.clients {
		until[i] = c.clients[i].done + n
	}
	for i := range c.clients {
		for c.clients[i].done < until[i] {
			c.more.Wait()
		}
	}
}

// awaitAll waits until the clients together are through n more messages.
func (c *crowd) awaitAll(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	sum := func() (done int) {
		for i := range c.clients {
			done += c.clients[i].done
		}
		return done
	}
	for until := sum() + n; sum() < until; {
		c.more.Wait()
	}
}

// chat asks one question after the other, each until it was answered or is known
// to be lost.
func (me *client) chat(ctx context.Context, c *crowd) {
	var created struct {
		ID    bot.ConversationID
		Token string
	}
	for me.token == "" && ctx.Err() == nil {
		c.watch(func() string {
			return problemOf(request(ctx, "POST", c.url+"/v1/conversations", "", nil, func(r io.Reader) { json.NewDecoder(r).Decode(&created) }))
		})
		me.id, me.token = created.ID, created.Token
	}
	questions := []string{"how much is a replacement cart", "what does a residential parking permit cost", "how do i appeal a parking ticket", "is there fluoride in our water"}
	for ctx.Err() == nil {
		if _, over := c.now(); over {
			return
		}
		me.keys++
		lost := false
		for !lost && ctx.Err() == nil {
			body := fmt.Sprintf(`{"text":%q,"key":"key-%d"}`, questions[me.keys%len(questions)], me.keys)
			if c.watch(func() string { return me.ask(ctx, c, body) }) {
				break
			}
			lost = me.isLost(ctx, c.url)
			time.Sleep(100 * time.Millisecond) // a client that is refused does not insist at once
		}
		c.mu.Lock()
		me.done++
		if lost {
			me.lost++
		}
		c.more.Broadcast()
		c.mu.Unlock()
	}
}

// watch notes what a request met, and reports whether it was answered.
func (c *crowd) watch(do func() string) bool {
	from, _ := c.now()
	kind := do()
	if kind == "" {
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.incidents = append(c.incidents, incident{from, c.phase, kind, !strings.HasPrefix(kind, broken)})
	return false
}

// broken begins the kind of an incident that does not say what is wrong.
const broken = "broken: "

// ask sends a message and reads the stream. It returns the kind of the problem;
// nothing when the answer is whole.
func (me *client) ask(ctx context.Context, c *crowd, body string) string {
	kind := broken + "the stream ends too early"
	status, err := request(ctx, "POST", c.url+"/v1/conversations/"+string(me.id)+"/messages", me.token, []byte(body), func(r io.Reader) {
		event := ""
		for lines := bufio.NewScanner(r); lines.Scan(); {
			if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				event = name
			}
			data, ok := strings.CutPrefix(lines.Text(), "data: ")
			switch {
			case ok && event == "end":
				kind = ""
				fallthrough
			case ok && event == "part":
				var part bot.Part
				if json.Unmarshal([]byte(data), &part) == nil {
					c.seen.add(me.id, me.token, part)
				}
			case ok && event == "error":
				var p struct{ Kind string }
				if json.Unmarshal([]byte(data), &p) == nil && p.Kind != "" {
					kind = p.Kind
				}
			}
		}
	})
	if status == http.StatusOK {
		return kind
	}
	return problemOf(status, err)
}

// isLost reports whether the server says that the last message will not be
// answered.
func (me *client) isLost(ctx context.Context, url string) bool {
	var transcript struct {
		Turns []struct {
			State  string
			Answer *bot.Answer
		}
	}
	if !get(ctx, url+"/v1/conversations/"+string(me.id), me.token, &transcript) || len(transcript.Turns) != me.keys {
		return false
	}
	last := transcript.Turns[me.keys-1]
	return last.State == "ended" && last.Answer == nil
}

// problemOf returns the kind of a response's problem; nothing for a success.
func problemOf(status int, err error) string {
	var p *refusal
	switch {
	case errors.As(err, &p):
		return p.kind
	case err != nil:
		return broken + err.Error()
	case status >= 300:
		return broken + http.StatusText(status)
	}
	return ""
}

// refusal is a problem that the server put into words.
type refusal struct{ kind string }

func (r *refusal) Error() string { return r.kind }

// request is call with the response's status and problem.
func request(ctx context.Context, method, url, token string, body []byte, read func(io.Reader)) (int, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return 0, err
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
		return 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode < 300 {
		read(resp.Body)
		return resp.StatusCode, nil
	}
	var p struct{ Kind, Message string }
	if json.NewDecoder(resp.Body).Decode(&p) == nil && p.Kind != "" && p.Message != "" {
		return resp.StatusCode, &refusal{p.Kind}
	}
	return resp.StatusCode, nil
}

// check expects that errors were seen only while something was wrong, unclear
// ones only of a server that was killed while it answered, and that the server
// took every message once.
func (c *crowd) check(t *testing.T) {
	t.Helper()
	counts := map[incident]int{}
	for _, x := range c.incidents {
		counts[x]++
		if x.to < kill || x.from > crash {
			t.Errorf("when nothing was wrong: %+v", x)
		}
		if !x.clear && (x.from > kill || x.to < kill) {
			t.Errorf("unclear: %+v", x)
		}
	}
	asked, lost := 0, 0
	for i := range c.clients {
		me := &c.clients[i]
		asked, lost = asked+me.keys, lost+me.lost
		var transcript struct {
			Turns []struct{ Outcome bot.Outcome }
		}
		read := get(t.Context(), c.url+"/v1/conversations/"+string(me.id), me.token, &transcript)
		failed := 0 // each may have been sent again, and answered then
		for _, turn := range transcript.Turns {
			if turn.Outcome == bot.Failed {
				failed++
			}
		}
		if n := len(transcript.Turns); !read || n < me.keys || n-failed > me.keys {
			t.Errorf("client %d sent %d messages and has %d turns, %d of them failed", i, me.keys, n, failed)
		}
	}
	t.Logf("%d messages, %d of them lost with a clear error; %d sentences received; %d incidents: %v", asked, lost, c.seen.count(), len(c.incidents), counts)
}
