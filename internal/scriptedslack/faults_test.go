package scriptedslack_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"

	. "townclerk/internal/scriptedslack"
)

// What the client sees of each fault, and whether the message stands in the channel.
func TestFaultsOfCalls(t *testing.T) {
	limited := func(err error) bool {
		var r *slack.RateLimitedError
		return errors.As(err, &r) && r.RetryAfter == 7*time.Second
	}
	status := func(code int) func(error) bool {
		return func(err error) bool {
			var s slack.StatusCodeError
			return errors.As(err, &s) && s.Code == code
		}
	}
	timeout := func(err error) bool {
		var n interface{ Timeout() bool }
		return errors.As(err, &n) && n.Timeout()
	}
	cut := func(err error) bool { return err != nil && strings.Contains(err.Error(), "EOF") }
	for _, c := range []struct {
		fault Fault
		done  bool
		seen  func(error) bool
	}{
		{"", true, func(err error) bool { return err == nil }},
		{RateLimited, false, limited},
		{ServerError, false, status(500)},
		{Unavailable, false, status(503)},
		{Hang, false, timeout},
		{Dropped, false, cut},
		{Slow, true, timeout},
		{DoneHang, true, timeout},
		{DoneError, true, status(500)},
		{DoneDropped, true, cut},
		{Says("not_in_channel"), false, func(err error) bool { return err != nil && err.Error() == "not_in_channel" }},
	} {
		t.Run(string(c.fault), func(t *testing.T) {
			clock := NewClock(time.Now())
			d := open(t, Options{Wait: 7, After: clock.After})
			impatient := client(d.server, &http.Client{Timeout: 100 * time.Millisecond})
			d.Fail("chat.postMessage", c.fault)
			if _, err := impatient.AuthTestContext(d.ctx); err != nil {
				t.Errorf("another method: %v", err)
			}
			_, _, err := impatient.PostMessageContext(d.ctx, "#waste", ticket("x"))
			if !c.seen(err) || (len(d.Messages("waste")) == 1) != c.done {
				t.Errorf("the client saw %v, in the channel stand %d", err, len(d.Messages("waste")))
			}
			if q := d.Requests(); len(q) != 2 || q[1].Fault != c.fault || q[1].Args.Get("text") != "x" {
				t.Errorf("recorded: %+v", q)
			}
			if _, _, err := d.client.PostMessageContext(d.ctx, "#waste", ticket("y")); err != nil {
				t.Errorf("the next: %v", err)
			}
		})
	}
}

// By a seed the same calls fail the same way.
func TestFaultsAtRandomAreRepeated(t *testing.T) {
	run := func() (out string) {
		d := open(t, Options{})
		d.FailAtRandom("auth.test", 0.5, ServerError, RateLimited)
		for range 40 {
			_, err := d.client.AuthTestContext(d.ctx)
			out += fmt.Sprintln(err)
		}
		d.Recover()
		if _, err := d.client.AuthTestContext(d.ctx); err != nil {
			t.Error(err)
		}
		return out
	}
	first := run()
	if n := strings.Count(first, "<nil>"); n < 10 || n > 30 {
		t.Errorf("%d of 40 went well", n)
	}
	if run() != first {
		t.Error("another run failed otherwise")
	}
}

// Whatever happens to an event on its way, a receiver that looks at signature, team
// and identifier hears it once.
func TestMishapsOfEvents(t *testing.T) {
	for _, c := range []struct {
		mishap Mishap
		heard  string // over HTTP, by a receiver that does not look for what it had
		socket string
		status []int
	}{
		{"", "one two", "one two", []int{200, 200}},
		{Lost, "two one", "two one", nil},
		{Twice, "one one two", "one one two", []int{200, 200, 200}},
		{OutOfOrder, "two one", "two one", []int{200, 200}},
		{Forged, "one two", "one two", []int{401, 200, 200}},
		{Replayed, "one two", "one two", []int{401, 200, 200}},
		{OtherTeam, "one two", "forged one two", []int{200, 200, 200}},
	} {
		both(t, soon, func(t *testing.T, d *desk, a *app) {
			d.Disturb("message", c.mishap)
			d.Say(Ana, "waste", "", "one")
			d.Say(Ana, "waste", "", "two")
			d.settled(t)
			want, http := c.heard, d.Sockets() == 0
			if !http {
				want = c.socket
			}
			got := a.texts()
			if c.mishap == Lost { // the retry may come before or after the next event
				slices.SortFunc(got, func(a, b string) int { return -strings.Compare(a, b) })
			}
			if heard := strings.Join(got, " "); heard != want {
				t.Errorf("%s: heard %q, want %q", c.mishap, heard, want)
			}
			var status []int
			for _, x := range d.Deliveries() {
				status = append(status, x.Status)
			}
			if http && c.status != nil && !slices.Equal(status, c.status) {
				t.Errorf("%s: statuses %v, want %v", c.mishap, status, c.status)
			}
		})
	}
}

