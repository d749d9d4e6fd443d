package slack_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"townclerk/bot"
	"townclerk/bot/escalate"
	"townclerk/internal/scriptedslack"
	"townclerk/internal/scriptedslack/blockkit"
)

func tricks() []string {
	return []string{
		"<!channel>", "<!here|x>", "<!everyone>", "<@" + ana + ">", "<#C0WASTE|waste>", "<!subteam^S0CLERKS|@clerks>", "@here", "@channel",
		"<javascript:alert(1)|click>", "[click](javascript:alert(1))", "<https://evil.example/|https://www.example.gov/>", "https://evil.example/x?a=b&c=d",
		"mailto:x@evil.example", "*bold* _it_ ~no~ `code` ```block```", "# head\n> quote\n* list", "&lt;!channel&gt;", "&amp;lt;!channel&amp;gt;", "<", ">", "&", "|",
		"\u202eright to left\u202c", "\u2066isolate\u2069", "zero\u200bwidth", "\x00\x07\x1b[31m", "\ufeff", "\u2028\u2029", "\xff\xfe", ":rotating_light: :smile:",
		strings.Repeat("\U0001F600", 3000), strings.Repeat("<!channel> ", 4000), "e" + strings.Repeat("\u0301", 500), "", " ", "\n\n\n",
	}
}

// A citizen's text with every trick is harmless text in Slack, wherever it stands: the
// scripted Slack judges all that is posted.
func TestHostileText(t *testing.T) {
	r := newRig(t)
	r.overHTTP()
	random := rand.New(rand.NewPCG(3, 5))
	all := tricks()
	for i := range len(all) + 12 {
		text := all[i%len(all)]
		if i >= len(all) { // some at once
			text += all[random.IntN(len(all))] + all[random.IntN(len(all))]
		}
		if len(text) > 40<<10 {
			text = strings.ToValidUTF8(text[:40<<10], "")
		}
		ticket := r.inquiry(escalate.Matter{Suggest: true, Missing: text, Hazard: text, Earlier: []bot.Redacted{bot.AsRedacted(text), bot.AsRedacted(text)},
			Found: []bot.Sentence{{Text: text, Citations: []bot.Citation{{Title: text, URL: "javascript:" + text}}}}}, "About the waste "+text)
		if s := strings.TrimSpace(text); s != "" && len(s) <= escalate.MaxMessage {
			r.says(ticket.ID, text)
			r.act(ticket.ID, escalate.Action{Kind: bot.TicketReplied, By: inbox, Text: text})
			r.act(ticket.ID, escalate.Action{Kind: bot.TicketCorrected, By: inbox, Text: text + "!", Corrects: 3})
			r.act(ticket.ID, escalate.Action{Kind: bot.TicketRerouted, By: inbox, To: "parks"})
		}
		r.run()
		at := r.head(ticket.ID)
		r.must(r.slack.Click(ana, at.Channel, at.Thread, "reply", "")) // with the suggested reply
		r.slack.CloseView(r.slack.Views(ana)[0].ID)
		r.slack.OpenHome(ana)
		r.run()
		for _, m := range r.slack.Thread(at.Channel, at.Thread) {
			harmless(t, m)
		}
		r.act(ticket.ID, escalate.Action{Kind: bot.TicketResolved, By: inbox})
	}
	if len(r.slack.Violations()) > 0 {
		t.Fatal(r.slack.Violations()[0])
	}
}

// harmless: what is no plain text is a link to one of the agency's pages, and no text
// turns the direction of writing or holds what cannot be seen.
func harmless(t *testing.T, m scriptedslack.Message) {
	t.Helper()
	if strings.ContainsAny(look(m), "\u202e\u202c\u2066\u2069\u200b\ufeff\u2028\x00\x1b") {
		t.Errorf("controls in %q", look(m))
	}
	for _, b := range blockkit.Parse(m.Blocks) {
		for _, e := range b.Elements {
			if e.Type == "mrkdwn" {
				t.Errorf("mrkdwn in %q", look(m))
			}
		}
		if b.Text != nil && b.Text.Type != "plain_text" {
			t.Errorf("%s in %q", b.Text.Type, look(m))
		}
	}
	if strings.Contains(m.Text, "channel") || strings.Contains(m.Text, "evil") {
		t.Errorf("the notification is %q", m.Text)
	}
}
