package web

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"townclerk/bot"
)

// journal counts questions as the record does.
type journal struct {
	now   time.Time
	asked map[bot.ConversationID][]time.Time
}

func (j *journal) count(_ context.Context, id bot.ConversationID, since time.Time) (n int, first time.Time, err error) {
	for c, times := range j.asked {
		for _, at := range times {
			if (id == "" || c == id) && !at.Before(since) {
				if n++; n == 1 || at.Before(first) {
					first = at
				}
			}
		}
	}
	return n, first, nil
}

func limitedWorld(t *testing.T, l Limits) (*world, *journal) {
	j := &journal{time.Date(2026, 3, 2, 22, 0, 0, 0, time.UTC), map[bot.ConversationID][]time.Time{}}
	w := newWorld(t, func(s *Site) {
		l.Asked = j.count
		s.Limits, s.Now = l, func() time.Time { return j.now }
	})
	w.desk.ask = func(_ context.Context, m bot.Incoming, _ func(bot.Part)) (bot.Answer, error) {
		j.asked[m.Conversation] = append(j.asked[m.Conversation], j.now)
		return sampleAnswer(bot.NewTurnID(), m.Text), nil
	}
	return w, j
}

// Somebody in danger is heard, whatever was asked before.
func TestDangerKnowsNoLimit(t *testing.T) {
	w, _ := limitedWorld(t, Limits{Conversation: 1, Day: 1, Address: 1, AddressHeader: "X-Real-Ip"})
	id, token := w.begin()
	ask := func(text string) int {
		res, _ := w.do("POST", "/v1/conversations/"+string(id)+"/messages", `{"text":"`+text+`"}`,
			"Authorization", bearer(token), "Content-Type", "application/json", "X-Real-Ip", "192.0.2.7")
		return res.StatusCode
	}
	for _, c := range []struct {
		text string
		want int
	}{{"fee?", 200}, {"fee?", 429}, {"I want to kill myself", 200}, {"fee?", 429}} {
		if got := ask(c.text); got != c.want {
			t.Errorf("%q: %d, want %d", c.text, got, c.want)
		}
	}
}

// question asks over the API and returns the status and the Retry-After.
func (w *world) question(id bot.ConversationID, token bot.Token, headers ...string) (status, after int, body string) {
	headers = append(headers, "Authorization", bearer(token), "Content-Type", "application/json")
	res, body := w.do("POST", "/v1/conversations/"+string(id)+"/messages?lang=es", `{"text":"fee?"}`, headers...)
	after, _ = strconv.Atoi(res.Header.Get("Retry-After"))
	return res.StatusCode, after, body
}

// A conversation that asks too much waits until the first of its questions is an hour
// old; others go on. A refused question does not reach the desk.
func TestLimitOfConversation(t *testing.T) {
	w, j := limitedWorld(t, Limits{Conversation: 2})
	id, token := w.begin()
	other, otherToken := w.begin()
	for i, want := range []int{200, 200, 429, 429} {
		status, after, body := w.question(id, token, "Accept", "text/event-stream")
		if status != want {
			t.Fatalf("question %d: %d", i, status)
		}
		if want == 429 && (after != 3600-60*i || !strings.Contains(body, "póngase en contacto con Riverton Town Hall ((555) 010-0100)") || !strings.Contains(body, `"limited"`)) {
			t.Errorf("question %d: wait %d, %s", i, after, body)
		}
		j.now = j.now.Add(time.Minute)
	}
	if status, _, _ := w.question(other, otherToken); status != 200 || len(w.desk.questions()) != 3 {
		t.Errorf("another conversation: %d, %d questions reached the desk", status, len(w.desk.questions()))
	}
	j.now = j.now.Add(56*time.Minute + time.Second)
	if status, _, _ := w.question(id, token); status != 200 {
		t.Errorf("after an hour: %d", status)
	}
}

// The day is the agency's, and ends at its midnight.
func TestLimitOfDay(t *testing.T) {
	w, j := limitedWorld(t, Limits{Day: 3, Zone: time.FixedZone("", 3600)})
	var last int
	for range 4 {
		id, token := w.begin()
		var after int
		last, after, _ = w.question(id, token)
		if last == 429 && after != 3600 { // it is 23:00 there
			t.Errorf("wait %d", after)
		}
	}
	if last != 429 {
		t.Error("the fourth is taken")
	}
	j.now = j.now.Add(time.Hour)
	id, token := w.begin()
	if status, _, _ := w.question(id, token); status != 200 {
		t.Errorf("on the next day: %d", status)
	}
}

