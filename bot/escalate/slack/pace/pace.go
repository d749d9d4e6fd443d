// Package pace lets messages into channels one after the other.
package pace

import (
	"sync"
	"time"
)

// apart is how far apart messages of a channel are, as Slack asks.
const apart = time.Second

// Gate gives each message its time in its channel, so that of many that wait each is put
// off once. The zero value with a clock is ready. It is safe
// for concurrent use.
type Gate struct {
	Now func() time.Time

	mu    sync.Mutex
	next  map[string]time.Time // by channel, when the next message may go
	slots map[string]slot      // by message, of those that were told to wait
}

type slot struct {
	at      time.Time
	waiting int // how often the message was told to wait and nothing else
}

// Pass returns how long a message has to wait; zero: it goes now.
func (g *Gate) Pass(channel, key string) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.begin()
	now, s := g.Now(), g.slots[key]
	if s.at.IsZero() {
		s.at = later(g.next[channel], now)
		g.next[channel] = s.at.Add(apart)
	}
	if !s.at.After(now) {
		delete(g.slots, key)
		return 0
	}
	s.waiting++
	g.slots[key] = s
	return s.at.Sub(now)
}

func (g *Gate) begin() {
	if g.next == nil {
		g.next, g.slots = map[string]time.Time{}, map[string]slot{}
	}
}

// Waited returns how often a message was told to wait, and was not tried.
func (g *Gate) Waited(key string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.slots[key].waiting
}

// Hold lets nothing into a channel for a time, as Slack asked.
func (g *Gate) Hold(channel string, wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.begin()
	g.next[channel] = later(g.next[channel], g.Now().Add(wait))
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
