package modelhttp

import "sync"

// Usage is what a client has sent since it was made.
type Usage struct {
	// Requests counts every attempt, Failed those that gave no result.
	Requests, Failed int
	// Texts counts the texts of successful requests, Truncated those texts that
	// were cut before they were sent.
	Texts, Truncated int
	// Tokens is what the servers counted, or the estimate where they did not;
	// Estimated is the part of it that is an estimate. A reply that was refused
	// counts, for it is paid for; an attempt without one does not.
	Tokens, Estimated int64
	// Cost is Tokens at the price that was set.
	Cost float64
}

// Meter counts what is sent. It is safe for concurrent use.
type Meter struct {
	mu    sync.Mutex
	u     Usage
	price float64
}

// Add changes the counts.
func (m *Meter) Add(change func(*Usage)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(&m.u)
}

// Tokens counts what the server says, or else the estimate.
func (m *Meter) Tokens(said, estimate int64) {
	m.Add(func(u *Usage) {
		if said <= 0 {
			said = estimate
			u.Estimated += estimate
		}
		u.Tokens += said
	})
}

// Snapshot returns the counts so far.
func (m *Meter) Snapshot() Usage {
	m.mu.Lock()
	defer m.mu.Unlock()
	u := m.u
	u.Cost = float64(u.Tokens) / 1e6 * m.price
	return u
}
