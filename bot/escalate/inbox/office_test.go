package inbox

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/bot/account"
	"townclerk/bot/contribute"
	"townclerk/bot/escalate"
	"townclerk/bot/store"
	"townclerk/bot/store/storetest"
	"townclerk/internal/litedb"
	"townclerk/retrieval"
)

const password = "otter kettle violin"

// office is an inbox over a real store and a real server, with a clock that stands.
type office struct {
	*testing.T
	store  *store.Store
	desk   *escalate.Desk
	keeper *account.Keeper
	server *httptest.Server
	routes []route
	pages  *contribute.Office
	// published is how often pages were brought up to date; broken what keeps them from it.
	published int
	broken    error
	mu        sync.Mutex
	clock     time.Time
}

func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

func (o *office) now() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.clock
}

func (o *office) later(by time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.clock = o.clock.Add(by)
}

// slackers knows the names of clerks elsewhere.
func slackers(_ context.Context, a bot.Actor) string {
	return map[string]string{"U1": "Una in Slack"}[a.ID]
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{T: t, clock: time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)}
	db := must(litedb.Open(filepath.Join(t.TempDir(), "office.db")))
	t.Cleanup(func() { db.Close() })
	o.store = must(store.New(t.Context(), db, store.NewKey(), o.now))
	hours := must(escalate.ParseHours(map[string]string{"mon-fri": "08:00-16:00"}, must(time.LoadLocation("America/Chicago")), nil))
	c := escalate.Config{Default: "hall", Contact: bot.Contact{Name: "City Hall"}, Departments: []escalate.Department{
		{ID: "waste", Name: "Solid Waste", Hours: hours, Within: 4 * time.Hour}, {ID: "parks", Name: "Parks", Hours: hours},
		{ID: "hall", Name: "Switchboard", Hours: hours}, {ID: "alarm", Name: "Alarm", Mode: escalate.AlertsOnly},
	}}
	route := func(_ context.Context, q bot.Redacted, _ []bot.Redacted, _ []retrieval.Hit) bot.Route {
		to := bot.DepartmentID("waste")
		for _, d := range c.Departments {
			if strings.HasPrefix(q.String(), string(d.ID)) {
				to = d.ID
			}
		}
		return bot.Route{Department: to, Probability: 0.914, Others: []bot.Likely{{Department: "parks", Probability: 0.06}}, Reasons: []string{"cart <b>"}}
	}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	o.desk = must(escalate.NewDesk(c, o.store, route, nil, nil, o.now, log))
	o.keeper = account.NewKeeper(o.store, o.now)
	o.pages = &contribute.Office{Store: o.store, Tickets: o.store, Now: o.now, Publish: func(context.Context) error { o.published++; return o.broken }}
	s := must(newServer(Config{Office: o.pages, Agency: "Riverton", Desk: o.desk, Tickets: o.store, Accounts: o.store, Keeper: o.keeper, Names: slackers, Now: o.now, Log: log}))
	o.routes = s.routes()
	o.server = httptest.NewServer(s.handler())
	t.Cleanup(o.server.Close)
	return o
}

// opened is a ticket of a conversation of its own.
func (o *office) opened(question string, found ...bot.Sentence) bot.Ticket {
	o.Helper()
	ctx := o.Context()
	c, _, err := o.store.Create(ctx, "en")
	turn, _, err2 := o.store.Open(ctx, bot.Message{Conversation: c, Text: bot.AsRedacted(question)}, storetest.Question(question), o.now().Add(time.Minute))
	if err != nil || err2 != nil {
		o.Fatal(err, err2)
	}
	m := escalate.Matter{Turn: turn, Language: "en", Question: bot.AsRedacted(question), Reason: bot.ForUnknown, Found: found, Suggest: true}
	opening, _, err := o.desk.Prepare(ctx, m, o.desk.Direct(ctx, m))
	if err != nil {
		o.Fatal(err)
	}
	return must(o.desk.Open(ctx, opening, bot.TurnEnd{Turn: turn.ID, Events: []bot.Event{storetest.Ended(bot.HandedOver)}}))
}

// closed is a ticket that was replied to and resolved.
func (o *office) closed(question, reply string) bot.Ticket {
	o.Helper()
	t := o.opened(question)
	o.addressed(t)
	for _, a := range []escalate.Action{{Kind: bot.TicketReplied, Text: reply}, {Kind: bot.TicketResolved}} {
		a.By = bot.Actor{Kind: bot.Clerk, ID: "U1"}
		o.did(t, a)
	}
	return t
}

