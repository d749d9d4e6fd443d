package remote

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

// caller sends requests to one server and says what went wrong. It does not hold
// the key, so that nothing which prints it can give the key away.
type caller struct {
	op, model, host   string
	http              *http.Client
	clock             httpx.Clock
	attempts          int
	timeout, deadline time.Duration
	maxBody           int64
	keyless           bool
	scrub             func(string) string // takes the key out of what a server says
	meter             meter
}

func newCaller(op string, c Config, hc *http.Client, clock httpx.Clock) *caller {
	u, _ := url.Parse(c.BaseURL) // checked by filled
	return &caller{
		op: op, model: c.Model, host: u.Host,
		http: client(hc), clock: clock.OrReal(),
		attempts: c.Attempts, timeout: c.Timeout, deadline: c.Deadline, maxBody: c.MaxBody,
		keyless: c.Key == "", scrub: scrubber(string(c.Key)),
		meter: meter{price: c.PricePerMillionTokens},
	}
}

func scrubber(key string) func(string) string {
	if key == "" {
		return func(s string) string { return s }
	}
	return strings.NewReplacer(key, "[key]", url.QueryEscape(key), "[key]", url.PathEscape(key), "[key]").Replace
}

// repeat calls try until it succeeds, fails for good, or time or attempts are
// up. Once stop is done there are no further attempts, but the one that is under
// way is waited for: what it brings is paid for.
func (c *caller) repeat(ctx, stop context.Context, try func(context.Context) error) error {
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
		if !e.Kind.Retried() || n >= c.attempts || !c.clock.Now().Add(wait).Before(end) {
			return e
		}
		if c.clock.Sleep(stop, wait) != nil || stop.Err() != nil {
			if ctx.Err() != nil {
				return c.name(ended(ctx))
			}
			return e
		}
	}
}

// once makes one attempt within the caller's timeout and what time is left.
func (c *caller) once(ctx context.Context, left time.Duration, try func(context.Context) error) *Error {
	attempt, cancel := context.WithTimeout(ctx, min(left, c.timeout))
	defer cancel()
	err := try(attempt)
	if err == nil {
		return nil
	}
	c.meter.add(func(u *Usage) { u.Failed++ })
	if ctx.Err() != nil {
		return c.name(ended(ctx))
	}
	var e *Error
	if !errors.As(err, &e) {
		// The client library's own error. It may quote the reply, so it is dropped.
		e = failure(Malformed, "")
	}
	return c.name(e)
}

func (c *caller) name(e *Error) *Error {
	e.Op, e.Model, e.Host = c.op, c.model, c.host
	return e
}

// ended says why the context that we were called with is done. It is not the
// server's doing; nothing is tried again.
func ended(ctx context.Context) *Error {
	return &Error{Kind: Cancelled, Err: ctx.Err(), What: ctx.Err().Error()}
}

// fetch sends the request and returns the body of a reply with status 2xx.
func (c *caller) fetch(req *http.Request) ([]byte, error) {
	c.meter.add(func(u *Usage) { u.Requests++ })
	res, err := c.http.Do(req)
	if err != nil {
		return nil, unreachable(err)
	}
	defer res.Body.Close()
	if res.StatusCode < 200 || res.StatusCode > 299 {
		body, _ := io.ReadAll(io.LimitReader(res.Body, maxErrorBody)) // what there is of it
		return nil, c.refusal(res, body)
	}
	body, err := httpx.ReadAll(res.Body, c.maxBody)
	switch {
	case errors.Is(err, httpx.ErrTooLarge):
		return nil, failure(TooLarge, "more than %d bytes", c.maxBody)
	case err != nil && isTimeout(err):
		return nil, &Error{Kind: Timeout, What: "the reply came too slowly", Err: context.DeadlineExceeded}
	case err != nil:
		return nil, &Error{Kind: CutOff, What: "connection lost in the middle", Err: io.ErrUnexpectedEOF}
	}
	return body, nil
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
		return failure(WrongAddress, "the server speaks http, not https")
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
