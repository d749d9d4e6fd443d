package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"townclerk/bot"
)

func erasure(h *harness) {
	id, _ := h.create()
	kept, keptToken := h.create()
	first := h.open(id, "a", "one")
	h.must(h.s.Append(h.Context(), first.ID, Shown("x"), Ended(bot.Answered), Feedback("fine")))
	open := h.open(id, "b", "two")
	other := h.open(kept, "a", "mine stays")
	for range 2 { // idempotent
		h.must(h.s.Erase(h.Context(), id))
	}
	_, err := h.s.Transcript(h.Context(), id)
	h.wantKind(err, bot.NotFound)
	_, err = h.s.Recent(h.Context(), id, 1)
	h.wantKind(err, bot.NotFound)
	_, _, err = h.s.Open(h.Context(), message(id, "a", "one"), Question("one"), time.Now().Add(time.Minute))
	h.wantKind(err, bot.NotFound)
	for _, e := range []bot.Event{Shown("x"), Feedback("x"), {Kind: bot.Corrected}} {
		h.wantKind(h.s.Append(h.Context(), first.ID, e), bot.NotFound)
		h.wantKind(h.s.Append(h.Context(), open.ID, e), bot.NotFound)
	}
	for turn, want := range map[bot.TurnID][]bot.EventKind{
		first.ID: {bot.Opened, bot.Shown, bot.Ended, bot.Feedback},
		open.ID:  {bot.Opened, bot.Ended},
	} {
		events, err := h.s.Events(h.Context(), turn)
		h.must(err)
		if !slices.Equal(h.kinds(turn), want) {
			h.Errorf("events %v, want %v", h.kinds(turn), want)
		}
		for _, e := range events {
			if len(e.Texts) > 0 {
				h.Errorf("a text is left: %s", e.Texts)
			}
		}
	}
	events, err := h.s.Events(h.Context(), open.ID)
	h.must(err)
	if f := events[1].Facts; f[bot.FactOutcome] != string(bot.Failed) || f["reason"] != "erased" {
		h.Errorf("the open turn ended with %v", f)
	}
	h.must(h.s.Authenticate(h.Context(), kept, keptToken))
	h.must(h.s.Append(h.Context(), other.ID, Shown("x"), Ended(bot.Answered)))
}

func reaping(h *harness) {
	past, future := time.Now().Add(-time.Second), time.Now().Add(time.Hour)
	var ids []bot.ConversationID
	var turns []bot.TurnID
	for i, deadline := range []time.Time{past, past, future, past} {
		id, _ := h.create()
		ids = append(ids, id)
		turns = append(turns, h.openUntil(id, "k", fmt.Sprint(i), deadline).ID)
	}
	h.must(h.s.Append(h.Context(), turns[1], Shown("something")))
	h.must(h.s.Append(h.Context(), turns[3], Ended(bot.Abstained)))
	for _, want := range []int{2, 0} {
		if n, err := h.s.Reap(h.Context()); err != nil || n != want {
			h.Fatalf("reaped %d, %v; want %d", n, err, want)
		}
	}
	for i, want := range []bot.Outcome{bot.Failed, bot.Partial, "", bot.Abstained} {
		got, err := h.s.Transcript(h.Context(), ids[i])
		h.must(err)
		if got[0].Outcome != want || got[0].Ended != (want != "") {
			h.Errorf("turn %d ended %v as %q, want %q", i, got[0].Ended, got[0].Outcome, want)
		}
	}
	events, err := h.s.Events(h.Context(), turns[1])
	h.must(err)
	if f := events[2].Facts; f["reason"] != "interrupted" || f[bot.FactOutcome] != string(bot.Partial) {
		h.Errorf("facts %v", f)
	}
	got, err := h.s.Transcript(h.Context(), ids[1])
	h.must(err)
	if got[0].Answer == nil || got[0].Answer.Sentences[0].Text != "something" {
		h.Errorf("what was shown is gone: %+v", got[0])
	}
}

// together runs fn n times at once.
func together(n int, fn func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			fn(i)
		})
	}
	close(start)
	wg.Wait()
}

