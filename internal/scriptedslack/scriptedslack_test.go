package scriptedslack_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	. "townclerk/internal/scriptedslack"
)

// desk is a workspace, and a client of it that is the real one.
type desk struct {
	*Workspace
	server *httptest.Server
	client *slack.Client
	ctx    context.Context
}

func open(t *testing.T, opt Options) *desk {
	t.Helper()
	w := New(opt)
	server := httptest.NewServer(w)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(func() { cancel(); server.CloseClientConnections(); server.Close() })
	return &desk{w, server, client(server, &http.Client{}), ctx}
}

func client(server *httptest.Server, c *http.Client) *slack.Client {
	return slack.New(BotToken, slack.OptionAPIURL(server.URL+"/api/"), slack.OptionAppLevelToken(AppToken), slack.OptionHTTPClient(c))
}

func quiet() slack.MsgOption {
	return slack.MsgOptionCompose(slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl())
}

// ticket is a message as the app posts one.
func ticket(text string) slack.MsgOption {
	claim := slack.NewButtonBlockElement("claim", "ticket_1", slack.NewTextBlockObject("plain_text", "Claim", false, false))
	other := slack.NewButtonBlockElement("claim", "ticket_2", slack.NewTextBlockObject("plain_text", "Claim too", false, false))
	menu := slack.NewOptionsSelectBlockElement("static_select", nil, "route",
		slack.NewOptionBlockObject("parks", slack.NewTextBlockObject("plain_text", "Parks", false, false), nil))
	return slack.MsgOptionCompose(quiet(), slack.MsgOptionText(text, false),
		slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "ticket", EventPayload: map[string]any{"id": "tk_1"}}),
		slack.MsgOptionBlocks(slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", text, false, true), nil, nil),
			slack.NewActionBlock("do", claim, other, menu)))
}

func (d *desk) post(t *testing.T, channel string, options ...slack.MsgOption) (id, ts string) {
	t.Helper()
	id, ts, err := d.client.PostMessageContext(d.ctx, channel, options...)
	if err != nil {
		t.Fatal(err)
	}
	return id, ts
}

