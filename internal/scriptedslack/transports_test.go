package scriptedslack_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	. "townclerk/internal/scriptedslack"
)

// app hears what Slack sends, and acknowledges what it wants to.
type app struct {
	mu     sync.Mutex
	events []slackevents.EventsAPIEvent
	retry  []int
	why    []string
	acts   []slack.InteractionCallback
	hellos int
	// refuse says which of the events is not acknowledged, by how many were before it.
	refuse func(n int) bool
	answer func(slack.InteractionCallback) any
}

func (a *app) hear(e slackevents.EventsAPIEvent, retry int, why string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.events, a.retry, a.why = append(a.events, e), append(a.retry, retry), append(a.why, why)
	return a.refuse == nil || !a.refuse(len(a.events)-1)
}

func (a *app) act(c slack.InteractionCallback) any {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.acts = append(a.acts, c)
	if a.answer == nil {
		return nil
	}
	return a.answer(c)
}

// texts are the texts of the messages that were heard.
func (a *app) texts() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []string
	for _, e := range a.events {
		if m, ok := e.InnerEvent.Data.(*slackevents.MessageEvent); ok {
			out = append(out, m.Text)
		}
	}
	return out
}

// connect runs the app over Socket Mode, as the real package does it.
func (d *desk) connect(t *testing.T, a *app) {
	t.Helper()
	c := socketmode.New(d.client)
	done := make(chan struct{})
	go func() { defer close(done); c.RunContext(d.ctx) }()
	go func() {
		for e := range c.Events {
			switch data := e.Data.(type) {
			case slackevents.EventsAPIEvent:
				if a.hear(data, e.Request.RetryAttempt, e.Request.RetryReason) {
					c.Ack(*e.Request)
				}
			case slack.InteractionCallback:
				c.Ack(*e.Request, a.act(data))
			case slack.SlashCommand:
				c.Ack(*e.Request, map[string]any{"text": "you said " + data.Text})
			}
			if e.Type == socketmode.EventTypeHello {
				a.mu.Lock()
				a.hellos++
				a.mu.Unlock()
			}
			d.Look()
		}
	}()
	t.Cleanup(func() { d.CloseSockets() })
	d.until(t, func() bool { return d.Sockets() == 1 })
}

// listen runs the app behind a URL, with the real verifier.
func (d *desk) listen(t *testing.T, a *app) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		v, err := slack.NewSecretsVerifier(r.Header, Secret)
		if err == nil {
			v.Write(body)
			err = v.Ensure()
		}
		if err != nil {
			http.Error(w, "forged", http.StatusUnauthorized)
			return
		}
		if r.URL.Path == "/act" {
			r.Body = io.NopCloser(strings.NewReader(string(body)))
			c, err := slack.InteractionCallbackParse(r)
			if err != nil {
				t.Error(err)
			}
			json.NewEncoder(w).Encode(a.act(c))
			return
		}
		e, err := slackevents.ParseEvent(body, slackevents.OptionNoVerifyToken())
		if err != nil {
			t.Error(err)
		}
		if e.Type == slackevents.URLVerification {
			io.WriteString(w, e.Data.(*slackevents.EventsAPIURLVerificationEvent).Challenge)
			return
		}
		retry := len(r.Header.Get("X-Slack-Retry-Num"))
		if e.TeamID == Team && !a.hear(e, retry, r.Header.Get("X-Slack-Retry-Reason")) {
			http.Error(w, "not now", http.StatusInternalServerError)
		}
	}))
	t.Cleanup(server.Close)
	if err := d.UseHTTP(d.ctx, server.URL+"/events", server.URL+"/act"); err != nil {
		t.Fatal(err)
	}
}

func (d *desk) until(t *testing.T, holds func() bool) {
	t.Helper()
	if err := d.Until(d.ctx, holds); err != nil {
		t.Fatal(err)
	}
}

func (d *desk) settled(t *testing.T) {
	t.Helper()
	if err := d.Settled(d.ctx); err != nil {
		t.Fatal(err)
	}
}

// soon retries at once.
func soon() Options { return Options{Retry: []time.Duration{0, 0, 0}} }

// Both transports bring the same.
func both(t *testing.T, opt func() Options, f func(*testing.T, *desk, *app)) {
	t.Run("socket", func(t *testing.T) {
		d, a := open(t, opt()), &app{}
		d.connect(t, a)
		f(t, d, a)
	})
	t.Run("http", func(t *testing.T) {
		d, a := open(t, opt()), &app{}
		d.listen(t, a)
		f(t, d, a)
	})
}

