package inbox

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/bot/account"
	"townclerk/bot/escalate"
	"townclerk/knowledge"
)

func text(s string) url.Values { return url.Values{"text": {s}} }

// A clerk goes through a whole inquiry, and the page tells of each step.
func TestInquiry(t *testing.T) {
	o := newOffice(t)
	ann := o.hire("ann", []bot.DepartmentID{"waste"}, account.Staff)
	page := knowledge.VersionID(strings.Repeat("a", 64))
	ticket := o.opened("waste: where is my cart?", bot.Sentence{Text: "Carts come on Monday.", Citations: []bot.Citation{
		{Version: page, Ranges: []knowledge.Range{{Start: 3, End: 9}}, Title: "Carts", URL: "https://riverton.example/carts#when"}}})
	o.addressed(ticket)
	ann.want("/inbox/", "waste: where is my cart?", "Open: <strong>1</strong>", "Solid Waste", "due <time datetime=\"2026-11-23T19:00:00Z\">Mon 23 Nov 2026, 13:00 CST</time>")
	ann.want(addressOf(ticket), "Solid Waste: 91 %", "Parks: 6 %", "cart &lt;b&gt;", "The pages do not answer it.", "Carts come on Monday.",
		"/sources/"+string(page)+"?r=3-9", "https://riverton.example/carts#when", "left an address for the reply")
	ann.want(addressOf(ticket)+"?suggested=yes", "maxlength=\"10000\" required aria-describedby=\"text-hint\">\nCarts come on Monday. (https://riverton.example/carts#when)</textarea>")

	for _, step := range []struct {
		name string
		form url.Values
		want string
	}{
		{"claim", nil, "you have it"},
		{"note", text("ask the depot"), "ask the depot"},
		{"ask", text("Which street?"), "Waiting for the citizen"},
		{"reply", text("On Monday."), "Answered"},
		{"correct", url.Values{"text": {"On Tuesday."}, "corrects": {"6"}}, "It was corrected."},
		{"withdraw", url.Values{"corrects": {"5"}}, "It was withdrawn."},
		{"release", nil, "gave it back"},
		{"resolve", nil, "Messages that were sent can still be corrected."},
	} {
		a := ann.act(ticket, step.name, step.form)
		if a.status != http.StatusSeeOther {
			t.Fatalf("%s: %d\n%s", step.name, a.status, a.body)
		}
		ann.want(a.header.Get("Location"), step.want)
	}
	if got, want := o.kinds(ticket), "opened addressed claimed noted asked replied corrected withdrawn released resolved"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	v := o.desk.View(must(o.store.Ticket(t.Context(), ticket.ID)))
	if len(v.Messages) != 3 || !v.Messages[0].Withdrawn || v.Messages[1].Text != "On Tuesday." {
		t.Errorf("the citizen sees %+v", v.Messages)
	}
	body := ann.want("/inbox/?state=closed", "waste: where is my cart?")
	if strings.Contains(body, "due <time") {
		t.Error("what is closed is due")
	}
	a := ann.act(ticket, "address", nil)
	if a.status != http.StatusOK || !strings.Contains(a.body, "ann@example.org") || !strings.HasSuffix(o.kinds(ticket), " revealed") {
		t.Errorf("the address: %d, %s", a.status, o.kinds(ticket))
	}
	if strings.Contains(ann.get(addressOf(ticket)).body, "ann@example.org") {
		t.Error("the address is shown without a record of it")
	}
}

// Whatever a citizen or a clerk writes is text.
func TestHostileText(t *testing.T) {
	o := newOffice(t)
	omar := o.hire("omar", nil, account.Manager)
	hostile := []string{
		`waste <script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' autofocus onfocus=alert(1) x='`, "</textarea><script>alert(2)</script>",
		"<!channel> <@U123> <https://evil.example|click>", "javascript:alert(1)", "\u202egnp.exe \u2066x", "{{.Seal}} [a](javascript:alert(1))", strings.Repeat("x", 3900),
	}
	allowed := regexp.MustCompile(`(?i)<script|<img|onerror=alert\(1\)>|onfocus=alert\(1\) x='|href="javascript`)
	for _, h := range hostile {
		ticket := o.opened(h, bot.Sentence{Text: h, Citations: []bot.Citation{{Title: h, URL: h, Version: knowledge.VersionID(h)}}})
		o.says(ticket, h)
		omar.act(ticket, "note", text(h))
		omar.act(ticket, "reply", text(h))
		for _, path := range []string{"/inbox/", addressOf(ticket), addressOf(ticket) + "?suggested=yes"} {
			body := omar.want(path)
			own := strings.Replace(body, `<script src="/inbox/inbox.js" defer></script>`, "", 1)
			if m := allowed.FindString(own); m != "" {
				t.Errorf("%s of %.40q holds %s", path, h, m)
			}
			if strings.Contains(path, "tickets") && strings.Count(html.UnescapeString(body), strings.TrimSpace(h)) < 4 {
				t.Errorf("%s lost %.40q", path, h)
			}
		}
	}
}

