// Package slack shows tickets in a Slack workspace, and brings what clerks do there back
// to the desk.
//
// A ticket is one message in its department's channel, with a thread. A Bridge is the
// sink that keeps both as the ticket's events tell: each message that it posts carries
// the ticket and the event as metadata, so that one whose answer was lost is found again
// instead of posted twice. What Slack is given of a citizen is redacted text, as plain
// text: it can neither ping nor link.
//
// What package slackwire brings, over HTTP or a socket, Take stores in the mailroom before
// it is acknowledged, and Run does it. A message of a thread is internal; it goes to the
// citizen only where it begins with the mark, or is sent by a button or the dialog. What
// was done for a message or click is not done again: the ticket's events carry it as
// their origin. Of a message and its edits the newest counts, in whatever order they
// come: see package revision.
package slack

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	api "github.com/slack-go/slack"

	"townclerk/bot"
	"townclerk/bot/escalate"
	"townclerk/bot/escalate/slack/form"
	"townclerk/bot/escalate/slack/pace"
)

// Name is the sink's, and the source's in the mailroom.
const Name = "slack"

// Config is what an agency sets of its workspace.
type Config struct {
	Token string // the bot's: xoxb-…
	// Team is the workspace's identifier, T…; what comes from another is refused.
	Team string
	// Mark begins a message that is for the citizen; empty: ">>".
	Mark string
	// StaffGroup is the user group, S…, that may act on tickets; empty: whoever is in
	// the channel.
	StaffGroup string
	APIURL     string // empty: Slack's own
	// Inbox is where staff's browsers find the inbox, without a slash at the end. Who
	// resolves a ticket is told that its reply can be offered there; empty: nobody is.
	Inbox string
}

// Parts are what a Bridge works with.
type Parts struct {
	Desk  *escalate.Desk
	Store escalate.Store
	Queue escalate.Queue
	Mail  escalate.Mailroom
	HTTP  *http.Client
	Now   func() time.Time
	Log   *slog.Logger
	// Clerk names clerks who are not of Slack; nil: they have no name here.
	Clerk func(context.Context, bot.Actor) string
}

// Bridge connects tickets and a workspace. It is safe for concurrent use.
type Bridge struct {
	config Config
	Parts
	client *api.Client
	words  form.Words
	gate   pace.Gate
	counts counts
	wake   chan struct{}

	mu    sync.Mutex
	self  string // the app's bot_id
	names map[string]kept[string]
	staff kept[[]string]
}

// kept is something that Slack said, good for a while.
type kept[T any] struct {
	of    T
	until time.Time
}

var _ escalate.Sink = (*Bridge)(nil)

// New returns a bridge, or says what the configuration lacks.
func New(c Config, p Parts) (*Bridge, error) {
	switch {
	case !strings.HasPrefix(c.Token, "xoxb-"):
		return nil, errors.New("slack: the bot's token is missing; it begins with xoxb- and stands under OAuth & Permissions of the app")
	case !strings.HasPrefix(c.Team, "T"):
		return nil, fmt.Errorf("slack: team %q is no workspace; its identifier begins with T and stands in the address of Slack in a browser", c.Team)
	}
	for _, d := range p.Desk.Departments() {
		if d.Channel != "" && !strings.ContainsAny(d.Channel[:1], "CG") {
			return nil, fmt.Errorf("slack: the channel of department %s is %q; write its identifier (C…), which stands at the end of the channel's details", d.ID, d.Channel)
		}
	}
	if c.Mark == "" {
		c.Mark = ">>"
	}
	options := []api.Option{api.OptionHTTPClient(p.HTTP)}
	if c.APIURL != "" {
		options = append(options, api.OptionAPIURL(c.APIURL))
	}
	b := &Bridge{
		config: c, Parts: p, client: api.New(c.Token, options...), names: map[string]kept[string]{},
		gate: pace.Gate{Now: p.Now}, wake: make(chan struct{}, 1),
	}
	b.words = form.Words{Desk: p.Desk, Name: b.name}
	return b, nil
}

// Name names the sink in the store.
func (b *Bridge) Name() string { return Name }

// actor is a person of the workspace.
func (b *Bridge) actor(user string) bot.Actor {
	return bot.Actor{Kind: bot.Clerk, ID: "slack:" + b.config.Team + ":" + user}
}

// origin names a message, for the event that it makes.
func (b *Bridge) origin(channel, ts string) string {
	return "slack:" + b.config.Team + ":" + channel + ":" + ts
}