func manyOpeners(h *harness) {
	id, _ := h.create()
	var fresh atomic.Int32
	turns := make([]bot.TurnID, 50)
	together(len(turns), func(i int) {
		turn, isFresh, err := h.s.Open(h.Context(), message(id, "k", "q"), Question("q"), time.Now().Add(time.Minute))
		if err != nil {
			h.Error(err)
		}
		if isFresh {
			fresh.Add(1)
		}
		turns[i] = turn.ID
	})
	if n := fresh.Load(); n != 1 || len(slices.Compact(turns)) != 1 {
		h.Errorf("%d fresh turns, identifiers %v", n, slices.Compact(turns))
	}
}

func manyKeys(h *harness) {
	id, _ := h.create()
	var fresh, busy atomic.Int32
	together(50, func(i int) {
		_, isFresh, err := h.s.Open(h.Context(), message(id, fmt.Sprint(i), "q"), Question("q"), time.Now().Add(time.Minute))
		switch {
		case err == nil && isFresh:
			fresh.Add(1)
		case bot.KindOf(err) == bot.Busy:
			busy.Add(1)
		default:
			h.Error(isFresh, err)
		}
	})
	if fresh.Load() != 1 || busy.Load() != 49 {
		h.Errorf("%d fresh, %d busy", fresh.Load(), busy.Load())
	}
}

func twoEnders(h *harness) {
	for range 20 {
		id, _ := h.create()
		turn := h.open(id, "k", "q")
		var won, refused atomic.Int32
		together(2, func(i int) {
			switch err := h.s.Append(h.Context(), turn.ID, Shown(fmt.Sprint(i)), Ended(bot.Answered)); {
			case err == nil:
				won.Add(1)
			case errors.Is(err, h.errs.Ended):
				refused.Add(1)
			default:
				h.Error(err)
			}
		})
		if won.Load() != 1 || refused.Load() != 1 || len(h.kinds(turn.ID)) != 3 {
			h.Fatalf("%d won, %d refused, events %v", won.Load(), refused.Load(), h.kinds(turn.ID))
		}
	}
}

func twoReapers(h *harness) {
	var turns []bot.TurnID
	for range 20 {
		id, _ := h.create()
		turns = append(turns, h.openUntil(id, "k", "q", time.Now().Add(-time.Second)).ID)
	}
	var total atomic.Int32
	together(2, func(int) {
		n, err := h.s.Reap(h.Context())
		if err != nil {
			h.Error(err)
		}
		total.Add(int32(n))
	})
	if total.Load() != 20 {
		h.Errorf("reaped %d in all, want 20", total.Load())
	}
	for _, id := range turns {
		if got := h.kinds(id); len(got) != 2 {
			h.Errorf("events %v", got)
		}
	}
}

func appendAgainstErase(h *harness) {
	for range 20 {
		id, _ := h.create()
		turn := h.open(id, "k", "q")
		together(3, func(i int) {
			if i == 0 {
				if err := h.s.Erase(h.Context(), id); err != nil {
					h.Error(err)
				}
				return
			}
			if err := h.s.Append(h.Context(), turn.ID, Shown("x")); err != nil && bot.KindOf(err) != bot.NotFound {
				h.Error(err)
			}
		})
		events, err := h.s.Events(h.Context(), turn.ID)
		h.must(err)
		for _, e := range events {
			if len(e.Texts) > 0 {
				h.Fatalf("an event after erasure holds %s", e.Texts)
			}
		}
	}
}

func cancelled(h *harness) {
	id, _ := h.create()
	turn := h.open(id, "k", "q")
	ctx, cancel := context.WithCancel(h.Context())
	cancel()
	_, _, err := h.s.Create(ctx, "en")
	h.wantKind(err, bot.Unavailable)
	h.wantKind(h.s.Append(ctx, turn.ID, Ended(bot.Answered)), bot.Unavailable)
	h.wantKind(h.s.Erase(ctx, id), bot.Unavailable)
	if !errors.Is(h.s.Erase(ctx, id), context.Canceled) {
		h.Error("the cause is lost")
	}
	if got := h.kinds(turn.ID); len(got) != 1 {
		h.Errorf("events %v", got)
	}
}
