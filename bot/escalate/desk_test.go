package escalate_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/bot/escalate"
	"townclerk/bot/store"
	"townclerk/bot/store/storetest"
	"townclerk/internal/litedb"
	"townclerk/retrieval"
)

var (
	ann = bot.Actor{Kind: bot.Clerk, ID: "ann"}
	ben = bot.Actor{Kind: bot.Clerk, ID: "ben"}
)

// hall is a desk over a real store, with a clock that stands.
type hall struct {
	*testing.T
	store *store.Store
	desk  *escalate.Desk
	mu    sync.Mutex
	clock time.Time
}

func (h *hall) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.clock
}

func (h *hall) at(text string) {
	h.Helper()
	zone := must(time.LoadLocation("America/Chicago"))
	when := must(time.ParseInLocation("Mon 2006-01-02 15:04", text, zone))
	h.mu.Lock()
	defer h.mu.Unlock()
	h.clock = when
}

func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

// newHall opens on a Monday at nine. Waste answers within four hours of work, and the
// switchboard is its backup.
func newHall(t *testing.T, sinks ...string) *hall {
	t.Helper()
	h := &hall{T: t}
	h.at("Mon 2026-11-23 09:00")
	db := must(litedb.Open(filepath.Join(t.TempDir(), "hall.db")))
	t.Cleanup(func() { db.Close() })
	h.store = must(store.New(t.Context(), db, store.NewKey(), h.now))
	h.desk = h.server(sinks...)
	return h
}

// server is the desk of one more server over the same store.
func (h *hall) server(sinks ...string) *escalate.Desk {
	hours := must(escalate.ParseHours(map[string]string{"mon-fri": "08:00-16:00"}, must(time.LoadLocation("America/Chicago")), []string{"2026-11-26"}))
	c := escalate.Config{Default: "switchboard", Contact: bot.Contact{Name: "City Hall"}, Departments: []escalate.Department{
		{ID: "waste", Name: "Solid Waste", Hours: hours, Within: 4 * time.Hour, Backup: "switchboard"},
		{ID: "switchboard", Name: "Switchboard", Hours: hours, Within: 2 * time.Hour},
	}}
	route := func(context.Context, bot.Redacted, []bot.Redacted, []retrieval.Hit) bot.Route {
		return bot.Route{Department: "waste", Probability: 0.9}
	}
	return must(escalate.NewDesk(c, h.store, route, sinks, nil, h.now, slog.New(slog.NewTextHandler(h.Output(), nil))))
}

// open opens a ticket of a conversation of its own.
func (h *hall) open() bot.Ticket {
	h.Helper()
	ctx := h.Context()
	c, _, err := h.store.Create(ctx, "en")
	turn, _, err2 := h.store.Open(ctx, bot.Message{Conversation: c}, storetest.Question("where is my cart?"), h.now().Add(time.Minute))
	if err != nil || err2 != nil {
		h.Fatal(err, err2)
	}
	m := escalate.Matter{Turn: turn, Language: "en", Question: turn.Question, Reason: bot.ForAsked}
	o, people, err := h.desk.Prepare(ctx, m, h.desk.Direct(ctx, m))
	if err != nil {
		h.Fatal(err)
	}
	t, err := h.desk.Open(ctx, o, bot.TurnEnd{Turn: turn.ID, Events: []bot.Event{storetest.Ended(bot.HandedOver)}})
	if err != nil || t.ID != people.Ticket {
		h.Fatal(err, people)
	}
	return t
}

func (h *hall) act(id bot.TicketID, a escalate.Action) bot.Ticket {
	h.Helper()
	t, err := h.desk.Act(h.Context(), id, a)
	if err != nil {
		h.Fatal(err)
	}
	return t
}

