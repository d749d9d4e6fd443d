package slack_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/bot/escalate"
	"townclerk/bot/escalate/slack"
	"townclerk/internal/scriptedslack"
)

var claims = flag.Int("claims", 50, "tickets that two clerks claim at once")

// both runs a test over both transports.
func both(t *testing.T, test func(*testing.T, *rig)) {
	t.Run("http", func(t *testing.T) { r := newRig(t); r.overHTTP(); test(t, r) })
	t.Run("socket", func(t *testing.T) { r := newRig(t); r.overSocket(); test(t, r) })
}

// posted opens a ticket and brings it to Slack.
func (r *rig) posted(question string) (bot.Ticket, bot.Place) {
	r.Helper()
	t := r.ask(question)
	r.run()
	return t, r.head(t.ID)
}

// The whole loop: claimed, answered in three ways, asked back, resolved.
func TestLoop(t *testing.T) {
	both(t, func(t *testing.T, r *rig) {
		ticket, at := r.posted("About the waste")
		r.must(r.slack.Click(ana, at.Channel, at.Thread, "claim", ""))
		r.run()
		r.want(r.thread(ticket.ID)[0], "Ana Ruiz has it.")
		r.must(r.slack.Click(ben, at.Channel, at.Thread, "release", ""))
		r.run()
		r.want(r.thread(ticket.ID)[0], "nobody has it")

		marked := r.slack.Say(ana, at.Channel, at.Thread, "&gt;&gt; Ask <@"+ben+"|ben> at <mailto:w@example.gov|w@example.gov> or see <https://www.example.gov/w|our page> &amp; so on")
		r.run()
		if got := r.seen(ticket.ID); got != "Ask Ben Okafor at w@example.gov or see our page (https://www.example.gov/w) & so on" {
			t.Errorf("the citizen sees %q", got)
		}
		for _, m := range r.slack.Thread(at.Channel, at.Thread) {
			if m.TS == marked && (len(m.Reactions) != 1 || m.Reactions[0].Name != "white_check_mark") {
				t.Errorf("reactions %v", m.Reactions)
			}
		}

		r.must(r.slack.Click(ben, at.Channel, at.Thread, "reply", ""))
		v := r.slack.Views(ben)
		if len(v) != 1 {
			t.Fatal("no dialog")
		}
		r.must(r.slack.Submit(ben, v[0].ID, map[string]string{"text": "Which street?", "kind": "asked"}))
		r.run()
		if s := r.ticket(ticket.ID).State; s != bot.TicketWaiting {
			t.Errorf("it is %s", s)
		}
		got := r.thread(ticket.ID)
		r.want(got[len(got)-1], "Sent to the citizen by Ben Okafor:]\nWhich street?")
		r.says(ticket.ID, "Main Street")
		r.run()
		r.must(r.slack.Click(ben, at.Channel, at.Thread, "reply", ""))
		r.must(r.slack.Submit(ben, r.slack.Views(ben)[0].ID, map[string]string{"text": "On Monday.", "end": "resolve"}))
		r.run()
		if s := r.ticket(ticket.ID).State; s != bot.TicketClosed {
			t.Errorf("it is %s", s)
		}
		r.want(r.seen(ticket.ID), "Which street? | Main Street | On Monday.")
		r.want(r.thread(ticket.ID)[0], "Closed by Ben Okafor")
	})
}

// Who resolves what was replied to is told where the reply can be offered, and nobody else;
// without an inbox, or without a reply, nobody is.
func TestOffer(t *testing.T) {
	for name, test := range map[string]struct {
		inbox string
		reply bool
		want  int
	}{"told": {"https://www.example.gov", true, 1}, "no inbox": {"", true, 0}, "no reply": {"https://www.example.gov", false, 0}} {
		t.Run(name, func(t *testing.T) {
			r := newRigOn(t, lite, slack.Config{Inbox: test.inbox}, &http.Client{})
			r.overHTTP()
			ticket, at := r.posted("About the waste")
			if test.reply {
				r.act(ticket.ID, escalate.Action{Kind: bot.TicketReplied, By: inbox, Text: "On Monday."})
			}
			r.must(r.slack.Click(ana, at.Channel, at.Thread, "resolve", ""))
			r.run()
			told := r.slack.Private(ana, at.Channel)
			if len(told) != test.want || r.ticket(ticket.ID).State != bot.TicketClosed || len(r.slack.Private(ben, at.Channel)) != 0 {
				t.Fatalf("%s, told %+v", r.ticket(ticket.ID).State, told)
			}
			if link := test.inbox + "/inbox/tickets/" + string(ticket.ID); test.want > 0 && !strings.Contains(string(told[0].Blocks), link) {
				t.Errorf("%+v lacks %s", told[0], link)
			}
		})
	}
}

