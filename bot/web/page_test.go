package web

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"townclerk/bot"
)

// submit posts a form of the chat page, with the cookie if it is not empty.
func (w *world) submit(path, cookie string, fields ...string) (*http.Response, string) {
	w.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return w.do("POST", path, form.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Cookie", cookie, "Sec-Fetch-Site", "same-origin")
}

var nonces = regexp.MustCompile(`name="nonce" value="([^"]+)"`)

func TestPlainForms(t *testing.T) {
	w := newWorld(t)
	_, page := w.do("GET", "/", "")
	nonce := nonces.FindStringSubmatch(page)[1]
	res, _ := w.submit("/ask", "", "text", "How much?", "nonce", nonce, "lang", "es")
	location := res.Header.Get("Location")
	if res.StatusCode != 303 || !strings.HasPrefix(location, "/?lang=es&notice=asked#turn-") {
		t.Fatal(res.Status, location)
	}
	made := res.Cookies()[0]
	if !made.HttpOnly || made.SameSite != http.SameSiteLaxMode || made.Secure || made.Path != "/" || made.MaxAge != 0 {
		t.Errorf("cookie %+v", made)
	}
	_, token, _ := strings.Cut(made.Value, ".")
	if len(token) != 43 || strings.Contains(location, token) {
		t.Errorf("token %q in %q", token, location)
	}
	cookie := made.Name + "=" + made.Value
	first := w.desk.questions()[0]
	if first.Language != "es" || first.Key == "" || first.Key == nonce {
		t.Errorf("asked %+v", first)
	}
	w.submit("/ask", cookie, "text", "How much?", "nonce", nonce) // pressed twice
	w.submit("/ask", cookie, "text", "How many?", "nonce", nonce)
	if q := w.desk.questions(); q[1].Key != first.Key || q[2].Key == first.Key || q[1].Conversation != first.Conversation {
		t.Errorf("keys: %+v", q)
	}
	_, page = w.do("GET", "/?lang=en&notice=asked", "", "Cookie", cookie)
	turn := strings.TrimPrefix(location, "/?lang=es&notice=asked#")
	for _, want := range []string{`id="` + turn + `"`, "How many?", "costs $15.", `aria-label="Source 1: Birth certificates">[1]</a>`,
		"https://www.riverton.example/birth#fees", "Was this helpful?", "Delete this conversation", "tel:5550100100"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(page, "townclerk-chat") || strings.Contains(page, token) || strings.Contains(page, "old.riverton") {
		t.Error("the page has the element, the token or an old address")
	}
	res, _ = w.submit("/feedback", cookie, "turn", strings.TrimPrefix(turn, "turn-"), "helpful", "no", "lang", "en")
	if res.StatusCode != 303 || len(w.desk.opinions) != 1 || w.desk.opinions[0] {
		t.Error("feedback:", res.Status, w.desk.opinions)
	}
	res, _ = w.submit("/erase", cookie, "lang", "en")
	if dropped := res.Cookies()[0]; res.StatusCode != 303 || dropped.MaxAge >= 0 || len(w.talks.tokens) != 0 {
		t.Error("erase:", res.Status, dropped)
	}
	if _, page = w.do("GET", res.Header.Get("Location"), "", "Cookie", cookie); !strings.Contains(page, "was deleted") || strings.Contains(page, "How many?") {
		t.Error("after erasing:", page)
	}
}

func TestCookieIsSecureOverTLS(t *testing.T) {
	w := newWorld(t)
	res, _ := w.do("POST", "/ask", "text=hello&nonce=n", "Content-Type", "application/x-www-form-urlencoded", "X-Forwarded-Proto", "https")
	if c := res.Cookies()[0]; !c.Secure || c.Name != "__Host-townclerk" || c.Domain != "" || c.Path != "/" {
		t.Errorf("cookie %+v", c)
	}
}

func TestFormProblems(t *testing.T) {
	w := newWorld(t)
	long := strings.Repeat("y", bot.MaxQuestion+1)
	fail := &bot.Error{Kind: bot.Unavailable}
	for name, c := range map[string]struct {
		text   string
		ask    error
		status int
		says   string
	}{
		"empty":       {" ", nil, 400, "Please type a question."},
		"too long":    {long, nil, 413, "shorten it"},
		"unavailable": {"hello <b>there</b>", fail, 503, "talk to a person"},
	} {
		w.desk.ask = func(context.Context, bot.Incoming, func(bot.Part)) (bot.Answer, error) { return bot.Answer{}, c.ask }
		res, page := w.submit("/ask", "", "text", c.text, "nonce", "thenonce", "lang", "en")
		kept := strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(c.text)
		if res.StatusCode != c.status || !strings.Contains(page, c.says) || !strings.Contains(page, "\n"+kept+"</textarea>") ||
			!strings.Contains(page, `value="thenonce"`) || !strings.Contains(page, "(555) 010-0100") || strings.Contains(page, "townclerk-chat") {
			t.Errorf("%s: %s %s", name, res.Status, page)
		}
	}
	for path, status := range map[string]int{"/ask": 413, "/feedback": 413, "/erase": 413} {
		if res, page := w.submit(path, "", "text", strings.Repeat("z", 300<<10)); res.StatusCode != status || !strings.Contains(page, "(555) 010-0100") {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
	if res, _ := w.submit("/feedback", "townclerk=x.y", "turn", "x"); res.StatusCode != 404 {
		t.Error("feedback without a conversation:", res.Status)
	}
	id, token := w.begin()
	if res, _ := w.submit("/feedback", "townclerk="+string(id)+"."+string(token), "turn", "x"); res.StatusCode != 400 {
		t.Error("bad feedback:", res.Status)
	}
	if _, page := w.do("GET", "/?notice=asked", ""); !strings.Contains(page, "did not keep the cookie") {
		t.Error("nothing is said about a cookie that was refused")
	}
	w.talks.fail = fail
	if res, page := w.do("GET", "/", "", "Cookie", "townclerk="+string(id)+"."+string(token)); res.StatusCode != 503 || !strings.Contains(page, "(555) 010-0100") {
		t.Error("no storage:", res.Status)
	}
	if res, page := w.submit("/ask", "", "text", "hello", "nonce", "n"); res.StatusCode != 503 || !strings.Contains(page, "hello</textarea>") {
		t.Error("no storage for a question:", res.Status)
	}
}

// Hostile texts in every field of every kind of turn, in every language. That a
// page has the same tags as with a harmless text shows that none broke out.
func TestTranscriptEscapes(t *testing.T) {
	w := newWorld(t)
	id, token := w.begin()
	s := "townclerk=" + string(id) + "." + string(token)
	shape := func(text, lang string) string {
		w.talks.turns[id] = everyTurn(id, text)
		_, page := w.do("GET", "/?lang="+lang, "", "Cookie", s)
		return tagsOf(page)
	}
	for _, lang := range []string{"en", "es", "fr", "ar"} {
		want := shape("harmless", lang)
		if strings.Count(want, "<article") != 3 {
			t.Fatalf("the sample does not show: %s", want)
		}
		for _, text := range hostile(t) {
			if got := shape(text, lang); got != want {
				t.Errorf("%s: %q changes the page: %s", lang, text, got)
			}
		}
	}
}

var tag = regexp.MustCompile(`<[^>]*>`)
var attribute = regexp.MustCompile(`"[^"]*"`)

// tagsOf returns a page's tags and the names of their attributes.
func tagsOf(page string) string {
	return attribute.ReplaceAllString(strings.Join(tag.FindAllString(page, -1), "\n"), `""`)
}

// everyTurn returns an answered turn, an open one and a lost one.
func everyTurn(id bot.ConversationID, text string) []bot.Turn {
	a := sampleAnswer(bot.NewTurnID(), "")
	a.Lead, a.Closing, a.Redacted = text, text, []string{text}
	a.Person = &bot.Contact{Name: text + "n", Phone: "1" + text, Email: text + "e", URL: "https://x.example/" + url.PathEscape(text), Hours: text + "h"}
	a.Nearest = []bot.Page{{Title: text, URL: "https://x.example/"}, {Title: "x", URL: text}}
	if strings.HasPrefix(text, "http") {
		a.Nearest = a.Nearest[:1] // it would be a link, and rightly so
	}
	for i := range a.Sentences {
		a.Sentences[i].Text = text
		c := &a.Sentences[i].Citations[0]
		c.Title, c.Department, c.Reviewed, c.Overdue, c.Ended = text, text+"d", "2026-01-15", "2026-02-01", "2026-03-01"
	}
	a.From = bot.NewTurnID()
	a.Choices = []bot.Choice{{Label: text, Question: text + "?"}}
	a.Help = []bot.HelpLine{{Name: text, Phone: "1" + text, URL: "https://x.example/" + url.PathEscape(text), Text: text + "t"}}
	now := time.Now()
	return []bot.Turn{
		{ID: a.Turn, Conversation: id, Question: bot.AsRedacted(text), Ended: true, Outcome: bot.Answered, Answer: &a, Deadline: now},
		{ID: bot.NewTurnID(), Conversation: id, Question: bot.AsRedacted(text), Deadline: now.Add(time.Hour)},
		{ID: bot.NewTurnID(), Conversation: id, Question: bot.AsRedacted(text), Deadline: now.Add(-time.Hour)},
	}
}
