package remote

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
	// Cost is Tokens at Config.PricePerMillionTokens.
	Cost float64
}

type meter struct {
	mu    sync.Mutex
	u     Usage
	price float64
}

func (m *meter) add(change func(*Usage)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(&m.u)
}

// tokens counts what the server says, or else the estimate.
func (m *meter) tokens(said, estimate int64) {
	m.add(func(u *Usage) {
		if said <= 0 {
			said = estimate
			u.Estimated += estimate
		}
		u.Tokens += said
	})
}

func (m *meter) snapshot() Usage {
	m.mu.Lock()
	defer m.mu.Unlock()
	u := m.u
	u.Cost = float64(u.Tokens) / 1e6 * m.price
	return u
}
