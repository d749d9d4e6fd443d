package slackpage_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"golang.org/x/net/html"

	"townclerk/internal/scriptedslack"
	"townclerk/internal/scriptedslack/slackpage"
)

// visitor is a browser without a script.
type visitor struct {
	*testing.T
	base string
}

func (v visitor) read(res *http.Response, err error) string {
	v.Helper()
	if err != nil {
		v.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK || res.Header.Get("Content-Security-Policy") == "" {
		v.Fatalf("%s: %s %v", res.Request.URL, res.Status, err)
	}
	return string(data)
}

func (v visitor) get(path string) string {
	v.Helper()
	return v.read(http.Get(v.base + path))
}

func (v visitor) post(path string, fields ...string) string {
	v.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return v.read(http.PostForm(v.base+path, form))
}

func plainText(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject("plain_text", s, false, false)
}

// reply opens the dialog with which an app asks for a reply.
func reply() slack.ModalViewRequest {
	field := slack.NewPlainTextInputBlockElement(nil, "reply")
	field.Multiline = true
	return slack.ModalViewRequest{Type: "modal", CallbackID: "reply", Title: plainText("Reply"), Submit: plainText("Send"),
		Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewInputBlock("text", plainText("To the citizen"), nil, field)}}}
}

// serve runs a workspace with an app that opens a dialog on each click.
func serve(t *testing.T) (*scriptedslack.Workspace, *slack.Client, visitor) {
	w := scriptedslack.New(scriptedslack.Options{})
	server := httptest.NewServer(slackpage.New(w))
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(func() { cancel(); server.CloseClientConnections(); server.Close() })
	client := slack.New(scriptedslack.BotToken, slack.OptionAPIURL(server.URL+"/api/"), slack.OptionAppLevelToken(scriptedslack.AppToken))
	socket := socketmode.New(client)
	go socket.RunContext(ctx)
	go func() {
		for e := range socket.Events {
			if c, ok := e.Data.(slack.InteractionCallback); ok && c.Type == slack.InteractionTypeBlockActions {
				client.OpenViewContext(ctx, c.TriggerID, reply())
			}
			if e.Request != nil && e.Request.EnvelopeID != "" {
				socket.Ack(*e.Request)
			}
		}
	}()
	if err := w.Until(ctx, func() bool { return w.Sockets() == 1 }); err != nil {
		t.Fatal(err)
	}
	return w, client, visitor{t, server.URL}
}

