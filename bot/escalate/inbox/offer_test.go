package inbox

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"townclerk/bot"
	"townclerk/bot/account"
	"townclerk/bot/contribute"
)

// only is what was offered, of which there is one.
func (o *office) only() contribute.Contribution {
	o.Helper()
	all := must(o.store.Contributions(o.Context(), contribute.Filter{}))
	if len(all) != 1 {
		o.Fatalf("%d were offered", len(all))
	}
	return all[0]
}

// A clerk closes an inquiry and offers its reply; what is wrong is told with the text
// kept; the author cannot approve it, a colleague does, and only then it is published;
// what could not be is tried again from the page; the author takes it away.
func TestRepliesBecomePages(t *testing.T) {
	o := newOffice(t)
	mo, lee := o.hire("mo", nil, account.Manager), o.hire("lee", nil, account.Manager)
	sam := o.hire("sam", []bot.DepartmentID{"waste"}, account.Staff)
	far := o.hire("far", []bot.DepartmentID{"parks"}, account.Staff)
	ticket := o.opened("waste: where is my <cart>?")
	const form = "Offer this as a page"
	for _, act := range []string{"claim", "reply"} {
		mo.act(ticket, act, text("Carts come on <Monday>."))
	}
	if strings.Contains(mo.want(addressOf(ticket)), form) {
		t.Error("what is open can be offered")
	}
	mo.act(ticket, "resolve", nil)
	mo.want(addressOf(ticket), form, `value="waste: where is my &lt;cart&gt;?"`, "\nCarts come on &lt;Monday&gt;.</textarea>")

	offer := func(question, answer, want string) {
		t.Helper()
		a := mo.act(ticket, "offer", url.Values{"question": {question}, "answer": {answer}})
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, want) || !strings.Contains(a.body, "\n"+answer+"</textarea>") || !strings.Contains(a.body, "<details open>") {
			t.Errorf("%q: %d, want %q\n%s", question, a.status, want, a.body)
		}
	}
	offer("waste: where is my <cart>?", "On Monday.", "the citizen&#39;s own words")
	offer("When do carts come?", "Call Ann at 555-555-0187.", "personal data (phone): Call Ann at [phone].</p>")
	offer(" ", "On Monday.", "The question is empty.")
	good := url.Values{"question": {"When do carts come?"}, "answer": {"On Monday."}}
	if a := mo.act(ticket, "offer", good); a.header.Get("Location") != "/inbox/drafts?did=offered" {
		t.Fatalf("%d\n%s", a.status, a.body)
	}
	offer("When?", "On Monday.", "offered already")

	c := o.only()
	at := "/inbox/drafts/" + string(c.ID)
	for name, who := range map[string]*clerk{"of the department": sam, "author": mo} {
		if body := who.want("/inbox/drafts", "When do carts come?", "mo &lt;Smith&gt;"); strings.Contains(body, ">Approve<") {
			t.Errorf("%s is offered to approve it", name)
		}
	}
	lee.want("/inbox/drafts?did=offered", "It waits for a second person now.", ">Approve<", ">Reject<")
	if strings.Contains(far.want("/inbox/drafts"), "carts") {
		t.Error("another department sees it")
	}
	if a := mo.post(at+"/approve", nil); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "ask a second person") {
		t.Errorf("the author approves: %d", a.status)
	}
	if a := sam.post(at+"/revise", url.Values{"question": {"When?"}, "answer": {"Ask ann@example.org."}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "\nAsk ann@example.org.</textarea>") || !strings.Contains(a.body, ">On Monday.</p>") {
		t.Errorf("a revision with personal data: %d\n%s", a.status, a.body)
	}
	sam.post(at+"/revise", url.Values{"question": {"When do carts come?"}, "answer": {"On Tuesday."}})
	for _, day := range []string{"soon", "2026-11-22", "2027-12-01"} {
		if a := lee.post(at+"/approve", url.Values{"review_due": {day}}); a.status != http.StatusUnprocessableEntity {
			t.Errorf("to be reviewed on %s: %d", day, a.status)
		}
	}
	if o.published != 0 {
		t.Fatal("a draft was published")
	}

	o.broken = errors.New("the index is out of reach")
	if a := lee.post(at+"/approve", url.Values{"review_due": {"2027-06-30"}}); a.status != http.StatusServiceUnavailable || !strings.Contains(a.body, `action="`+at+`/approve"`) {
		t.Errorf("what cannot be published: %d\n%s", a.status, a.body)
	}
	o.broken = nil
	if a := lee.post(at+"/approve", nil); a.header.Get("Location") != "/inbox/drafts?did=approved" || o.published != 2 {
		t.Errorf("once more: %d, published %d times", a.status, o.published)
	}
	sam.want("/inbox/drafts", "On Tuesday.", "approved by <bdi>lee &lt;Smith&gt;</bdi>", "Wed 30 Jun 2027, 00:00 CDT")
	if a := mo.post(at+"/withdraw", text("the depot moved")); a.header.Get("Location") != "/inbox/drafts?did=withdrawn" || o.published != 3 {
		t.Errorf("withdrawn: %d, published %d times", a.status, o.published)
	}
	if got := o.steps(ticket); !strings.HasSuffix(got, " resolved offered revised approved withdrawn") {
		t.Error(got)
	}
}

// Who offered what was rejected reads why, and offers it again; others do not.
func TestRejectedDrafts(t *testing.T) {
	o := newOffice(t)
	sam, lee := o.hire("sam", []bot.DepartmentID{"waste"}, account.Staff), o.hire("lee", nil, account.Manager)
	ticket := o.closed("waste: my cart", "On Monday.")
	good := url.Values{"question": {"When do carts come?"}, "answer": {"On Monday."}}
	sam.act(ticket, "offer", good)
	at := "/inbox/drafts/" + string(o.only().ID)
	lee.post(at+"/reject", text("It is <Tuesday>."))
	sam.want("/inbox/drafts", "Yours that were rejected", "It is &lt;Tuesday&gt;.")
	if strings.Contains(lee.want("/inbox/drafts"), "carts") {
		t.Error("others are shown it")
	}
	if a := lee.post(at+"/approve", nil); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "It cannot be approved: it is rejected.") {
		t.Errorf("%d\n%s", a.status, a.body)
	}
	if a := sam.act(ticket, "offer", good); a.status != http.StatusSeeOther {
		t.Errorf("once more: %d", a.status)
	}
	if o.published != 0 {
		t.Error("it was published")
	}
}
