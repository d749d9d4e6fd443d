// Package httpx holds what every client of a remote service needs: how long to
// wait before the next attempt, how much of a body to read, and a type for keys
// that does not print itself.
package httpx

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Secret is a key or password. Formatting, logging or encoding it gives a
// placeholder; string(s) gives the secret. The fmt package cannot see methods
// of what lies in unexported fields, so do not keep one there.
type Secret string

const hidden = "[secret]"

// String returns a placeholder.
func (Secret) String() string { return hidden }

// GoString returns a placeholder.
func (Secret) GoString() string { return hidden }

// MarshalText returns a placeholder.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue returns a placeholder.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// Clock is the time and the chance that waiting depends on. Nil fields stand
// for the real ones.
type Clock struct {
	Now func() time.Time
	// Sleep returns after d, or with the context's error when that is done first.
	Sleep func(ctx context.Context, d time.Duration) error
	// Random returns a number in [0, 1). It is safe for concurrent use.
	Random func() float64
}

// OrReal returns the clock with its nil fields filled.
func (c Clock) OrReal() Clock {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Sleep == nil {
		c.Sleep = sleep
	}
	if c.Random == nil {
		c.Random = rand.Float64
	}
	return c
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Backoff is exponential backoff with full jitter: the wait after the nth
// attempt is uniform between zero and Base doubled n-1 times, at most Max. See
// M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
type Backoff struct{ Base, Max time.Duration }

// Wait returns how long to wait after the nth attempt (from 1) failed. after is
// what the server asked for, zero if it did not ask; the wait is never shorter.
func (b Backoff) Wait(n int, after time.Duration, random func() float64) time.Duration {
	if after > 0 { // a little later than asked, so that not all come back at once
		return after + time.Duration(random()*float64(b.Base))
	}
	ceiling := math.Min(float64(b.Base)*math.Pow(2, float64(n-1)), float64(b.Max))
	return time.Duration(random() * ceiling)
}

// longest is what a Retry-After is cut to; nobody here waits that long.
const longest = 24 * time.Hour

// RetryAfter returns how long a response asks its client to wait: Retry-After in
// seconds or as a date (RFC 9110, 10.2.3), or the Retry-After-Ms of OpenAI and
// Azure. A date is compared with the response's own Date where it has one, so
// that a wrong clock on either side does not matter. Zero: it does not ask.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil {
		return bounded(ms / 1000)
	}
	v := strings.TrimSpace(h.Get("Retry-After"))
	if s, err := strconv.ParseFloat(v, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return bounded(s)
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return bounded(at.Sub(now).Seconds())
}

func bounded(seconds float64) time.Duration {
	if !(seconds > 0) { // NaN too
		return 0
	}
	return time.Duration(math.Min(seconds, longest.Seconds()) * float64(time.Second))
}

// ErrTooLarge says that a body is longer than its reader takes.
var ErrTooLarge = errors.New("body too large")

// ReadAll reads r to its end, or fails with ErrTooLarge once it has more than
// limit bytes.
func ReadAll(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if int64(len(data)) > limit {
		return nil, ErrTooLarge
	}
	return data, err
}
