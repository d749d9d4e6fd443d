package inbox

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/bot/account"
)

// Each role, nobody, a stale session, a disabled account, and staff of another
// department, against each route, each with the methods that it has and has not; and
// each form from elsewhere, without a seal, and with the seal of another session.
func TestAccess(t *testing.T) {
	o := newOffice(t)
	waste, parks := []bot.DepartmentID{"waste"}, []bot.DepartmentID{"parks"}
	visitors := map[string]*clerk{
		"nobody": o.nobody(), "forged": {office: o, token: account.NewToken()},
		"stale":         o.hire("stale", waste, account.Staff),
		"auditor":       nil,
		"administrator": nil,
	}
	o.later(account.IdleLasts)
	visitors["staff"] = o.hire("staff", waste, account.Staff)
	visitors["elsewhere"] = o.hire("elsewhere", parks, account.Staff)
	visitors["homeless"] = o.hire("homeless", nil, account.Staff)
	visitors["manager"] = o.hire("manager", nil, account.Manager)
	visitors["auditor"] = o.hire("auditor", waste, account.Auditor)
	visitors["administrator"] = o.hire("administrator", waste, account.Administrator)
	visitors["roleless"] = o.hire("roleless", waste)
	gone := o.hire("disabled", waste, account.Staff)
	gone.account.Disabled = true
	if err := o.store.SaveAccount(t.Context(), gone.account); err != nil {
		t.Fatal(err)
	}
	visitors["disabled"] = gone

	n := 0
	for _, r := range o.routes {
		path := strings.NewReplacer("{$}", "", "{token}", string(account.NewToken())).Replace(r.path)
		for name, v := range visitors {
			id, history := o.object(r)
			before := history()
			path := strings.Replace(path, "{id}", id, 1)
			want := expected(name, r)
			if got := outcome(v.send(r.method, path, form(r, name), nil)); got != want {
				t.Errorf("%s %s %s: %s, want %s", name, r.method, r.path, got, want)
			}
			if changed := history() != before; changed != (want == "done" && r.method == "POST" && strings.Contains(r.path, "{id}")) {
				t.Errorf("%s %s %s: it went %s", name, r.method, r.path, history())
			}
			for _, other := range []string{"PUT", "DELETE", "PATCH", map[string]string{"GET": "OPTIONS", "POST": "PUT"}[r.method]} {
				if a := v.send(other, path, nil, nil); a.status != http.StatusNotFound && a.status != http.StatusForbidden {
					t.Errorf("%s %s %s: %d", name, other, r.path, a.status)
				}
			}
			n++
		}
		if r.method == "POST" && r.path != "/inbox/sign-out" {
			o.refusesForeign(r, path)
		}
	}
	if n < 200 {
		t.Errorf("only %d cases", n)
	}
	if a := visitors["manager"].post("/inbox/sign-out", nil); outcome(a) != "done" || !strings.Contains(a.header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("signing out: %+v", a)
	}
	if got := outcome(visitors["manager"].get("/inbox/")); got != "sign in" {
		t.Errorf("after signing out: %s", got)
	}
}

// form is what the route's form holds.
func form(r route, who string) url.Values {
	switch {
	case r.path == "/inbox/sign-in":
		return url.Values{"name": {who}, "password": {"wrong wrong wrong"}}
	case r.path == "/inbox/sign-out": // or nobody would be left
		return url.Values{"seal": {""}}
	case strings.HasSuffix(r.path, "reroute"):
		return url.Values{"department": {"hall"}, "text": {"yours"}}
	}
	return url.Values{"text": {"hello"}, "corrects": {"1"}, "seen": {"99"}, "question": {"When does the cart come?"}, "answer": {"On Monday."}}
}

// outcome is what became of a request.
func outcome(a answer) string {
	switch {
	case a.status == http.StatusSeeOther && strings.HasPrefix(a.header.Get("Location"), "/inbox/sign-in?") || a.header.Get("Location") == "/inbox/sign-in" && a.header.Get("Set-Cookie") == "":
		return "sign in"
	case a.status == http.StatusForbidden:
		return "forbidden"
	case a.status == http.StatusNotFound:
		return "nothing"
	case a.status == http.StatusOK, a.status == http.StatusSeeOther:
		return "done"
	case a.status == http.StatusUnprocessableEntity, a.status == http.StatusConflict:
		return "not now"
	}
	return http.StatusText(a.status)
}

// expected is the table: what each visitor gets of each route.
func expected(who string, r route) string {
	switch r.path {
	case "/inbox/sign-in":
		if r.method == "POST" {
			return "forbidden" // the name and the password are none
		}
		return "done"
	case "/inbox/invitation/{token}":
		return "nothing"
	case "/inbox/style.css", "/inbox/inbox.js":
		return "done"
	}
	signedIn := map[string]bool{"staff": true, "elsewhere": true, "homeless": true, "manager": true, "auditor": true, "administrator": true, "roleless": true}
	desk := map[string]bool{"staff": true, "elsewhere": true, "homeless": true, "manager": true}
	object := strings.Contains(r.path, "{id}")
	switch {
	case !signedIn[who] && (r.method == "POST" || strings.HasSuffix(r.path, "/version")):
		return "forbidden"
	case !signedIn[who]:
		return "sign in"
	case r.path == "/inbox/sign-out":
		return "forbidden" // the table leaves the seal out
	case !desk[who]:
		return "forbidden"
	case who != "manager" && (strings.HasSuffix(r.path, "/approve") || strings.HasSuffix(r.path, "/reject")):
		return "forbidden"
	case object && who != "staff" && who != "manager":
		return "nothing"
	}
	if strings.HasPrefix(r.path, "/inbox/drafts") {
		return "done"
	}
	switch r.path[strings.LastIndex(r.path, "/")+1:] {
	case "correct", "withdraw", "release": // of what was never said or claimed
		return "not now"
	}
	return "done"
}

