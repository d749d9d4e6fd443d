// Package scriptedslack is a Slack workspace in memory, for the tests of whoever
// talks to Slack and for trying it without a workspace. It answers the Web API, holds
// Socket Mode connections or posts signed events to a URL, lets people type, click
// and submit, and fails as it is told. In a test:
//
//	slack := scriptedslack.New(scriptedslack.Options{Strict: &scriptedslack.Strict{}})
//	server := httptest.NewServer(slack)
//	defer server.Close()
//	client := slackgo.New(scriptedslack.BotToken, slackgo.OptionAPIURL(server.URL+"/api/"))
//	slack.Fail("chat.postMessage", scriptedslack.DoneHang) // posts, and never answers
//	… the code under test posts a ticket to #waste …
//	ticket := slack.Messages("#waste")[0]
//	err := slack.Click(scriptedslack.Ana, "#waste", ticket.TS, "claim", "") // acknowledged, or an error
//	slack.Say(scriptedslack.Ana, "#waste", ticket.TS, ">> It comes on Monday")
//	err = slack.Until(ctx, func() bool { return len(slack.Thread("#waste", ticket.TS)) == 3 })
//	for _, v := range slack.Violations() { t.Error(v) }
//
// Events go over Socket Mode (app token AppToken) until UseHTTP was told a URL; they
// are then signed with Secret. A channel comes into being when it is first named, by
// name ("#waste", "waste") or by ID. As in Slack, events are given up after the last
// retry (Lost), interactions are never retried, and the app hears its own messages.
//
// Nothing sleeps: what takes time waits for Options.After, which may be a Clock that
// the test moves. Package slackpage shows a workspace to people.
package scriptedslack

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"
)

// What a workspace is called and what opens it.
const (
	Team     = "T0RIVERTON"
	App      = "A0TOWNCLERK"
	BotID    = "B0TOWNCLERK"
	BotUser  = "U0TOWNCLERK"
	BotToken = "xoxb-scripted-slack"
	AppToken = "xapp-scripted-slack"
	Secret   = "scripted-slack-signing-secret"
)

// The clerks of a workspace that is told of no others.
const (
	Ana   = "U0ANA"
	Ben   = "U0BEN"
	Chloe = "U0CHLOE"
	Dev   = "U0DEV"
)

// User is a person of the workspace.
type User struct{ ID, Name, RealName string }

// Group is a user group.
type Group struct {
	ID, Handle string
	Users      []string
}

// Options say how a workspace is; the zero value will do.
type Options struct {
	Now    func() time.Time                     // nil: time.Now
	After  func(time.Duration) <-chan time.Time // nil: time.After
	Rand   *rand.Rand                           // for faults at random; nil: a fixed seed
	HTTP   *http.Client                         // posts the events; nil: a client of its own
	Users  []User                               // nil: Ana, Ben, Chloé and Dev
	Group  []Group                              // nil: S0CLERKS, all users
	Retry  []time.Duration                      // before each retry of an event; nil: 0, 1 and 5 minutes
	Ack    time.Duration                        // how long an acknowledgement may take; 0: 3 s
	Ping   time.Duration                        // between pings of a socket; 0: 10 s
	Late   time.Duration                        // how late Slow and Late are; 0: 10 minutes
	Wait   int                                  // seconds that RateLimited asks for; 0: 1
	Strict *Strict                              // nil: what is posted is not judged
}

// Workspace is the workspace. It is safe for concurrent use.
type Workspace struct {
	opt     Options
	methods map[string]func(args) (reply, error)
	mux     *http.ServeMux

	mu         sync.Mutex
	changed    chan struct{} // closed at the next change
	serial     int
	last       int64 // microseconds of the last timestamp
	channels   []*channel
	views      []*View
	triggers   map[string]*trigger
	responses  map[string]answerTo
	requests   []Request
	violations []string
	calls      plan[Fault]
	mishaps    plan[Mishap]
	down       bool
	host       string // where the app last called

	events, interactive string // URLs
	queue               []*delivery
	held                []*delivery // out of order
	draining            bool
	pending             int
	deliveries          []Delivery
	sockets             []*socket
	turn                int
}

var _ http.Handler = (*Workspace)(nil)

// New returns an empty workspace.
func New(opt Options) *Workspace {
	opt.fill()
	w := &Workspace{opt: opt, changed: make(chan struct{}), triggers: map[string]*trigger{}, responses: map[string]answerTo{}}
	w.methods = w.web()
	w.mux = http.NewServeMux()
	w.mux.HandleFunc("/api/{method}", w.serveAPI)
	w.mux.HandleFunc("/socket/{ticket}", w.serveSocket)
	w.mux.HandleFunc("POST /response/{id}", w.serveResponse)
	return w
}

func (o *Options) fill() {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.After == nil {
		o.After = time.After
	}
	if o.Rand == nil {
		o.Rand = rand.New(rand.NewPCG(1, 2))
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{}
	}
	if o.Users == nil {
		o.Users = []User{{Ana, "ana", "Ana Ruiz"}, {Ben, "ben", "Ben Okafor"}, {Chloe, "chloe", "Chloé Martin"}, {Dev, "dev", "Dev Patel"}}
	}
	if o.Group == nil {
		all := Group{ID: "S0CLERKS", Handle: "clerks"}
		for _, u := range o.Users {
			all.Users = append(all.Users, u.ID)
		}
		o.Group = []Group{all}
	}
	if o.Retry == nil {
		o.Retry = []time.Duration{0, time.Minute, 5 * time.Minute}
	}
	for d, otherwise := range map[*time.Duration]time.Duration{&o.Ack: 3 * time.Second, &o.Ping: 10 * time.Second, &o.Late: 10 * time.Minute} {
		if *d == 0 {
			*d = otherwise
		}
	}
	o.Wait = max(o.Wait, 1)
}

// ServeHTTP answers under /api/, /socket/ and /response/.
func (w *Workspace) ServeHTTP(rw http.ResponseWriter, r *http.Request) { w.mux.ServeHTTP(rw, r) }

// Until waits until the condition holds, looking again after each change of the
// workspace: a request, a message, a delivery that ended.
func (w *Workspace) Until(ctx context.Context, holds func() bool) error {
	for {
		w.mu.Lock()
		changed := w.changed
		w.mu.Unlock()
		if holds() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Look makes whoever waits in Until look again, where the condition is about more than
// the workspace.
func (w *Workspace) Look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.touch()
}

// Settled waits until no event is on its way: each was acknowledged or given up.
func (w *Workspace) Settled(ctx context.Context) error {
	return w.Until(ctx, func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.pending == 0
	})
}

// touch tells those who wait that something changed. The lock is held.
func (w *Workspace) touch() {
	close(w.changed)
	w.changed = make(chan struct{})
}

// id returns a new identifier. The lock is held.
func (w *Workspace) id(prefix string) string {
	w.serial++
	return fmt.Sprintf("%s%010d", prefix, w.serial)
}

// stamp returns a message's timestamp: now, and after all others. The lock is held.
func (w *Workspace) stamp() string {
	w.last = max(w.last+1, w.opt.Now().UnixMicro())
	return fmt.Sprintf("%010d.%06d", w.last/1e6, w.last%1e6)
}

// Users returns the people of the workspace.
func (w *Workspace) Users() []User { return w.opt.Users }

func (w *Workspace) user(id string) (User, bool) {
	if id == BotUser {
		return User{BotUser, "townclerk", "Townclerk"}, true
	}
	for _, u := range w.opt.Users {
		if u.ID == id {
			return u, true
		}
	}
	return User{ID: id, Name: strings.ToLower(id)}, false
}