// Each names the other's people: the inbox those of the workspace, Slack those with an account.
func TestNamesBothWays(t *testing.T) {
	r := newRig(t)
	r.bridge.Clerk = func(_ context.Context, a bot.Actor) string { return map[string]string{inbox.ID: "Ida Inbox"}[a.ID] }
	r.overHTTP()
	ticket, at := r.posted("About the waste")
	r.must(r.slack.Click(ana, at.Channel, at.Thread, "claim", ""))
	r.run()
	if got := r.bridge.NameOf(t.Context(), r.ticket(ticket.ID).Claimant); got != "Ana Ruiz" {
		t.Errorf("the workspace says %q", got)
	}
	if got := r.bridge.NameOf(t.Context(), inbox); got != "" {
		t.Errorf("the workspace calls a stranger %q", got)
	}
	r.act(ticket.ID, escalate.Action{Kind: bot.TicketResolved, By: inbox})
	r.run()
	r.want(r.thread(ticket.ID)[0], "Closed by Ida Inbox")
}

// A message is internal unless its writer says otherwise.
func TestInternal(t *testing.T) {
	both(t, func(t *testing.T, r *rig) {
		ticket, at := r.posted("About the waste")
		for _, text := range []string{"Who knows this one?", "&gt;&gt;&gt; as the citizen wrote", "&gt; once", "so &gt;&gt; there", "<@" + ben + "> look"} {
			ts := r.slack.Say(ana, at.Channel, at.Thread, text)
			r.run()
			if got := r.seen(ticket.ID); got != "" {
				t.Fatalf("%q leaked: %q", text, got)
			}
			r.must(r.slack.Edit(ana, at.Channel, ts, text+" edited"))
			r.run()
			r.must(r.slack.Delete(ana, at.Channel, ts))
			r.run()
		}
		if n := len(r.slack.Private(ana, at.Channel)); n != 5 || r.seen(ticket.ID) != "" {
			t.Errorf("asked %d times, the citizen sees %q", n, r.seen(ticket.ID))
		}
		r.slack.Say(ana, at.Channel, "", "&gt;&gt; not in a thread")
		root := r.slack.Say(ana, at.Channel, "", "another matter")
		r.slack.Say(ana, at.Channel, root, "&gt;&gt; in another thread")
		r.slack.Say(ana, "C0OTHER", "", "&gt;&gt; elsewhere")
		r.run()
		if got := r.seen(ticket.ID); got != "" || r.bridge.Counts()["elsewhere"] == 0 || r.bridge.Counts()["bot"] == 0 {
			t.Errorf("the citizen sees %q; counts %v", got, r.bridge.Counts())
		}

		ts := r.slack.Say(ana, at.Channel, at.Thread, "It comes on Monday")
		r.run()
		p := r.slack.Private(ana, at.Channel)
		r.want(look(p[len(p)-1]), "Only your team sees what you wrote")
		r.must(r.slack.Click(ana, at.Channel, p[len(p)-1].TS, "send", ""))
		r.must(r.slack.Click(ana, at.Channel, p[len(p)-1].TS, "send", ""))
		r.run()
		if got := r.seen(ticket.ID); got != "It comes on Monday" {
			t.Errorf("the citizen sees %q", got)
		}
		r.must(r.slack.Edit(ana, at.Channel, ts, "It comes on Tuesday"))
		r.run()
		if got := r.seen(ticket.ID); got != "It comes on Tuesday (corrected)" {
			t.Errorf("the citizen sees %q", got)
		}
	})
}

