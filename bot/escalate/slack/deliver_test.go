package slack_test

import (
	"strings"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/bot/escalate"
	"townclerk/bot/escalate/slack"
	"townclerk/internal/scriptedslack"
)

var (
	inbox  = bot.Actor{Kind: bot.Clerk, ID: "dora"}
	system = bot.Actor{Kind: bot.System}
)

// A ticket is one message that says all that staff need to know.
func TestHead(t *testing.T) {
	r := newRig(t)
	ticket := r.inquiry(escalate.Matter{
		Earlier: []bot.Redacted{bot.AsRedacted("Is there a fee?")}, Reason: bot.ForUnknown, Missing: "the date of the next collection", Hazard: "fire", Suggest: true,
		Found: []bot.Sentence{{Text: "Bulky waste is collected on request.", Citations: []bot.Citation{{Title: "Bulky waste", URL: "https://www.example.gov/waste?a=1&b=2#bulky"}}},
			{Text: "No link.", Citations: []bot.Citation{{Title: "Odd", URL: "javascript:alert(1)"}}}},
	}, "When is waste collected?")
	r.run()
	if n := len(r.slack.Messages(waste)); n != 2 { // and the hello
		t.Fatalf("%d messages", n)
	}
	m := r.slack.Messages(waste)[1]
	text := look(m)
	for _, want := range []string{"speaks of danger: fire", "Waste & Recycling · " + string(ticket.ID[:8]), "When is waste collected?", "Is there a fee?",
		"“Bulky waste is collected on request.”\n— Bulky waste", "<https://www.example.gov/waste?a=1&amp;b=2#bulky|Open the page at www.example.gov>",
		"the pages do not answer it", "the date of the next collection", "with 87 %: its pages answer best", "Suggested reply:\nBulky waste is collected on request.",
		"Language: en", "promised by Tue 3 Mar", "[Claim]", "[Reply]", "[Resolve]", "[Not for us]"} {
		r.want(text, want)
	}
	r.wantNot(text, "<javascript")
	if m.Metadata == nil || m.Metadata.EventType != "townclerk_ticket" || len(m.Metadata.EventPayload) != 2 || m.Metadata.EventPayload["ticket"] != string(ticket.ID) {
		t.Errorf("metadata %+v", m.Metadata)
	}
	r.wantNot(m.Text, "collected")
}

// Each kind of event is seen in the thread or in the head.
func TestEvents(t *testing.T) {
	for _, c := range []struct {
		name   string
		do     []escalate.Action
		head   string // in it
		thread string // in the last message
	}{
		{"claimed at the inbox", []escalate.Action{{Kind: bot.TicketTaken, By: inbox}}, "a colleague has it", ""},
		{"given back", []escalate.Action{{Kind: bot.TicketTaken, By: inbox}, {Kind: bot.TicketReleased, By: inbox}}, "nobody has it yet", ""},
		{"replied at the inbox", []escalate.Action{{Kind: bot.TicketReplied, By: inbox, Text: "On Monday."}}, "Answered by", "Sent to the citizen by a colleague:]\nOn Monday."},
		{"asked", []escalate.Action{{Kind: bot.TicketAsked, By: inbox, Text: "Which street?"}}, "was asked", "Which street?"},
		{"corrected", []escalate.Action{{Kind: bot.TicketReplied, By: inbox, Text: "On Monday."}, {Kind: bot.TicketCorrected, By: inbox, Text: "On Tuesday.", Corrects: 2}}, "Answered", "the citizen sees now:]\nOn Tuesday."},
		{"withdrawn", []escalate.Action{{Kind: bot.TicketReplied, By: inbox, Text: "On Monday."}, {Kind: bot.TicketWithdrawn, By: inbox, Corrects: 2}}, "", "took back"},
		{"the citizen wrote", []escalate.Action{{Kind: bot.TicketSaid, By: bot.Actor{Kind: bot.Citizen}, Text: "Hello?"}}, "nobody has it", "The citizen wrote:]\nHello?"},
		{"noted at the inbox", []escalate.Action{{Kind: bot.TicketNoted, By: inbox, Text: "Ask Eve."}}, "", "for staff only:]\nAsk Eve."},
		{"reminded", []escalate.Action{{Kind: bot.TicketReminded, By: system}}, "", "waits for an answer"},
		{"delayed", []escalate.Action{{Kind: bot.TicketDelayed, By: system}}, "", "takes longer"},
		{"addressed", []escalate.Action{{Kind: bot.TicketAddressed, By: bot.Actor{Kind: bot.Citizen}}}, "", "open the inbox to see it"},
		{"resolved", []escalate.Action{{Kind: bot.TicketResolved, By: inbox}}, "Closed by a colleague", ""},
		{"expired", []escalate.Action{{Kind: bot.TicketLapsed, By: system}}, "Expired", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			ticket := r.ask("About the waste")
			for _, a := range c.do {
				r.run()
				r.act(ticket.ID, a)
			}
			r.run()
			got := r.thread(ticket.ID)
			r.want(got[0], c.head)
			r.want(got[0], "About the waste")
			if over := r.ticket(ticket.ID).State.Over(); over == strings.Contains(got[0], "[Resolve]") {
				t.Errorf("over %v, but the head is %q", over, got[0])
			}
			if c.thread != "" {
				r.want(got[len(got)-1], c.thread)
			} else if len(got) != 1 {
				t.Errorf("the thread has %q", got)
			}
		})
	}
}

