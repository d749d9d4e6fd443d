// Package modelhttp is what every client of a model server over HTTP needs: when
// to try again, what a refusal means, in words that hold neither the key nor the
// texts, and what was used.
package modelhttp

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"townclerk/internal/httpx"
)

// backoff is the wait between attempts.
var backoff = httpx.Backoff{Base: 500 * time.Millisecond, Max: 20 * time.Second}

const (
	maxErrorBody = 64 << 10
	idleConns    = 64 // to one server, so that many turns at once do not dial anew each time
)

// Caller sends requests to one server and says what went wrong. It does not hold
// the key, so that nothing which prints it can give the key away.
type Caller struct {
	op, model, host   string
	http              *http.Client
	clock             httpx.Clock
	attempts          int
	timeout, deadline time.Duration
	maxBody           int64
	keyless           bool
	scrub             func(string) string // takes the key out of what a server says
	breaker           *breaker            // nil: every request is made
	Meter             Meter
}

// Server says where a model is and how patient to be with it.
type Server struct {
	Op             string // "embed", "rerank", "write": for errors
	BaseURL, Model string
	Key            httpx.Secret
	// Attempts is the greatest number of times that a request is sent.
	Attempts int
	// Timeout bounds one attempt, Deadline all of them with their waits.
	Timeout, Deadline time.Duration
	// MaxBody is the greatest length in bytes of a reply.
	MaxBody int64
	// Breaks leaves a server that fails again and again alone for a while: for calls
	// that somebody waits for and can do without.
	Breaks bool
	// PricePerMillionTokens is what Usage computes the cost from.
	PricePerMillionTokens float64
}

