package web

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"townclerk/bot"
)

// fakeCounter keeps tickets in memory.
type fakeCounter struct {
	mu      sync.Mutex
	tickets map[bot.ConversationID][]bot.TicketView
	address []bot.Address
	fail    error
}

var _ Counter = (*fakeCounter)(nil)

func newCounter() *fakeCounter {
	return &fakeCounter{tickets: map[bot.ConversationID][]bot.TicketView{}}
}

func (f *fakeCounter) HandOver(_ context.Context, c bot.ConversationID, t bot.TurnID, _ string) (bot.TicketView, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	v := sampleTicket(t)
	if f.fail == nil {
		f.tickets[c] = append(f.tickets[c], v)
	}
	return v, f.fail
}

func (f *fakeCounter) Views(_ context.Context, c bot.ConversationID) ([]bot.TicketView, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]bot.TicketView(nil), f.tickets[c]...), f.fail
}

func (f *fakeCounter) LeaveAddress(_ context.Context, c bot.ConversationID, id bot.TicketID, a bot.Address) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail == nil {
		f.address = append(f.address, a)
	}
	return f.found(c, id)
}

func (f *fakeCounter) CallOff(_ context.Context, c bot.ConversationID, id bot.TicketID) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.found(c, id)
}

func (f *fakeCounter) found(c bot.ConversationID, id bot.TicketID) error {
	for i := range f.tickets[c] {
		if t := &f.tickets[c][i]; t.ID == id {
			t.Version++
			return f.fail
		}
	}
	if f.fail != nil {
		return f.fail
	}
	return &bot.Error{Kind: bot.NotFound}
}

func (f *fakeCounter) failing(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fail = err
}

func sampleTicket(turn bot.TurnID) bot.TicketView {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	c := sampleContact()
	return bot.TicketView{ID: bot.NewTicketID(), Turn: turn, Department: "clerk", Name: "City Clerk <b>", State: bot.TicketAnswered,
		OpenedAt: at, Version: 7, Takes: true, Reachable: true, Queued: true, Due: at.Add(30 * time.Hour), Opens: at.Add(24 * time.Hour), Contact: &c,
		Messages: []bot.TicketMessage{
			{Seq: 2, From: bot.Clerk, At: at, Text: "<script>alert(1)</script> Bring your card.", Corrected: true},
			{Seq: 3, From: bot.Citizen, At: at, Text: "Which card?"},
			{Seq: 4, From: bot.Clerk, At: at, Withdrawn: true},
			{Seq: 6, From: bot.System, At: at, Notice: bot.TicketDelayed},
		}}
}

// A client that waits for people is told what is new, and that nothing is.
func TestTicketsAreAskedForAgain(t *testing.T) {
	w := newWorld(t)
	id, token := w.begin()
	auth := []string{"Authorization", bearer(token)}
	path := "/v1/conversations/" + string(id)
	turn := string(bot.NewTurnID())
	if res, body := w.do("POST", path+"/turns/"+turn+"/handover", "", auth...); res.StatusCode != 200 || !strings.Contains(body, turn) {
		t.Fatalf("%s %s", res.Status, body)
	}
	res, _ := w.do("GET", path+"/tickets", "", auth...)
	tag := res.Header.Get("ETag")
	if res, body := w.do("GET", path+"/tickets", "", append(auth, "If-None-Match", tag)...); res.StatusCode != 304 || body != "" {
		t.Errorf("nothing changed: %s %s", res.Status, body)
	}
	ticket := string(w.counter.tickets[id][0].ID)
	if res, body := w.do("POST", path+"/tickets/"+ticket+"/end", "", auth...); res.StatusCode != 204 {
		t.Fatalf("%s %s", res.Status, body)
	}
	if res, _ := w.do("GET", path+"/tickets", "", append(auth, "If-None-Match", tag)...); res.StatusCode != 200 {
		t.Errorf("after a change: %s", res.Status)
	}
}