func TestAForgedClickIsRefusedAndTheTrueOneIsNot(t *testing.T) {
	d, a := open(t, soon()), &app{}
	d.listen(t, a)
	_, ts := d.post(t, "waste", ticket("x"))
	d.settled(t)
	for _, m := range []Mishap{Forged, Replayed} {
		d.Disturb("block_actions", m)
		if err := d.Click(Ana, "waste", ts, "claim", ""); err != nil {
			t.Errorf("%s: %v", m, err)
		}
	}
	if all := d.Deliveries(); len(a.acts) != 2 || len(all) != 5 || all[1].Status != 401 || !all[1].Attack || all[3].Status != 401 {
		t.Errorf("%d clicks, %+v", len(a.acts), all)
	}
	d.Disturb("block_actions", Lost)
	if d.Click(Ana, "waste", ts, "claim", "") == nil || len(a.acts) != 2 {
		t.Error("a lost click was acknowledged")
	}
}

func TestALateEventIsLate(t *testing.T) {
	clock := NewClock(time.Now())
	// The real verifier looks at the real clock: no later than five minutes.
	d, a := open(t, Options{Now: clock.Now, After: clock.After, Late: time.Minute}), &app{}
	d.listen(t, a)
	d.Disturb("", Late)
	d.Say(Ana, "waste", "", "one")
	d.Say(Ana, "waste", "", "two")
	d.until(t, func() bool { return len(d.Deliveries()) == 1 })
	clock.Advance(time.Minute)
	d.settled(t)
	if heard := strings.Join(a.texts(), " "); heard != "two one" {
		t.Errorf("heard %q", heard)
	}
}

func TestSocketsThatEnd(t *testing.T) {
	clock := NewClock(time.Now())
	d, a := open(t, Options{Now: clock.Now, After: clock.After}), &app{}
	d.connect(t, a)
	hellos := func(n int) func() bool {
		return func() bool { a.mu.Lock(); defer a.mu.Unlock(); return a.hellos == n && d.Sockets() == 1 }
	}
	again := func(n int) {
		t.Helper()
		d.Say(Ana, "waste", "", fmt.Sprint(n))
		d.until(t, func() bool { return slices.Contains(a.texts(), fmt.Sprint(n)) })
	}
	again(1)
	d.Disconnect("refresh_requested")
	d.until(t, hellos(2))
	again(2)
	d.CloseSockets()
	d.until(t, hellos(3))
	again(3)
	d.Silence()
	d.Say(Ana, "waste", "", "nobody hears")
	if d.Sockets() != 1 || slices.Contains(a.texts(), "nobody hears") {
		t.Error("a silent socket spoke or closed")
	}
	d.CloseSockets() // as a watchdog does
	d.until(t, hellos(4))
	d.until(t, func() bool {
		clock.Advance(time.Minute) // to the next retry
		return slices.Contains(a.texts(), "nobody hears")
	})
}

func TestSlackIsDown(t *testing.T) {
	both(t, soon, func(t *testing.T, d *desk, a *app) {
		socket := d.Sockets()
		d.Down()
		if _, err := d.client.AuthTestContext(d.ctx); err == nil {
			t.Error("it answers")
		}
		d.Say(Ana, "waste", "", "hello")
		if _, err := d.client.AuthTestContext(d.ctx); err == nil || len(a.texts()) > 0 || d.Sockets() > 0 {
			t.Error("it is not quite down")
		}
		d.until(t, func() bool { return d.Sockets() == 0 })
		d.Up()
		d.settled(t)
		if socket == 0 && strings.Join(a.texts(), " ") != "hello" {
			t.Errorf("heard %q", a.texts())
		}
	})
}

// A receiver that looks at identifiers hears all of a thousand events once.
func TestAThousandEventsInADisturbedWorld(t *testing.T) {
	opt := soon()
	opt.Late, opt.Ack = time.Millisecond, 200*time.Millisecond
	opt.Retry = slices.Repeat([]time.Duration{50 * time.Millisecond}, 40)
	both(t, func() Options { return opt }, func(t *testing.T, d *desk, a *app) {
		d.DisturbAtRandom("message", 0.3, Late, OutOfOrder, Lost, Twice, Forged, Replayed, OtherTeam, Cut)
		var say sync.WaitGroup
		for n := range 4 {
			say.Go(func() {
				for i := range 250 {
					d.Say(Ana, "waste", "", fmt.Sprint(n*250+i))
				}
			})
		}
		say.Wait()
		d.settled(t)
		once := map[string]bool{}
		for _, text := range a.texts() {
			once[text] = true
		}
		delete(once, "forged") // of another team, over the socket
		if len(once) != 1000 || len(d.Lost()) > 0 {
			t.Errorf("heard %d texts, lost %d", len(once), len(d.Lost()))
		}
	})
}
