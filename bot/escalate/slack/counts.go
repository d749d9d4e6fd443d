package slack

import (
	"maps"
	"sync"

	"townclerk/bot/escalate/slack/form"
)

// Why something that came in was not done. The first ones are refused, the others
// ignored.
const (
	refusedTeam   = "team"
	refusedBody   = "unreadable"
	refusedPerson = "not_staff"

	ignoredTwice     = "duplicate"
	ignoredElsewhere = form.NoThread
	ignoredKind      = form.NoMessage
)

// counts are numbers by reason.
type counts struct {
	mu sync.Mutex
	of map[string]int64
}

// Count counts something that came in and was not done, by its reason, and logs what was
// refused, without a word of what it was.
func (b *Bridge) Count(reason string) {
	b.counts.mu.Lock()
	if b.counts.of == nil {
		b.counts.of = map[string]int64{}
	}
	b.counts.of[reason]++
	b.counts.mu.Unlock()
	switch reason {
	case ignoredTwice, ignoredElsewhere, ignoredKind, form.OfBot:
	default:
		b.Log.Warn("something from Slack was refused", "reason", reason)
	}
}

// Counts returns how often something that came in was not done, by reason.
func (b *Bridge) Counts() map[string]int64 {
	b.counts.mu.Lock()
	defer b.counts.mu.Unlock()
	return maps.Clone(b.counts.of)
}