// The form keeps what was typed.
func TestLimitOnTheForm(t *testing.T) {
	w, _ := limitedWorld(t, Limits{Address: 1, AddressHeader: "X-Forwarded-For"})
	for _, want := range []int{303, 429} {
		res, body := w.do("POST", "/ask", "text=my+long+question&nonce=n&lang=en", "Content-Type", "application/x-www-form-urlencoded", "X-Forwarded-For", "198.51.100.7")
		if res.StatusCode != want || want == 429 && !(strings.Contains(body, "my long question") && strings.Contains(body, "Riverton Town Hall")) {
			t.Errorf("%d %s", res.StatusCode, body)
		}
	}
}

// Addresses are limited each for itself, and none is in the log.
func TestLimitOfAddress(t *testing.T) {
	w, j := limitedWorld(t, Limits{Address: 2, AddressHeader: "X-Real-Ip"})
	ask := func(address string) int {
		id, token := w.begin()
		status, _, _ := w.question(id, token, "X-Real-Ip", address)
		return status
	}
	for i, test := range []struct {
		address string
		want    int
	}{
		{"198.51.100.7", 200}, {"198.51.100.7", 200}, {"198.51.100.7", 429}, {"::ffff:198.51.100.7", 429},
		{"10.1.1.1, 198.51.100.7", 429}, {"198.51.100.8", 200}, {"2001:db8::1", 200}, {"2001:db8::2", 200}, {"2001:db8:0:0:ffff::3", 429},
		{"2001:db8:0:1::1", 200}, {"rubbish", 200}, {"rubbish", 200}, {"", 200}, // the peer is on this machine
	} {
		if got := ask(test.address); got != test.want {
			t.Errorf("%d %q: %d", i, test.address, got)
		}
	}
	if strings.Contains(w.log.String(), "198.51") {
		t.Error(w.log.String())
	}
	j.now = j.now.Add(30*time.Minute + time.Second) // a half of what an hour allows
	for _, want := range []int{200, 429} {
		if got := ask("198.51.100.7"); got != want {
			t.Errorf("half an hour later: %d", got)
		}
	}
	if res, _ := w.do("POST", "/v1/conversations", "", "X-Real-Ip", "198.51.100.7"); res.StatusCode != 429 {
		t.Errorf("another conversation: %d", res.StatusCode)
	}
}

func TestAddressOfPeer(t *testing.T) {
	l := newLimits(Limits{Address: 1}, time.Now)
	for peer, want := range map[string]string{
		"198.51.100.7:1": "198.51.100.7", "[2001:db8::1]:1": "2001:db8::", "127.0.0.1:1": "", "10.0.0.1:1": "", "[::ffff:192.168.0.1]:1": "", "[fe80::1%eth0]:1": "", "@": "",
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = peer
		r.Header.Set("X-Forwarded-For", "203.0.113.9") // nobody said that it is to be believed
		a, known := l.address(r)
		if known != (want != "") || known && a.String() != want {
			t.Errorf("%s: %v, %v", peer, a, known)
		}
	}
}

// However many addresses come, what is kept of them is bounded, and who sends too
// much is not forgotten because others come.
func TestAddressesAreBounded(t *testing.T) {
	now := time.Unix(1000, 0)
	l := newLimits(Limits{Address: 1}, func() time.Time { return now })
	greedy := netip.MustParseAddr("198.51.100.7")
	l.wait(greedy)
	for i := range 3 * maxAddresses / 2 {
		l.wait(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}))
	}
	if l.wait(greedy) == 0 || len(l.due)+len(l.older) > 2*maxAddresses {
		t.Errorf("%d and %d addresses", len(l.due), len(l.older))
	}
}

// Of any requests at the same time as many are taken as the limit says.
func TestLimitsAtTheSameTime(t *testing.T) {
	now := time.Unix(1000, 0)
	l := newLimits(Limits{Address: 50, Day: 50, Asked: (&journal{}).count}, func() time.Time { return now })
	var mu sync.Mutex
	taken := map[string]int{}
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			byAddress := l.wait(netip.MustParseAddr("198.51.100.7"))
			byDay, err := l.day(t.Context())
			mu.Lock()
			defer mu.Unlock()
			taken[fmt.Sprint("address ", byAddress == 0)]++
			taken[fmt.Sprint("day ", byDay == 0, err)]++
		})
	}
	all.Wait()
	if taken["address true"] != 50 || taken["day true <nil>"] != 50 {
		t.Error(taken)
	}
}