func TestMessagesAreFoundAgain(t *testing.T) {
	d := open(t, Options{Strict: &Strict{}})
	id, ts := d.post(t, "#waste", ticket("A bin was missed"))
	for range 5 {
		d.post(t, id, quiet(), slack.MsgOptionText("More", false), slack.MsgOptionTS(ts))
		d.post(t, id, quiet(), slack.MsgOptionText("Another", false))
	}
	if _, _, err := d.client.PostMessageContext(d.ctx, id, quiet(), slack.MsgOptionText("x", false), slack.MsgOptionTS("1.000001")); err == nil || err.Error() != "thread_not_found" {
		t.Errorf("a reply to nothing: %v", err)
	}
	var seen []string
	for cursor, more := "", true; more; {
		h, err := d.client.GetConversationHistoryContext(d.ctx, &slack.GetConversationHistoryParameters{ChannelID: id, Limit: 4, Cursor: cursor, IncludeAllMetadata: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range h.Messages {
			seen = append(seen, m.Timestamp)
			if (m.Metadata.EventType == "ticket") != (m.Timestamp == ts) {
				t.Errorf("message %q has metadata %v", m.Text, m.Metadata)
			}
		}
		cursor, more = h.ResponseMetaData.NextCursor, h.HasMore
	}
	if len(seen) != 6 || seen[5] != ts || !slices.IsSortedFunc(seen, func(a, b string) int { return strings.Compare(b, a) }) {
		t.Errorf("history is %v, want six messages outside threads, newest first", seen)
	}
	h, err := d.client.GetConversationHistoryContext(d.ctx, &slack.GetConversationHistoryParameters{ChannelID: id, Oldest: ts})
	if err != nil || len(h.Messages) != 5 {
		t.Errorf("after the first: %d messages, %v", len(h.Messages), err)
	}
	replies, more, _, err := d.client.GetConversationRepliesContext(d.ctx, &slack.GetConversationRepliesParameters{ChannelID: id, Timestamp: ts})
	if err != nil || more || len(replies) != 6 || replies[0].Timestamp != ts || replies[0].ReplyCount != 5 || replies[0].Metadata.EventType != "" {
		t.Errorf("the thread is %v, %v", replies, err)
	}
	if len(d.Messages("waste")) != 6 || len(d.Thread(id, ts)) != 6 {
		t.Errorf("people see %d messages, %d in the thread", len(d.Messages("waste")), len(d.Thread(id, ts)))
	}
	if v := d.Violations(); len(v) > 0 {
		t.Error(v)
	}
}

func TestMessagesAreChanged(t *testing.T) {
	d := open(t, Options{})
	id, ts := d.post(t, "waste", ticket("A bin was missed"))
	if _, _, _, err := d.client.UpdateMessageContext(d.ctx, id, ts, slack.MsgOptionText("Claimed", false)); err != nil {
		t.Fatal(err)
	}
	if m := d.Messages(id)[0]; m.Text != "Claimed" || m.Edited == nil || len(m.Blocks) > 0 || m.Metadata == nil {
		t.Errorf("updated: %+v", m)
	}
	said := d.Say(Ana, id, ts, "mine")
	if _, _, _, err := d.client.UpdateMessageContext(d.ctx, id, said, slack.MsgOptionText("x", false)); err == nil || err.Error() != "cant_update_message" {
		t.Errorf("another's message: %v", err)
	}
	if d.Edit(Ben, id, said, "x") == nil || d.Edit(Ana, id, said, "still mine") != nil || d.Delete(Ana, id, said) != nil {
		t.Error("who may edit what")
	}
	if link, err := d.client.GetPermalinkContext(d.ctx, &slack.PermalinkParameters{Channel: id, Ts: ts}); err != nil || !strings.Contains(link, id) {
		t.Errorf("permalink %q, %v", link, err)
	}
	if err := d.client.AddReactionContext(d.ctx, "eyes", slack.NewRefToMessage(id, ts)); err != nil {
		t.Error(err)
	}
	if _, _, err := d.client.DeleteMessageContext(d.ctx, id, ts); err != nil || len(d.Messages(id)) != 0 {
		t.Errorf("deleted: %v, %v", d.Messages(id), err)
	}
}

func TestWhoIsWho(t *testing.T) {
	d := open(t, Options{})
	d.Say(Ana, "waste", "", "hello")
	if a, err := d.client.AuthTestContext(d.ctx); err != nil || a.TeamID != Team || a.UserID != BotUser || a.BotID != BotID {
		t.Errorf("%+v, %v", a, err)
	}
	if u, err := d.client.GetUserInfoContext(d.ctx, Ana); err != nil || u.RealName != "Ana Ruiz" {
		t.Errorf("%+v, %v", u, err)
	}
	if _, err := d.client.GetUserInfoContext(d.ctx, "U0NOBODY"); err == nil || err.Error() != "user_not_found" {
		t.Error(err)
	}
	if u, err := d.client.GetUserGroupMembersContext(d.ctx, "S0CLERKS"); err != nil || len(u) != 4 {
		t.Errorf("%v, %v", u, err)
	}
	if g, err := d.client.GetUserGroupsContext(d.ctx); err != nil || len(g) != 1 {
		t.Errorf("%v, %v", g, err)
	}
	cs, _, err := d.client.GetConversationsContext(d.ctx, &slack.GetConversationsParameters{})
	if err != nil || len(cs) != 1 || cs[0].Name != "waste" {
		t.Errorf("%v, %v", cs, err)
	}
	if c, err := d.client.GetConversationInfoContext(d.ctx, &slack.GetConversationInfoInput{ChannelID: cs[0].ID}); err != nil || c.Name != "waste" {
		t.Errorf("%v, %v", c, err)
	}
}

func TestCallsThatSlackRefuses(t *testing.T) {
	d := open(t, Options{})
	for _, c := range []struct{ method, token, kind, body, want string }{
		{"chat.nothing", BotToken, "", "", "unknown_method"},
		{"auth.test", "", "", "", "not_authed"},
		{"auth.test", "xoxb-other", "", "", "invalid_auth"},
		{"auth.test", AppToken, "", "", "not_allowed_token_type"},
		{"apps.connections.open", BotToken, "", "", "not_allowed_token_type"},
		{"chat.postMessage", BotToken, "application/json", `{"channel":`, "invalid_json"},
		{"chat.postMessage", BotToken, "application/json", `{"channel":"waste"}`, "no_text"},
		{"chat.postMessage", BotToken, "", "channel=waste&blocks=x", "invalid_blocks_format"},
		{"chat.postMessage", BotToken, "", "text=x", "channel_not_found"},
		{"conversations.history", BotToken, "", "channel=nowhere", "channel_not_found"},
		{"views.open", BotToken, "application/json", `{"trigger_id":"1","view":{"type":"modal"}}`, "invalid_trigger_id"},
	} {
		if c.kind == "" {
			c.kind = "application/x-www-form-urlencoded"
		}
		req := httptest.NewRequest("POST", "/api/"+c.method, strings.NewReader(c.body))
		req.Header.Set("Content-Type", c.kind)
		if c.token != "" {
			req.Header.Set("Authorization", "Bearer "+c.token)
		}
		rec := httptest.NewRecorder()
		d.ServeHTTP(rec, req)
		if want := `{"error":"` + c.want + `","ok":false}`; rec.Code != 200 || rec.Body.String() != want {
			t.Errorf("%s %s: %d %s, want %s", c.method, c.body, rec.Code, rec.Body, want)
		}
	}
}
