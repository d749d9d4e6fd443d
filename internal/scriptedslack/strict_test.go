package scriptedslack_test

import (
	"strings"
	"testing"

	"github.com/slack-go/slack"

	. "townclerk/internal/scriptedslack"
)

func TestStrict(t *testing.T) {
	text := func(s string) slack.MsgOption { return slack.MsgOptionText(s, false) }
	block := func(s string, verbatim bool) slack.MsgOption {
		return slack.MsgOptionBlocks(slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", s, false, verbatim), nil, nil))
	}
	meta := func(v any) slack.MsgOption {
		return slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "ticket", EventPayload: map[string]any{"id": v}})
	}
	button := func(label, value string) slack.MsgOption {
		return slack.MsgOptionBlocks(slack.NewActionBlock("", slack.NewButtonBlockElement("a", value, slack.NewTextBlockObject("plain_text", label, false, false))))
	}
	long := func(n int) string { return strings.Repeat("é", n) }
	for _, c := range []struct {
		name string
		say  slack.MsgOption
		want string // "" where nothing is wrong
	}{
		{"escaped", text("a &lt;b&gt; &amp; c"), ""},
		{"allowed link", text("<https://www.example.gov/waste|Waste>"), ""},
		{"other link", text("<https://evil.example|Waste>"), `text holds "<https://evil.example|Waste>"`},
		{"script", text("<javascript:alert(1)|x>"), "text holds"},
		{"channel", text("<!channel>"), "text holds"},
		{"user", block("hello <@U0ANA>", true), "a text of the blocks holds"},
		{"channel link", block("see <#C0WASTE>", true), "a text of the blocks holds"},
		{"bare &", text("a & b"), "not escaped"},
		{"bare <", block("1 < 2", true), "not escaped"},
		{"bare >", text("> quoted"), "not escaped"},
		{"other entity", text("&nbsp;"), "not escaped"},
		{"bare address", block("see https://evil.example", false), "becomes a link"},
		{"verbatim address", block("see https://evil.example", true), ""},
		{"unfurl", slack.MsgOptionCompose(text("x"), slack.MsgOptionEnableLinkUnfurl()), "unfurl_links is not false"},
		{"link names", slack.MsgOptionCompose(text("x"), slack.MsgOptionLinkNames(true)), "link_names"},
		{"identifier", slack.MsgOptionCompose(text("x"), meta("tk_0-Z")), ""},
		{"words", slack.MsgOptionCompose(text("x"), meta("my bin")), "metadata.id is no opaque identifier"},
		{"number", slack.MsgOptionCompose(text("x"), meta(7)), "metadata.id"},
		{"nested", slack.MsgOptionCompose(text("x"), meta(map[string]any{"mail": "a@b.example"})), "metadata.id.mail"},
		{"long text", text(long(40001)), "40001 characters"},
		{"block text", block(long(3000), true), ""},
		{"long block", block(long(3001), true), "has 3001, Slack takes 3000"},
		{"label", button(long(75), long(2000)), ""},
		{"long label", button(long(76), "x"), "text of a button has 76"},
		{"long value", button("x", long(2001)), "value of a button has 2001"},
		{"header", slack.MsgOptionBlocks(slack.NewHeaderBlock(slack.NewTextBlockObject("plain_text", long(151), false, false))), "text of a header has 151"},
		{"attachments", slack.MsgOptionCompose(text("x"), slack.MsgOptionAttachments(slack.Attachment{Text: "<!here>"})), "attachments"},
	} {
		t.Run(c.name, func(t *testing.T) {
			told := 0
			d := open(t, Options{Strict: &Strict{
				Allow:    func(s string) bool { return strings.HasPrefix(s, "https://www.example.gov/") },
				Violated: func(string) { told++ },
			}})
			_, _, err := d.client.PostMessageContext(d.ctx, "waste", quiet(), c.say)
			v := d.Violations()
			switch {
			case len(v) != told:
				t.Errorf("told of %d, %d violations", told, len(v))
			case c.want == "" && (len(v) > 0 || err != nil):
				t.Errorf("%v, %v", v, err)
			case c.want != "" && (len(v) == 0 || !strings.Contains(v[0], c.want)):
				t.Errorf("%v, want %q", v, c.want)
			}
		})
	}
}

func TestSlackRefusesWhatIsOverItsLimits(t *testing.T) {
	d := open(t, Options{})
	var many []slack.Block
	for range 51 {
		many = append(many, slack.NewDividerBlock())
	}
	if _, _, err := d.client.PostMessageContext(d.ctx, "waste", slack.MsgOptionBlocks(many...)); err == nil || err.Error() != "invalid_blocks" {
		t.Error(err)
	}
	if _, _, err := d.client.PostMessageContext(d.ctx, "waste", slack.MsgOptionText(strings.Repeat("x", 40001), false)); err == nil || err.Error() != "msg_too_long" {
		t.Error(err)
	}
	if len(d.Violations()) > 0 {
		t.Error("it judges without being told to")
	}
}