func TestTheAppHearsWhatIsSaid(t *testing.T) {
	both(t, soon, func(t *testing.T, d *desk, a *app) {
		id, ts := d.post(t, "#waste", ticket("A bin was missed"))
		said := d.Say(Ana, "waste", ts, ">> On Monday")
		if err := d.Edit(Ana, "waste", said, ">> On Tuesday"); err != nil {
			t.Fatal(err)
		}
		if err := d.Delete(Ana, "waste", said); err != nil {
			t.Fatal(err)
		}
		d.OpenHome(Ben)
		d.settled(t)
		if len(a.events) != 5 {
			t.Fatalf("heard %d events", len(a.events))
		}
		message := func(n int) *slackevents.MessageEvent { return a.events[n].InnerEvent.Data.(*slackevents.MessageEvent) }
		if m := message(0); m.BotID != BotID || m.User != BotUser || m.Channel != id || m.TimeStamp != ts {
			t.Errorf("the app's own: %+v", m)
		}
		if m := message(1); m.User != Ana || m.Text != ">> On Monday" || m.ThreadTimeStamp != ts || m.TimeStamp != said || m.ChannelType != "channel" {
			t.Errorf("said: %+v", m)
		}
		if m := message(2); m.SubType != "message_changed" || m.Message.Text != ">> On Tuesday" || m.PreviousMessage.Text != ">> On Monday" || m.Message.Timestamp != said {
			t.Errorf("edited: %+v", m)
		}
		if m := message(3); m.SubType != "message_deleted" || m.DeletedTimeStamp != said || m.PreviousMessage.Text != ">> On Tuesday" {
			t.Errorf("deleted: %+v", m)
		}
		if h, ok := a.events[4].InnerEvent.Data.(*slackevents.AppHomeOpenedEvent); !ok || h.User != Ben || h.Tab != "home" {
			t.Errorf("home: %+v", a.events[4].InnerEvent)
		}
		ids := map[string]bool{}
		for _, e := range a.events {
			c := e.Data.(*slackevents.EventsAPICallbackEvent)
			ids[c.EventID] = true
			if c.TeamID != Team || c.EventTime == 0 || c.EventContext == "" {
				t.Errorf("envelope %+v", c)
			}
		}
		if len(ids) != 5 {
			t.Errorf("event identifiers %v", ids)
		}
	})
}

func TestWhatIsNotAcknowledgedComesAgain(t *testing.T) {
	d, a := open(t, soon()), &app{refuse: func(n int) bool { return n < 2 }}
	d.listen(t, a)
	d.Say(Ana, "waste", "", "hello")
	d.settled(t)
	if len(a.events) != 3 || a.why[0] != "" || a.why[1] != "http_error" || a.retry[2] != 1 || len(d.Lost()) > 0 {
		t.Errorf("heard %d times, %v %v", len(a.events), a.retry, a.why)
	}
	a.refuse = func(int) bool { return true }
	d.Say(Ana, "waste", "", "hello?")
	d.settled(t)
	if len(a.events) != 7 || len(d.Lost()) != 1 {
		t.Errorf("heard %d times, lost %v", len(a.events), d.Lost())
	}
}

func TestAnEnvelopeComesAgainWhenItsTimeIsUp(t *testing.T) {
	clock := NewClock(time.Now())
	d := open(t, Options{Now: clock.Now, After: clock.After})
	heard := make(chan int, 9)
	a := &app{refuse: func(n int) bool { heard <- n; return n == 0 }}
	d.connect(t, a)
	d.Say(Ana, "waste", "", "hello")
	<-heard
	clock.Advance(3 * time.Second)
	d.settled(t)
	if len(a.events) != 2 || a.retry[1] != 1 || a.why[1] != "timeout" {
		t.Errorf("heard %d times, %v %v", len(a.events), a.retry, a.why)
	}
}

