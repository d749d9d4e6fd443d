package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"townclerk/bot"
)

const asJSON = "application/json"

func TestConversation(t *testing.T) {
	w := newWorld(t)
	res, body := w.do("POST", "/v1/conversations", `{"language":"en"}`, "Content-Type", asJSON)
	var made wireCreated
	if err := json.Unmarshal([]byte(body), &made); err != nil || res.StatusCode != 201 {
		t.Fatal(res.Status, body, err)
	}
	if made.Agency != "City of Riverton" || !strings.Contains(made.Disclosure, "automated") || len(made.Examples) != 2 {
		t.Errorf("created %+v", made)
	}
	path, auth := "/v1/conversations/"+string(made.ID), bearer(made.Token)
	res, body = w.do("POST", path+"/messages", `{"text":"How much?","key":"k1","language":"en-US"}`, "Content-Type", asJSON, "Authorization", auth)
	var a bot.Answer
	if err := json.Unmarshal([]byte(body), &a); err != nil || res.StatusCode != 200 || len(a.Sentences) != 2 {
		t.Fatal(res.Status, body, err)
	}
	if got := w.desk.questions()[0]; got != (bot.Incoming{Conversation: made.ID, Key: "k1", Text: "How much?", Language: "en-US"}) {
		t.Errorf("the desk was asked %+v", got)
	}
	if url := a.Sentences[0].Citations[0].URL; url != "https://www.riverton.example/birth#fees" {
		t.Errorf("live link is %q", url)
	}
	res, _ = w.do("POST", path+"/turns/"+string(a.Turn)+"/feedback", `{"helpful":true,"comment":"good"}`, "Content-Type", asJSON, "Authorization", auth)
	if res.StatusCode != 204 {
		t.Error("feedback:", res.Status)
	}
	res, body = w.do("GET", path, "", "Authorization", auth)
	var log wireTranscript
	if err := json.Unmarshal([]byte(body), &log); err != nil || len(log.Turns) != 1 || log.Turns[0].State != stateEnded {
		t.Fatal(res.Status, body, err)
	}
	if cache := res.Header.Get("Cache-Control"); cache != "no-store" {
		t.Errorf("a transcript may be cached: %q", cache)
	}
	if res, _ = w.do("DELETE", path, "", "Authorization", auth); res.StatusCode != 204 {
		t.Error("erase:", res.Status)
	}
	if res, _ = w.do("GET", path, "", "Authorization", auth); res.StatusCode != 404 {
		t.Error("after erasing:", res.Status)
	}
}

// Every way of not being let in looks the same on every route.
func TestTokenIsolation(t *testing.T) {
	w := newWorld(t)
	mine, _ := w.begin()
	_, other := w.begin()
	erased, erasedToken := w.begin()
	w.talks.Erase(t.Context(), erased)
	turn := string(bot.NewTurnID())
	forged := string(other)[:42] + "A"
	wrong := map[string][2]string{
		"foreign token": {string(mine), bearer(other)}, "forged token": {string(mine), bearer(bot.Token(forged))},
		"no token": {string(mine), ""}, "empty token": {string(mine), "Bearer "}, "other scheme": {string(mine), "Basic eDp5"},
		"lower case": {string(mine), "bearer " + string(other)}, "huge token": {string(mine), "Bearer " + strings.Repeat("A", 5000)},
		"erased": {string(erased), bearer(erasedToken)}, "unknown": {string(bot.NewConversationID()), bearer(other)},
		"malformed id": {"x", bearer(other)}, "id of SQL": {"'%20OR%201=1", bearer(other)}, "id of dots": {"..%2f..%2fsite", bearer(other)},
	}
	want := ""
	for _, r := range []struct{ method, rest, body string }{
		{"GET", "", ""}, {"DELETE", "", ""}, {"POST", "/messages", `{"text":"hello"}`},
		{"POST", "/turns/" + turn + "/feedback", `{"helpful":true}`},
	} {
		for name, c := range wrong {
			for _, accept := range []string{asJSON, "text/event-stream"} {
				headers := []string{"Content-Type", asJSON, "Accept", accept}
				if c[1] != "" {
					headers = append(headers, "Authorization", c[1])
				}
				res, body := w.do(r.method, "/v1/conversations/"+c[0]+r.rest, r.body, headers...)
				got := fmt.Sprint(res.StatusCode, res.Header.Get("Content-Type"), len(res.Header), body)
				if want == "" {
					want = got
				}
				if got != want || res.StatusCode != 404 {
					t.Errorf("%s %s with %s: %s, want %s", r.method, r.rest, name, got, want)
				}
			}
		}
	}
	if n := len(w.desk.questions()) + len(w.desk.opinions); n > 0 {
		t.Errorf("%d calls came through", n)
	}
}

