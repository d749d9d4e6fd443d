package slackwire

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	api "github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

const (
	watchEvery    = 500 * time.Millisecond
	atOnce        = 16 // letters that are stored at the same time
	socketBuffer  = 32 << 10
	handshakeTime = 20 * time.Second
)

// Socket holds a connection to Slack, in Socket Mode.
type Socket struct {
	AppToken string // xapp-…
	APIURL   string // empty: Slack's own
	// Silence is after what time without a word, not even a ping, a connection counts as
	// dead; zero: a minute.
	Silence time.Duration
	Take    Take
	HTTP    *http.Client
	Now     func() time.Time
	Log     *slog.Logger
}

func (s *Socket) silence() time.Duration { return cmp.Or(s.Silence, time.Minute) }

// Listen takes events and interactions over Socket Mode until the context ends. It
// connects anew when the connection breaks, or says nothing for too long.
func (s *Socket) Listen(ctx context.Context) {
	for ctx.Err() == nil {
		if err := s.listen(ctx); err != nil && ctx.Err() == nil {
			s.Log.Warn("the connection to Slack broke; connecting again", "error", err)
		}
		select { // also where Slack refuses at once
		case <-ctx.Done():
		case <-time.After(watchEvery):
		}
	}
}

// errSilent is why the watchdog ended a connection.
var errSilent = errors.New("nothing was heard from Slack for too long")

// listen holds one connection and those that slack-go makes after it.
func (s *Socket) listen(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	heard := &heard{now: s.Now}
	heard.note()
	options := []api.Option{api.OptionHTTPClient(s.HTTP), api.OptionAppLevelToken(s.AppToken)}
	if s.APIURL != "" {
		options = append(options, api.OptionAPIURL(s.APIURL))
	}
	client := socketmode.New(api.New("", options...), socketmode.OptionReadLimit(maxBody), socketmode.OptionPingInterval(max(s.silence(), time.Minute)),
		socketmode.OptionDialer(&websocket.Dialer{NetDialContext: heard.dial, HandshakeTimeout: handshakeTime, WriteBufferSize: socketBuffer}))
	var wg sync.WaitGroup
	wg.Go(func() { s.watch(ctx, heard, cancel) })
	wg.Go(func() { s.serve(ctx, client) })
	err := client.RunContext(ctx)
	cancel(err)
	wg.Wait()
	return context.Cause(ctx)
}

// watch ends a connection that says nothing.
func (s *Socket) watch(ctx context.Context, heard *heard, end context.CancelCauseFunc) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if heard.since() > s.silence() {
				end(errSilent)
				return
			}
		}
	}
}

// serve takes what comes and acknowledges it once it is stored.
func (s *Socket) serve(ctx context.Context, client *socketmode.Client) {
	var wg sync.WaitGroup
	defer wg.Wait()
	slots := make(chan struct{}, atOnce)
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-client.Events:
			if e.Request == nil || e.Request.EnvelopeID == "" {
				continue
			}
			slots <- struct{}{}
			wg.Go(func() {
				defer func() { <-slots }()
				s.envelope(ctx, client, *e.Request)
			})
		}
	}
}

func (s *Socket) envelope(ctx context.Context, client *socketmode.Client, r socketmode.Request) {
	answer, err := s.Take(ctx, r.Payload)
	if err != nil {
		s.Log.Error("what came from Slack could not be stored; it will come again", "error", err)
		return
	}
	var payload any
	if len(answer) > 0 && r.AcceptsResponsePayload {
		payload = rawJSON(answer)
	}
	if err := client.AckCtx(ctx, r.EnvelopeID, payload); err != nil && ctx.Err() == nil {
		s.Log.Warn("an acknowledgement did not go to Slack", "error", err)
	}
}

type rawJSON []byte

func (r rawJSON) MarshalJSON() ([]byte, error) { return r, nil }

// heard notes when a connection was last heard of, be it a ping.
type heard struct {
	now  func() time.Time
	last atomic.Int64
}

func (h *heard) note()                { h.last.Store(h.now().UnixNano()) }
func (h *heard) since() time.Duration { return h.now().Sub(time.Unix(0, h.last.Load())) }

func (h *heard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	h.note()
	c, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return heardConn{c, h}, nil
}

type heardConn struct {
	net.Conn
	heard *heard
}

func (c heardConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.heard.note()
	}
	return n, err
}