// Who has not seen what was said last is shown it, with what they typed, and nothing is
// sent. What is sent twice is sent once.
func TestNothingIsSaidBlindly(t *testing.T) {
	o := newOffice(t)
	ann := o.hire("ann", []bot.DepartmentID{"waste"}, account.Staff)
	ticket := o.opened("waste: where is my cart?")
	form := url.Values{"seal": {ann.token.Seal()}, "seen": {"1"}, "nonce": {"ABCDEFGHIJKLMNOPQRSTUVWXYZ"}, "text": {"Today."}}
	for range 2 {
		if a := ann.post(addressOf(ticket)+"/reply", form); a.status != http.StatusSeeOther {
			t.Fatalf("%d\n%s", a.status, a.body)
		}
	}
	o.says(ticket, "it did not come")
	form.Set("nonce", "BBCDEFGHIJKLMNOPQRSTUVWXYZ")
	form.Set("seen", "2")
	form.Set("text", "Surely <today>.")
	a := ann.post(addressOf(ticket)+"/reply", form)
	if a.status != http.StatusConflict || !strings.Contains(a.body, "The citizen wrote meanwhile.") || !strings.Contains(a.body, "\nSurely &lt;today&gt;.</textarea>") || !strings.Contains(a.body, "it did not come") {
		t.Errorf("%d\n%s", a.status, a.body)
	}
	if got := o.kinds(ticket); got != "opened replied said" {
		t.Error(got)
	}
	for what, f := range map[string]url.Values{"nothing": text(" "), "too much": text(strings.Repeat("ü", 5001))} {
		if a := ann.act(ticket, "reply", f); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, `role="alert"`) {
			t.Errorf("%s: %d", what, a.status)
		}
	}
}

