package main

import (
	"net"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"townclerk/bot/llm"
	"townclerk/internal/httpx"
	"townclerk/internal/scripted"
)

// The model is stopped while 64 citizens ask, and comes back: nobody sees an error,
// every answer is true, and once the breaker lets a request through again the model
// writes as before.
func TestModelStopsUnderLoad(t *testing.T) {
	h := riverside(t)
	model := scripted.New(8)
	server := httptest.NewServer(model)
	at := server.Listener.Addr().String()
	var late atomic.Int64 // how far the breaker's clock is ahead
	now := func() time.Time { return time.Now().Add(time.Duration(late.Load())) }
	client, err := llm.New(llm.Config{BaseURL: server.URL + "/v1", Model: "scripted"}, nil, httpx.Clock{Now: now, Random: func() float64 { return 0 }})
	if err != nil {
		t.Fatal(err)
	}
	h.bot = h.botOf(t, client, false)
	c := newCrowd(serveHouse(t, h.house), 64)
	var all sync.WaitGroup
	for i := range c.clients {
		all.Go(func() { c.clients[i].chat(t.Context(), c) })
	}
	defer all.Wait()
	defer c.stop()

	c.awaitEach(1)
	server.CloseClientConnections()
	server.Close()
	c.awaitEach(2) // the second was asked while it was away
	before := len(model.Requests())
	l, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	server = httptest.NewUnstartedServer(model)
	server.Listener.Close()
	server.Listener = l
	server.Start()
	t.Cleanup(server.Close)
	late.Add(int64(breakerOpen))
	c.awaitEach(2)
	c.stop()
	all.Wait()

	if len(c.incidents) > 0 {
		t.Errorf("%d requests were not answered: %+v", len(c.incidents), c.incidents[0])
	}
	if len(model.Requests()) == before {
		t.Error("nobody asked the model once it was back")
	}
	kinds := map[string]int{}
	last := map[string]int{}
	for i := range c.clients {
		turns, err := h.store.Recent(t.Context(), c.clients[i].id, 100)
		if err != nil {
			t.Fatal(err)
		}
		for n, turn := range turns {
			kind := kindOf(*turn.Answer)
			kinds[kind]++
			if n == len(turns)-1 {
				last[kind]++
			}
			for _, problem := range h.wrong(t, turn.Answer.Sentences, model.Said()) {
				t.Error(problem)
			}
		}
	}
	t.Logf("answers: %v; the last of each conversation: %v", kinds, last)
	if kinds[written] == 0 || kinds[extractive] == 0 || last[extractive] > last[written] {
		t.Error("the model was not away, or did not come back")
	}
}

// breakerOpen is how long a model that failed is left alone.
const breakerOpen = 20 * time.Second