func TestClicksAndDialogs(t *testing.T) {
	both(t, soon, func(t *testing.T, d *desk, a *app) {
		id, ts := d.post(t, "#waste", ticket("A bin was missed"))
		if err := d.Click(Ana, "#waste", ts, "claim", "ticket_2"); err != nil {
			t.Fatal(err)
		}
		c := a.acts[0]
		if c.Type != slack.InteractionTypeBlockActions || c.User.ID != Ana || c.Team.ID != Team || c.Channel.ID != id || c.Message.Timestamp != ts ||
			c.Container.MessageTs != ts || len(c.ActionCallback.BlockActions) != 1 || c.ActionCallback.BlockActions[0].Value != "ticket_2" || c.ActionCallback.BlockActions[0].BlockID != "do" {
			t.Errorf("clicked: %+v", c)
		}
		if err := d.Select(Ben, "#waste", ts, "route", "parks"); err != nil || a.acts[1].ActionCallback.BlockActions[0].SelectedOption.Value != "parks" {
			t.Errorf("selected: %+v, %v", a.acts[1].ActionCallback, err)
		}
		if d.Click(Ana, "#waste", ts, "nothing", "") == nil || d.Select(Ana, "#waste", ts, "route", "moon") == nil || d.Click(Ana, "#waste", "1.0", "claim", "") == nil {
			t.Error("what is not there was clicked")
		}
		field := slack.NewInputBlock("text", slack.NewTextBlockObject("plain_text", "Reply", false, false), nil,
			slack.NewPlainTextInputBlockElement(nil, "reply"))
		view := slack.ModalViewRequest{Type: "modal", CallbackID: "reply", PrivateMetadata: "tk_1", Title: slack.NewTextBlockObject("plain_text", "Reply", false, false),
			Submit: slack.NewTextBlockObject("plain_text", "Send", false, false), Blocks: slack.Blocks{BlockSet: []slack.Block{field}}}
		if _, err := d.client.OpenViewContext(d.ctx, c.TriggerID, view); err != nil {
			t.Fatal(err)
		}
		if _, err := d.client.OpenViewContext(d.ctx, c.TriggerID, view); err == nil || err.Error() != "exchanged_trigger_id" {
			t.Errorf("a trigger twice: %v", err)
		}
		open := d.Views(Ana)
		if len(open) != 1 || len(d.Views(Ben)) != 0 {
			t.Fatalf("open are %v", open)
		}
		a.answer = func(c slack.InteractionCallback) any {
			return slack.NewErrorsViewSubmissionResponse(map[string]string{"text": "Too short"})
		}
		if err := d.Submit(Ana, open[0].ID, map[string]string{"text": "x"}); err == nil || d.Views(Ana)[0].Errors["text"] != "Too short" {
			t.Errorf("errors: %v", err)
		}
		if d.Submit(Ana, open[0].ID, nil) == nil || d.Submit(Ben, open[0].ID, map[string]string{"text": "x"}) == nil {
			t.Error("an empty field, or another's dialog, was submitted")
		}
		a.answer = nil
		if err := d.Submit(Ana, open[0].ID, map[string]string{"reply": "On Monday"}); err != nil || len(d.Views(Ana)) != 0 {
			t.Errorf("submitted: %v, still open %v", err, d.Views(Ana))
		}
		s := a.acts[len(a.acts)-1]
		if s.Type != slack.InteractionTypeViewSubmission || s.View.CallbackID != "reply" || s.View.PrivateMetadata != "tk_1" || s.View.State.Values["text"]["reply"].Value != "On Monday" {
			t.Errorf("submission: %+v", s)
		}
	})
}

func TestATriggerLivesThreeSeconds(t *testing.T) {
	clock := NewClock(time.Now())
	d, a := open(t, Options{Now: clock.Now, After: clock.After}), &app{}
	d.listen(t, a)
	_, ts := d.post(t, "#waste", ticket("A bin was missed"))
	if err := d.Click(Ana, "#waste", ts, "claim", ""); err != nil {
		t.Fatal(err)
	}
	clock.Advance(4 * time.Second)
	view := slack.ModalViewRequest{Type: "modal", Title: slack.NewTextBlockObject("plain_text", "Reply", false, false),
		Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewDividerBlock()}}}
	if _, err := d.client.OpenViewContext(d.ctx, a.acts[0].TriggerID, view); err == nil || err.Error() != "expired_trigger_id" {
		t.Errorf("opened after four seconds: %v", err)
	}
}

func TestThePrivateQuestionAndTheHome(t *testing.T) {
	d, a := open(t, soon()), &app{}
	d.listen(t, a)
	id, ts := d.post(t, "#waste", ticket("A bin was missed"))
	if _, err := d.client.PostEphemeralContext(d.ctx, id, Ana, slack.MsgOptionTS(ts), ticket("Send to the citizen?")); err != nil {
		t.Fatal(err)
	}
	private := d.Private(Ana, "waste")
	if len(private) != 1 || len(d.Private(Ben, "waste")) != 0 || len(d.Thread("waste", ts)) != 1 {
		t.Fatalf("private: %v", private)
	}
	if d.Click(Ben, "waste", private[0].TS, "claim", "") == nil {
		t.Error("another saw the private question")
	}
	if err := d.Click(Ana, "waste", private[0].TS, "claim", ""); err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.client.PostMessageContext(d.ctx, "", slack.MsgOptionDeleteOriginal(a.acts[0].ResponseURL)); err != nil || len(d.Private(Ana, "waste")) != 0 {
		t.Errorf("deleted through the response URL: %v", err)
	}
	home := slack.HomeTabViewRequest{Type: "home", Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewActionBlock("do",
		slack.NewButtonBlockElement("open", "tk_1", slack.NewTextBlockObject("plain_text", "Open", false, false)))}}}
	v, err := d.client.PublishViewContext(d.ctx, slack.PublishViewContextRequest{UserID: Ana, View: home})
	if err != nil {
		t.Fatal(err)
	}
	stale := "hash.0"
	if _, err := d.client.PublishViewContext(d.ctx, slack.PublishViewContextRequest{UserID: Ana, View: home, Hash: &stale}); err == nil || err.Error() != "hash_conflict" {
		t.Errorf("published over another: %v", err)
	}
	if h, ok := d.Home(Ana); !ok || h.ID != v.View.ID {
		t.Errorf("home %v", h)
	}
	if err := d.ClickView(Ana, v.View.ID, "open", ""); err != nil || a.acts[1].View.ID != v.View.ID {
		t.Error(err)
	}
}

func TestACommand(t *testing.T) {
	d := open(t, soon())
	d.connect(t, &app{})
	if answer, err := d.Command(Ana, "waste", "/tickets", "open"); err != nil || !strings.Contains(string(answer), "you said open") {
		t.Errorf("%s, %v", answer, err)
	}
}