// Of two who claim one wins, and the other is told who; a clerk of Slack has a name too.
func TestTwoClaim(t *testing.T) {
	o := newOffice(t)
	clerks := []*clerk{o.hire("ann", nil, account.Manager), o.hire("ben", nil, account.Manager)}
	for range 20 {
		ticket := o.opened("waste: where is my cart?")
		var won, told atomic.Int32
		var wg sync.WaitGroup
		for i, c := range clerks {
			other := []string{"ben &lt;Smith&gt; has it already.", "ann &lt;Smith&gt; has it already."}[i]
			wg.Go(func() {
				switch a := c.post(addressOf(ticket)+"/claim", nil); {
				case a.status == http.StatusSeeOther:
					won.Add(1)
				case a.status == http.StatusConflict && strings.Contains(a.body, other):
					told.Add(1)
				default:
					t.Errorf("%d\n%s", a.status, a.body)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 || told.Load() != 1 {
			t.Fatalf("%d won, %d were told", won.Load(), told.Load())
		}
	}
	ticket := o.opened("waste: mine")
	o.did(ticket, escalate.Action{Kind: bot.TicketTaken, By: bot.Actor{Kind: bot.Clerk, ID: "U1"}})
	clerks[0].want(addressOf(ticket), "Una in Slack</bdi> has this inquiry. Speak to them")
	if a := clerks[0].act(ticket, "claim", nil); !strings.Contains(a.body, "Una in Slack has it already.") {
		t.Error(a.body)
	}
}

// "Not for us" goes down the list of who is likely; a note for the next department is
// theirs to read; who sees it no more is led back to the list.
func TestOtherDepartments(t *testing.T) {
	o := newOffice(t)
	ann, omar := o.hire("ann", []bot.DepartmentID{"waste"}, account.Staff), o.hire("omar", nil, account.Manager)
	ticket := o.opened("waste: a bench")
	department := func() bot.DepartmentID { return must(o.store.Ticket(t.Context(), ticket.ID)).Department }
	a := ann.act(ticket, "not-ours", nil)
	if a.header.Get("Location") != "/inbox/?did=rerouted" || department() != "parks" {
		t.Errorf("%+v, %s", a, department())
	}
	ann.want("/inbox/?did=rerouted", "It is with the other department now.", "Nothing to do here.")
	if omar.act(ticket, "not-ours", nil); department() != "hall" {
		t.Error(department())
	}
	if a := omar.act(ticket, "not-ours", nil); a.status != http.StatusUnprocessableEntity || department() != "hall" {
		t.Errorf("%d, %s", a.status, department())
	}
	if got, err := o.store.Relabelled(t.Context()); err != nil || len(got) != 0 {
		t.Errorf("who only says no teaches %v, %v", got, err)
	}
	omar.act(ticket, "reroute", url.Values{"department": {"waste"}, "text": {"it is their bin after all"}})
	ann.want(addressOf(ticket), "it is their bin after all", "omar &lt;Smith&gt;</bdi> sent it to Solid Waste")
	if got, err := o.store.Relabelled(t.Context()); err != nil || len(got) != 1 || got[0].Department != "waste" {
		t.Errorf("%v, %v", got, err)
	}
	for _, to := range []string{"", "waste", "nosuch"} {
		if a := omar.act(ticket, "reroute", url.Values{"department": {to}}); a.status != http.StatusUnprocessableEntity {
			t.Errorf("to %q: %d", to, a.status)
		}
	}
}

// What is due first comes first, what is late is marked, filters count.
func TestList(t *testing.T) {
	o := newOffice(t)
	ann, omar := o.hire("ann", []bot.DepartmentID{"waste"}, account.Staff), o.hire("omar", nil, account.Manager)
	first := o.opened("waste: first")
	o.later(time.Hour)
	second, bench := o.opened("waste: second"), o.opened("parks: bench")
	waiting := o.opened("waste: waiting")
	omar = o.again(omar)
	omar.act(waiting, "ask", text("Which?"))
	o.later(3*time.Hour + time.Minute)
	omar, ann = o.again(omar), o.again(ann)
	order := regexp.MustCompile(`/inbox/tickets/([0-9a-f]+)`)
	ids := func(body string) (out []bot.TicketID) {
		for _, m := range order.FindAllStringSubmatch(body, -1) {
			out = append(out, bot.TicketID(m[1]))
		}
		return out
	}
	body := omar.want("/inbox/", "Overdue: <strong>1</strong>", "Open: <strong>3</strong>", "Waiting for the citizen: <strong>1</strong>")
	if got := ids(body); len(got) != 4 || got[0] != first.ID || got[1] != second.ID || got[2] != bench.ID || got[3] != waiting.ID || strings.Count(body, `class="row late"`) != 1 {
		t.Errorf("the order is %v, not %v", got, []bot.TicketID{first.ID, second.ID, bench.ID, waiting.ID})
	}
	if got := ids(ann.want("/inbox/")); len(got) != 3 {
		t.Errorf("staff see %v", got)
	}
	if got := ids(omar.want("/inbox/?department=parks")); len(got) != 1 || got[0] != bench.ID {
		t.Errorf("of parks %v", got)
	}
	if got := ids(omar.want("/inbox/?mine=yes&state=waiting")); len(got) != 1 || got[0] != waiting.ID {
		t.Errorf("mine %v", got)
	}
	version := omar.get("/inbox/version")
	same := omar.send("GET", "/inbox/version", nil, func(r *http.Request) { r.Header.Set("If-None-Match", version.header.Get("ETag")) })
	o.says(first, "hello?")
	news := omar.send("GET", "/inbox/version", nil, func(r *http.Request) { r.Header.Set("If-None-Match", version.header.Get("ETag")) })
	if same.status != http.StatusNotModified || news.status != http.StatusOK || news.body == version.body || !strings.Contains(body, html.EscapeString(version.body)) {
		t.Errorf("%d, %d, %s, %s", same.status, news.status, version.body, news.body)
	}
}

// again signs somebody in anew.
func (o *office) again(c *clerk) *clerk {
	o.Helper()
	return &clerk{o, c.account, must(o.keeper.Begin(o.Context(), c.account))}
}

// A department that is only alerted writes to nobody; of what the citizen erased nothing
// is left to see.
func TestAlertsAndErasure(t *testing.T) {
	o := newOffice(t)
	omar := o.hire("omar", nil, account.Manager)
	alert := o.opened("alarm: smoke")
	if body := omar.want(addressOf(alert), "only told of inquiries"); strings.Contains(body, `id="reply"`) {
		t.Error("there is a form to reply by")
	}
	if a := omar.act(alert, "reply", text("hello")); a.status != http.StatusUnprocessableEntity {
		t.Errorf("%d", a.status)
	}
	gone := o.opened("waste: my secret")
	o.says(gone, "another secret")
	if err := o.store.Erase(t.Context(), gone.Conversation); err != nil {
		t.Fatal(err)
	}
	body := omar.want(addressOf(gone), "The citizen has erased what they wrote.")
	if strings.Contains(body+omar.want("/inbox/?state=closed"), "secret") {
		t.Error("it is still there")
	}
}

func TestInvitation(t *testing.T) {
	o := newOffice(t)
	token := must(o.keeper.Invite(t.Context(), account.Account{Name: "ann", Display: "Ann", Roles: []account.Role{account.Manager}}))
	path, c := "/inbox/invitation/"+string(token), o.nobody()
	c.want(path, "Welcome, <bdi>Ann</bdi>", `value="ann"`, `minlength="12"`)
	both := func(a, b string) url.Values { return url.Values{"password": {a}, "again": {b}} }
	for _, f := range []url.Values{both("elevenbytes", "elevenbytes"), both(password, password+"x"), both("passwordpassword", "passwordpassword")} {
		if a := c.post(path, f); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, `role="alert"`) || strings.Contains(a.body, f.Get("password")) {
			t.Errorf("%v: %d", f, a.status)
		}
	}
	a := c.post(path, both(password, password))
	if a.status != http.StatusSeeOther || !strings.Contains(a.header.Get("Set-Cookie"), "townclerk-staff=") {
		t.Errorf("%+v", a)
	}
	if c.get(path).status != http.StatusNotFound || c.post(path, both(password, password)).status != http.StatusNotFound {
		t.Error("it is good twice")
	}
}
