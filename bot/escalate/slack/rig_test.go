package slack_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/bot/escalate"
	"townclerk/bot/escalate/slack"
	"townclerk/bot/escalate/slackwire"
	"townclerk/bot/store"
	"townclerk/bot/store/storetest"
	"townclerk/internal/litedb"
	"townclerk/internal/pgdb"
	"townclerk/internal/pgtest"
	"townclerk/internal/scriptedslack"
	"townclerk/internal/scriptedslack/blockkit"
	"townclerk/retrieval"
)

const (
	waste = "C0WASTE"
	parks = "C0PARKS"
	ana   = scriptedslack.Ana
	ben   = scriptedslack.Ben
	chloe = scriptedslack.Chloe
)

// rig is the real client, store and desk beside a scripted Slack, on one clock.
type rig struct {
	unknown atomic.Int32 // how often a place is not known yet
	*testing.T
	ctx   context.Context
	slack *scriptedslack.Workspace
	api   string
	clock *scriptedslack.Clock
	store *store.Store
	*server
	front       atomic.Pointer[slackwire.Handler] // of the server that runs now
	departments []escalate.Department
	connected   bool
	late        atomic.Int64 // that the store's clock is ahead
	client      *http.Client
	config      slack.Config
}

// server is what of a rig starts again after it was stopped.
type server struct {
	desk    *escalate.Desk
	bridge  *slack.Bridge
	courier *escalate.Courier
	handler *slackwire.Handler
}

func lite(t *testing.T, now func() time.Time) *store.Store {
	t.Helper()
	db, err := litedb.Open(filepath.Join(t.TempDir(), "bot.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return opened(t, db, now)
}

func postgres(t *testing.T, now func() time.Time) *store.Store {
	t.Helper()
	db, err := pgdb.Open(t.Context(), pgtest.URL(t), pgdb.Options{MaxConns: 8})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return opened(t, db, now)
}

func opened(t *testing.T, db store.Database, now func() time.Time) *store.Store {
	t.Helper()
	s, err := store.New(t.Context(), db, store.NewKey(), now)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newRig(t *testing.T) *rig { return newRigOn(t, lite, slack.Config{}, &http.Client{}) }

func newRigOn(t *testing.T, open func(*testing.T, func() time.Time) *store.Store, c slack.Config, client *http.Client) *rig {
	t.Helper()
	clock := scriptedslack.NewClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	pages := regexp.MustCompile(`^https://www\.example\.gov/|^http://127\.0\.0\.1:\d+/`)
	w := scriptedslack.New(scriptedslack.Options{Now: clock.Now, After: clock.After, HTTP: client,
		Strict: &scriptedslack.Strict{Allow: pages.MatchString}})
	front := httptest.NewServer(w)
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	t.Cleanup(func() { cancel(); front.CloseClientConnections(); front.Close() })
	c.Token, c.Team, c.APIURL = scriptedslack.BotToken, scriptedslack.Team, front.URL+"/api/"
	r := &rig{T: t, ctx: ctx, slack: w, api: front.URL + "/api/", clock: clock, client: client, config: c,
		departments: []escalate.Department{
			{ID: "waste", Name: "Waste & Recycling", Channel: waste},
			{ID: "parks", Name: "Parks", Channel: parks},
			{ID: "police", Name: "Police", Channel: "C0POLICE", Mode: escalate.AlertsOnly},
			{ID: "archive", Name: "Archive"},
		}}
	r.store = open(t, func() time.Time { return clock.Now().Add(time.Duration(r.late.Load())) })
	r.channels()
	r.start()
	t.Cleanup(func() {
		for _, v := range w.Violations() {
			t.Error("violation:", v)
		}
	})
	return r
}

// channels makes the channels come into being, each with a message.
func (r *rig) channels() {
	r.Helper()
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { io.Copy(w, q.Body) }))
	defer echo.Close()
	defer echo.CloseClientConnections()
	r.must(r.slack.UseHTTP(r.ctx, echo.URL, echo.URL))
	for _, d := range r.departments {
		if d.Channel != "" {
			r.slack.Say("U0NOBODY", d.Channel, "", "hello")
		}
	}
	r.must(r.slack.Settled(r.ctx))
	r.must(r.slack.UseHTTP(r.ctx, "", ""))
}

// start makes what a server is made of anew; what it knew is gone.
func (r *rig) start() {
	r.Helper()
	log := slog.New(slog.DiscardHandler)
	route := func(_ context.Context, question bot.Redacted, _ []bot.Redacted, _ []retrieval.Hit) bot.Route {
		for _, d := range r.departments {
			if strings.Contains(question.String(), string(d.ID)) {
				return bot.Route{Department: d.ID, Probability: 0.87, Reasons: []string{"its pages answer best"},
					Others: []bot.Likely{{Department: "parks", Probability: 0.1}}}
			}
		}
		return bot.Route{Department: "waste", Probability: 0.5, Others: []bot.Likely{{Department: "parks", Probability: 0.4}}}
	}
	s := &server{}
	var err error
	s.desk, err = escalate.NewDesk(escalate.Config{Departments: r.departments}, r.store, route, []string{slack.Name},
		func() { s.courier.Wake() }, r.clock.Now, log)
	r.must(err)
	s.bridge, err = slack.New(r.config, slack.Parts{Desk: s.desk, Store: r.store, Queue: lateQueue{r.store, &r.unknown}, Mail: r.store, HTTP: r.client, Now: r.clock.Now, Log: log})
	r.must(err)
	s.courier = escalate.NewCourier(r.store, r.store, s.bridge, r.clock.Now, log)
	s.handler = &slackwire.Handler{Secret: scriptedslack.Secret, Take: s.bridge.Take, Refused: s.bridge.Count, Now: r.clock.Now, Log: log}
	r.server = s
	r.front.Store(s.handler)
}

func (r *rig) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

// overHTTP has Slack post its events.
func (r *rig) overHTTP() {
	r.Helper()
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { r.front.Load().ServeHTTP(w, q) }))
	r.Cleanup(func() { front.CloseClientConnections(); front.Close() })
	r.connected = true
	r.must(r.slack.UseHTTP(r.ctx, front.URL, front.URL))
}

