// Package web is the citizen's side of the bot over HTTP: a JSON API with
// server-sent events, a chat page that works without a script, the widget that
// agencies embed, and the view of a cited source.
//
// # What protects a conversation
//
// The API knows one credential, the conversation's token in an Authorization
// header, and never reads a cookie; so a foreign page cannot act for a citizen.
// The chat page's plain forms know one cookie, which holds "id.token": HttpOnly,
// SameSite=Lax, and Secure with the __Host- prefix when the request came over
// TLS, either here or at a proxy that says so in X-Forwarded-Proto. That header
// decides nothing else, so forging it harms only the forger. The forms are
// guarded by http.CrossOriginProtection, which lets a request pass that has
// neither Origin nor Sec-Fetch-Site: no browser of this decade sends one, and
// what is not a browser holds no cookie of somebody else.
//
// A request to the API whose Origin is neither our own nor in Site.Origins is
// refused, whatever it asks for. A request without an Origin is no browser's
// cross-origin request and passes; without the token it reads nothing.
//
// An unknown conversation, a foreign token, a malformed one, none at all and an
// erased conversation get one identical response.
//
// # What is shown
//
// Every text goes through html/template or textContent; there is no way to
// bring markup in. Links are http or https, or they are not links. Addresses
// under Site.LiveLinks are rewritten when they are shown and nowhere else: the
// record keeps the address that was cited.
//
// A question is answered to its end even when the one who asked goes away,
// because the answer is on the record from its first sentence on.
package web

import (
	"context"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"townclerk/bot"
	"townclerk/knowledge"
)

// Desk answers questions. It is safe for concurrent use.
type Desk interface {
	// Ask answers a message. It calls show with what it has committed, in order,
	// and not after it has returned. Asked again with the same key, it returns
	// the same turn; it need not call show then.
	Ask(ctx context.Context, m bot.Incoming, show func(bot.Part)) (bot.Answer, error)
	// Feedback records what the citizen thinks of an answer.
	// It returns the ticket where that led to people, or nil.
	Feedback(ctx context.Context, c bot.ConversationID, t bot.TurnID, o bot.Opinion) (*bot.TicketView, error)
}

// Conversations keeps conversations. It is safe for concurrent use.
type Conversations interface {
	Create(ctx context.Context, language string) (bot.ConversationID, bot.Token, error)
	// Authenticate returns nil, or an error of kind bot.NotFound when there is
	// no such conversation, it was erased, or the token is not its own.
	Authenticate(ctx context.Context, id bot.ConversationID, token bot.Token) error
	// Transcript returns the turns, oldest first.
	Transcript(ctx context.Context, id bot.ConversationID) ([]bot.Turn, error)
	Erase(ctx context.Context, id bot.ConversationID) error
}

// Library has the versions that answers cite, live or retired.
type Library interface {
	// Version returns a version or knowledge.ErrNotFound.
	Version(ctx context.Context, id knowledge.VersionID) (knowledge.Version, error)
}

// Site is what the pages say about the agency, and who may embed them.
type Site struct {
	Agency string // required
	// Disclosure says that this is an automated assistant. Empty: a fixed
	// sentence in the language of the page.
	Disclosure string
	// Contact is the person who is offered everywhere; Name is required.
	Contact bot.Contact
	// Origins are the origins that may use the API from their pages, as browsers
	// send them: "https://www.example.org", without a path.
	Origins []string
	// LiveLinks maps prefixes of addresses to what is shown in their place. The
	// longest that fits is taken.
	LiveLinks map[string]string
	// Examples are questions to start with, in Language.
	Examples []string
	// Language is the agency's own; empty means "en".
	Language string
	// Zone is the time zone that times are written in; nil means UTC.
	Zone *time.Location
	// Counter is where people are reached; nil: there is only the contact.
	Counter Counter
	// Ledger is the record, for public tools; nil: there is none.
	Ledger Ledger
	// Receipts are what citizens take home of the record; nil: there are none.
	Receipts Receipts
	Timing   Timing
	Limits   Limits
	// Ready returns nil where questions can be answered, perhaps with a note, and
	// else a short reason. Anybody may ask, and is told both. Nil: always ready.
	Ready func(ctx context.Context) (note string, err error)
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Timing holds the limits of a response. Zero fields get what the comments say.
type Timing struct {
	Turn      time.Duration // a whole turn, whether anybody waits or not: 2 minutes
	Read      time.Duration // reading a request's body: 15 seconds
	Write     time.Duration // one write to the client: 10 seconds
	Heartbeat time.Duration // between comments while an answer is awaited: 5 seconds
}

func (t Timing) withDefaults() Timing {
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	set(&t.Turn, 2*time.Minute)
	set(&t.Read, 15*time.Second)
	set(&t.Write, 10*time.Second)
	set(&t.Heartbeat, 5*time.Second)
	return t
}

type server struct {
	site    Site
	desk    Desk
	talks   Conversations
	library Library
	log     *slog.Logger
	allowed map[string]bool             // site.Origins
	api     *http.CrossOriginProtection // trusts site.Origins
	forms   *http.CrossOriginProtection // trusts nobody
	words   catalog
	pages   *template.Template
	files   map[string]asset
	limits  *limits
}

// New returns the handler of the whole site, which is served at the root of its
// own host. It fails where the site lacks what must be shown, or an origin is
// malformed. Where to listen, TLS and header timeouts are the caller's.
func New(site Site, desk Desk, talks Conversations, library Library, log *slog.Logger) (http.Handler, error) {
	if site.Agency == "" || site.Contact.Name == "" {
		return nil, fmt.Errorf("web: the agency and the contact's name must be set")
	}
	if site.Language == "" {
		site.Language = "en"
	}
	if site.Now == nil {
		site.Now = time.Now
	}
	if l := site.Limits; l.Asked == nil && (l.Conversation > 0 || l.Day > 0) {
		return nil, fmt.Errorf("web: a limit by conversation or day needs who counts the questions")
	}
	site.Timing = site.Timing.withDefaults()
	s := &server{site: site, desk: desk, talks: talks, library: library, log: log,
		limits: newLimits(site.Limits, site.Now), allowed: map[string]bool{}, api: http.NewCrossOriginProtection(), forms: http.NewCrossOriginProtection()}
	for _, o := range site.Origins {
		if err := s.api.AddTrustedOrigin(o); err != nil || o != strings.ToLower(o) {
			return nil, fmt.Errorf("web: origin %q must look like https://www.example.org: %w", o, err)
		}
		s.allowed[o] = true
	}
	if err := s.loadAssets(); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	return s.handler(), nil
}
