package storetest

import (
	"fmt"
	"reflect"
	"sync/atomic"
	"time"

	"townclerk/bot"
	"townclerk/bot/budget"
)

func reservation(call string, amount budget.Amount) budget.Reservation {
	return budget.Reservation{Call: call, Day: "2026-03-02", Amount: amount, Until: time.Now().Add(time.Hour)}
}

// Two hundred calls at once set aside as much as the cap allows, and no more; what
// they cost takes the place of it.
func manyCalls(h *harness) {
	caps := budget.Caps{Daily: 995}
	var allowed atomic.Int32
	granted := make([]bool, 200)
	together(len(granted), func(i int) {
		ok, err := h.s.Reserve(h.Context(), reservation(fmt.Sprint(i), 10), caps)
		if err != nil {
			h.Error(err)
		}
		if granted[i] = ok; ok {
			allowed.Add(1)
		}
	})
	if allowed.Load() != 99 {
		h.Errorf("%d calls are allowed, want 99", allowed.Load())
	}
	h.wantSpent("2026-03-02", 990, 990)
	together(len(granted), func(i int) {
		if !granted[i] {
			return
		}
		if err := h.s.Settle(h.Context(), reservation(fmt.Sprint(i), 4)); err != nil {
			h.Error(err)
		}
	})
	h.wantSpent("2026-03-02", 99*4, 99*4)
}

func caps(h *harness) {
	reserve := func(day string, amount budget.Amount, c budget.Caps, want bool) {
		h.Helper()
		r := budget.Reservation{Call: fmt.Sprint(day, amount, c), Day: day, Amount: amount, Until: time.Now().Add(time.Hour)}
		ok, err := h.s.Reserve(h.Context(), r, c)
		h.must(err)
		if ok != want {
			h.Errorf("%s: %d under %v is allowed: %v", day, amount, c, ok)
		}
		if ok {
			h.must(h.s.Settle(h.Context(), r))
		}
	}
	both := budget.Caps{Daily: 100, Monthly: 150}
	reserve("2026-02-28", 1000, budget.Caps{}, true) // no cap at all
	reserve("2026-03-01", 101, both, false)
	reserve("2026-03-01", 100, both, true)
	reserve("2026-03-01", 1, both, false)
	reserve("2026-03-31", 51, both, false) // of the month
	reserve("2026-03-31", 50, both, true)
	reserve("2026-04-01", 100, both, true)
	h.wantSpent("2026-03-31", 50, 150)
	h.wantSpent("2026-05-01", 0, 0)
}

// What was set aside by one that died is released when its time is over, and counts
// after all where that one was only late.
func lostCalls(h *harness) {
	lost := reservation("lost", 100)
	lost.Until = time.Now().Add(-time.Second)
	for _, r := range []budget.Reservation{lost, reservation("next", 100)} {
		if ok, err := h.s.Reserve(h.Context(), r, budget.Caps{Daily: 100}); err != nil || !ok {
			h.Fatalf("%s: %v, %v", r.Call, ok, err)
		}
	}
	h.must(h.s.Settle(h.Context(), lost))
	h.wantSpent("2026-03-02", 200, 200)
}

func (h *harness) wantSpent(day string, today, month budget.Amount) {
	h.Helper()
	got, err := h.s.Spent(h.Context(), day)
	if err != nil || got != (budget.Spent{Today: today, Month: month}) {
		h.Errorf("%s: %+v (%v), want %d and %d", day, got, err, today, month)
	}
}

func asked(h *harness) {
	begun := time.Now().Add(-time.Hour)
	id, _ := h.create()
	other, _ := h.create()
	for i, c := range []bot.ConversationID{id, id, other} {
		e := Question("q")
		e.At = begun.Add(time.Duration(i) * time.Minute)
		turn, _, err := h.s.Open(h.Context(), message(c, fmt.Sprint(i), "q"), e, time.Now().Add(time.Hour))
		h.must(err)
		h.must(h.s.Append(h.Context(), turn.ID, Ended(bot.Abstained)))
	}
	for _, test := range []struct {
		id    bot.ConversationID
		since time.Duration
		n     int
		first time.Duration
	}{
		{id, 0, 2, 0}, {id, time.Second, 1, time.Minute}, {"", 0, 3, 0}, {"", 2 * time.Minute, 1, 2 * time.Minute}, {id, time.Hour, 0, 0},
		{"unknown\x00", 0, 0, 0},
	} {
		n, first, err := h.s.Asked(h.Context(), test.id, begun.Add(test.since))
		h.must(err)
		if n != test.n || n > 0 && !first.Equal(begun.Add(test.first).Truncate(time.Microsecond)) || n == 0 && !first.IsZero() {
			h.Errorf("%q since %v: %d, the first at %v", test.id, test.since, n, first)
		}
	}
}

func remembering(h *harness) {
	q := bot.Asked{Question: bot.AsRedacted("What is the fee?"), Language: "en", Revision: 7, Setup: "c m"}
	answered := func(text string) (bot.ConversationID, bot.TurnID) {
		id, _ := h.create()
		turn := h.open(id, "k", text)
		h.must(h.s.Append(h.Context(), turn.ID, Shown(text), Ended(bot.Answered)))
		return id, turn.ID
	}
	want := func(q bot.Asked, text string) {
		h.Helper()
		got, found, err := h.s.Remembered(h.Context(), q)
		h.must(err)
		if found != (text != "") || found && !reflect.DeepEqual(got, Answer(text)) {
			h.Errorf("%+v gives %+v (found %v), want %q", q, got, found, text)
		}
	}
	want(q, "")
	_, first := answered("one")
	id, second := answered("two")
	for _, turn := range []bot.TurnID{first, second} { // the later one counts
		h.must(h.s.Remember(h.Context(), q, turn))
	}
	same := q
	same.Question = bot.AsRedacted(" what  IS the ｆｅｅ ")
	want(same, "two")
	for _, change := range []func(*bot.Asked){
		func(q *bot.Asked) { q.Question = bot.AsRedacted("What is the fine?") }, func(q *bot.Asked) { q.Language = "es" },
		func(q *bot.Asked) { q.Revision = 8 }, func(q *bot.Asked) { q.Setup = "c n" },
		func(q *bot.Asked) { q.Language, q.Setup = "enc", " m" },
	} {
		other := q
		change(&other)
		want(other, "")
	}
	h.must(h.s.Erase(h.Context(), id))
	want(q, "")
	h.wantKind(h.s.Remember(h.Context(), q, second), bot.NotFound)
	h.wantKind(h.s.Remember(h.Context(), q, bot.NewTurnID()), bot.NotFound)
	h.must(h.s.Remember(h.Context(), q, first))
	want(q, "one")
	h.must(h.s.Append(h.Context(), first, Feedback("good")))
	want(q, "one")
	unhelpful := Feedback("bad")
	unhelpful.Facts[bot.FactHelpful] = false
	h.must(h.s.Append(h.Context(), first, unhelpful))
	want(q, "")

	_, third := answered("three")
	h.must(h.s.Remember(h.Context(), q, third))
	h.must(h.s.Forget(h.Context(), third))
	want(q, "")
	h.must(h.s.Remember(h.Context(), q, third))
	later := q
	later.Revision = 8
	h.must(h.s.Remember(h.Context(), later, third))
	want(later, "three")
	want(q, "") // of an earlier revision

	id, _ = h.create()
	open := h.open(id, "k", "open")
	h.must(h.s.Append(h.Context(), open.ID, Shown("half")))
	h.must(h.s.Remember(h.Context(), later, open.ID))
	want(later, "") // not given in full
}
