package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"townclerk/bot"
)

func description(t *testing.T) (*openapi3.T, routers.Router) {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return doc, router
}

// Every route is described, and everything that is described is a route.
func TestOpenAPIRoutes(t *testing.T) {
	doc, _ := description(t)
	var described, served []string
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			described = append(described, method+" "+path)
		}
	}
	for _, r := range new(server).routes() {
		if strings.Contains(r.pattern, " /v1/") {
			served = append(served, r.pattern)
		}
	}
	slices.Sort(described)
	slices.Sort(served)
	if !slices.Equal(described, served) {
		t.Errorf("described: %q\nserved: %q", described, served)
	}
}

// Every response that is described is given and fits its schema, and none is
// given that is not described.
func TestOpenAPIResponses(t *testing.T) {
	doc, router := description(t)
	w := newWorld(t)
	seen := map[string]bool{}
	call := func(method, path, body string, headers ...string) {
		t.Helper()
		res, got := w.do(method, path, body, headers...)
		req, _ := http.NewRequest(method, path, strings.NewReader(body))
		r, params, err := router.FindRoute(req)
		if err != nil {
			t.Fatal(method, path, err)
		}
		in := &openapi3filter.ResponseValidationInput{Status: res.StatusCode, Header: res.Header,
			RequestValidationInput: &openapi3filter.RequestValidationInput{Request: req, Route: r, PathParams: params},
			Options:                &openapi3filter.Options{IncludeResponseStatus: true}}
		in.SetBodyBytes([]byte(got))
		if err := openapi3filter.ValidateResponse(t.Context(), in); err != nil {
			t.Errorf("%s %s: %s %s: %v", method, path, res.Status, got, err)
		}
		seen[fmt.Sprint(method, " ", r.Path, " ", res.StatusCode)] = true
	}
	id, token := w.begin()
	media, auth := []string{"Content-Type", asJSON}, []string{"Authorization", bearer(token)}
	path, evil := "/v1/conversations/"+string(id), []string{"Origin", "https://evil.example"}
	turn := path + "/turns/" + string(bot.NewTurnID()) + "/feedback"
	bodies := map[string]string{"/v1/conversations": "{}", path + "/messages": `{"text":"hello"}`, turn: `{"helpful":true}`}

	etag := w.etag("/v1/openapi.yaml")
	call("GET", "/v1/site", "")
	call("GET", "/v1/site", "", evil...)
	call("GET", "/v1/openapi.yaml", "")
	call("GET", "/v1/openapi.yaml", "", "If-None-Match", etag)
	call("GET", "/v1/openapi.yaml", "", evil...)
	kinds := []bot.Kind{"", bot.Busy, bot.Reused, bot.Limited, bot.Internal, bot.Unavailable}
	for to, body := range bodies {
		call("POST", to, body, slices.Concat(media, auth, evil)...)
		call("POST", to, "{", slices.Concat(media, auth)...)
		call("POST", to, "{}", slices.Concat(auth, []string{"Content-Type", "text/plain"})...)
		call("POST", to, strings.Repeat(" ", maxBody+1), slices.Concat(media, auth)...)
		for _, kind := range kinds {
			if (kind == bot.Busy || kind == bot.Reused) && to != path+"/messages" {
				continue
			}
			w.fail(kind)
			call("POST", to, body, slices.Concat(media, auth)...)
		}
		w.fail("")
		if to != "/v1/conversations" {
			call("POST", to, body, media...)
		}
	}
	leads := sampleTicket(bot.NewTurnID())
	w.desk.leads = &leads
	call("POST", turn, bodies[turn], slices.Concat(media, auth)...)
	peopleResponses(w, id, path, call, media, auth, evil)
	for _, question := range []string{"Can I keep a dragon?", "hello"} {
		call("POST", path+"/messages", `{"text":"`+question+`"}`, slices.Concat(media, auth)...)
	}
	for _, kind := range []bot.Kind{"", bot.Limited, bot.Internal, bot.Unavailable} {
		w.fail(kind)
		call("GET", path+"/receipt", "", auth...)
	}
	w.fail("")
	call("GET", path+"/receipt", "", slices.Concat(auth, evil)...)
	call("GET", path+"/receipt", "")
	w.talks.turns[id] = append(w.talks.turns[id], everyTurn(id, "text")...)
	for _, kind := range []bot.Kind{"", bot.Internal, bot.Unavailable} {
		w.fail(kind)
		call("GET", path, "", auth...)
		if kind != "" {
			call("DELETE", path, "", auth...)
		}
	}
	w.fail("")
	for _, method := range []string{"GET", "DELETE"} {
		call(method, path, "", slices.Concat(auth, evil)...)
		call(method, path, "")
	}
	call("DELETE", path, "", auth...)
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			for status := range op.Responses.Map() {
				if name := method + " " + path + " " + status; !seen[name] {
					t.Errorf("%s is described and was not seen", name)
				}
			}
		}
	}
}

