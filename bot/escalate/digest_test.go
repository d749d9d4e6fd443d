package escalate_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"townclerk/bot"
	"townclerk/bot/escalate"
)

// On each day of work, once they are there, people are shown what came before and waits
// for them: once, by whichever server.
func TestDigest(t *testing.T) {
	h := newHall(t)
	servers := []*escalate.Desk{h.desk, h.server()}
	h.at("Tue 2026-11-24 09:00")
	answered, waiting := h.open(), h.open()
	h.act(answered.ID, escalate.Action{Kind: bot.TicketReplied, By: ann, Text: "It comes today."})
	h.act(waiting.ID, escalate.Action{Kind: bot.TicketTaken, By: ann})
	for _, step := range []struct {
		at      string
		want    int // tickets; 0: no digest
		restart bool
	}{
		{at: "Tue 2026-11-24 10:00"}, // it came after they opened
		{at: "Tue 2026-11-24 16:30"},
		{at: "Wed 2026-11-25 07:59"},
		{at: "Wed 2026-11-25 08:00", want: 1},
		{at: "Wed 2026-11-25 08:01"},
		{at: "Wed 2026-11-25 12:00", restart: true},
		{at: "Thu 2026-11-26 09:00"}, // a holiday
		{at: "Fri 2026-11-27 16:00"}, // they have gone
		{at: "Sat 2026-11-28 09:00"},
		{at: "Mon 2026-11-30 09:30", want: 1},
	} {
		h.at(step.at)
		if step.restart {
			servers = []*escalate.Desk{h.server(), h.server()}
		}
		got := 0
		for _, d := range servers {
			err := d.Digest(t.Context(), func(_ context.Context, to bot.DepartmentID, tickets []bot.Ticket) error {
				got += len(tickets)
				if to != "waste" || tickets[0].ID != waiting.ID {
					t.Errorf("%s: %s is shown %v", step.at, to, tickets)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if got != step.want {
			t.Errorf("%s: %d tickets, want %d", step.at, got, step.want)
		}
	}
	h.act(waiting.ID, escalate.Action{Kind: bot.TicketResolved, By: ann})
	h.at("Tue 2026-12-01 08:00")
	if err := h.desk.Digest(t.Context(), func(context.Context, bot.DepartmentID, []bot.Ticket) error {
		return errors.New("there is nothing to show")
	}); err != nil {
		t.Error(err)
	}
}

// One department whose digest fails does not keep it from the others, and it is not
// posted twice.
func TestDigestFails(t *testing.T) {
	h := newHall(t)
	h.open()
	elsewhere := h.open()
	h.act(elsewhere.ID, escalate.Action{Kind: bot.TicketRerouted, By: ann, To: "switchboard"})
	h.at("Tue 2026-11-24 08:00")
	var asked []bot.DepartmentID
	down := errors.New("the channel is away")
	post := func(_ context.Context, to bot.DepartmentID, _ []bot.Ticket) error {
		asked = append(asked, to)
		return map[bot.DepartmentID]error{"waste": down}[to]
	}
	if err := h.desk.Digest(t.Context(), post); !errors.Is(err, down) {
		t.Error(err)
	}
	if err := h.desk.Digest(t.Context(), post); err != nil || !slices.Equal(asked, []bot.DepartmentID{"waste", "switchboard"}) {
		t.Error(fmt.Sprint(asked), err)
	}
}
