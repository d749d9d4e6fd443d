package storetest

import (
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"townclerk/bot"
)

func (h *harness) receive(id, body string, want bool) {
	h.Helper()
	fresh, err := h.s.Receive(h.Context(), "slack", id, []byte(body))
	h.must(err)
	if fresh != want {
		h.Errorf("%s is fresh: %v", id, fresh)
	}
}

// pending returns what is pending as "identifier body attempts".
func (h *harness) pending(source string, limit int) (got []string) {
	h.Helper()
	mail, err := h.s.Pending(h.Context(), source, limit)
	h.must(err)
	for _, m := range mail {
		got = append(got, fmt.Sprint(m.ID, " ", string(m.Body), " ", m.Attempts))
	}
	return got
}

func (h *harness) wantPending(want ...string) {
	h.Helper()
	if got := h.pending("slack", 10); !slices.Equal(got, want) {
		h.Errorf("pending are %q, want %q", got, want)
	}
}

func mail(h *harness) {
	h.wantPending()
	for i, id := range []string{"z", "b", "a"} {
		h.receive(id, fmt.Sprint(i), true)
		h.later(time.Second)
	}
	h.receive("b", "other words", false)
	h.wantPending("z 0 0", "b 1 0", "a 2 0")
	if got := h.pending("slack", 1); !slices.Equal(got, []string{"z 0 0"}) {
		h.Errorf("the first is %q", got)
	}
	if got := h.pending("other", 1); len(got) != 0 {
		h.Errorf("another source has %q", got)
	}
	h.must(h.s.Again(h.Context(), "slack", "z", h.now().Add(time.Minute)))
	h.must(h.s.DealtWith(h.Context(), "slack", "b"))
	h.wantPending("a 2 0")
	h.later(2 * time.Minute)
	h.wantPending("z 0 1", "a 2 0")
	for range 2 {
		h.must(h.s.DealtWith(h.Context(), "slack", "z"))
	}
	h.receive("z", "0", false)
	h.wantPending("a 2 0")
	h.wantKind(h.s.DealtWith(h.Context(), "slack", "nothing"), bot.NotFound)
}

// What was dealt with is known for a week; what was not is never forgotten.
func oldMail(h *harness) {
	h.receive("done", "x", true)
	h.receive("open", "y", true)
	h.must(h.s.DealtWith(h.Context(), "slack", "done"))
	h.once("digest", true)
	for range 2 {
		h.later(6 * 24 * time.Hour)
		h.receive("done", "x", false)
		h.later(2 * 24 * time.Hour)
		_, err := h.s.Reap(h.Context())
		h.must(err)
		h.receive("open", "y", false)
		h.receive("done", "x", true)
		h.must(h.s.DealtWith(h.Context(), "slack", "done"))
	}
	h.once("digest", false)
	h.later(45 * 24 * time.Hour)
	_, err := h.s.Reap(h.Context())
	h.must(err)
	h.once("digest", true)
}

func (h *harness) once(name string, want bool) {
	h.Helper()
	if got, err := h.s.Once(h.Context(), name); err != nil || got != want {
		h.Errorf("%s is the first: %v, %v", name, got, err)
	}
}

// Of many who receive or do the same at once one is the first.
func manyReceivers(h *harness) {
	var fresh, once atomic.Int32
	together(30, func(i int) {
		ok, err := h.s.Receive(h.Context(), "slack", fmt.Sprint(i%3), []byte("body"))
		if err != nil {
			h.Error(err)
		}
		if ok {
			fresh.Add(1)
		}
		ok, err = h.s.Once(h.Context(), fmt.Sprint(i%2))
		if err != nil {
			h.Error(err)
		}
		if ok {
			once.Add(1)
		}
	})
	if fresh.Load() != 3 || once.Load() != 2 {
		h.Errorf("%d of 3 messages and %d of 2 marks are fresh", fresh.Load(), once.Load())
	}
}