// peopleResponses calls what leads to people in every way.
func peopleResponses(w *world, id bot.ConversationID, path string, call func(method, path, body string, headers ...string), media, auth, evil []string) {
	w.counter.tickets[id] = []bot.TicketView{sampleTicket(bot.NewTurnID())}
	ticket := path + "/tickets/" + string(w.counter.tickets[id][0].ID)
	for _, c := range []struct{ method, path, body string }{
		{"POST", path + "/turns/" + string(bot.NewTurnID()) + "/handover", ""}, {"GET", path + "/tickets", ""},
		{"PUT", ticket + "/address", `{"email":"ann@example.org","consent":true}`}, {"POST", ticket + "/end", ""},
	} {
		headers := auth
		if c.body != "" {
			headers = slices.Concat(auth, media)
			call(c.method, c.path, "{", headers...)
			call(c.method, c.path, c.body, slices.Concat(auth, []string{"Content-Type", "text/plain"})...)
			call(c.method, c.path, strings.Repeat(" ", maxBody+1), headers...)
		}
		for _, kind := range []bot.Kind{"", bot.Limited, bot.Busy, bot.Internal, bot.Unavailable} {
			if kind == bot.Busy && !strings.HasSuffix(c.path, "/end") || kind == bot.Limited && c.method == "GET" {
				continue
			}
			w.fail(kind)
			call(c.method, c.path, c.body, headers...)
		}
		w.fail("")
		call(c.method, c.path, c.body, slices.Concat(headers, evil)...)
		call(c.method, c.path, c.body, media...)
	}
	res, _ := w.do("GET", path+"/tickets", "", auth...)
	call("GET", path+"/tickets", "", slices.Concat(auth, []string{"If-None-Match", res.Header.Get("ETag")})...)
}

func (w *world) etag(path string) string {
	res, _ := w.do("GET", path, "")
	return res.Header.Get("ETag")
}

// fail makes everything behind the site fail with a kind of error, or nothing.
func (w *world) fail(kind bot.Kind) {
	var err error
	if kind != "" {
		err = &bot.Error{Kind: kind}
	}
	w.talks.fail, w.desk.fail, w.desk.ask = err, err, nil
	w.counter.failing(err)
	w.receipts.fail = err
	if err != nil {
		w.desk.ask = func(context.Context, bot.Incoming, func(bot.Part)) (bot.Answer, error) { return bot.Answer{}, err }
	}
}

// The events of a stream fit their schemas, too.
func TestOpenAPIEvents(t *testing.T) {
	doc, _ := description(t)
	w := newWorld(t)
	id, token := w.begin()
	w.desk.ask = func(_ context.Context, m bot.Incoming, show func(bot.Part)) (bot.Answer, error) {
		a := sampleAnswer(bot.NewTurnID(), m.Text)
		show(bot.Part{Turn: a.Turn, Lead: "Lead", Sentences: a.Sentences})
		if len(w.desk.questions()) > 1 {
			return bot.Answer{}, &bot.Error{Kind: bot.Unavailable}
		}
		return a, nil
	}
	schemas := map[string]string{"part": "Part", "end": "Answer", "error": "Problem"}
	seen := map[string]bool{}
	for range 2 {
		body, err := io.ReadAll(w.open(t.Context(), id, token).Body)
		if err != nil {
			t.Fatal(err)
		}
		for event := range bytes.SplitSeq(bytes.TrimSpace(body), []byte("\n\n")) {
			name, data, _ := strings.Cut(strings.TrimPrefix(string(event), "event: "), "\ndata: ")
			var v any
			if err := json.Unmarshal([]byte(data), &v); err != nil {
				t.Fatalf("%s: %v", event, err)
			}
			if err := doc.Components.Schemas[schemas[name]].Value.VisitJSON(v, openapi3.EnableJSONSchema2020()); err != nil {
				t.Errorf("%s: %v", event, err)
			}
			seen[name] = true
		}
	}
	if len(seen) != 3 {
		t.Errorf("saw %v", seen)
	}
}