// New returns what calls the server. The client may be nil, and gives the
// transport: redirects and cookies are left out whatever it says, for Go's client
// would send the body, and a key in a header, along.
func New(s Server, hc *http.Client, clock httpx.Clock) (*Caller, error) {
	u, err := checkBaseURL(s.BaseURL)
	switch {
	case err != nil:
		return nil, err
	case strings.TrimSpace(s.Model) == "":
		return nil, errors.New("the model has no name")
	case strings.ContainsFunc(string(s.Key), func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		return nil, errors.New("the key has a blank, a line break or a character that is not ASCII")
	}
	out := &Caller{
		op: s.Op, model: s.Model, host: u.Host,
		http: client(hc), clock: clock.OrReal(),
		attempts: s.Attempts, timeout: s.Timeout, deadline: s.Deadline, maxBody: s.MaxBody,
		keyless: s.Key == "", scrub: scrubber(string(s.Key)),
		Meter: Meter{price: s.PricePerMillionTokens},
	}
	if s.Breaks {
		out.breaker = newBreaker(out.clock.Now)
	}
	return out, nil
}

func scrubber(key string) func(string) string {
	if key == "" {
		return func(s string) string { return s }
	}
	return strings.NewReplacer(key, "[key]", url.QueryEscape(key), "[key]", url.PathEscape(key), "[key]").Replace
}

// Repeat calls try until it succeeds, fails for good, or time or attempts are
// up. Once stop is done there are no further attempts, but the one that is under
// way is waited for: what it brings is paid for.
func (c *Caller) Repeat(ctx, stop context.Context, try func(context.Context) error) error {
	if c.breaker == nil {
		return c.repeat(ctx, stop, try)
	}
	if !c.breaker.allow() {
		return c.Name(Failure(Resting, ""))
	}
	err := c.repeat(ctx, stop, try)
	if err != nil && errors.Is(ctx.Err(), context.Canceled) {
		c.breaker.drop() // the caller left; that a caller's time was up is the server's doing
	} else {
		c.breaker.report(err == nil)
	}
	return err
}

func (c *Caller) repeat(ctx, stop context.Context, try func(context.Context) error) error {
	end := c.clock.Now().Add(c.deadline)
	if d, ok := ctx.Deadline(); ok {
		if sooner := c.clock.Now().Add(time.Until(d)); sooner.Before(end) {
			end = sooner
		}
	}
	for n := 1; ; n++ {
		e := c.once(ctx, end.Sub(c.clock.Now()), try)
		if e == nil {
			return nil
		}
		e.Attempts = n
		wait := backoff.Wait(n, e.RetryAfter, c.clock.Random)
		if !e.Kind.Retried() || e.Final || n >= c.attempts || !c.clock.Now().Add(wait).Before(end) {
			return e
		}
		if c.clock.Sleep(stop, wait) != nil || stop.Err() != nil {
			if ctx.Err() != nil {
				return c.Name(Ended(ctx))
			}
			return e
		}
	}
}

// once makes one attempt within the caller's timeout and what time is left.
func (c *Caller) once(ctx context.Context, left time.Duration, try func(context.Context) error) *Error {
	attempt, cancel := context.WithTimeout(ctx, min(left, c.timeout))
	defer cancel()
	err := try(attempt)
	if err == nil {
		return nil
	}
	c.Meter.Add(func(u *Usage) { u.Failed++ })
	if ctx.Err() != nil {
		return c.Name(Ended(ctx))
	}
	var e *Error
	if !errors.As(err, &e) {
		// The client library's own error. It may quote the reply, so it is dropped.
		e = Failure(Malformed, "")
	}
	return c.Name(e)
}

// Name completes an error with what was called.
func (c *Caller) Name(e *Error) *Error {
	e.Op, e.Model, e.Host = c.op, c.model, c.host
	return e
}

// Ended says why the context that we were called with is done. It is not the
// server's doing; nothing is tried again.
func Ended(ctx context.Context) *Error {
	return &Error{Kind: Cancelled, Err: ctx.Err(), What: ctx.Err().Error()}
}

// Open sends the request and returns a reply with status 2xx, whose body the
// caller closes.
func (c *Caller) Open(req *http.Request) (*http.Response, error) {
	c.Meter.Add(func(u *Usage) { u.Requests++ })
	res, err := c.http.Do(req)
	if err != nil {
		return nil, unreachable(err)
	}
	if res.StatusCode < 200 || res.StatusCode > 299 {
		defer res.Body.Close()
		body, _ := io.ReadAll(io.LimitReader(res.Body, maxErrorBody)) // what there is of it
		return nil, c.refusal(res, body)
	}
	return res, nil
}

// Fetch sends the request and returns the body of a reply with status 2xx.
func (c *Caller) Fetch(req *http.Request) ([]byte, error) {
	res, err := c.Open(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := httpx.ReadAll(res.Body, c.maxBody)
	switch {
	case errors.Is(err, httpx.ErrTooLarge):
		return nil, Failure(TooLarge, "more than %d bytes", c.maxBody)
	case err != nil:
		return nil, Broken(err)
	}
	return body, nil
}

// Broken classifies the failure of a body that began to arrive.
func Broken(err error) *Error {
	if isTimeout(err) {
		return &Error{Kind: Timeout, What: "the reply came too slowly", Err: context.DeadlineExceeded}
	}
	return &Error{Kind: CutOff, What: "connection lost in the middle", Err: io.ErrUnexpectedEOF}
}

// unreachable classifies a request that got no response. Of net/http's errors it
// keeps those that quote neither the address nor what the server sent.
func unreachable(err error) *Error {
	if isTimeout(err) {
		return &Error{Kind: Timeout, Err: context.DeadlineExceeded}
	}
	if bad, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return &Error{Kind: Untrusted, Err: bad, What: bad.Error()}
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return &Error{Kind: Connection, Err: op, What: op.Error()}
	}
	if errors.Is(err, http.ErrSchemeMismatch) {
		return Failure(WrongAddress, "the server speaks http, not https")
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &Error{Kind: Connection, Err: io.ErrUnexpectedEOF, What: "closed without a reply"}
	}
	return &Error{Kind: Connection}
}

func isTimeout(err error) bool {
	t, ok := errors.AsType[net.Error](err)
	return ok && t.Timeout() || errors.Is(err, context.DeadlineExceeded)
}

// checkBaseURL refuses, beside what is no address, everything that an error text
// or a proxy's log would give away.
func checkBaseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return nil, errors.New("the base URL is not an http or https address")
	case u.User != nil:
		return nil, errors.New("the base URL has a password in it; it belongs into the key")
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return nil, errors.New("the base URL has a query or a fragment")
	}
	return u, nil
}

// client copies c so that it follows no redirect and keeps no cookies.
func client(c *http.Client) *http.Client {
	if c == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxIdleConnsPerHost = idleConns
		c = &http.Client{Transport: t}
	}
	own := *c
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	own.Jar = nil
	return &own
}
