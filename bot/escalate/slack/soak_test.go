package slack_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/bot/escalate"
	"townclerk/bot/escalate/slack"
	"townclerk/internal/scriptedslack"
)

var soakTickets = flag.Int("tickets", 20, "tickets of the soak")

// killer ends a context before or after the n-th request that goes out.
type killer struct {
	mu     sync.Mutex
	left   int
	before bool
	kill   context.CancelFunc
}

func (k *killer) RoundTrip(q *http.Request) (*http.Response, error) {
	k.mu.Lock()
	k.left--
	hit, before, kill := k.left == 0 && k.kill != nil, k.before, k.kill
	k.mu.Unlock()
	if hit && before {
		kill()
	}
	res, err := http.DefaultTransport.RoundTrip(q)
	if hit && !before {
		kill()
	}
	return res, err
}

func (k *killer) arm(n int, before bool, kill context.CancelFunc) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.left, k.before, k.kill = n, before, kill
}

// Whatever Slack answers, in whatever order its events come, and wherever the server is
// stopped: each message of a ticket is in its thread once and in order, and each of
// staff's reaches the citizen once.
func TestSoak(t *testing.T) {
	t.Run("sqlite over http", func(t *testing.T) { soak(t, false, false) })
	t.Run("sqlite over a socket", func(t *testing.T) { soak(t, false, true) })
	t.Run("postgres over http", func(t *testing.T) { soak(t, true, false) })
}

func soak(t *testing.T, onPostgres, onSocket bool) {
	k := &killer{}
	open := lite
	if onPostgres {
		open = postgres
	}
	r := newRigOn(t, open, slack.Config{}, &http.Client{Transport: k, Timeout: 2 * time.Second})
	if onSocket {
		r.overSocket()
	} else {
		r.overHTTP()
	}
	r.slack.FailAtRandom("apps.connections.open", 0)
	r.slack.FailAtRandom("", 0.15, scriptedslack.RateLimited, scriptedslack.ServerError, scriptedslack.Dropped,
		scriptedslack.DoneError, scriptedslack.DoneDropped, scriptedslack.DoneError, scriptedslack.DoneDropped)
	r.slack.FailAtRandom("chat.postMessage", 0.005, scriptedslack.DoneHang, scriptedslack.Hang)
	r.slack.DisturbAtRandom("message", 0.2, scriptedslack.Late, scriptedslack.OutOfOrder, scriptedslack.Twice, scriptedslack.Lost)
	s := &soaking{rig: r, rand: rand.New(rand.NewPCG(7, 11)), said: map[bot.TicketID][]string{}, sent: map[bot.TicketID][]string{}, edits: map[string]string{}}
	kills := 0
	for len(s.ids) < *soakTickets || s.actions < 6**soakTickets {
		s.something()
		ctx, cancel := context.WithCancel(r.ctx)
		k.arm(1+s.rand.IntN(40), s.rand.IntN(2) == 0, cancel)
		r.stepUntil(ctx)
		if ctx.Err() != nil {
			kills++
			r.start()
		}
		k.arm(0, false, nil)
		cancel()
		if onSocket && s.rand.IntN(20) == 0 {
			r.slack.CloseSockets()
			r.must(r.slack.Until(r.ctx, func() bool { return r.slack.Sockets() == 1 }))
		}
		r.clock.Advance(time.Duration(s.rand.IntN(2000)) * time.Millisecond)
	}
	r.slack.Recover()
	r.run()
	if lost := r.slack.Lost(); len(lost) > 0 {
		t.Fatalf("Slack gave %d events up", len(lost))
	}
	s.check()
	t.Logf("%d tickets, %d messages, the server was stopped %d times; %v", len(s.ids), s.actions, kills, r.bridge.Counts())
}

// soaking is what people did, to be held against what is seen.
type soaking struct {
	*rig
	rand    *rand.Rand
	ids     []bot.TicketID
	actions int
	said    map[bot.TicketID][]string // by citizens, in order
	sent    map[bot.TicketID][]string // by staff
	edits   map[string]string         // what a text became; empty: it was deleted
}