// refusesForeign sends a form that would be good but for one thing.
func (o *office) refusesForeign(r route, path string) {
	o.Helper()
	manager, other := o.hire(string(account.NewID()), nil, account.Manager), o.hire(string(account.NewID()), nil, account.Manager)
	for what, change := range map[string]func(*http.Request){
		"another site":      func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"a sister site":     func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"another origin":    func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "https://evil.example") },
		"an opaque origin":  func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "null") },
		"no word of origin": func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Del("Origin") },
	} {
		id, history := o.object(r)
		before := history()
		if a := manager.send("POST", strings.Replace(path, "{id}", id, 1), form(r, "x"), change); a.status != http.StatusForbidden {
			o.Errorf("%s from %s: %d", r.path, what, a.status)
		}
		if history() != before {
			o.Errorf("%s from %s: %s", r.path, what, history())
		}
	}
	if r.need == open {
		return
	}
	for what, seal := range map[string]string{"no seal": "", "another session's seal": other.token.Seal(), "a made up seal": account.NewToken().Seal()} {
		id, history := o.object(r)
		before, f := history(), form(r, "x")
		f.Set("seal", seal)
		if a := manager.post(strings.Replace(path, "{id}", id, 1), f); a.status != http.StatusForbidden || history() != before {
			o.Errorf("%s with %s: %d, %s", r.path, what, a.status, history())
		}
	}
}

// A ticket of another department, one that does not exist and what is no identifier get
// the same response to the byte.
func TestNothingLooksLikeNothing(t *testing.T) {
	o := newOffice(t)
	staff := o.hire("staff", []bot.DepartmentID{"waste"}, account.Staff)
	foreign := string(o.opened("parks: a bench").ID)
	for _, end := range []string{"", "/version"} {
		first := staff.get("/inbox/tickets/" + foreign + end)
		for _, id := range []string{strings.Repeat("0", 32), "x", "%00", strings.ToUpper(foreign), foreign + "0", "%2e%2e"} {
			a := staff.get("/inbox/tickets/" + id + end)
			a.header.Del("Date")
			first.header.Del("Date")
			if a.status != http.StatusNotFound || a.body != first.body || len(a.header) != len(first.header) {
				t.Errorf("%s%s: %d\n%s\nwant %d\n%s", id, end, a.status, a.body, first.status, first.body)
			}
		}
	}
	if a := staff.get("/inbox/?department=parks"); a.status != http.StatusNotFound {
		t.Errorf("a list of another department: %d", a.status)
	}
}

// Over TLS the cookie is bound to the host, and everywhere it is kept from scripts and
// from other sites.
func TestCookie(t *testing.T) {
	o := newOffice(t)
	o.hire("ann", nil, account.Manager)
	in := url.Values{"name": {"Ann"}, "password": {password}}
	plain := o.nobody().post("/inbox/sign-in", in).header.Get("Set-Cookie")
	tls := o.nobody().send("POST", "/inbox/sign-in", in, func(r *http.Request) { r.Header.Set("X-Forwarded-Proto", "https") }).header.Get("Set-Cookie")
	if !strings.HasPrefix(plain, "townclerk-staff=") || strings.Contains(plain, "Secure") || !strings.HasPrefix(tls, "__Host-townclerk-staff=") || !strings.Contains(tls, "; Secure") {
		t.Errorf("%s\n%s", plain, tls)
	}
	for _, c := range []string{plain, tls} {
		if !strings.Contains(c, "; Path=/; HttpOnly;") || !strings.HasSuffix(c, "SameSite=Strict") || strings.Contains(c, "Domain") {
			t.Error(c)
		}
	}
}

// To look for news keeps no session alive; to use a page does.
func TestPollingKeepsNobodySignedIn(t *testing.T) {
	o := newOffice(t)
	ann := o.hire("ann", nil, account.Manager)
	for range 3 {
		o.later(20 * time.Minute)
		ann.want("/inbox/")
	}
	o.later(20 * time.Minute)
	if a := ann.get("/inbox/version"); a.status != http.StatusOK {
		t.Errorf("after twenty minutes: %d", a.status)
	}
	o.later(10 * time.Minute)
	if a := ann.get("/inbox/version"); a.status != http.StatusForbidden || outcome(ann.get("/inbox/")) != "sign in" {
		t.Errorf("after thirty minutes: %d", a.status)
	}
}

// Whoever follows a link from elsewhere is not asked to sign in again, for the browser
// keeps the cookie to itself at first.
func TestLinkFromElsewhere(t *testing.T) {
	o := newOffice(t)
	ticket := o.opened("waste: my cart")
	a := o.nobody().send("GET", addressOf(ticket), nil, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") })
	if a.status != http.StatusOK || !strings.Contains(a.body, `http-equiv="refresh" content="0"`) || strings.Contains(a.body, "cart") {
		t.Errorf("%d\n%s", a.status, a.body)
	}
	if a := o.nobody().get(addressOf(ticket)); a.header.Get("Location") != "/inbox/sign-in?next="+url.QueryEscape(addressOf(ticket)) {
		t.Errorf("%+v", a)
	}
	o.hire("ann", nil, account.Manager)
	for next, want := range map[string]string{addressOf(ticket): addressOf(ticket), "https://evil.example/": "/inbox/", "//evil.example": "/inbox/", "/inbox/../x": "/inbox/"} {
		a := o.nobody().post("/inbox/sign-in", url.Values{"name": {"ann"}, "password": {password}, "next": {next}})
		if a.header.Get("Location") != want {
			t.Errorf("%s leads to %s", next, a.header.Get("Location"))
		}
	}
}
