package web

import (
	"strings"
	"testing"

	"townclerk/bot"
)

// Every route of the API × every kind of origin.
func TestOrigins(t *testing.T) {
	w := newWorld(t)
	id, token := w.begin()
	routes := []struct{ method, path, body string }{
		{"GET", "/v1/site", ""}, {"GET", "/v1/openapi.yaml", ""}, {"POST", "/v1/conversations", "{}"},
		{"GET", "/v1/conversations/" + string(id), ""}, {"POST", "/v1/conversations/" + string(id) + "/messages", `{"text":"hello"}`},
		{"POST", "/v1/conversations/" + string(id) + "/turns/" + string(bot.NewTurnID()) + "/feedback", `{"helpful":true}`},
		{"GET", "/v1/nothing", ""}, {"DELETE", "/v1/conversations/" + string(id), ""},
	}
	origins := []struct {
		origin, site    string // Origin and Sec-Fetch-Site
		passes, readers bool
	}{
		{"", "", true, false}, {"https://www.riverton.example", "cross-site", true, true}, {"https://www.riverton.example", "", true, true},
		{w.URL, "same-origin", true, false}, {w.URL, "", true, false}, {"https://behind.a.proxy.example", "same-origin", true, false},
		{"https://evil.example", "cross-site", false, false}, {"https://evil.example", "", false, false}, {"null", "cross-site", false, false},
		{"http://www.riverton.example", "cross-site", false, false}, {"https://www.riverton.example:8443", "cross-site", false, false},
		{"https://www.riverton.example.evil.example", "cross-site", false, false}, {"https://riverton.example", "same-site", false, false},
	}
	for _, r := range routes {
		for _, o := range origins {
			headers := []string{"Content-Type", asJSON, "Authorization", bearer(token)}
			if o.origin != "" {
				headers = append(headers, "Origin", o.origin)
			}
			if o.site != "" {
				headers = append(headers, "Sec-Fetch-Site", o.site)
			}
			res, body := w.do(r.method, r.path, r.body, headers...)
			if refused := res.StatusCode == 403; refused == o.passes {
				t.Errorf("%s %s from %q (%s): %s %s", r.method, r.path, o.origin, o.site, res.Status, body)
			}
			if got := res.Header.Get("Access-Control-Allow-Origin"); (got == o.origin && got != "") != o.readers || !o.readers && got != "" {
				t.Errorf("%s %s from %q: may be read by %q", r.method, r.path, o.origin, got)
			}
			if res.Header.Get("Access-Control-Allow-Credentials") != "" || !strings.Contains(strings.Join(res.Header.Values("Vary"), ","), "Origin") {
				t.Errorf("%s %s: %v", r.method, r.path, res.Header)
			}
			res, _ = w.do("OPTIONS", r.path, "", "Origin", o.origin, "Access-Control-Request-Method", r.method)
			if (res.StatusCode == 204) != o.readers || (res.Header.Get("Access-Control-Allow-Headers") != "") != o.readers {
				t.Errorf("preflight of %s %s from %q: %s", r.method, r.path, o.origin, res.Status)
			}
		}
	}
}

// The forms trust nobody but their own page.
func TestFormsAreOurs(t *testing.T) {
	w := newWorld(t)
	id, token := w.begin()
	cookie := "townclerk=" + string(id) + "." + string(token)
	for _, path := range []string{"/ask", "/feedback", "/erase"} {
		for _, headers := range [][]string{
			{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"},
			{"Origin", "null"}, {"Origin", "https://www.riverton.example", "Sec-Fetch-Site", "cross-site"},
		} {
			res, _ := w.do("POST", path, "text=hello", append(headers, "Cookie", cookie, "Content-Type", "application/x-www-form-urlencoded")...)
			if res.StatusCode != 403 || res.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s with %v: %s", path, headers, res.Status)
			}
		}
	}
	if w.talks.tokens[id] != token || len(w.desk.questions()) > 0 {
		t.Error("a foreign form had an effect")
	}
	if res, _ := w.do("GET", "/v1/conversations/"+string(id), "", "Cookie", cookie); res.StatusCode != 404 {
		t.Errorf("the API takes the cookie: %s", res.Status)
	}
}