// Edits and deletions of what was sent reach the citizen.
func TestCorrections(t *testing.T) {
	both(t, func(t *testing.T, r *rig) {
		ticket, at := r.posted("About the waste")
		ts := r.slack.Say(ana, at.Channel, at.Thread, "&gt;&gt; Monday")
		for _, c := range []struct{ text, want string }{
			{"&gt;&gt; Tuesday", "Tuesday (corrected)"}, {"not for the citizen", "(withdrawn)"}, {"&gt;&gt; Friday", "Friday (corrected)"}, {"", "(withdrawn)"},
		} {
			r.run()
			if c.text == "" {
				r.must(r.slack.Delete(ana, at.Channel, ts))
			} else {
				r.must(r.slack.Edit(ana, at.Channel, ts, c.text))
			}
			r.run()
			if got := r.seen(ticket.ID); got != c.want {
				t.Errorf("after %q the citizen sees %q, want %q", c.text, got, c.want)
			}
		}
	})
}

// Whatever order the events of a message come in, and however often, the citizen sees
// what it was last, and nothing that was taken back before it was sent.
func TestVersionsInAnyOrder(t *testing.T) {
	changes := []string{"&gt;&gt; one", "&gt;&gt; two", "chatter", "&gt;&gt; three", "deleted"}
	for _, last := range []int{1, 2, 3, 4} {
		for n, order := range orders(last + 1) {
			if last == 4 && n%7 != 0 { // 18 of 120
				continue
			}
			r := newRig(t)
			ticket, at := r.posted("About the waste")
			for _, i := range append(order, order[0]) {
				body := change(at, changes, i)
				body["event_id"] = fmt.Sprintf("Ev%d", i)
				data, err := json.Marshal(body)
				r.must(err)
				_, err = r.bridge.Take(r.ctx, data)
				r.must(err)
				_, err = r.bridge.Work(r.ctx)
				r.must(err)
			}
			want := map[int]string{1: "two", 2: "", 3: "three", 4: ""}[last]
			got := strings.TrimSuffix(strings.TrimSuffix(r.seen(ticket.ID), " (corrected)"), "(withdrawn)")
			if got != want {
				t.Errorf("%v: the citizen sees %q, want %q", order, got, want)
			}
			if order[0] != 0 && strings.Contains(fmt.Sprint(r.ticket(ticket.ID).Events), `"one"`) {
				t.Errorf("%v: the old form was sent", order)
			}
		}
	}
}

func orders(n int) [][]int {
	if n == 0 {
		return [][]int{nil}
	}
	var out [][]int
	for _, o := range orders(n - 1) {
		for i := range n {
			out = append(out, append(append(append([]int(nil), o[:i]...), n-1), o[i:]...))
		}
	}
	return out
}

// change is the event of the i-th change of a message.
func change(at bot.Place, texts []string, i int) map[string]any {
	post := func(i int) map[string]any {
		m := map[string]any{"type": "message", "user": ana, "text": texts[i], "ts": "1772442000.000100", "thread_ts": at.Thread}
		if i > 0 {
			m["edited"] = map[string]any{"user": ana, "ts": fmt.Sprintf("17724420%02d.000000", i)}
		}
		return m
	}
	event := post(0)
	if i > 0 {
		event = map[string]any{"type": "message", "subtype": "message_changed", "message": post(i), "previous_message": post(i - 1)}
	}
	if texts[i] == "deleted" {
		event = map[string]any{"type": "message", "subtype": "message_deleted", "deleted_ts": "1772442000.000100", "previous_message": post(i - 1)}
	}
	event["channel"], event["event_ts"] = at.Channel, fmt.Sprintf("17724420%02d.000001", i)
	return map[string]any{"type": "event_callback", "team_id": scriptedslack.Team, "event": event}
}