// A ticket that goes to another department is one message there, with what was said so
// far; where it was nothing of it is left.
func TestRerouted(t *testing.T) {
	for _, kind := range []bot.TicketEventKind{bot.TicketRerouted, bot.TicketBackedUp} {
		r := newRig(t)
		ticket := r.ask("About the waste")
		r.says(ticket.ID, "And the bins?")
		r.run()
		old := r.head(ticket.ID)
		r.act(ticket.ID, escalate.Action{Kind: kind, By: system, To: "parks"})
		r.says(ticket.ID, "Thank you")
		r.run()
		now := r.head(ticket.ID)
		if now.Channel != parks || len(r.slack.Messages(parks)) != 2 {
			t.Fatalf("%s: it is at %v, %d messages", kind, now, len(r.slack.Messages(parks)))
		}
		thread := r.thread(ticket.ID)
		r.want(thread[0], "the citizen:\nAnd the bins?")
		r.want(thread[0], "About the waste")
		r.wantNot(thread[0], "Thank you")
		r.want(thread[1], "Thank you")
		for _, m := range r.slack.Thread(waste, old.Thread) {
			if look(m) != "This inquiry went to Parks." {
				t.Errorf("%s: at the old place is %q", kind, look(m))
			}
		}
	}
}

func TestDepartmentsWithoutChannelAreNowhere(t *testing.T) {
	r := newRig(t)
	ticket := r.ask("About the archive")
	r.says(ticket.ID, "More")
	r.run()
	if at := r.head(ticket.ID); at.Thread != "" {
		t.Errorf("it is at %v", at)
	}
	r.act(ticket.ID, escalate.Action{Kind: bot.TicketRerouted, By: inbox, To: "waste"})
	r.run()
	r.want(r.thread(ticket.ID)[0], "More")
	r.act(ticket.ID, escalate.Action{Kind: bot.TicketRerouted, By: inbox, To: "archive"})
	r.run()
	if at := r.head(ticket.ID); at.Thread != "" {
		t.Errorf("it is at %v", at)
	}
	r.want(look(r.slack.Messages(waste)[1]), "Archive, which is not on Slack")
}

func TestAlertsTakeNoReply(t *testing.T) {
	r := newRig(t)
	r.overHTTP()
	ticket := r.ask("About the police")
	r.run()
	at := r.head(ticket.ID)
	r.wantNot(r.thread(ticket.ID)[0], "[Reply]")
	r.slack.Say(ana, at.Channel, at.Thread, "&gt;&gt; Call us")
	r.run()
	r.want(r.told(ana, at.Channel), "nothing is sent to citizens from here")
	r.want(r.told(ana, at.Channel), "Call us")
	if got := r.seen(ticket.ID); got != "" {
		t.Errorf("the citizen sees %q", got)
	}
}

// What the citizen wished to be gone is gone in Slack: the head, and all that we posted.
func TestErased(t *testing.T) {
	r := newRig(t)
	ticket := r.ask("About the waste")
	r.says(ticket.ID, "My secret")
	r.act(ticket.ID, escalate.Action{Kind: bot.TicketReplied, By: inbox, Text: "Your secret"})
	r.run()
	at := r.head(ticket.ID)
	r.slack.Say(ana, at.Channel, at.Thread, "chatter")
	for range 250 { // more than a page
		r.slack.Say(ben, at.Channel, at.Thread, "chatter")
	}
	r.says(ticket.ID, "My other secret")
	r.run()
	r.act(ticket.ID, escalate.Action{Kind: bot.TicketErased, By: bot.Actor{Kind: bot.Citizen}})
	r.slack.Fail("chat.update", "", scriptedslack.RateLimited)
	r.run()
	for _, m := range r.slack.Thread(at.Channel, at.Thread) {
		if m.BotID != "" && (look(m) != "Erased at the citizen's wish." || strings.Contains(string(m.Blocks)+m.Text, "secret")) {
			t.Errorf("left: %q", look(m))
		}
	}
}

