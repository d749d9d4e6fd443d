package storetest

import (
	"fmt"
	"sync"
	"time"

	"townclerk/bot"
)

const lease = time.Hour

func (h *harness) next(sink string, lease time.Duration) (bot.Delivery, bool) {
	h.Helper()
	d, found, err := h.s.NextDelivery(h.Context(), sink, lease)
	h.must(err)
	return d, found
}

func (h *harness) wantNext(sink string, want bot.Delivery) bot.Delivery {
	h.Helper()
	got, found := h.next(sink, lease)
	if !found || got != want {
		h.Fatalf("next is %+v (found %v), want %+v", got, found, want)
	}
	return got
}

func (h *harness) wantNone(sink string) {
	h.Helper()
	if got, found := h.next(sink, lease); found {
		h.Fatalf("next is %+v, want nothing", got)
	}
}

func deliveries(h *harness) {
	h.wantNone("slack")
	t := h.ticket("slack", "mail")
	h.do(t.ID, noted("x"))
	at := bot.Place{Channel: "C1", Thread: "1.5"}
	_, err := h.s.PlaceOf(h.Context(), "slack", t.ID)
	h.wantKind(err, bot.NotFound)
	d := h.wantNext("slack", bot.Delivery{Ticket: t.ID, Sink: "slack", Seq: 1})
	h.wantNone("slack")
	h.must(h.s.PutOff(h.Context(), d, time.Now().Add(lease)))
	h.wantNone("slack")
	h.must(h.s.PutOff(h.Context(), d, time.Now().Add(-time.Second)))
	d = h.wantNext("slack", bot.Delivery{Ticket: t.ID, Sink: "slack", Seq: 1, Attempts: 1})
	for range 2 { // told twice
		h.must(h.s.Arrived(h.Context(), d, at))
	}
	if got, err := h.s.Ticket(h.Context(), t.ID); err != nil || got.Reached != 1 {
		h.Errorf("reached is %d of %d (%v)", got.Reached, got.Version, err)
	}
	second := h.wantNext("slack", bot.Delivery{Ticket: t.ID, Sink: "slack", Seq: 2, Place: at})
	h.do(t.ID, noted("y")) // does not end the lease
	h.wantNone("slack")
	h.must(h.s.Arrived(h.Context(), d, bot.Place{Channel: "C9", Thread: "9"})) // too late
	moved := bot.Place{Channel: "C2", Thread: "2.5"}
	h.must(h.s.Arrived(h.Context(), second, moved))
	third := h.wantNext("slack", bot.Delivery{Ticket: t.ID, Sink: "slack", Seq: 3, Place: moved})
	h.must(h.s.Arrived(h.Context(), third, moved))
	h.wantNone("slack")
	h.do(t.ID, noted("z"))
	h.wantNext("slack", bot.Delivery{Ticket: t.ID, Sink: "slack", Seq: 4, Place: moved})
	h.wantNext("mail", bot.Delivery{Ticket: t.ID, Sink: "mail", Seq: 1})
	if got, err := h.s.TicketAt(h.Context(), "slack", moved); err != nil || got != t.ID {
		h.Errorf("at %v is %q, %v", moved, got, err)
	}
	if got, err := h.s.PlaceOf(h.Context(), "slack", t.ID); err != nil || got != moved {
		h.Errorf("the ticket is at %v, %v", got, err)
	}
	for sink, at := range map[string]bot.Place{"slack": at, "mail": moved, "": {}} {
		_, err := h.s.TicketAt(h.Context(), sink, at)
		h.wantKind(err, bot.NotFound)
	}
}