func (h *hall) tick() {
	h.Helper()
	for {
		n, err := h.desk.Tick(h.Context())
		if err != nil {
			h.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

func (h *hall) ticket(id bot.TicketID) bot.Ticket {
	h.Helper()
	return must(h.store.Ticket(h.Context(), id))
}

func kinds(t bot.Ticket) string {
	var out []string
	for _, e := range t.Events {
		out = append(out, string(e.Kind))
	}
	return strings.Join(out, " ")
}

// What nobody touches is reminded of, goes to the backup, and the citizen hears that it
// takes longer; after a month, that nobody will answer. Each happens once.
func TestNobodyAnswers(t *testing.T) {
	h := newHall(t)
	ticket := h.open()
	if want := "2026-11-23T13:00"; ticket.Due.In(must(time.LoadLocation("America/Chicago"))).Format("2006-01-02T15:04") != want {
		t.Errorf("promised for %v, want %s", ticket.Due, want)
	}
	for _, step := range []struct{ at, want string }{
		{"Mon 2026-11-23 10:59", "opened"},
		{"Mon 2026-11-23 11:00", "opened reminded"},
		{"Mon 2026-11-23 12:59", "opened reminded"},
		{"Mon 2026-11-23 13:00", "opened reminded backed_up delayed"},
		{"Mon 2026-11-23 14:00", "opened reminded backed_up delayed reminded"},
		{"Tue 2026-12-22 13:00", "opened reminded backed_up delayed reminded"},
		{"Wed 2026-12-23 13:00", "opened reminded backed_up delayed reminded expired"},
		{"Thu 2027-02-18 13:00", "opened reminded backed_up delayed reminded expired"},
	} {
		h.at(step.at)
		h.tick()
		if got := kinds(h.ticket(ticket.ID)); got != step.want {
			t.Fatalf("%s: %s, want %s", step.at, got, step.want)
		}
	}
	v := h.desk.View(h.ticket(ticket.ID))
	if v.Department != "switchboard" || v.State != bot.TicketExpired || v.Takes || v.Contact.Name != "City Hall" || len(v.Messages) != 3 {
		t.Errorf("%+v", v)
	}
}

// A reply ends the wait; a further question begins it anew, by what answers took. A
// citizen who is silent for two weeks needs nobody any more.
func TestPromisesFollowWhatIsObserved(t *testing.T) {
	h := newHall(t)
	for range 5 { // each is answered after an hour
		h.at("Mon 2026-11-23 09:00")
		ticket := h.open()
		h.at("Mon 2026-11-23 10:00")
		h.act(ticket.ID, escalate.Action{Kind: bot.TicketReplied, By: ann, Text: "It comes today."})
	}
	h.at("Fri 2026-11-27 15:30")
	ticket := h.open()
	if want := time.Hour; ticket.Due.Sub(h.now()) != 64*time.Hour+want { // half an hour on Monday
		t.Errorf("promised in %v", ticket.Due.Sub(h.now()))
	}
	h.at("Mon 2026-11-30 08:10")
	h.act(ticket.ID, escalate.Action{Kind: bot.TicketReplied, By: ann, Text: "It comes today."})
	h.tick()
	v := h.desk.View(h.ticket(ticket.ID))
	if v.Late || !v.Due.IsZero() || v.State != bot.TicketAnswered {
		t.Errorf("%+v", v)
	}
	ticket = h.act(ticket.ID, escalate.Action{Kind: bot.TicketSaid, By: bot.Actor{Kind: bot.Citizen}, Text: "At what time?"})
	if ticket.State != bot.TicketClaimed || !ticket.Due.After(h.now()) {
		t.Errorf("%s, %v", ticket.State, ticket.Due)
	}
	h.act(ticket.ID, escalate.Action{Kind: bot.TicketAsked, By: ann, Text: "Which street?"})
	h.at("Mon 2026-12-14 08:11")
	h.tick()
	if got := h.ticket(ticket.ID); got.State != bot.TicketClosed || !strings.HasSuffix(kinds(got), "asked resolved") {
		t.Errorf("%s: %s", got.State, kinds(got))
	}
}

// Of what staff sent the citizen sees the newest form, and nothing that was internal.
func TestCorrections(t *testing.T) {
	h := newHall(t)
	ticket := h.open()
	h.act(ticket.ID, escalate.Action{Kind: bot.TicketNoted, By: ann, Text: "he calls every week"})
	first := h.act(ticket.ID, escalate.Action{Kind: bot.TicketReplied, By: ann, Text: "It costs $26.", Origin: "o1"})
	h.act(ticket.ID, escalate.Action{Kind: bot.TicketReplied, By: ann, Text: "It costs $26.", Origin: "o1"}) // told twice
	h.act(ticket.ID, escalate.Action{Kind: bot.TicketCorrected, By: ann, Text: "It costs $62.", Corrects: first.Version})
	second := h.act(ticket.ID, escalate.Action{Kind: bot.TicketReplied, By: ben, Text: "Wrong thread."})
	h.act(ticket.ID, escalate.Action{Kind: bot.TicketResolved, By: ann})
	h.act(ticket.ID, escalate.Action{Kind: bot.TicketWithdrawn, By: ben, Corrects: second.Version})
	m := h.desk.View(h.ticket(ticket.ID)).Messages
	if len(m) != 3 || m[0].Text != "It costs $62." || !m[0].Corrected || m[1].Text != "" || !m[1].Withdrawn || m[2].Notice != bot.TicketResolved {
		t.Errorf("%+v", m)
	}
	for name, a := range map[string]escalate.Action{
		"a note":         {Kind: bot.TicketCorrected, Text: "x", Corrects: 2},
		"nothing":        {Kind: bot.TicketWithdrawn, Corrects: 99},
		"an empty reply": {Kind: bot.TicketReplied, Text: " \n"},
		"a long reply":   {Kind: bot.TicketReplied, Text: strings.Repeat("x", escalate.MaxMessage+1)},
		"nowhere":        {Kind: bot.TicketRerouted, To: "moon"},
	} {
		a.By = ann
		if _, err := h.desk.Act(t.Context(), ticket.ID, a); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// Two clerks press Claim at the same instant: one has it, the other is told who.
func TestTwoClaims(t *testing.T) {
	h := newHall(t)
	rounds := 1000
	if testing.Short() {
		rounds = 50
	}
	for i := range rounds {
		ticket := h.open()
		errs := make([]error, 2)
		var both sync.WaitGroup
		for n, clerk := range []bot.Actor{ann, ben} {
			both.Go(func() {
				_, errs[n] = h.desk.Act(h.Context(), ticket.ID, escalate.Action{Kind: bot.TicketTaken, By: clerk})
			})
		}
		both.Wait()
		winner := h.ticket(ticket.ID).Claimant
		var refused *escalate.Refusal
		loser := slices.IndexFunc(errs, func(err error) bool { return err != nil })
		if loser < 0 || errs[1-loser] != nil || !errors.As(errs[loser], &refused) || refused.Claimant != winner || winner != []bot.Actor{ann, ben}[1-loser] {
			t.Fatalf("round %d: %v, has it: %v", i, errs, winner)
		}
	}
}

// An address is kept apart, seen only on the record, and erased when its time is up.
func TestAddresses(t *testing.T) {
	h := newHall(t)
	ticket := h.open()
	c := ticket.Conversation
	if _, err := h.desk.LeaveAddress(t.Context(), c, ticket.ID, bot.Address{Email: "ann@example.org"}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.desk.LeaveAddress(t.Context(), "somebody else's", ticket.ID, bot.Address{Email: "x@example.org"}); bot.KindOf(err) != bot.NotFound {
		t.Error(err)
	}
	a, err := h.desk.Address(t.Context(), ticket.ID, ann)
	if err != nil || a.Email != "ann@example.org" || !strings.HasSuffix(kinds(h.ticket(ticket.ID)), "addressed revealed") {
		t.Errorf("%+v, %v, %s", a, err, kinds(h.ticket(ticket.ID)))
	}
	h.act(ticket.ID, escalate.Action{Kind: bot.TicketResolved, By: ann})
	h.at("Mon 2026-12-07 08:59")
	h.tick()
	if _, err := h.store.Address(t.Context(), ticket.ID); err != nil {
		t.Error("it is gone too early:", err)
	}
	h.at("Mon 2026-12-07 09:01")
	h.tick()
	if _, err := h.store.Address(t.Context(), ticket.ID); bot.KindOf(err) != bot.NotFound {
		t.Errorf("it is still there: %v", err)
	}
	if v := h.desk.View(h.ticket(ticket.ID)); v.Addressed {
		t.Error("the citizen is told that it is there")
	}
}

// sink fails as it is told and remembers what arrived.
type sink struct {
	mu   sync.Mutex
	got  []string
	fail func(n int) error
	n    int
}

func (*sink) Name() string { return "board" }

func (s *sink) Deliver(_ context.Context, t bot.Ticket, e bot.TicketEvent, d bot.Delivery) (bot.Place, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	if err := s.fail(s.n); err != nil {
		return bot.Place{}, err
	}
	s.got = append(s.got, fmt.Sprint(t.ID[:4], e.Seq, d.Place.Thread))
	return bot.Place{Channel: "c", Thread: "t"}, nil
}

// What happens to a ticket arrives in order, however often it fails, and until then the
// citizen is told that it is queued.
func TestCourier(t *testing.T) {
	h := newHall(t, "board")
	down := errors.New("the board is down")
	s := &sink{fail: func(n int) error { return map[bool]error{true: down}[n <= 3] }}
	c := escalate.NewCourier(h.store, h.store, s, h.now, slog.New(slog.DiscardHandler))
	ticket := h.open()
	h.act(ticket.ID, escalate.Action{Kind: bot.TicketTaken, By: ann})
	if h.desk.View(h.ticket(ticket.ID)).Queued {
		t.Error("it is called queued before anybody could have it")
	}
	for _, wait := range []time.Duration{0, time.Second, 2 * time.Second} {
		h.later(wait)
		if did, err := c.Deliver(t.Context()); !did || !errors.Is(err, down) {
			t.Fatalf("%v: %v %v", wait, did, err)
		}
		if did, err := c.Deliver(t.Context()); did || err != nil {
			t.Errorf("it is tried again at once: %v", err)
		}
	}
	h.later(time.Minute)
	if !h.desk.View(h.ticket(ticket.ID)).Queued {
		t.Error("it is not queued while the board is down")
	}
	for range 2 {
		if did, err := c.Deliver(t.Context()); !did || err != nil {
			t.Fatal(did, err)
		}
	}
	if did, _ := c.Deliver(t.Context()); did || !slices.Equal(s.got, []string{string(ticket.ID[:4]) + "1", string(ticket.ID[:4]) + "2t"}) {
		t.Errorf("%v", s.got)
	}
	if h.desk.View(h.ticket(ticket.ID)).Queued {
		t.Error("it is still queued")
	}
}

func (h *hall) later(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.clock = h.clock.Add(d)
}