// object makes what a route is about. It returns its identifier and what happened to it.
func (o *office) object(r route) (id string, history func() string) {
	o.Helper()
	_, end, _ := strings.Cut(r.path, "{id}")
	if !strings.HasPrefix(r.path, "/inbox/drafts") && end != "/offer" {
		t := o.opened("waste: my cart")
		o.addressed(t)
		return string(t.ID), func() string { return o.kinds(t) }
	}
	t := o.closed("waste: my cart", "On Monday.")
	history = func() string { return o.steps(t) }
	if end == "/offer" {
		return string(t.ID), history
	}
	c := must(o.pages.Offer(o.Context(), t.ID, "When do carts come?", "On Monday.", bot.Actor{Kind: bot.Clerk, ID: "U1"}))
	if end == "/withdraw" {
		must(o.pages.Approve(o.Context(), c.ID, bot.Actor{Kind: bot.Clerk, ID: "U2"}, time.Time{}))
	}
	return string(c.ID), history
}

// steps are what was done to a ticket and to what was offered of it.
func (o *office) steps(t bot.Ticket) string {
	o.Helper()
	out := o.kinds(t)
	for _, c := range must(o.store.Contributions(o.Context(), contribute.Filter{})) {
		for _, step := range c.Steps {
			if c.Ticket == t.ID {
				out += " " + string(step.Kind)
			}
		}
	}
	return out
}

// addressed leaves an address.
func (o *office) addressed(t bot.Ticket) {
	o.Helper()
	must(o.desk.LeaveAddress(o.Context(), t.Conversation, t.ID, bot.Address{Email: "ann@example.org"}))
}

func (o *office) did(t bot.Ticket, a escalate.Action) bot.Ticket {
	o.Helper()
	return must(o.desk.Act(o.Context(), t.ID, a))
}

func (o *office) says(t bot.Ticket, text string) {
	o.Helper()
	o.did(t, escalate.Action{Kind: bot.TicketSaid, By: bot.Actor{Kind: bot.Citizen}, Text: text})
}

func (o *office) kinds(t bot.Ticket) string {
	o.Helper()
	var out []string
	for _, e := range must(o.store.Ticket(o.Context(), t.ID)).Events {
		out = append(out, string(e.Kind))
	}
	return strings.Join(out, " ")
}

// clerk is a browser that somebody has signed in with, or nobody.
type clerk struct {
	*office
	account account.Account
	token   account.Token
}

// hire makes an account and signs it in.
func (o *office) hire(name string, departments []bot.DepartmentID, roles ...account.Role) *clerk {
	o.Helper()
	invitation := must(o.keeper.Invite(o.Context(), account.Account{Name: name, Display: name + " <Smith>", Roles: roles, Departments: departments}))
	token := must(o.keeper.Accept(o.Context(), invitation, password))
	return &clerk{o, must(o.store.AccountNamed(o.Context(), name)), token}
}

func (o *office) nobody() *clerk { return &clerk{office: o} }

// answer is a response, read.
type answer struct {
	status int
	body   string
	header http.Header
}

// send makes a request as a browser does from our own page; change may spoil it.
func (c *clerk) send(method, path string, form url.Values, change func(*http.Request)) answer {
	c.Helper()
	var body io.Reader
	if method == http.MethodPost {
		if form == nil {
			form = url.Values{}
		}
		if !form.Has("seal") {
			form.Set("seal", c.token.Seal())
		}
		body = strings.NewReader(form.Encode())
	}
	r := must(http.NewRequestWithContext(c.Context(), method, c.server.URL+path, body))
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", c.server.URL)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if c.token != "" {
		r.AddCookie(&http.Cookie{Name: "townclerk-staff", Value: string(c.token)})
	}
	if change != nil {
		change(r)
	}
	resp := must(http.DefaultTransport.RoundTrip(r))
	defer resp.Body.Close()
	return answer{resp.StatusCode, string(must(io.ReadAll(resp.Body))), resp.Header}
}

func (c *clerk) get(path string) answer { c.Helper(); return c.send("GET", path, nil, nil) }

func (c *clerk) post(path string, form url.Values) answer {
	c.Helper()
	return c.send("POST", path, form, nil)
}

// want gets a page and fails unless it holds all of what is wanted.
func (c *clerk) want(path string, wanted ...string) string {
	c.Helper()
	a := c.get(path)
	if a.status != http.StatusOK {
		c.Fatalf("%s: %d", path, a.status)
	}
	for _, w := range wanted {
		if !strings.Contains(a.body, w) {
			c.Errorf("%s lacks %q:\n%s", path, w, a.body)
		}
	}
	return a.body
}

// act posts to a ticket what its page's own form would hold.
func (c *clerk) act(t bot.Ticket, name string, form url.Values) answer {
	c.Helper()
	body := c.get(addressOf(t)).body
	filled := url.Values{}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="(seal|seen|nonce)" value="([^"]*)">`).FindAllStringSubmatch(body, -1) {
		filled.Set(m[1], m[2])
	}
	for k, v := range form {
		filled[k] = v
	}
	return c.post(addressOf(t)+"/"+name, filled)
}

func addressOf(t bot.Ticket) string { return "/inbox/tickets/" + string(t.ID) }
