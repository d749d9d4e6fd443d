package web

import (
	"cmp"
	"context"
	"hash/maphash"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"townclerk/bot"
	"townclerk/bot/guard"
)

// Limits bound what is taken. A limit of zero is none.
type Limits struct {
	// Conversation is how many questions one conversation may ask in an hour, Day how
	// many all may ask in a day.
	Conversation, Day int
	// Address is how many requests that are recorded this server takes from one
	// address in an hour.
	Address int
	// AddressHeader names the header in which the proxy says the client's address; of
	// several addresses the last one counts. Empty, and where it says none, it is the
	// peer's, unless that is on a private network: then it is a proxy's own.
	AddressHeader string
	// Asked returns how many questions were asked since a time, in one conversation
	// or, where that is empty, in all, and when the first of them was. It is needed
	// for Conversation and Day.
	Asked func(ctx context.Context, id bot.ConversationID, since time.Time) (n int, first time.Time, err error)
	// Zone is where a day begins at midnight; nil: UTC.
	Zone *time.Location
}

// limits counts. It is safe for concurrent use.
type limits struct {
	Limits
	now   func() time.Time
	seed  maphash.Seed
	today count

	mu         sync.Mutex
	due, older map[uint64]time.Time // by address; see wait
	turned     time.Time
}

const (
	window       = time.Hour
	maxAddresses = 100_000         // in each of the two maps
	countEvery   = 1 * time.Second // the questions of the day, at most
)

func newLimits(l Limits, now func() time.Time) *limits {
	if l.Zone == nil {
		l.Zone = time.UTC
	}
	return &limits{Limits: l, now: now, seed: maphash.MakeSeed(), due: map[uint64]time.Time{}}
}

// conversation returns how long the conversation has to wait before it may ask again.
func (l *limits) conversation(ctx context.Context, id bot.ConversationID) (time.Duration, error) {
	if l.Conversation == 0 {
		return 0, nil
	}
	now := l.now()
	n, first, err := l.Asked(ctx, id, now.Add(-window))
	if err != nil || n < l.Conversation {
		return 0, err
	}
	return first.Add(window).Sub(now), nil
}

// count is how many questions there were on a day, as of a moment.
type count struct {
	mu     sync.Mutex
	at     time.Time
	n      int
	begins time.Time // the day
}

// day counts a question of all, and returns how long it is to the next day where
// there were too many. Of what other servers take it knows a second later.
func (l *limits) day(ctx context.Context) (time.Duration, error) {
	if l.Day == 0 {
		return 0, nil
	}
	now := l.now().In(l.Zone)
	y, m, d := now.Date()
	begins, ends := time.Date(y, m, d, 0, 0, 0, 0, l.Zone), time.Date(y, m, d+1, 0, 0, 0, 0, l.Zone)
	c := &l.today
	c.mu.Lock()
	defer c.mu.Unlock()
	if !begins.Equal(c.begins) || now.Sub(c.at) >= countEvery {
		n, _, err := l.Asked(ctx, "", begins)
		if err != nil {
			return 0, err
		}
		c.n, c.at, c.begins = n, now, begins
	}
	if c.n >= l.Day {
		return ends.Sub(now), nil
	}
	c.n++
	return 0, nil
}

// wait counts a request of an address, and returns how long it has to wait where
// there were too many. It keeps one time for each address, the one at which what it
// asked for so far would be due at an even rate (the generic cell rate algorithm,
// ITU-T I.371), under a hash that is worth nothing outside of this process. One that
// has not come for an hour, or that 100,000 others came after, is forgotten.
func (l *limits) wait(a netip.Addr) time.Duration {
	now, each := l.now(), window/time.Duration(l.Address)
	key := maphash.Comparable(l.seed, a)
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.due) >= maxAddresses || now.Sub(l.turned) > window {
		l.older, l.due, l.turned = l.due, map[uint64]time.Time{}, now
	}
	due, ok := l.due[key]
	if !ok {
		due = l.older[key]
	}
	if due.Before(now) {
		due = now
	}
	if early := due.Add(each).Sub(now) - window; early > 0 {
		return early
	}
	l.due[key] = due.Add(each)
	return 0
}

// address returns who sent the request; false where that is not known.
func (l *limits) address(r *http.Request) (netip.Addr, bool) {
	said := r.Header.Values(l.AddressHeader)
	if l.AddressHeader != "" && len(said) > 0 {
		last := said[len(said)-1]
		last = strings.TrimSpace(last[strings.LastIndex(last, ",")+1:])
		if a, err := netip.ParseAddr(last); err == nil {
			return network(a), true
		}
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	a := peer.Addr().Unmap()
	return network(a), err == nil && !a.IsPrivate() && !a.IsLoopback() && !a.IsLinkLocalUnicast()
}

// network is what one subscriber has: an IPv4 address, or 64 bits of an IPv6 one.
func network(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a
	}
	p, _ := a.Prefix(64) // an IPv6 address has one
	return p.Addr()
}

// limited refuses requests of an address that has sent too many.
func (s *server) limited(h handle) handle {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := s.admitAddress(r, ""); err != nil {
			return err
		}
		return h(w, r)
	}
}

// admitAddress refuses a request of an address that has sent too many, but for a
// message of somebody in danger.
func (s *server) admitAddress(r *http.Request, text string) error {
	if s.limits.Address == 0 {
		return nil
	}
	a, known := s.limits.address(r)
	if !known {
		return nil
	}
	return unlessInDanger(text, s.tooMany("error.limited", s.limits.wait(a)))
}

// unlessInDanger drops the refusal of a message that somebody in danger has sent. Only
// what would be refused is read for that: the turn reads every message itself.
func unlessInDanger(text string, refusal error) error {
	if refusal != nil && guard.Danger(text) != guard.None {
		return nil
	}
	return refusal
}

// admit refuses a question that is one too many. It comes before the turn is opened,
// so that one that is refused costs nothing. Nobody in danger is refused.
func (s *server) admit(ctx context.Context, id bot.ConversationID, text string) error {
	return unlessInDanger(text, s.within(ctx, id))
}

// within reports, as an error, that the conversation or everybody has asked too much.
func (s *server) within(ctx context.Context, id bot.ConversationID) error {
	after, err := s.limits.conversation(ctx, id)
	if err != nil {
		return err
	}
	if err := s.tooMany("error.limited", after); err != nil {
		return err
	}
	if after, err = s.limits.day(ctx); err != nil {
		return err
	}
	return s.tooMany("error.limited.day", after)
}

// tooMany is the error of who has to wait; nil for no time at all.
func (s *server) tooMany(word string, after time.Duration) error {
	if after <= 0 {
		return nil
	}
	c := s.site.Contact
	contact := c.Name
	if reach := cmp.Or(c.Phone, c.Email, s.live(c.URL)); reach != "" {
		contact += " (" + reach + ")"
	}
	return &fault{kind: bot.Limited, word: word, args: []string{"contact", contact}, after: after}
}
