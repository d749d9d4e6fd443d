package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/bot/contribute"
	"townclerk/bot/escalate"
	"townclerk/evals/datasets/riverton"
	"townclerk/internal/pgtest"
	"townclerk/knowledge/ingest"
)

var ann, ben = clerk("ann"), clerk("ben")

// askTown asks in a conversation of its own and hands over where that is offered.
func askTown(t *testing.T, h *house, question string) bot.Answer {
	t.Helper()
	id, _, err := h.store.Create(t.Context(), "en")
	if err != nil {
		t.Fatal(err)
	}
	a, err := h.bot.Ask(t.Context(), bot.Incoming{Conversation: id, Key: "1", Text: question}, func(bot.Part) {})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// resolved has a question reach people, who reply and resolve it.
func resolved(t *testing.T, h *house, question, reply string) bot.TicketID {
	t.Helper()
	id, _, err := h.store.Create(t.Context(), "en")
	if err != nil {
		t.Fatal(err)
	}
	a, err := h.bot.Ask(t.Context(), bot.Incoming{Conversation: id, Key: "1", Text: question}, func(bot.Part) {})
	if err != nil {
		t.Fatal(err)
	}
	v, err := h.bot.HandOver(t.Context(), id, a.Turn, bot.ForAsked)
	if err != nil {
		t.Fatal(err)
	}
	for _, act := range []escalate.Action{
		{Kind: bot.TicketTaken, By: ann},
		{Kind: bot.TicketReplied, By: ann, Text: reply},
		{Kind: bot.TicketResolved, By: ann},
	} {
		if _, err := h.desk.Act(t.Context(), v.ID, act); err != nil {
			t.Fatal(err)
		}
	}
	return v.ID
}

func cites(a bot.Answer, prefix string) bool {
	for _, s := range a.Sentences {
		for _, c := range s.Citations {
			if strings.HasPrefix(c.URL, prefix) {
				return true
			}
		}
	}
	return false
}

// The whole loop on both engines: a reply is offered, its author cannot approve it, a
// second person does, and the question asked anew is answered from it, with a citation;
// after it was withdrawn it is not, and an ingest changes neither.
func TestRepliesBecomePages(t *testing.T) {
	for engine, database := range map[string]string{"sqlite": "", "postgres": pgtest.URL(t)} {
		t.Run(engine, func(t *testing.T) { testReplyBecomesPage(t, openOn(t, t.TempDir(), database)) })
	}
}

func testReplyBecomesPage(t *testing.T, h *house) {
	const base, question = "https://riverton.example.gov/asked/", "Where can I moor a houseboat overnight?"
	h.config.HandOver.Asked.Base = base
	sync := func() {
		t.Helper()
		if err := h.ingest(t.Context(), riverton.Pages{}, ingest.Options{}, io.Discard); err != nil {
			t.Fatal(err)
		}
	}
	found := func(want bool) bot.Answer {
		t.Helper()
		a := askTown(t, h, "can i moor my houseboat overnight somewhere")
		if got := cites(a, base); got != want || want && a.Outcome != bot.Answered {
			t.Fatalf("answered from the reply: %v, want %v: %+v", got, want, a)
		}
		return a
	}
	sync()
	found(false)
	o, err := h.office()
	if err != nil {
		t.Fatal(err)
	}
	ticket := resolved(t, h, "hi, where may my houseboat stay overnight??", "You can moor a houseboat overnight at Ferry Pier. It costs $14 a night.")
	p, err := o.Propose(t.Context(), ticket)
	if err != nil || !strings.Contains(p.Reply, "Ferry Pier") || !strings.HasPrefix(p.Asked.String(), "hi, where") {
		t.Fatalf("%+v, %v", p, err)
	}
	c, err := o.Offer(t.Context(), ticket, question, p.Reply, ann)
	if err != nil {
		t.Fatal(err)
	}
	found(false)
	if _, err := o.Approve(t.Context(), c.ID, ann, time.Time{}); !errors.Is(err, contribute.ErrOwn) {
		t.Fatalf("the author approves: %v", err)
	}
	found(false)
	before := liveCount(t, h)
	if _, err := o.Approve(t.Context(), c.ID, ben, time.Time{}); err != nil {
		t.Fatal(err)
	}
	a := found(true)
	checkPage(t, h, a, base+string(c.ID), question)
	if n := liveCount(t, h); n != before+1 {
		t.Errorf("%d pages are live, %d were", n, before)
	}
	sync()
	found(true)
	for range 2 {
		if c, err = o.Withdraw(t.Context(), c.ID, ann, "the pier is closed"); err != nil {
			t.Fatal(err)
		}
		found(false)
	}
	sync()
	found(false)
	if len(c.Steps) != 3 || c.State != contribute.Withdrawn || liveCount(t, h) != before {
		t.Errorf("%+v, %d live", c, liveCount(t, h))
	}
}

func liveCount(t *testing.T, h *house) int {
	t.Helper()
	m, err := h.knowledge.Manifest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return len(m.Live)
}

// checkPage looks at the page that an answer cites.
func checkPage(t *testing.T, h *house, a bot.Answer, address, title string) {
	t.Helper()
	for _, s := range a.Sentences {
		for _, c := range s.Citations {
			if at, _, _ := strings.Cut(c.URL, "#"); at != address {
				continue
			}
			v, err := h.knowledge.Version(t.Context(), c.Version)
			if err != nil {
				t.Fatal(err)
			}
			today := h.now().UTC().Format(time.DateOnly)
			if v.Title != title || v.Department == "" || v.ReviewBy.IsZero() ||
				!strings.HasSuffix(v.Text, "Answered by "+h.config.nameOf(bot.DepartmentID(v.Department))+", "+today) {
				t.Errorf("the page is %+v", v)
			}
			handler, err := h.handler()
			if err != nil {
				t.Fatal(err)
			}
			seen := httptest.NewRecorder()
			handler.ServeHTTP(seen, httptest.NewRequest("GET", "/sources/"+string(c.Version), nil))
			if body := seen.Body.String(); seen.Code != 200 || !strings.Contains(body, "Answered by ") || !strings.Contains(body, today) || !strings.Contains(body, title) {
				t.Errorf("the source view: %d %s", seen.Code, body)
			}
			return
		}
	}
	t.Errorf("no sentence cites %s: %+v", address, a.Sentences)
}

// Two who publish at once, and an ingest between them, end with what is approved.
func TestPublishingAtOnce(t *testing.T) {
	h := openOn(t, t.TempDir(), "")
	if err := h.ingest(t.Context(), riverton.Pages{}, ingest.Options{}, io.Discard); err != nil {
		t.Fatal(err)
	}
	before := liveCount(t, h)
	o, err := h.office()
	if err != nil {
		t.Fatal(err)
	}
	var ids []contribute.ID
	for _, thing := range []string{"a kayak", "a barge", "a raft"} {
		c, err := o.Offer(t.Context(), resolved(t, h, "where do i put "+thing, "At Ferry Pier."), "Where can I moor "+thing+"?", "At Ferry Pier.", ann)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, c.ID)
	}
	done := make(chan error)
	for _, id := range ids {
		go func() {
			_, err := o.Approve(t.Context(), id, ben, time.Time{})
			done <- err
		}()
	}
	for range ids {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if n := liveCount(t, h); n != before+len(ids) {
		t.Errorf("%d pages are live, want %d more than %d", n, len(ids), before)
	}
	o.Publish = func(context.Context) error { return io.ErrUnexpectedEOF }
	var late *contribute.Unpublished
	if _, err := o.Withdraw(t.Context(), ids[0], ann, ""); !errors.As(err, &late) {
		t.Errorf("a page that could not be taken away: %v", err)
	}
	if err := h.publishAsked(t.Context()); err != nil { // as a server does when it starts
		t.Fatal(err)
	}
	if n := liveCount(t, h); n != before+len(ids)-1 {
		t.Errorf("%d pages are live after one was withdrawn, %d were before", n, before+len(ids))
	}
}

// What an administrator does at the command line.
func testAsked(t *testing.T, p program) {
	dir := town(t)
	p.must(t, dir, "ingest")
	if out := p.must(t, dir, "asked", "list"); out != "none\n" {
		t.Errorf("at first: %q", out)
	}
	id := offerIn(t, dir)
	if _, errs, code := p.run(t, dir, "", nil, "asked", "approve", id, "--by", "ann"); code != 1 || !strings.Contains(errs, contribute.ErrOwn.Error()) {
		t.Errorf("the author approves: exit %d, %s", code, errs)
	}
	if out := p.must(t, dir, "asked", "list", "--drafts"); !strings.HasPrefix(out, id+"  draft") {
		t.Errorf("drafts: %q", out)
	}
	p.must(t, dir, "asked", "approve", id, "--by", "ben", "--review-due", time.Now().AddDate(0, 1, 0).Format(time.DateOnly))
	if out := p.must(t, dir, "search", "houseboat"); !strings.Contains(out, "file:///asked/"+id) {
		t.Errorf("the page is not found: %s", out)
	}
	if out := p.must(t, dir, "ingest", "pages"); !strings.Contains(out, "1 unchanged") {
		t.Errorf("an ingest of a folder, at other addresses: %s", out)
	}
	if out := p.must(t, dir, "search", "houseboat"); !strings.Contains(out, "file:///asked/"+id) {
		t.Errorf("an ingest takes the page away: %s", out)
	}
	p.must(t, dir, "asked", "withdraw", id, "--by", "ann", "--reason", "closed")
	if out := p.must(t, dir, "search", "houseboat"); strings.Contains(out, id) {
		t.Errorf("the page is still found: %s", out)
	}
	out := p.must(t, dir, "asked", "show", id)
	for _, want := range []string{"withdrawn", "Where can I moor a houseboat?", "offered by ann", "approved by ben, review due ", "withdrawn by ann: closed"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in %s", want, out)
		}
	}
	if _, errs, code := p.run(t, dir, "", nil, "asked", "reject", "nothing", "--by", "ann"); code != 1 || !strings.Contains(errs, "no such contribution") {
		t.Errorf("what is not there: exit %d, %s", code, errs)
	}
	if out := p.must(t, dir, "gaps", "--since", "1d", "--json"); !strings.Contains(out, `"groups": []`) {
		t.Errorf("gaps: %s", out)
	}
}

// offerIn has ann offer a reply in the installation of a folder.
func offerIn(t *testing.T, dir string) string {
	t.Helper()
	t.Chdir(dir)
	c, err := loadConfig(&Globals{})
	if err != nil {
		t.Fatal(err)
	}
	c.Departments = demoConfig().Departments
	h, err := open(t.Context(), c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	o, err := h.office()
	if err != nil {
		t.Fatal(err)
	}
	made, err := o.Offer(t.Context(), resolved(t, h, "where do i put my houseboat", "At the pier."), "Where can I moor a houseboat?", "At the pier.", ann)
	if err != nil {
		t.Fatal(err)
	}
	return string(made.ID)
}