// overSocket has Slack send its events through a connection.
func (r *rig) overSocket() *slackwire.Socket {
	r.Helper()
	s := &slackwire.Socket{AppToken: scriptedslack.AppToken, APIURL: r.api, HTTP: r.client, Now: r.clock.Now, Log: slog.New(slog.DiscardHandler),
		Silence: time.Hour, Take: func(ctx context.Context, body []byte) ([]byte, error) { return r.front.Load().Take(ctx, body) }}
	r.connected = true
	ctx, cancel := context.WithCancel(r.ctx)
	done := make(chan struct{})
	go func() { s.Listen(ctx); close(done) }()
	r.Cleanup(func() { cancel(); <-done })
	r.must(r.slack.Until(r.ctx, func() bool { return r.slack.Sockets() == 1 }))
	return s
}

// inquiry opens a ticket of a new conversation.
func (r *rig) inquiry(m escalate.Matter, question string) bot.Ticket {
	r.Helper()
	c, _, err := r.store.Create(r.ctx, "en")
	r.must(err)
	turn, _, err := r.store.Open(r.ctx, bot.Message{Conversation: c, Text: bot.AsRedacted(question)}, storetest.Question(question), r.clock.Now().Add(time.Hour))
	r.must(err)
	m.Turn, m.Language, m.Question = turn, "en", bot.AsRedacted(question)
	if m.Reason == "" {
		m.Reason = bot.ForAsked
	}
	o, _, err := r.desk.Prepare(r.ctx, m, r.desk.Direct(r.ctx, m))
	r.must(err)
	t, err := r.desk.Open(r.ctx, o, bot.TurnEnd{Turn: turn.ID, Events: []bot.Event{storetest.Ended(bot.HandedOver)}})
	r.must(err)
	return t
}

func (r *rig) ask(question string) bot.Ticket {
	r.Helper()
	return r.inquiry(escalate.Matter{}, question)
}

// act does something as if at the inbox, or as the citizen or the system.
func (r *rig) act(id bot.TicketID, a escalate.Action) {
	r.Helper()
	_, err := r.desk.Act(r.ctx, id, a)
	r.must(err)
}

func (r *rig) says(id bot.TicketID, text string) {
	r.Helper()
	r.act(id, escalate.Action{Kind: bot.TicketSaid, By: bot.Actor{Kind: bot.Citizen}, Text: text})
}