// What is written under the message that a ticket left behind goes nowhere, and its
// writer is told; what was sent from there can still be corrected.
func TestOldThread(t *testing.T) {
	r := newRig(t)
	r.overHTTP()
	ticket, at := r.posted("About the waste")
	ts := r.slack.Say(ana, at.Channel, at.Thread, "&gt;&gt; Monday")
	r.run()
	r.must(r.slack.Select(ana, at.Channel, at.Thread, "route", "parks"))
	r.run()
	r.slack.Say(ben, at.Channel, at.Thread, "&gt;&gt; too late")
	r.run()
	r.want(r.told(ben, at.Channel), "went to Parks")
	if got := r.seen(ticket.ID); got != "Monday" {
		t.Errorf("the citizen sees %q", got)
	}
	r.must(r.slack.Edit(ana, at.Channel, ts, "&gt;&gt; Tuesday"))
	r.run()
	if got := r.seen(ticket.ID); got != "Tuesday (corrected)" {
		t.Errorf("the citizen sees %q", got)
	}
}

// A clerk may answer a head before it is recorded that it arrived.
func TestReplyBeforeTheHeadIsRecorded(t *testing.T) {
	r := newRig(t)
	r.overHTTP()
	r.slack.Fail("chat.postMessage", scriptedslack.DoneError)
	ticket := r.ask("About the waste")
	r.step()
	head := r.slack.Messages(waste)[1]
	r.slack.Say(ana, waste, head.TS, "&gt;&gt; Monday")
	r.run()
	if got := r.seen(ticket.ID); got != "Monday" {
		t.Errorf("the citizen sees %q", got)
	}
}

func TestRerouting(t *testing.T) {
	r := newRig(t)
	r.overHTTP()
	ticket, at := r.posted("About the waste")
	r.must(r.slack.Click(ana, at.Channel, at.Thread, "not_ours", ""))
	r.run()
	if at = r.head(ticket.ID); at.Channel != parks {
		t.Fatalf("it is at %v", at)
	}
	r.must(r.slack.Click(ana, at.Channel, at.Thread, "not_ours", ""))
	r.run()
	r.want(r.told(ana, parks), "Choose one in the menu")
	r.must(r.slack.Select(ana, at.Channel, at.Thread, "route", "police"))
	r.run()
	if at = r.head(ticket.ID); at.Channel != "C0POLICE" {
		t.Errorf("it is at %v", at)
	}
}

// The dialog tells what is wrong before anything is sent, sends once, and when Slack
// does not open it the clerk hears of the other way.
func TestDialog(t *testing.T) {
	both(t, func(t *testing.T, r *rig) {
		ticket, at := r.posted("About the waste")
		r.must(r.slack.Click(ana, at.Channel, at.Thread, "reply", ""))
		v := r.slack.Views(ana)[0]
		if err := r.slack.Submit(ana, v.ID, map[string]string{"text": strings.Repeat("x", escalate.MaxMessage+1)}); err == nil || !strings.Contains(err.Error(), "too long") {
			t.Errorf("%v", err)
		}
		r.must(r.slack.Submit(ana, v.ID, map[string]string{"text": "Monday"}))
		r.run()
		if got := r.seen(ticket.ID); got != "Monday" {
			t.Errorf("the citizen sees %q", got)
		}
		r.slack.Fail("views.open", scriptedslack.ServerError)
		r.must(r.slack.Click(ben, at.Channel, at.Thread, "reply", ""))
		r.must(r.slack.Until(r.ctx, func() bool { return strings.Contains(r.told(ben, at.Channel), "begin with >>") }))
		r.run()
	})
}

func TestStaffOnly(t *testing.T) {
	r := newRigOn(t, lite, slack.Config{StaffGroup: "S0CLERKS"}, &http.Client{})
	r.overHTTP()
	ticket, at := r.posted("About the waste")
	stranger := "U0STRANGER"
	r.slack.Say(stranger, at.Channel, at.Thread, "&gt;&gt; Go away")
	r.must(r.slack.Click(stranger, at.Channel, at.Thread, "claim", ""))
	r.must(r.slack.Click(stranger, at.Channel, at.Thread, "reply", ""))
	r.run()
	if len(r.slack.Views(stranger)) > 0 || r.seen(ticket.ID) != "" || r.ticket(ticket.ID).State != bot.TicketOpen {
		t.Errorf("%+v", r.ticket(ticket.ID))
	}
	if n := r.bridge.Counts()["not_staff"]; n != 3 {
		t.Errorf("%d refused", n)
	}
	r.must(r.slack.Click(ana, at.Channel, at.Thread, "claim", ""))
	r.run()
	r.want(r.thread(ticket.ID)[0], "Ana Ruiz has it")
}

