// Package inbox is where people answer inquiries without Slack, or when Slack is down:
// pages under /inbox/ that are made on the server, with the same actions and rights.
//
// # Who gets in
//
// An account signs in with its name and password and gets a cookie that holds a token:
// HttpOnly, SameSite=Strict, and Secure with the __Host- prefix over TLS. Everything but
// signing in, accepting an invitation, the style sheet and the script needs a session.
// Staff see the tickets of their departments and managers all; a ticket that is not
// theirs, one that does not exist and a malformed identifier get one identical 404. What
// a role may not do at all is a 403. It is the same with replies that are offered as pages.
//
// Every form is refused unless it comes from a page of our own origin, by what the
// browser says of it, and unless it carries a seal of the session. A request that says
// nothing of its origin is refused too: no browser of this decade sends one.
//
// # What is shown
//
// Every text goes through html/template. What citizens wrote stands in elements of its
// own with dir="auto", so that it can turn nothing around it. Pages work without a
// script; the one there is asks whether there is something new and says so, and touches
// neither the focus nor what was typed. To ask does not keep a session alive.
package inbox

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"time"

	"townclerk/bot"
	"townclerk/bot/account"
	"townclerk/bot/escalate"
)

//go:embed pages
var files embed.FS

// Config is what an inbox is made of. All fields but those that say so are required.
type Config struct {
	Agency   string
	Desk     *escalate.Desk
	Tickets  escalate.Store
	Office   Office
	Accounts account.Directory
	Keeper   *account.Keeper
	// Names names clerks who are no accounts, such as users of Slack; empty: unknown. It
	// may be nil.
	Names func(context.Context, bot.Actor) string
	// BaseURL is the address that staff's browsers know the server by; empty: whatever
	// they say.
	BaseURL string
	// AddressHeader is the header in which the proxy says who asks; empty: none.
	AddressHeader string
	// Live says where a page of the agency is shown; nil: at its address.
	Live func(address string) string
	Now  func() time.Time
	Log  *slog.Logger
}

type server struct {
	Config
	origins *http.CrossOriginProtection
	pages   *template.Template
	assets  map[string]asset
}

// New returns the handler of everything under /inbox/.
func New(c Config) (http.Handler, error) {
	s, err := newServer(c)
	if err != nil {
		return nil, fmt.Errorf("inbox: %w", err)
	}
	return s.handler(), nil
}

func newServer(c Config) (*server, error) {
	if c.Desk == nil || c.Tickets == nil || c.Office == nil || c.Accounts == nil || c.Keeper == nil || c.Now == nil || c.Log == nil {
		return nil, errors.New("the desk, the tickets, the office, the accounts, their keeper, the clock and the log must be given")
	}
	if c.Live == nil {
		c.Live = func(address string) string { return address }
	}
	s := &server{Config: c, origins: http.NewCrossOriginProtection()}
	if c.BaseURL != "" {
		if err := s.origins.AddTrustedOrigin(c.BaseURL); err != nil {
			return nil, fmt.Errorf("base URL %q must look like https://www.example.org: %w", c.BaseURL, err)
		}
	}
	var err error
	if s.pages, err = template.New("").ParseFS(files, "pages/*.html"); err != nil {
		return nil, err
	}
	s.assets, err = loadAssets()
	return s, err
}

// handle serves a request of a visitor or returns an error; gate.go decides what is
// shown of that.
type handle func(w http.ResponseWriter, r *http.Request, v visitor) error

// open marks what needs no session.
const open account.Action = ""

// anybody marks what needs a session, of whatever role.
const anybody account.Action = "be signed in"

// route is something that is served, with what who asks for it has to be allowed.
type route struct {
	method, path string
	need         account.Action
	handle       handle
}

func (s *server) routes() []route {
	all := []route{
		{"GET", "/inbox/{$}", account.SeeOwn, s.list},
		{"GET", "/inbox/version", account.SeeOwn, s.listVersion},
		{"GET", "/inbox/tickets/{id}", account.SeeOwn, s.ticket},
		{"GET", "/inbox/tickets/{id}/version", account.SeeOwn, s.ticketVersion},
		{"POST", "/inbox/tickets/{id}/address", account.SeeAddress, s.address},
		{"POST", "/inbox/tickets/{id}/offer", account.ActOn, s.offer},
		{"GET", "/inbox/drafts", account.SeeOwn, s.drafts},
		{"POST", "/inbox/drafts/{id}/approve", account.Approve, s.stepping(s.approve)},
		{"POST", "/inbox/drafts/{id}/reject", account.Approve, s.stepping(s.reject)},
		{"POST", "/inbox/drafts/{id}/revise", account.ActOn, s.stepping(s.revise)},
		{"POST", "/inbox/drafts/{id}/withdraw", account.ActOn, s.stepping(s.withdraw)},
		{"GET", "/inbox/sign-in", open, s.signInPage},
		{"POST", "/inbox/sign-in", open, s.signIn},
		{"POST", "/inbox/sign-out", anybody, s.signOut},
		{"GET", "/inbox/invitation/{token}", open, s.invitationPage},
		{"POST", "/inbox/invitation/{token}", open, s.accept},
		{"GET", "/inbox/style.css", open, s.file("style.css")},
		{"GET", "/inbox/inbox.js", open, s.file("inbox.js")},
	}
	for name, do := range s.actions() {
		all = append(all, route{"POST", "/inbox/tickets/{id}/" + name, account.ActOn, s.acting(do)})
	}
	return all
}

func (s *server) handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range s.routes() {
		mux.Handle(r.method+" "+r.path, s.gate(r.need, r.handle))
	}
	nothing := s.gate(open, func(http.ResponseWriter, *http.Request, visitor) error { return errNotFound })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secure(w.Header())
		if _, pattern := mux.Handler(r); pattern == "" { // also where another method has a route
			nothing.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}