// What can be no address is refused, and so is one without consent.
func TestAddresses(t *testing.T) {
	w := newWorld(t)
	id, token := w.begin()
	w.counter.tickets[id] = []bot.TicketView{sampleTicket(bot.NewTurnID())}
	path := "/v1/conversations/" + string(id) + "/tickets/" + string(w.counter.tickets[id][0].ID) + "/address"
	for body, want := range map[string]int{
		`{"email":"ann@example.org","consent":true}`:                      204,
		`{"phone":"+1 (555) 010-0100","consent":true}`:                    204,
		`{"email":"ann@example.org","consent":false}`:                     400,
		`{"email":"ann@example.org"}`:                                     400,
		`{"consent":true}`:                                                400,
		`{"email":"ann","consent":true}`:                                  400,
		`{"email":"Ann <ann@example.org>","consent":true}`:                400,
		`{"email":"a@b.c\r\nBcc: x@y.z","consent":true}`:                  400,
		`{"phone":"call me","consent":true}`:                              400,
		`{"email":"` + strings.Repeat("a", 255) + `@b.c","consent":true}`: 400,
	} {
		if res, got := w.do("PUT", path, body, "Content-Type", asJSON, "Authorization", bearer(token)); res.StatusCode != want {
			t.Errorf("%s: %s %s", body, res.Status, got)
		}
	}
	if len(w.counter.address) != 2 {
		t.Errorf("kept %+v", w.counter.address)
	}
	other, foreign := w.begin()
	stolen := strings.Replace(path, string(id), string(other), 1)
	if res, _ := w.do("PUT", stolen, `{"email":"ann@example.org","consent":true}`, "Content-Type", asJSON, "Authorization", bearer(foreign)); res.StatusCode != 404 {
		t.Errorf("another conversation's ticket: %s", res.Status)
	}
}

// The page without a script shows what people said as text, and has forms for all that
// the widget does.
func TestTicketOnThePage(t *testing.T) {
	w := newWorld(t)
	res, _ := w.submit("/ask", "", "text", "Can I keep a dragon?", "nonce", "n")
	_, turn, _ := strings.Cut(res.Header.Get("Location"), "#turn-")
	cookie := res.Cookies()[0].Name + "=" + res.Cookies()[0].Value
	res, _ = w.submit("/handover", cookie, "turn", turn, "lang", "en")
	_, ticket, found := strings.Cut(res.Header.Get("Location"), "#ticket-")
	if res.StatusCode != 303 || !found {
		t.Fatal(res.Status, res.Header)
	}
	_, body := w.do("GET", "/?notice=handed", "", "Cookie", cookie)
	for _, want := range []string{"City Clerk &lt;b&gt;", "&lt;script&gt;alert(1)&lt;/script&gt; Bring your card.", "Which card?", "This message was corrected.",
		"This message was taken back.", "It takes longer than promised.", "Your question was passed on.", `name="to"`, `action="/address"`, `action="/end"`} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	if res, body := w.submit("/address", cookie, "ticket", ticket, "email", "nobody", "consent", "yes"); res.StatusCode != 400 || !strings.Contains(body, "can be right") {
		t.Errorf("a bad address: %s", res.Status)
	}
	for form, fields := range map[string][]string{
		"/address": {"ticket", ticket, "email", "ann@example.org", "consent", "yes"}, "/end": {"ticket", ticket},
	} {
		if res, body := w.submit(form, cookie, fields...); res.StatusCode != 303 {
			t.Errorf("%s: %s %s", form, res.Status, body)
		}
		if res, _ := w.submit(form, "", fields...); res.StatusCode != 404 {
			t.Errorf("%s without the cookie: %s", form, res.Status)
		}
	}
}

func TestMoment(t *testing.T) {
	c, err := loadWords("en")
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 3, 3, 0, 0, 0, time.UTC) // the evening before, there
	for at, want := range map[string]string{
		"2026-03-03T04:30:00Z": "today at 22:30",
		"2026-03-03T14:05:00Z": "tomorrow at 8:05",
		"2026-03-09T14:00:00Z": "on Monday, 9 March 2026, at 9:00",
	} {
		when, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.match("en").Moment(when, now, zone); got != want {
			t.Errorf("%s: %q, want %q", at, got, want)
		}
	}
}
