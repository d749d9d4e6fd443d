package escalate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"townclerk/bot"
)

// Courier brings the events of tickets to a sink, one after the other. Several may work
// for one sink, on several servers.
type Courier struct {
	queue Queue
	store Store
	sink  Sink
	now   func() time.Time
	log   *slog.Logger
	wake  chan struct{}
}

// NewCourier returns a courier for a sink.
func NewCourier(q Queue, s Store, sink Sink, now func() time.Time, log *slog.Logger) *Courier {
	return &Courier{queue: q, store: s, sink: sink, now: now, log: log, wake: make(chan struct{}, 1)}
}

// Wake has Run look for events at once. It never blocks.
func (c *Courier) Wake() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

const (
	lease     = time.Minute // longer than a delivery may take
	carryTime = 45 * time.Second
	lookEvery = time.Second // for what other servers put in the queue
	firstWait = time.Second
	maxWait   = 5 * time.Minute
)

// Run delivers until the context ends.
func (c *Courier) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		did, err := c.Deliver(ctx)
		if l := (*Later)(nil); errors.As(err, &l) {
			c.log.Info("a ticket's news has to wait", "sink", c.sink.Name(), "reason", err)
		} else if err != nil && ctx.Err() == nil {
			c.log.Error("a ticket's news did not get through; they are tried again", "sink", c.sink.Name(), "error", err)
		}
		if did && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-c.wake:
		case <-tick.C:
		}
	}
}

// Deliver brings the next event that is due, and reports whether there was one. What
// fails is put off, longer each time.
func (c *Courier) Deliver(ctx context.Context) (bool, error) {
	d, due, err := c.queue.NextDelivery(ctx, c.sink.Name(), lease)
	if err != nil || !due {
		return false, err
	}
	at, err := c.carry(ctx, d)
	if err == nil {
		return true, c.queue.Arrived(ctx, d, at)
	}
	wait := min(maxWait, firstWait<<min(d.Attempts, 16))
	if l := (*Later)(nil); errors.As(err, &l) {
		wait = max(l.After, firstWait)
	}
	err = fmt.Errorf("ticket %s event %d: %w", d.Ticket, d.Seq, err)
	return true, errors.Join(err, c.queue.PutOff(ctx, d, c.now().Add(wait)))
}

func (c *Courier) carry(ctx context.Context, d bot.Delivery) (bot.Place, error) {
	ctx, cancel := context.WithTimeout(ctx, carryTime)
	defer cancel()
	t, err := c.store.Ticket(ctx, d.Ticket)
	if err != nil {
		return d.Place, err
	}
	if d.Seq < 1 || d.Seq > len(t.Events) {
		return d.Place, fmt.Errorf("it has only %d events", len(t.Events))
	}
	return c.sink.Deliver(ctx, t, t.Events[d.Seq-1], d)
}