func TestBodies(t *testing.T) {
	w := newWorld(t)
	id, token := w.begin()
	long := strings.Repeat("x", bot.MaxQuestion)
	messages, feedback := "/messages", "/turns/"+string(bot.NewTurnID())+"/feedback"
	for _, c := range []struct {
		path, body string
		status     int
		says       string
	}{
		{messages, `{"text":"` + long + `"}`, 200, ""},
		{messages, `{"text":"` + long + `x"}`, 413, "shorten it"},
		{messages, `{"text":"` + strings.Repeat("x", 100_000) + `"}`, 413, "shorten it"},
		{messages, `{}`, 400, `"text\" is required`},
		{messages, ``, 415, ""}, // no body has no type either
		{messages, `{"text":"  "}`, 400, "type a question"},
		{messages, `{"text":7}`, 400, `"text\" must be a string`},
		{messages, `{"text":null}`, 400, `"text\" must be a string`},
		{messages, `{"text":"a","Text":"b"}`, 400, `"Text\" is not known`},
		{messages, `{"text":"a","model":"b"}`, 400, `"model\" is not known`},
		{messages, `{"text":"a","` + strings.Repeat("y", 500) + `":1}`, 400, "not known"},
		{messages, `{"text":"a","key":"a b"}`, 400, `"key\" has a value`},
		{messages, `{"text":"a","key":"` + strings.Repeat("k", 129) + `"}`, 400, `"key\" has a value`},
		{messages, `{"text":"a","language":"<b>"}`, 400, `"language\" has a value`},
		{messages, `[]`, 400, "JSON object"}, {messages, `null`, 400, "JSON object"},
		{messages, `{"text":"a"} {}`, 400, "JSON object"}, {messages, `{"text":"a"`, 400, "JSON object"},
		{messages, "{\"text\":\"\xff\"}", 400, "JSON object"},
		{feedback, `{}`, 400, `"helpful\" is required`}, {feedback, `{"helpful":"yes"}`, 400, "must be a boolean"},
		{feedback, `{"helpful":true,"comment":"` + long + `x"}`, 413, "shorten it"},
		{feedback, `{"helpful":false,"comment":""}`, 204, ""},
		{"/turns/x/feedback", `{"helpful":true}`, 404, ""},
	} {
		media := asJSON
		if c.body == "" {
			media = "text/plain"
		}
		res, body := w.do("POST", "/v1/conversations/"+string(id)+c.path, c.body, "Content-Type", media, "Authorization", bearer(token))
		if res.StatusCode != c.status || !strings.Contains(body, strings.ReplaceAll(c.says, `"`, `\"`)) && !strings.Contains(body, c.says) {
			t.Errorf("%s %.60s: %s %.300s; want %d and %q", c.path, c.body, res.Status, body, c.status, c.says)
		}
		if c.status >= 400 && !strings.Contains(body, "Riverton Town Hall") {
			t.Errorf("%.60s: no contact in %s", c.body, body)
		}
	}
}

