package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/evals/datasets/riverton"
	"townclerk/internal/pgtest"
	"townclerk/internal/scriptedslack"
	"townclerk/knowledge/ingest"
)

var (
	handOvers     = flag.Int("handovers", 12, "inquiries that are handed over while the server is killed")
	handOverKills = flag.Int("handover-kills", 4, "how often it is killed then")
)

// Promise 4: whatever Slack answers, however its events come, and wherever the server is
// killed: each inquiry that a citizen was promised an answer to is in its channel once,
// what the citizen wrote afterwards is in its thread once and in order, each reply reaches
// the citizen once, and nothing that was internal does.
func TestKilledServerLosesNoInquiry(t *testing.T) {
	if testing.Short() {
		t.Skip("killing servers is not short")
	}
	for engine, database := range map[string]string{"sqlite": "", "postgres": pgtest.URL(t)} {
		t.Run(engine, func(t *testing.T) { killHandOvers(t, database) })
	}
}

// exchange is a citizen's conversation with people as the test expects it.
type exchange struct {
	n             int
	about         string
	id            bot.ConversationID
	token         string
	channel, root string // of its thread
}

func (x *exchange) question() string {
	return fmt.Sprintf("%s: is the zeppelin number %d flying?", x.about, x.n)
}
func (x *exchange) further(i int) string { return fmt.Sprintf("further word %d of %d", i, x.n) }
func (x *exchange) reply(i int) string   { return fmt.Sprintf("reply %d to %d", i, x.n) }

// departments is how many of Riverton's take part: a channel takes a message a second.
const departments = 8

// strikes is a run of the test: a workspace, a server that is killed again and again, and
// those who go on talking.
type strikes struct {
	*testing.T
	slack    *scriptedslack.Workspace
	channels []string
	url      atomic.Value // of the server that runs
	mu       sync.Mutex
	talks    []*exchange
}

func killHandOvers(t *testing.T, database string) {
	s := &strikes{T: t}
	retry := slices.Repeat([]time.Duration{200 * time.Millisecond}, 300)
	s.slack = scriptedslack.New(scriptedslack.Options{Retry: retry, Ack: time.Second, Late: 2 * time.Second})
	api := httptest.NewServer(s.slack)
	defer api.Close()
	config := s.configure(database, api.URL+"/api/")
	s.slack.FailAtRandom("", 0.08, scriptedslack.RateLimited, scriptedslack.ServerError, scriptedslack.Dropped, scriptedslack.DoneError, scriptedslack.DoneDropped)
	s.slack.DisturbAtRandom("message", 0.2, scriptedslack.Late, scriptedslack.OutOfOrder, scriptedslack.Twice)
	binary := buildBinary(t)
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute+2*time.Duration(*handOvers+*handOverKills)*time.Second)
	defer stop()
	var people sync.WaitGroup
	server := startServer(t, binary, config)
	s.url.Store(server.url)
	next := make(chan int, *handOvers)
	for n := range *handOvers {
		next <- n
	}
	close(next)
	for range 6 {
		people.Go(func() {
			for n := range next {
				s.talk(ctx, &exchange{n: n, about: riverton.Departments()[n%departments].Does})
			}
		})
	}
	done := make(chan struct{})
	go func() { people.Wait(); close(done) }()
	random := rand.New(rand.NewPCG(3, 5))
	for range *handOverKills {
		time.Sleep(time.Duration(200+random.IntN(2500)) * time.Millisecond) // where the kill falls
		server.kill(t)
		server = startServer(t, binary, config)
		s.url.Store(server.url)
	}
	<-done
	s.settle(ctx)
	s.check()
}

// configure writes a configuration with eight of Riverton's departments, each with a
// channel, on a database with its pages.
func (s *strikes) configure(database, api string) string {
	s.Helper()
	s.Setenv(slackTokenKey, scriptedslack.BotToken)
	s.Setenv(slackAppKey, scriptedslack.AppToken)
	dir := s.TempDir()
	var text strings.Builder
	fmt.Fprintf(&text, "agency:\n  name: City of Riverton\n  contact:\n    name: City Hall\ndata: %q\nlimits:\n  conversation_per_hour: 0\n  address_per_hour: 0\n", dir)
	if database != "" {
		fmt.Fprintf(&text, "database: %q\n", database)
	}
	fmt.Fprintf(&text, "slack:\n  team: %s\n  connect: socket\n  api_url: %s\ndepartments:\n", scriptedslack.Team, api)
	for _, d := range riverton.Departments()[:departments] {
		channel := s.slack.Channel(string(d.ID))
		s.channels = append(s.channels, channel)
		fmt.Fprintf(&text, "  - id: %s\n    name: %q\n    does: %q\n    slack_channel: %s\n", d.ID, d.Name, d.Does, channel)
	}
	path := filepath.Join(dir, "townclerk.yaml")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		s.Fatal(err)
	}
	c, err := loadConfig(&Globals{Config: path})
	if err != nil {
		s.Fatal(err)
	}
	h, err := open(s.Context(), c, slog.New(slog.DiscardHandler))
	if err != nil {
		s.Fatal(err)
	}
	defer h.Close()
	if _, err := ingest.Sync(s.Context(), riverton.Pages{}, h.knowledge, h.models, ingest.Options{}); err != nil {
		s.Fatal(err)
	}
	return path
}

