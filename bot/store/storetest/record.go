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
	"townclerk/bot/ledger"
	"townclerk/bot/ledger/audit"
)

// auditClean expects that nothing is wrong with the record, and returns its entries.
func (h *harness) auditClean() (entries []ledger.Entry, sum audit.Summary) {
	h.Helper()
	err := h.s.Audit(h.Context(), func(l audit.Log) (err error) {
		rows := l.Rows
		l.Rows = func(yield func(audit.Row, error) bool) {
			for row, err := range rows {
				if e, bad := ledger.Parse(row.Line); bad == nil {
					entries = append(entries, e)
				}
				if !yield(row, err) {
					return
				}
			}
		}
		sum, err = audit.Verify(l, func(f audit.Finding) { h.Errorf("the record: %v", f) })
		return err
	})
	h.must(err)
	return entries, sum
}

// said is what an entry says in short.
func said(e ledger.Entry) string {
	fields := []string{}
	for field := range e.Commitments {
		fields = append(fields, field)
	}
	slices.Sort(fields)
	return fmt.Sprint(e.Type, " ", e.Seq, " ", e.Outcome, " ", e.Facts["action"], " ", fields)
}

// Whatever is recorded is a leaf.
func leaves(h *harness) {
	id, _ := h.create()
	turn := h.open(id, "", "q")
	h.must(h.s.Append(h.Context(), turn.ID, Shown("a")))
	h.must(h.s.Append(h.Context(), turn.ID, Ended(bot.Answered)))
	h.must(h.s.Append(h.Context(), turn.ID, Feedback("good")))
	second := h.open(id, "", "q2")
	ticket := h.ticketOf(second.ID)
	h.must(h.s.Append(h.Context(), second.ID, Ended(bot.HandedOver)))
	h.do(ticket.ID, Said(bot.TicketReplied, bot.Actor{Kind: bot.Clerk, ID: "ann"}, "On Monday."))
	wanted := map[string][]string{
		string(turn.ID):   {"opened 1  <nil> [question]", "shown 2  <nil> [answer]", "ended 3 answered <nil> [trace]", "feedback 4  <nil> [comment]"},
		string(second.ID): {"opened 1  <nil> [question]", "ended 2 handed_over <nil> [trace]"},
		string(ticket.ID): {"ticket 1  opened [brief]", "ticket 2  replied [message]"},
	}
	h.expect(wanted)
	h.must(h.s.Erase(h.Context(), id))
	wanted[string(ticket.ID)] = append(wanted[string(ticket.ID)], "ticket 3  erased []")
	for subject, said := range wanted {
		wanted[subject] = append(said, fmt.Sprintf("erasure %d  <nil> []", len(said)+1))
	}
	if sum := h.expect(wanted); sum.Texts != 0 || sum.Erased != 8 {
		h.Errorf("after erasing: %+v", sum)
	}
}

func (h *harness) expect(wanted map[string][]string) audit.Summary {
	h.Helper()
	got := map[string][]string{}
	entries, sum := h.auditClean()
	for _, e := range entries {
		got[e.Subject] = append(got[e.Subject], said(e))
	}
	for subject, want := range wanted {
		if !slices.Equal(got[subject], want) {
			h.Errorf("on the record is %q, want %q", got[subject], want)
		}
	}
	if len(got) != len(wanted) {
		h.Errorf("%d subjects are on the record, want %d", len(got), len(wanted))
	}
	return sum
}

// Who writes at the same time shares transactions, and one's error is nobody else's.
func manyWriters(h *harness) {
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			id, _, err := h.s.Create(h.Context(), "en")
			if err != nil {
				h.Error(err)
				return
			}
			for range 5 {
				turn, _, err := h.s.Open(h.Context(), message(id, "", "q"), Question("q"), time.Now().Add(time.Minute))
				if err == nil {
					err = h.s.Append(h.Context(), turn.ID, Shown("a"), Ended(bot.Answered))
				}
				if err != nil {
					h.Error(err)
				}
				if err := h.s.Append(h.Context(), turn.ID, Shown("b")); err == nil {
					h.Error("something was appended to a turn that has ended")
				}
			}
		})
	}
	group.Wait()
	if entries, _ := h.auditClean(); len(entries) != 16*5*3 {
		h.Errorf("%d entries", len(entries))
	}
}

// A note is recorded when it says something else than the last one of its type.
func notes(h *harness) {
	note := func(revision int64, want bool) {
		h.Helper()
		changed, err := h.s.NoteChange(h.Context(), ledger.Entry{Type: ledger.Knowledge, Facts: map[string]any{"revision": revision}})
		h.must(err)
		if changed != want {
			h.Errorf("revision %d is recorded: %v", revision, changed)
		}
	}
	note(1, true)
	note(1, false)
	note(2, true)
	note(1, true)
	h.must(h.s.Note(h.Context(), ledger.Entry{Type: ledger.Hold, Facts: map[string]any{"active": true}}))
	entries, _ := h.auditClean()
	if len(entries) != 4 || entries[2].Seq != 3 || entries[2].Subject != entries[0].Subject {
		h.Errorf("on the record: %+v", entries)
	}
}

// A caller who leaves takes nobody's work along, and what failed was not written.
func leavers(h *harness) {
	id, _ := h.create()
	turn := h.open(id, "", "q")
	var group sync.WaitGroup
	var done atomic.Int32
	for i := range 64 {
		group.Go(func() {
			ctx, cancel := context.WithCancel(h.Context())
			defer cancel()
			if i%2 == 1 {
				go cancel()
			}
			switch err := h.s.Append(ctx, turn.ID, Shown(fmt.Sprint(i))); {
			case err == nil:
				done.Add(1)
			case i%2 == 0 || !errors.Is(err, context.Canceled):
				h.Error(err)
			}
		})
	}
	group.Wait()
	if kinds := h.kinds(turn.ID); len(kinds) != 1+int(done.Load()) {
		h.Errorf("%d events, and %d callers were told so", len(kinds), done.Load())
	}
}
