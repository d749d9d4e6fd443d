package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"townclerk/bot"
	"townclerk/bot/contribute"
)

// contributed returns a draft of a ticket, as ann offers it.
func (h *harness) contributed(t bot.Ticket, at time.Time) contribute.Contribution {
	h.Helper()
	c := contribute.Contribution{ID: contribute.NewID(), Ticket: t.ID, Department: t.Department, Language: "es"}
	c, err := contribute.Apply(c, contribute.Step{Kind: contribute.Offers, At: at.UTC().Truncate(time.Second), By: ann,
		Text: contribute.Text{Question: "Where can I bring mattresses?", Answer: "To the drop-off center."}})
	h.must(err)
	return c
}

func (h *harness) contribution(t bot.Ticket) contribute.Contribution {
	h.Helper()
	c := h.contributed(t, h.now())
	h.must(h.s.AddContribution(h.Context(), c))
	return c
}

// step returns what has ChangeContribution record a step in any state.
func (h *harness) step(kind contribute.Kind, by bot.Actor, text contribute.Text) func(contribute.Contribution) (*contribute.Step, error) {
	at := h.now().UTC().Truncate(time.Second)
	return func(contribute.Contribution) (*contribute.Step, error) {
		return &contribute.Step{Kind: kind, At: at, By: by, Text: text}, nil
	}
}

func contributionRoundTrip(h *harness) {
	c := h.contribution(h.ticket())
	due := h.now().AddDate(0, 6, 0).UTC().Truncate(time.Second)
	for _, step := range []func(contribute.Contribution) (*contribute.Step, error){
		h.step(contribute.Revises, bob, contribute.Text{Question: "Where do mattresses go?", Answer: "To the center."}),
		h.step(contribute.Approves, bot.Actor{Kind: bot.Clerk, ID: "cy"}, contribute.Text{ReviewDue: due}),
		h.step(contribute.Withdraws, ann, contribute.Text{Reason: "moved"}),
	} {
		var want contribute.Contribution
		got, err := h.s.ChangeContribution(h.Context(), c.ID, func(c contribute.Contribution) (*contribute.Step, error) {
			s, err := step(c)
			if err == nil {
				want, err = contribute.Apply(c, *s)
			}
			return s, err
		})
		h.must(err)
		read, err := h.s.Contribution(h.Context(), c.ID)
		h.must(err)
		if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(read, want) {
			h.Errorf("got %+v\nread %+v\nwant %+v", got, read, want)
		}
	}
	_, err := h.s.ChangeContribution(h.Context(), c.ID, h.step(contribute.Rejects, bob, contribute.Text{}))
	var refusal *contribute.Refusal
	if !errors.As(err, &refusal) || refusal.State != contribute.Withdrawn {
		h.Errorf("rejected when it was withdrawn: %v", err)
	}
	no := errors.New("no")
	if _, err := h.s.ChangeContribution(h.Context(), c.ID, func(contribute.Contribution) (*contribute.Step, error) { return nil, no }); err != no {
		h.Errorf("got %v, want the error of decide", err)
	}
	_, err = h.s.Contribution(h.Context(), "nothing")
	h.wantKind(err, bot.NotFound)
	_, err = h.s.ChangeContribution(h.Context(), "nothing", h.step(contribute.Rejects, bob, contribute.Text{}))
	h.wantKind(err, bot.NotFound)
}

// A second one is refused until the first one is over; the same one again is not.
func oneContribution(h *harness) {
	t := h.ticket()
	c := h.contributed(t, h.now())
	for range 2 {
		h.must(h.s.AddContribution(h.Context(), c))
	}
	other := h.contributed(t, h.now())
	if err := h.s.AddContribution(h.Context(), other); !errors.Is(err, contribute.ErrOffered) {
		h.Errorf("a second one: %v", err)
	}
	_, err := h.s.ChangeContribution(h.Context(), c.ID, h.step(contribute.Rejects, bob, contribute.Text{}))
	h.must(err)
	h.must(h.s.AddContribution(h.Context(), other))
	other.ID, other.Ticket = contribute.NewID(), "nothing"
	h.wantKind(h.s.AddContribution(h.Context(), other), bot.NotFound)
}