// One that has died loses its lease, and where it comes back it neither takes the event
// from its heir nor lets anybody go past it.
func lostCouriers(h *harness) {
	t := h.ticket("slack")
	h.do(t.ID, noted("x"))
	dead := h.wantNext("slack", bot.Delivery{Ticket: t.ID, Sink: "slack", Seq: 1})
	h.later(lease - time.Second)
	h.wantNone("slack")
	h.later(time.Second)
	heir := h.wantNext("slack", bot.Delivery{Ticket: t.ID, Sink: "slack", Seq: 1, Attempts: 1})
	h.must(h.s.PutOff(h.Context(), dead, time.Now().Add(-time.Second)))
	h.wantNone("slack")
	h.must(h.s.Arrived(h.Context(), dead, bot.Place{Channel: "C", Thread: "1"}))
	h.wantNone("slack") // the heir is still at it
	h.later(lease)
	h.wantNext("slack", bot.Delivery{Ticket: t.ID, Sink: "slack", Seq: 2, Place: bot.Place{Channel: "C", Thread: "1"}})
	h.must(h.s.PutOff(h.Context(), heir, time.Now().Add(-time.Second)))
	h.must(h.s.Arrived(h.Context(), heir, bot.Place{Channel: "C", Thread: "2"}))
	if got, err := h.s.Ticket(h.Context(), t.ID); err != nil || got.Reached != 1 {
		h.Errorf("reached is %d, %v", got.Reached, err)
	}
	if got, err := h.s.PlaceOf(h.Context(), "slack", t.ID); err != nil || got.Thread != "1" {
		h.Errorf("the ticket is at %v, %v", got, err)
	}
}

// The ticket that has waited longest comes first, and no busy one keeps others waiting.
func takingTurns(h *harness) {
	a := h.ticket("slack")
	b := h.ticket("slack")
	for range 3 {
		h.do(a.ID, noted("x"))
		h.do(b.ID, noted("x"))
	}
	for i, want := range []bot.TicketID{a.ID, b.ID, a.ID, b.ID, a.ID, b.ID, a.ID, b.ID} {
		d, found := h.next("slack", lease)
		if !found || d.Ticket != want || d.Seq != i/2+1 {
			h.Fatalf("%d: %+v (found %v)", i, d, found)
		}
		h.must(h.s.Arrived(h.Context(), d, bot.Place{Channel: "C", Thread: string(d.Ticket)}))
	}
	h.wantNone("slack")
}

// Eight couriers at once, while events come in, some of whom die: each event arrives once
// and in order.
func eightCouriers(h *harness) {
	const tickets, events = 12, 6
	var ids []bot.TicketID
	for range tickets {
		ids = append(ids, h.ticket("slack").ID)
	}
	var mu sync.Mutex
	seen := map[bot.TicketID]int{}
	left := tickets * events
	together(9, func(i int) {
		if i == 8 {
			for n := range (events - 1) * tickets {
				if _, err := h.s.Change(h.Context(), ids[n%tickets], Do(noted(fmt.Sprint(n)))); err != nil {
					h.Error(err)
				}
			}
			return
		}
		for n := 0; !h.Failed(); n++ {
			mu.Lock()
			done := left == 0
			mu.Unlock()
			if done {
				return
			}
			length := lease
			dies := n%5 == i%5
			if dies {
				length = -time.Second
			}
			d, found, err := h.s.NextDelivery(h.Context(), "slack", length)
			if err != nil {
				h.Error(err)
			}
			if !found || dies {
				continue
			}
			mu.Lock()
			if seen[d.Ticket]++; seen[d.Ticket] != d.Seq {
				h.Errorf("event %d came as number %d", d.Seq, seen[d.Ticket])
			}
			left--
			mu.Unlock()
			if err := h.s.Arrived(h.Context(), d, bot.Place{Channel: "C", Thread: string(d.Ticket)}); err != nil {
				h.Error(err)
			}
		}
	})
	for _, id := range ids {
		t, err := h.s.Ticket(h.Context(), id)
		h.must(err)
		if t.Reached != events || t.Version != events {
			h.Errorf("%d of %d have arrived", t.Reached, t.Version)
		}
	}
}