// A message whose answer was lost is found again, not posted again; whatever goes wrong.
func TestOnce(t *testing.T) {
	for _, f := range []scriptedslack.Fault{scriptedslack.RateLimited, scriptedslack.ServerError, scriptedslack.Unavailable, scriptedslack.Dropped,
		scriptedslack.DoneError, scriptedslack.DoneDropped, scriptedslack.Says("fatal_error")} {
		t.Run(string(f), func(t *testing.T) {
			r := newRig(t)
			r.slack.Fail("chat.postMessage", f, f, "", f, f, "", f)
			ticket := r.ask("About the waste")
			r.says(ticket.ID, "More")
			r.run()
			r.act(ticket.ID, escalate.Action{Kind: bot.TicketRerouted, By: inbox, To: "parks"})
			r.slack.Fail("chat.update", f)
			r.run()
			if n := len(r.slack.Messages(waste)); n != 2 {
				t.Errorf("%d messages in the first channel", n)
			}
			if n := len(r.slack.Messages(parks)); n != 2 {
				t.Errorf("%d messages in the second channel", n)
			}
			if n := len(r.slack.Thread(waste, r.slack.Messages(waste)[1].TS)); n != 2 {
				t.Errorf("%d messages in the thread", n)
			}
		})
	}
}

// A head that somebody deleted comes again with the next news.
func TestDeletedHeadComesAgain(t *testing.T) {
	r := newRig(t)
	ticket := r.ask("About the waste")
	r.run()
	at := r.head(ticket.ID)
	if err := r.slack.Delete(scriptedslack.BotUser, at.Channel, at.Thread); err != nil {
		t.Fatal(err)
	}
	r.says(ticket.ID, "More")
	r.run()
	if now := r.head(ticket.ID); now == at || len(r.slack.Messages(waste)) != 2 {
		t.Errorf("it is at %v", now)
	}
	r.want(r.thread(ticket.ID)[0], "About the waste")
	r.says(ticket.ID, "Even more")
	r.run()
	r.want(r.thread(ticket.ID)[1], "Even more")
}

// A channel gets a message a second, each put off once, in order.
func TestPace(t *testing.T) {
	r := newRig(t)
	for range 20 {
		r.ask("About the waste")
	}
	for r.step(); !r.arrived(); r.step() {
		r.clock.Advance(time.Second)
	}
	var last time.Time
	for _, q := range r.slack.Requests() {
		switch q.Method {
		case "chat.postMessage":
			if q.At.Sub(last) < time.Second {
				t.Errorf("posted at %v, and at %v", last, q.At)
			}
			last = q.At
		case "conversations.history":
			t.Error("looked for a message that was never tried")
		}
	}
}

// Slack is down for an hour: nothing is lost, nothing is posted twice, and meanwhile
// the tickets are known not to have arrived.
func TestDownForAnHour(t *testing.T) {
	r := newRig(t)
	r.overHTTP()
	first := r.ask("About the waste")
	r.run()
	r.slack.Down()
	r.says(first.ID, "Are you there?")
	second := r.ask("About the parks")
	for range 60 {
		r.step()
		r.clock.Advance(time.Minute)
	}
	if !r.desk.View(r.ticket(second.ID)).Queued {
		t.Error("the citizen is not told that the ticket waits")
	}
	r.slack.Up()
	r.run()
	if n, m := len(r.slack.Messages(waste)), len(r.slack.Messages(parks)); n != 2 || m != 2 {
		t.Errorf("%d and %d messages", n, m)
	}
	if got := r.thread(first.ID); len(got) != 2 {
		t.Errorf("the thread is %q", got)
	}
}

func TestDigest(t *testing.T) {
	r := newRig(t)
	r.ask("About the waste")
	r.run()
	open, err := r.store.Tickets(r.ctx, escalate.Filter{Departments: []bot.DepartmentID{"waste"}})
	r.must(err)
	r.must(r.bridge.Digest(r.ctx, "waste", open))
	got := r.slack.Messages(waste)
	r.want(look(got[len(got)-1]), "Open inquiries of Waste & Recycling")
	r.want(look(got[len(got)-1]), "About the waste")
	r.want(look(got[len(got)-1]), "|Open the thread>")
}

func TestConfiguration(t *testing.T) {
	r := newRig(t)
	parts := slack.Parts{Desk: r.desk}
	for _, c := range []struct {
		config slack.Config
		want   string
	}{
		{slack.Config{Token: "xapp-1", Team: "T1"}, "xoxb-"},
		{slack.Config{Token: "xoxb-1"}, "begins with T"},
	} {
		if _, err := slack.New(c.config, parts); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c.config, err)
		}
	}
}