// something is done by somebody.
func (s *soaking) something() {
	s.Helper()
	if len(s.ids) < *soakTickets && (len(s.ids) == 0 || s.rand.IntN(7) == 0) {
		s.ids = append(s.ids, s.ask("About the "+[]string{"waste", "parks"}[s.rand.IntN(2)]).ID)
		return
	}
	s.actions++
	id, text := s.ids[s.rand.IntN(len(s.ids))], fmt.Sprintf("message %d", s.actions)
	at, err := s.store.PlaceOf(s.ctx, slack.Name, id)
	if err != nil || s.rand.IntN(2) == 0 {
		s.said[id] = append(s.said[id], text)
		s.says(id, text)
		return
	}
	switch s.rand.IntN(8) {
	case 0:
		s.slack.Say(ana, at.Channel, at.Thread, text+" internal")
	case 1:
		s.act(id, escalate.Action{Kind: bot.TicketRerouted, By: inbox, To: []bot.DepartmentID{"waste", "parks"}[s.rand.IntN(2)]})
	default:
		ts := s.slack.Say(ana, at.Channel, at.Thread, "&gt;&gt; "+text)
		switch s.rand.IntN(4) {
		case 0:
			s.must(s.slack.Edit(ana, at.Channel, ts, "&gt;&gt; "+text+" edited"))
			s.edits[text] = text + " edited"
		case 1:
			s.must(s.slack.Delete(ana, at.Channel, ts))
			s.edits[text] = ""
		}
		s.sent[id] = append(s.sent[id], text)
	}
}

func (s *soaking) check() {
	s.Helper()
	heads := map[string]int{}
	for _, c := range []string{waste, parks} {
		for _, m := range s.slack.Messages(c) {
			if m.Metadata != nil && !strings.HasPrefix(look(m), "This inquiry went to") {
				heads[fmt.Sprint(m.Metadata.EventPayload["ticket"])]++
			}
		}
	}
	for _, id := range s.ids {
		if n := heads[string(id)]; n != 1 {
			s.Errorf("ticket %s has %d heads", id, n)
		}
		s.checkThread(id)
		s.checkCitizen(id)
	}
}

// checkThread looks at the order of our messages, and that each of the citizen's is there once.
func (s *soaking) checkThread(id bot.TicketID) {
	s.Helper()
	at, t := s.head(id), s.ticket(id)
	var seqs []int
	for _, m := range s.slack.Thread(at.Channel, at.Thread) {
		if m.Metadata != nil {
			var n int
			fmt.Sscan(fmt.Sprint(m.Metadata.EventPayload["seq"]), &n)
			seqs = append(seqs, n)
		}
	}
	if !slices.IsSorted(seqs) || len(slices.Compact(slices.Clone(seqs))) != len(seqs) {
		s.Errorf("ticket %s: the thread has events %v", id, seqs)
	}
	var said []string
	for _, e := range t.Events {
		if e.Kind != bot.TicketSaid {
			continue
		}
		said = append(said, escalate.Message(e))
		if e.Seq > seqs[0] && !slices.Contains(seqs, e.Seq) {
			s.Errorf("ticket %s: event %d is not in the thread", id, e.Seq)
		}
	}
	if !slices.Equal(said, s.said[id]) {
		s.Errorf("ticket %s: the citizen said %q, not %q", id, s.said[id], said)
	}
}

// checkCitizen looks that the citizen sees each message of staff's once, as it was last.
func (s *soaking) checkCitizen(id bot.TicketID) {
	s.Helper()
	var got, want []string
	for _, m := range s.desk.View(s.ticket(id)).Messages {
		if m.From == bot.Clerk && !m.Withdrawn {
			got = append(got, m.Text)
		}
	}
	for _, text := range s.sent[id] {
		if s.refused(text) { // written where the ticket was before, and told so
			continue
		}
		if to, edited := s.edits[text]; !edited {
			want = append(want, text)
		} else if to != "" {
			want = append(want, to)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		s.Errorf("ticket %s: the citizen sees %q, want %q", id, got, want)
	}
}

// refused reports whether a clerk was told that a message was not sent.
func (s *soaking) refused(text string) bool {
	for _, c := range []string{waste, parks} {
		for _, m := range s.slack.Private(ana, c) {
			if strings.HasSuffix(look(m), "This was not sent:\n>> "+text) || strings.HasSuffix(look(m), "This was not sent:\n&gt;&gt; "+text) {
				return true
			}
		}
	}
	return false
}
