package modelhttp

import (
	"sync"
	"time"
)

// A breaker opens after failures in a row and lets one request through when it
// has been open for a while: if that succeeds it closes (M. Nygard, Release It!,
// 2007).
type breaker struct {
	now func() time.Time

	mu       sync.Mutex
	failures int
	until    time.Time // open until then
	trying   bool      // one request is through
}

const (
	breakAfter = 4
	openFor    = 20 * time.Second
)

func newBreaker(now func() time.Time) *breaker { return &breaker{now: now} }

// allow reports whether a request may be made. Each that was allowed is reported or
// dropped.
func (b *breaker) allow() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failures < breakAfter {
		return true
	}
	if b.trying || b.now().Before(b.until) {
		return false
	}
	b.trying = true
	return true
}

// drop ends a request that says nothing about the server.
func (b *breaker) drop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trying = false
}

func (b *breaker) report(ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trying = false
	if ok {
		b.failures = 0
		return
	}
	b.failures++
	b.until = b.now().Add(openFor)
}