// talk has a question handed over, writes twice more, and has a clerk reply twice, with
// chatter between. What is not acknowledged is sent again.
func (s *strikes) talk(ctx context.Context, x *exchange) {
	var created struct {
		ID    bot.ConversationID
		Token string
	}
	s.until(ctx, func(url string) bool {
		return call(ctx, "POST", url+"/v1/conversations", "", nil, decodeInto(&created)) && created.Token != ""
	})
	x.id, x.token = created.ID, created.Token
	first := s.say(ctx, x, "q", x.question())
	var ticket struct{ Ticket bot.TicketView }
	s.until(ctx, func(url string) bool {
		path := "/v1/conversations/" + string(x.id) + "/turns/" + string(first) + "/handover"
		return call(ctx, "POST", url+path, x.token, nil, decodeInto(&ticket)) && ticket.Ticket.ID != ""
	})
	s.say(ctx, x, "1", x.further(1))
	if s.slack.Until(ctx, func() bool { return s.find(x) }) != nil {
		return // check says so
	}
	s.slack.Say("U0ANA", x.channel, x.root, "&gt;&gt; "+x.reply(1))
	s.slack.Say("U0BEN", x.channel, x.root, "between us: "+x.reply(1))
	s.say(ctx, x, "2", x.further(2))
	s.slack.Say("U0BEN", x.channel, x.root, "&gt;&gt; "+x.reply(2))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.talks = append(s.talks, x)
}

// say sends a message until it is answered, and returns its turn.
func (s *strikes) say(ctx context.Context, x *exchange, key, text string) bot.TurnID {
	body, _ := json.Marshal(map[string]string{"text": text, "key": key})
	var a bot.Answer
	s.until(ctx, func(url string) bool {
		return call(ctx, "POST", url+"/v1/conversations/"+string(x.id)+"/messages", x.token, body, lastAnswer(&a)) && a.Turn != ""
	})
	return a.Turn
}

// until tries again until it works, on whichever server runs.
func (s *strikes) until(ctx context.Context, try func(url string) bool) {
	for ctx.Err() == nil && !try(s.url.Load().(string)) {
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond): // the server starts again
		}
	}
}

func decodeInto(v any) func(io.Reader) { return func(r io.Reader) { json.NewDecoder(r).Decode(v) } }

// lastAnswer reads the answer that ends a stream of events.
func lastAnswer(a *bot.Answer) func(io.Reader) {
	return func(r io.Reader) {
		data, _ := io.ReadAll(r)
		if _, end, ok := bytes.Cut(data, []byte("event: end\ndata: ")); ok {
			json.Unmarshal(bytes.TrimSpace(end), a)
		}
	}
}

// find looks for the thread of an exchange.
func (s *strikes) find(x *exchange) bool {
	for _, c := range s.channels {
		for _, m := range s.slack.Messages(c) {
			if strings.Contains(string(m.Blocks), x.question()) {
				x.channel, x.root = c, m.TS
				return true
			}
		}
	}
	return false
}

// settle waits until all that is expected has arrived on both sides, and then a little
// for what should not.
func (s *strikes) settle(ctx context.Context) {
	s.slack.FailAtRandom("", 0)
	s.slack.DisturbAtRandom("message", 0)
	for _, x := range s.talks {
		s.until(ctx, func(string) bool { return len(s.fromCitizen(x)) >= 2 && len(s.fromStaff(ctx, x)) >= 2 })
	}
	if err := s.slack.Settled(ctx); err != nil {
		s.Error(err)
	}
}

// fromCitizen is what the citizen wrote, as the thread shows it.
func (s *strikes) fromCitizen(x *exchange) (said []string) {
	for _, m := range s.slack.Thread(x.channel, x.root) {
		if at := strings.Index(string(m.Blocks), "further word "); at >= 0 && m.BotID != "" {
			said = append(said, string(m.Blocks)[at:at+len(x.further(1))])
		}
	}
	return said
}

// fromStaff is what staff wrote, as the citizen sees it.
func (s *strikes) fromStaff(ctx context.Context, x *exchange) (said []string) {
	var got struct{ Tickets []bot.TicketView }
	if !get(ctx, s.url.Load().(string)+"/v1/conversations/"+string(x.id)+"/tickets", x.token, &got) {
		return nil
	}
	if len(got.Tickets) != 1 {
		s.Errorf("inquiry %d has %d tickets", x.n, len(got.Tickets))
		return []string{"?", "?"}
	}
	for _, m := range got.Tickets[0].Messages {
		if m.From == bot.Clerk {
			said = append(said, m.Text)
		}
	}
	return said
}

func (s *strikes) check() {
	if len(s.talks) != *handOvers {
		s.Errorf("%d of %d inquiries came to their end", len(s.talks), *handOvers)
	}
	heads := 0
	for _, c := range s.channels {
		heads += len(s.slack.Messages(c))
	}
	if heads != *handOvers {
		s.Errorf("%d messages in the channels for %d inquiries", heads, *handOvers)
	}
	for _, x := range s.talks {
		if got := s.fromCitizen(x); !slices.Equal(got, []string{x.further(1), x.further(2)}) {
			s.Errorf("inquiry %d: the thread says %q", x.n, got)
		}
		got := s.fromStaff(s.Context(), x)
		slices.Sort(got) // two people wrote at once
		if !slices.Equal(got, []string{x.reply(1), x.reply(2)}) {
			s.Errorf("inquiry %d: the citizen reads %q", x.n, got)
		}
	}
}