func TestAClerkAtThePage(t *testing.T) {
	w, client, v := serve(t)
	if s := v.get("/"); !strings.Contains(s, "No channel yet") {
		t.Error("no word about the missing channels")
	}
	menu := slack.NewOptionsSelectBlockElement("static_select", plainText("Re-route to"), "route", slack.NewOptionBlockObject("parks", plainText("Parks"), nil))
	id, ts, err := client.PostMessage("#waste", slack.MsgOptionText("fallback", false), slack.MsgOptionBlocks(
		slack.NewHeaderBlock(plainText("A bin <was> missed")),
		slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", "*Found*: <https://www.example.gov/waste|Waste &amp; more> &lt;b&gt; <javascript:x|no>", false, true),
			[]*slack.TextBlockObject{plainText("Field")}, nil),
		slack.NewDividerBlock(), slack.NewContextBlock("", slack.NewTextBlockObject("mrkdwn", "In *context*", false, false)),
		slack.NewActionBlock("do", slack.NewButtonBlockElement("answer", "tk_1", plainText("Reply")), menu)))
	if err != nil {
		t.Fatal(err)
	}
	channel := "/as/" + scriptedslack.Ana + "/channel/" + id
	s := v.get("/")
	for _, want := range []string{"A bin &lt;was&gt; missed", "<strong>Found</strong>: <a href=\"https://www.example.gov/waste\" rel=noreferrer>Waste &amp; more</a> &lt;b&gt; &lt;javascript:x|no&gt;",
		"<hr>", "In <strong>context</strong>", `value="tk_1"`, "Re-route to", ">Parks</option>", "Write as Ana Ruiz", "Ben Okafor"} {
		if !strings.Contains(s, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	inside := []string{"back", channel, "channel", id, "ts", ts}
	s = v.post("/as/"+scriptedslack.Ana+"/click", append(inside, "action", "answer", "value", "tk_1")...)
	dialog := w.Views(scriptedslack.Ana)
	if len(dialog) != 1 || !strings.Contains(s, "To the citizen") || !strings.Contains(s, `role="dialog"`) {
		t.Fatalf("no dialog: %v", dialog)
	}
	s = v.post("/as/"+scriptedslack.Ana+"/submit", "back", channel, "view", dialog[0].ID, "field:text", "")
	if !strings.Contains(s, "field text cannot be") {
		t.Error("an empty field was taken, or nothing said")
	}
	v.post("/as/"+scriptedslack.Ana+"/submit", "back", channel, "view", dialog[0].ID, "field:text", "On Monday")
	if len(w.Views(scriptedslack.Ana)) != 0 {
		t.Error("the dialog stays")
	}
	thread := channel + "/p" + strings.Replace(ts, ".", "", 1)
	s = v.post("/as/"+scriptedslack.Ana+"/say", "back", thread, "channel", id, "thread", ts, "text", "I <look> & see")
	said := w.Thread(id, ts)
	if len(said) != 2 || said[1].Text != "I &lt;look&gt; &amp; see" || !strings.Contains(s, "I &lt;look&gt; &amp; see") || !strings.Contains(s, "Edit or delete") {
		t.Errorf("said: %+v", said)
	}
	if s = v.get(strings.Replace(thread, scriptedslack.Ana, scriptedslack.Ben, 1)); strings.Contains(s, "Edit or delete") {
		t.Error("Ben may edit what Ana wrote")
	}
	v.post("/as/"+scriptedslack.Ana+"/edit", "back", thread, "channel", id, "ts", said[1].TS, "text", "seen")
	if got := w.Thread(id, ts)[1].Text; got != "seen" {
		t.Errorf("edited: %q", got)
	}
	v.post("/as/"+scriptedslack.Ana+"/delete", "back", thread, "channel", id, "ts", said[1].TS)
	if len(w.Thread(id, ts)) != 1 {
		t.Error("not deleted")
	}
	if link, err := client.GetPermalink(&slack.PermalinkParameters{Channel: id, Ts: ts}); err != nil || !strings.Contains(v.read(http.Get(link)), "Thread in #waste") {
		t.Errorf("permalink %q, %v", link, err)
	}
}

func TestTheHomeOnThePage(t *testing.T) {
	_, client, v := serve(t)
	if s := v.post("/as/" + scriptedslack.Ben + "/home"); !strings.Contains(s, "has not published its home") {
		t.Error("no word about the missing home")
	}
	home := slack.HomeTabViewRequest{Type: "home", Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewHeaderBlock(plainText("Open tickets: 3"))}}}
	if _, err := client.PublishView(scriptedslack.Ben, home, ""); err != nil {
		t.Fatal(err)
	}
	if s := v.get("/as/" + scriptedslack.Ben + "/"); !strings.Contains(s, "Open tickets: 3") {
		t.Error("the home is not shown")
	}
}

func TestOtherPagesCannotAct(t *testing.T) {
	w, _, v := serve(t)
	req, err := http.NewRequest("POST", v.base+"/as/"+scriptedslack.Ana+"/say", strings.NewReader("channel=waste&text=x"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusForbidden || len(w.Channels()) > 0 {
		t.Errorf("%s, channels %v", res.Status, w.Channels())
	}
}

// Every field has a label, every button words, and nothing is inline.
func TestThePageCanBeReadAloud(t *testing.T) {
	w, client, v := serve(t)
	id, ts, err := client.PostMessage("waste", slack.MsgOptionBlocks(slack.NewActionBlock("do", slack.NewButtonBlockElement("answer", "1", plainText("Reply")))))
	if err != nil {
		t.Fatal(err)
	}
	w.Say(scriptedslack.Ana, id, "", "hello")
	if err := w.Click(scriptedslack.Ana, id, ts, "answer", ""); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(strings.NewReader(v.get("/as/" + scriptedslack.Ana + "/channel/" + id)))
	if err != nil {
		t.Fatal(err)
	}
	labels, ids, fields := map[string]bool{}, map[string]bool{}, []string{}
	for n := range root.Descendants() {
		a := map[string]string{}
		for _, at := range n.Attr {
			a[at.Key] = at.Val
		}
		if n.Type != html.ElementNode {
			continue
		}
		if a["style"] != "" || n.Data == "script" && a["src"] == "" || n.Data == "button" && n.FirstChild == nil {
			t.Errorf("%s %v", n.Data, a)
		}
		if a["id"] != "" && ids[a["id"]] {
			t.Errorf("two elements are %q", a["id"])
		}
		ids[a["id"]] = true
		labels[a["for"]] = true
		if (n.Data == "input" && a["type"] == "" || n.Data == "textarea" || n.Data == "select") && a["aria-label"] == "" {
			fields = append(fields, a["id"])
		}
	}
	for _, f := range fields {
		if f == "" || !labels[f] {
			t.Errorf("field %q has no label", f)
		}
	}
	if len(fields) < 3 {
		t.Errorf("fields %v", fields)
	}
}