// step does once all that is due.
func (r *rig) step() {
	r.Helper()
	r.stepUntil(r.ctx)
	if r.ctx.Err() != nil {
		r.Fatal(r.ctx.Err())
	}
}

func (r *rig) stepUntil(ctx context.Context) {
	for ctx.Err() == nil {
		if did, err := r.courier.Deliver(ctx); !did && err == nil {
			break
		}
	}
	_, _ = r.bridge.Work(ctx) // what fails is put off
}

// run lets time pass until everything has arrived on both sides.
func (r *rig) run() {
	r.Helper()
	for range 4000 {
		r.step()
		if r.arrived() {
			if !r.connected {
				return
			}
			soon, cancel := context.WithTimeout(r.ctx, 30*time.Millisecond) // what waits for the clock does not come
			settled := r.slack.Settled(soon) == nil
			cancel()
			if n, err := r.bridge.Work(r.ctx); settled && n == 0 && err == nil && r.arrived() && r.idle() {
				return
			}
			r.clock.Advance(20 * time.Second)
		}
		r.clock.Advance(time.Second)
	}
	r.Fatal("not everything arrived")
}

// idle reports whether no letter is left, be it put off.
func (r *rig) idle() bool {
	r.Helper()
	r.late.Store(int64(24 * time.Hour))
	defer r.late.Store(0)
	left, err := r.store.Pending(r.ctx, slack.Name, 1)
	r.must(err)
	return len(left) == 0
}

func (r *rig) arrived() bool {
	r.Helper()
	all, err := r.store.Tickets(r.ctx, escalate.Filter{Limit: 100000})
	r.must(err)
	for _, t := range all {
		if t.Reached < t.Version {
			return false
		}
	}
	return true
}

func (r *rig) ticket(id bot.TicketID) bot.Ticket {
	r.Helper()
	t, err := r.store.Ticket(r.ctx, id)
	r.must(err)
	return t
}

// head is where a ticket is in Slack.
func (r *rig) head(id bot.TicketID) bot.Place {
	r.Helper()
	at, err := r.store.PlaceOf(r.ctx, slack.Name, id)
	r.must(err)
	return at
}

// thread is what is in a ticket's thread: each message as people see it.
func (r *rig) thread(id bot.TicketID) []string {
	r.Helper()
	at := r.head(id)
	var out []string
	for _, m := range r.slack.Thread(at.Channel, at.Thread) {
		out = append(out, look(m))
	}
	return out
}

// look is a message as people see it.
func look(m scriptedslack.Message) string {
	var out []string
	for _, b := range blockkit.Parse(m.Blocks) {
		if b.Text != nil {
			out = append(out, b.Text.Text)
		}
		for _, e := range b.Elements {
			if e.Text != nil {
				out = append(out, "["+e.Text.Text+"]")
			}
		}
	}
	if len(out) == 0 {
		return m.Text
	}
	return strings.Join(out, "\n")
}

// seen is what the citizen sees of a ticket.
func (r *rig) seen(id bot.TicketID) string {
	r.Helper()
	var out []string
	for _, m := range r.desk.View(r.ticket(id)).Messages {
		switch {
		case m.Withdrawn:
			out = append(out, "(withdrawn)")
		case m.Corrected:
			out = append(out, m.Text+" (corrected)")
		case m.Text != "":
			out = append(out, m.Text)
		}
	}
	return strings.Join(out, " | ")
}

// told is what a clerk was told privately, last.
func (r *rig) told(user, channel string) string {
	p := r.slack.Private(user, channel)
	if len(p) == 0 {
		return ""
	}
	return look(p[len(p)-1])
}

func (r *rig) want(got, want string) {
	r.Helper()
	if !strings.Contains(got, want) {
		r.Errorf("got %q, want %q in it", got, want)
	}
}

func (r *rig) wantNot(got, not string) {
	r.Helper()
	if strings.Contains(got, not) {
		r.Errorf("got %q, with %q in it", got, not)
	}
}

// lateQueue does not know a place yet, as often as it is told to.
type lateQueue struct {
	escalate.Queue
	unknown *atomic.Int32
}

func (q lateQueue) TicketAt(ctx context.Context, sink string, at bot.Place) (bot.TicketID, error) {
	if q.unknown.Add(-1) >= 0 {
		return "", &bot.Error{Kind: bot.NotFound}
	}
	return q.Queue.TicketAt(ctx, sink, at)
}