func TestHome(t *testing.T) {
	both(t, func(t *testing.T, r *rig) {
		ticket, _ := r.posted("About the waste")
		r.slack.OpenHome(ana)
		r.run()
		v, ok := r.slack.Home(ana)
		if !ok || !strings.Contains(string(v.Blocks), string(ticket.ID[:8])) || !strings.Contains(string(v.Blocks), "|Open the thread") {
			t.Errorf("home %v: %s", ok, v.Blocks)
		}
	})
}

// Of two who press Claim at the same instant one has it, and the other is told who.
func TestTwoClaim(t *testing.T) {
	n := *claims
	r := newRig(t)
	r.overHTTP()
	for i := range n {
		ticket := r.ask("About the waste")
		r.step()
		r.clock.Advance(time.Second)
		at := r.head(ticket.ID)
		var wg sync.WaitGroup
		for _, user := range []string{ana, ben} {
			wg.Go(func() {
				if err := r.slack.Click(user, at.Channel, at.Thread, "claim", ""); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if i%2 == 0 { // two servers at once
			for range 2 {
				wg.Go(func() { _, _ = r.bridge.Work(r.ctx) })
			}
			wg.Wait()
		}
		r.step()
		holder := r.ticket(ticket.ID).Claimant.ID
		loser, name := ben, "Ana Ruiz"
		if strings.HasSuffix(holder, ben) {
			loser, name = ana, "Ben Okafor"
		}
		private := r.slack.Private(loser, at.Channel)
		if len(private) == 0 || private[len(private)-1].ThreadTS != at.Thread || look(private[len(private)-1]) != name+" has it already." || holder == "" {
			t.Fatalf("%d: %s has it; told %v", i, holder, private)
		}
		r.act(ticket.ID, escalate.Action{Kind: bot.TicketResolved, By: inbox})
	}
}

// What is forged, replayed or of another workspace is refused and counted, and what is
// told twice is done once.
func TestRefused(t *testing.T) {
	r := newRig(t)
	r.overHTTP()
	ticket, at := r.posted("About the waste")
	before := r.bridge.Counts()
	for i, m := range []scriptedslack.Mishap{scriptedslack.Forged, scriptedslack.Replayed, scriptedslack.OtherTeam, scriptedslack.Twice} {
		r.slack.Disturb("message", m)
		r.slack.Say(ana, at.Channel, at.Thread, "&gt;&gt; "+strconv.Itoa(i))
		r.run()
	}
	if got := r.seen(ticket.ID); got != "0 | 1 | 2 | 3" {
		t.Errorf("the citizen sees %q", got)
	}
	after := r.bridge.Counts()
	for reason, want := range map[string]int64{"signature": 1, "stale": 1, "team": 1, "duplicate": 1} {
		if n := after[reason] - before[reason]; n < want { // on a busy machine Slack may send again
			t.Errorf("%s: %d", reason, n)
		}
	}
}

func TestRequestsThatAreRefused(t *testing.T) {
	r := newRig(t)
	now := strconv.FormatInt(r.clock.Now().Unix(), 10)
	old := strconv.FormatInt(r.clock.Now().Add(-6*time.Minute).Unix(), 10)
	ahead := strconv.FormatInt(r.clock.Now().Add(6*time.Minute).Unix(), 10)
	body := `{"type":"url_verification","challenge":"<b>word</b>"}`
	for _, c := range []struct {
		name, method, body, stamp, signature string
		status                               int
	}{
		{"well", "POST", body, now, scriptedslack.Sign(scriptedslack.Secret, now, []byte(body)), 200},
		{"a GET", "GET", body, now, scriptedslack.Sign(scriptedslack.Secret, now, []byte(body)), 405},
		{"unsigned", "POST", body, now, "", 401},
		{"no stamp", "POST", body, "", scriptedslack.Sign(scriptedslack.Secret, "", []byte(body)), 401},
		{"another body", "POST", body + " ", now, scriptedslack.Sign(scriptedslack.Secret, now, []byte(body)), 401},
		{"another secret", "POST", body, now, scriptedslack.Sign("", now, []byte(body)), 401},
		{"not v0", "POST", body, now, strings.TrimPrefix(scriptedslack.Sign(scriptedslack.Secret, now, []byte(body)), "v0="), 401},
		{"old", "POST", body, old, scriptedslack.Sign(scriptedslack.Secret, old, []byte(body)), 401},
		{"ahead", "POST", body, ahead, scriptedslack.Sign(scriptedslack.Secret, ahead, []byte(body)), 401},
		{"too long", "POST", strings.Repeat(" ", 2<<20), now, "v0=00", 413},
		{"no JSON", "POST", "{", now, scriptedslack.Sign(scriptedslack.Secret, now, []byte("{")), 200},
	} {
		q := httptest.NewRequest(c.method, "/slack", bytes.NewReader([]byte(c.body)))
		q.Header.Set("X-Slack-Request-Timestamp", c.stamp)
		q.Header.Set("X-Slack-Signature", c.signature)
		w := httptest.NewRecorder()
		r.handler.ServeHTTP(w, q)
		if w.Code != c.status {
			t.Errorf("%s: %d", c.name, w.Code)
		}
		if good := scriptedslack.Sign(scriptedslack.Secret, c.stamp, []byte(c.body)); strings.Contains(w.Body.String(), good[3:]) {
			t.Errorf("%s: the answer holds the signature", c.name)
		}
	}
}

// A connection that says nothing any more is made anew.
func TestSilentSocket(t *testing.T) {
	r := newRig(t)
	s := r.overSocket()
	ticket, at := r.posted("About the waste")
	r.slack.Silence()
	r.clock.Advance(s.Silence + time.Second)
	r.must(r.slack.Until(r.ctx, func() bool { return r.slack.Sockets() == 1 && len(opens(r)) > 1 }))
	r.slack.Say(ana, at.Channel, at.Thread, "&gt;&gt; Monday")
	r.run()
	if got := r.seen(ticket.ID); got != "Monday" {
		t.Errorf("the citizen sees %q", got)
	}
}

func opens(r *rig) (out []scriptedslack.Request) {
	for _, q := range r.slack.Requests() {
		if q.Method == "apps.connections.open" {
			out = append(out, q)
		}
	}
	return out
}

// Two servers that deal with the versions of a message at the same time agree on the last.
func TestTwoServersSettle(t *testing.T) {
	r := newRig(t)
	changes := []string{"&gt;&gt; one", "&gt;&gt; two", "&gt;&gt; three", "&gt;&gt; four"}
	for n, order := range orders(len(changes)) {
		ticket, at := r.posted("About the waste")
		for _, i := range order {
			body := change(at, changes, i)
			body["event_id"] = fmt.Sprintf("Ev%d-%d", n, i)
			data, err := json.Marshal(body)
			r.must(err)
			_, err = r.bridge.Take(r.ctx, data)
			r.must(err)
		}
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() { _, _ = r.bridge.Work(r.ctx) })
		}
		wg.Wait()
		if got := strings.TrimSuffix(r.seen(ticket.ID), " (corrected)"); got != "four" {
			t.Errorf("%v: the citizen sees %q", order, got)
		}
	}
}

// A reply that comes while its thread is being recorded goes to the citizen: the place was
// not known when it was looked up, and is once Slack was asked.
func TestReplyBesideTheRecordOfItsThread(t *testing.T) {
	r := newRig(t)
	r.overHTTP()
	ticket, at := r.posted("About the waste")
	r.unknown.Store(1)
	r.slack.Say(ana, at.Channel, at.Thread, "&gt;&gt; On Monday")
	r.run()
	if got := r.seen(ticket.ID); got != "On Monday" {
		t.Errorf("the citizen sees %q", got)
	}
}