func TestProblems(t *testing.T) {
	const secret = "pq: password authentication failed"
	for kind, status := range statusOf {
		w := newWorld(t)
		id, token := w.begin()
		for _, citizen := range []string{"", "Please say it again."} {
			w.desk.ask = func(context.Context, bot.Incoming, func(bot.Part)) (bot.Answer, error) {
				return bot.Answer{}, fmt.Errorf("turn: %w", &bot.Error{Kind: kind, Citizen: citizen, Err: errors.New(secret)})
			}
			for _, accept := range []string{asJSON, "text/event-stream"} {
				res, body := w.do("POST", "/v1/conversations/"+string(id)+"/messages", `{"text":"hello"}`,
					"Content-Type", asJSON, "Authorization", bearer(token), "Accept", accept)
				var p problem
				if err := json.Unmarshal([]byte(body), &p); err != nil || res.StatusCode != status || p.Kind != kind {
					t.Errorf("%s: %s %s", kind, res.Status, body)
				}
				if p.Message == "" || citizen != "" && kind != bot.NotFound && p.Message != citizen {
					t.Errorf("%s says %q", kind, p.Message)
				}
				if strings.Contains(body, "pq:") || p.Contact.Phone == "" {
					t.Errorf("%s: %s", kind, body)
				}
			}
		}
		if logged := strings.Contains(w.log.String(), secret); logged != (status >= 500) {
			t.Errorf("%s: logged is %v: %s", kind, logged, w.log)
		}
	}
	if kindOf(fmt.Errorf("x: %w", context.DeadlineExceeded)) != bot.Unavailable || kindOf(errors.New("x")) != bot.Internal ||
		kindOf(&bot.Error{Kind: "strange"}) != bot.Internal {
		t.Error("errors without a kind of their own")
	}
}

func TestPanicIsClean(t *testing.T) {
	w := newWorld(t)
	id, token := w.begin()
	for name, value := range map[string]any{"text": "my number is 123-45-6789", "runtime": nil} {
		w.desk.ask = func(context.Context, bot.Incoming, func(bot.Part)) (bot.Answer, error) {
			if value == nil {
				_ = []int{}[len(name)]
			}
			panic(value)
		}
		for _, accept := range []string{asJSON, "text/event-stream"} {
			res, body := w.do("POST", "/v1/conversations/"+string(id)+"/messages", `{"text":"hello"}`,
				"Content-Type", asJSON, "Authorization", bearer(token), "Accept", accept)
			if res.StatusCode != 500 || !strings.Contains(body, "(555) 010-0100") || strings.Contains(body, "goroutine") {
				t.Errorf("%s: %s %s", name, res.Status, body)
			}
		}
	}
	log := w.log.String()
	if !strings.Contains(log, "panic while serving") || !strings.Contains(log, "index out of range") {
		t.Errorf("not logged: %s", log)
	}
	if strings.Contains(log, "123-45-6789") {
		t.Error("the log holds what the citizen typed")
	}
}

func TestUnrouted(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		method, path string
		status       int
		media        string
	}{
		{"GET", "/v1/nothing", 404, asJSON}, {"PUT", "/v1/site", 405, asJSON}, {"PATCH", "/v1/conversations/x", 405, asJSON},
		{"GET", "/nothing", 404, "text/html; charset=utf-8"}, {"GET", "/ask", 405, "text/html; charset=utf-8"},
		{"GET", "/sources/x", 404, "text/html; charset=utf-8"}, {"GET", "/healthz", 200, "text/plain; charset=utf-8"},
		{"GET", "/sources/" + strings.Repeat("0", 32), 404, "text/html; charset=utf-8"},
	} {
		res, body := w.do(c.method, c.path, "")
		if res.StatusCode != c.status || res.Header.Get("Content-Type") != c.media {
			t.Errorf("%s %s: %s %s %s", c.method, c.path, res.Status, res.Header.Get("Content-Type"), body)
		}
		if c.status == http.StatusMethodNotAllowed && res.Header.Get("Allow") == "" {
			t.Errorf("%s %s: no Allow", c.method, c.path)
		}
		if res.Header.Get("Content-Security-Policy") != policy || res.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s %s: not secured", c.method, c.path)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for name, change := range map[string]func(*Site){
		"no agency": func(s *Site) { s.Agency = "" }, "no contact": func(s *Site) { s.Contact = bot.Contact{} },
		"path in origin": func(s *Site) { s.Origins = []string{"https://x.example/"} }, "any origin": func(s *Site) { s.Origins = []string{"*"} },
		"null origin": func(s *Site) { s.Origins = []string{"null"} }, "upper case": func(s *Site) { s.Origins = []string{"https://X.example"} },
	} {
		site := sampleSite()
		change(&site)
		if _, err := New(site, nil, nil, nil, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