func contributionLists(h *harness) {
	var want []string
	for i := range 4 {
		c := h.contributed(h.ticket(), h.now().Add(time.Duration(i)*time.Minute))
		c.Department = bot.DepartmentID(fmt.Sprint("d", i%2))
		h.must(h.s.AddContribution(h.Context(), c))
		if i == 2 {
			_, err := h.s.ChangeContribution(h.Context(), c.ID, h.step(contribute.Rejects, bob, contribute.Text{}))
			h.must(err)
		}
		want = append(want, string(c.ID))
	}
	for _, test := range []struct {
		filter contribute.Filter
		want   []string
	}{
		{contribute.Filter{}, want},
		{contribute.Filter{Departments: []bot.DepartmentID{"d0", "x\x00"}}, []string{want[0], want[2]}},
		{contribute.Filter{States: []contribute.State{contribute.Draft}}, []string{want[0], want[1], want[3]}},
		{contribute.Filter{Departments: []bot.DepartmentID{"d0"}, States: []contribute.State{contribute.Draft, contribute.Approved}}, want[:1]},
	} {
		all, err := h.s.Contributions(h.Context(), test.filter)
		h.must(err)
		var got []string
		for _, c := range all {
			got = append(got, string(c.ID))
		}
		if !slices.Equal(got, test.want) {
			h.Errorf("%+v: %v, want %v", test.filter, got, test.want)
		}
	}
}

func twoApprovers(h *harness) {
	for range 10 {
		c := h.contribution(h.ticket())
		var approved atomic.Int32
		together(2, func(i int) {
			_, err := h.s.ChangeContribution(h.Context(), c.ID,
				h.step(contribute.Approves, bot.Actor{Kind: bot.Clerk, ID: fmt.Sprint(i)}, contribute.Text{}))
			var refusal *contribute.Refusal
			switch {
			case err == nil:
				approved.Add(1)
			case !errors.As(err, &refusal):
				h.Error(err)
			}
		})
		if n := approved.Load(); n != 1 {
			h.Fatalf("%d approvals", n)
		}
	}
}

// What was not approved goes with the citizen's conversation; what was stays.
func erasedContributions(h *harness) {
	draft, approved := h.ticket(), h.ticket()
	gone, kept := h.contribution(draft), h.contribution(approved)
	_, err := h.s.ChangeContribution(h.Context(), kept.ID, h.step(contribute.Approves, bob, contribute.Text{}))
	h.must(err)
	for _, t := range []bot.Ticket{draft, approved} {
		h.must(h.s.Erase(h.Context(), t.Conversation))
	}
	h.wantKind(h.s.AddContribution(h.Context(), h.contributed(draft, h.now())), bot.NotFound)
	c, err := h.s.Contribution(h.Context(), gone.ID)
	h.must(err)
	if c.State != contribute.Rejected || strings.Contains(fmt.Sprint(c), "mattresses") || c.Steps[1].By != system {
		h.Errorf("the draft is %+v", c)
	}
	if c, err = h.s.Contribution(h.Context(), kept.ID); err != nil || c.State != contribute.Approved || c.Question == "" {
		h.Errorf("the page is %+v, %v", c, err)
	}
}

// An approval and an erasure at once: either there is a page, or nothing.
func approvedAgainstErased(h *harness) {
	for range 10 {
		t := h.ticket()
		c := h.contribution(t)
		together(2, func(i int) {
			if i == 0 {
				if err := h.s.Erase(h.Context(), t.Conversation); err != nil && bot.KindOf(err) != bot.Unavailable {
					h.Error(err)
				}
				return
			}
			_, err := h.s.ChangeContribution(h.Context(), c.ID, h.step(contribute.Approves, bob, contribute.Text{}))
			if err != nil && !errors.As(err, new(*contribute.Refusal)) {
				h.Error(err)
			}
		})
		got, err := h.s.Contribution(h.Context(), c.ID)
		h.must(err)
		if len(got.Steps) != 2 || (got.State == contribute.Approved) != (got.Question != "") {
			h.Fatalf("%+v", got)
		}
	}
}
