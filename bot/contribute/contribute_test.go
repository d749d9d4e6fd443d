package contribute_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/bot/contribute"
	"townclerk/bot/guard"
	"townclerk/bot/store"
	"townclerk/bot/store/storetest"
	"townclerk/internal/litedb"
	"townclerk/knowledge"
	"townclerk/knowledge/parse"
)

var (
	ann = bot.Actor{Kind: bot.Clerk, ID: "ann"}
	ben = bot.Actor{Kind: bot.Clerk, ID: "ben"}
	cy  = bot.Actor{Kind: bot.Clerk, ID: "cy"}
	now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
)

func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

// newOffice is an office over a real store, with a resolved ticket in it.
func newOffice(t *testing.T) (*contribute.Office, *store.Store, bot.TicketID) {
	t.Helper()
	db := must(litedb.Open(filepath.Join(t.TempDir(), "office.db")))
	t.Cleanup(func() { db.Close() })
	s := must(store.New(t.Context(), db, store.NewKey(), func() time.Time { return now }))
	o := &contribute.Office{Store: s, Tickets: s, Now: func() time.Time { return now },
		Screen: contribute.Screen{Public: []string{"(555) 555-0100", ""}}}
	return o, s, ticket(t, s, "Please call me back.", "It opens at nine.")
}

// ticket returns a resolved ticket; its citizen asked "q".
func ticket(t *testing.T, s *store.Store, replies ...string) bot.TicketID {
	t.Helper()
	c, _, err := s.Create(t.Context(), "en")
	turn, _, err2 := s.Open(t.Context(), bot.Message{Conversation: c}, storetest.Question("q"), time.Now().Add(time.Minute))
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	open, _ := storetest.Opening(turn.ID)
	if _, _, err := s.OpenTicket(t.Context(), open, bot.TurnEnd{}); err != nil {
		t.Fatal(err)
	}
	for _, r := range replies {
		change(t, s, open.Ticket.ID, storetest.Said(bot.TicketReplied, ann, r))
	}
	change(t, s, open.Ticket.ID, bot.TicketEvent{Kind: bot.TicketResolved, By: ann})
	return open.Ticket.ID
}

func change(t *testing.T, s *store.Store, id bot.TicketID, e bot.TicketEvent) {
	t.Helper()
	if _, err := s.Change(t.Context(), id, storetest.Do(e)); err != nil {
		t.Fatal(err)
	}
}

// What a form begins with is the last reply as the citizen sees it.
func TestPropose(t *testing.T) {
	o, s, id := newOffice(t)
	want := func(reply string) {
		t.Helper()
		if p, err := o.Propose(t.Context(), id); err != nil || p.Reply != reply || p.Asked.String() != "q" {
			t.Errorf("%+v, %v; want %q", p, err, reply)
		}
	}
	want("It opens at nine.")
	fix := storetest.Said(bot.TicketCorrected, ann, "It opens at ten.")
	fix.Facts = map[string]any{bot.FactCorrects: 3}
	change(t, s, id, fix)
	want("It opens at ten.")
	change(t, s, id, bot.TicketEvent{Kind: bot.TicketWithdrawn, By: ann, Facts: map[string]any{bot.FactCorrects: 3}})
	want("")
	_, err := o.Propose(t.Context(), "nothing")
	if bot.KindOf(err) != bot.NotFound {
		t.Error(err)
	}
}

func TestOffersThatAreRefused(t *testing.T) {
	o, s, id := newOffice(t)
	open := must(s.Ticket(t.Context(), id))
	if err := s.Erase(t.Context(), open.Conversation); err != nil {
		t.Fatal(err)
	}
	erased := id
	id = ticket(t, s, "At nine.")
	for name, test := range map[string]struct {
		ticket           bot.TicketID
		question, answer string
		by               bot.Actor
		want             string
	}{
		"no question":      {id, " \u200b", "At nine.", ann, "the question is empty"},
		"no answer":        {id, "When?", "\n", ann, "the answer is empty"},
		"long question":    {id, strings.Repeat("when ", 60), "At nine.", ann, "keep it under 250"},
		"long answer":      {id, "When?", strings.Repeat("nine ", 2001), ann, "keep it under 10000"},
		"phone":            {id, "When?", "Call Ann at (555) 555-0187.", ann, "the answer still holds personal data (phone): Call Ann at [phone]."},
		"name":             {id, "My name is Jane Miller, when?", "At nine.", ann, "the question still holds personal data (name)"},
		"verbatim":         {id, " Q? ", "At nine.", ann, contribute.ErrVerbatim.Error()},
		"by the citizen":   {id, "When?", "At nine.", bot.Actor{Kind: bot.Citizen}, contribute.ErrNobody.Error()},
		"by nobody":        {id, "When?", "At nine.", bot.Actor{Kind: bot.Clerk, ID: " "}, contribute.ErrNobody.Error()},
		"erased":           {erased, "When?", "At nine.", ann, "erased the conversation"},
		"unknown ticket":   {"nothing", "When?", "At nine.", ann, "no such ticket"},
		"public and not":   {id, "When?", "Call (555) 555-0100 or 555-555-0187.", ann, "(phone)"},
		"mail in disguise": {id, "When?", "Write to ann (at) example.org.", ann, "(email)"},
	} {
		if _, err := o.Offer(t.Context(), test.ticket, test.question, test.answer, test.by); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
	c, err := o.Offer(t.Context(), id, "When  does it\nopen?", "At nine.\n\n\nCall (555) 555-0100.", ann)
	if err != nil || c.Question != "When does it open?" || c.Answer != "At nine.\nCall (555) 555-0100." || c.Language != "en" || c.Department != "clerk" {
		t.Fatalf("%+v, %v", c, err)
	}
	if _, err := o.Offer(t.Context(), id, "When?", "At ten.", ben); !errors.Is(err, contribute.ErrOffered) {
		t.Errorf("a second offer: %v", err)
	}
}

// A reply that may still change is not offered.
func TestOnlyResolvedTickets(t *testing.T) {
	o, s, _ := newOffice(t)
	c, _, err := s.Create(t.Context(), "en")
	turn, _, err2 := s.Open(t.Context(), bot.Message{Conversation: c}, storetest.Question("q"), time.Now().Add(time.Minute))
	open, _ := storetest.Opening(turn.ID)
	_, _, err3 := s.OpenTicket(t.Context(), open, bot.TurnEnd{})
	if err := errors.Join(err, err2, err3); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Offer(t.Context(), open.Ticket.ID, "When?", "At nine.", ann); !errors.Is(err, contribute.ErrNotOver) {
		t.Error(err)
	}
}

func TestApproval(t *testing.T) {
	o, _, id := newOffice(t)
	published := 0
	o.Publish = func(context.Context) error { published++; return nil }
	c := must(o.Offer(t.Context(), id, "When?", "At nine.", ann))
	must(o.Revise(t.Context(), c.ID, "When does it open?", "At ten.", ben))
	if _, err := o.Revise(t.Context(), c.ID, "When?", "Call 555-555-0187.", ben); !errors.As(err, new(*contribute.Personal)) {
		t.Errorf("a revision with personal data: %v", err)
	}
	day := 24 * time.Hour
	for name, test := range map[string]struct {
		by   bot.Actor
		due  time.Time
		want error
	}{
		"author":   {ann, time.Time{}, contribute.ErrOwn},
		"reviser":  {ben, time.Time{}, contribute.ErrOwn},
		"citizen":  {bot.Actor{Kind: bot.Citizen}, time.Time{}, contribute.ErrNobody},
		"system":   {bot.Actor{Kind: bot.System, ID: "x"}, time.Time{}, contribute.ErrNobody},
		"past":     {cy, now, contribute.ErrReview},
		"too late": {cy, now.AddDate(1, 0, 0).Add(day), contribute.ErrReview},
	} {
		if _, err := o.Approve(t.Context(), c.ID, test.by, test.due); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	if published != 0 {
		t.Error("something was published")
	}
	if drafts := must(o.Contributions(t.Context(), contribute.Filter{Departments: []bot.DepartmentID{"clerk"}, States: []contribute.State{contribute.Draft}})); len(drafts) != 1 || drafts[0].Answer != "At ten." {
		t.Errorf("drafts: %+v", drafts)
	}
	for range 2 {
		if c = must(o.Approve(t.Context(), c.ID, cy, time.Time{})); c.Approver != cy || !c.ReviewDue.Equal(now.AddDate(1, 0, 0)) || len(c.Steps) != 3 {
			t.Errorf("%+v", c)
		}
	}
	var refusal *contribute.Refusal
	for name, err := range map[string]error{
		"approve": second(o.Approve(t.Context(), c.ID, bot.Actor{Kind: bot.Clerk, ID: "dee"}, time.Time{})),
		"reject":  second(o.Reject(t.Context(), c.ID, cy, "")),
		"revise":  second(o.Revise(t.Context(), c.ID, "When?", "At six.", ann)),
	} {
		if !errors.As(err, &refusal) || refusal.State != contribute.Approved {
			t.Errorf("%s: %v", name, err)
		}
	}
	c = must(o.Withdraw(t.Context(), c.ID, ann, "ask jane@example.org"))
	if published != 3 || c.State != contribute.Withdrawn || c.Steps[3].Text.Reason != "ask [email]" {
		t.Errorf("published %d times; %+v", published, c)
	}
	again := must(o.Offer(t.Context(), id, "When?", "At nine.", ann))
	if again = must(o.Reject(t.Context(), again.ID, ann, "")); again.State != contribute.Rejected || published != 3 {
		t.Errorf("%+v", again)
	}
}

func second[T any](_ T, err error) error { return err }

// No series of steps ends in a page that fewer than two people made.
func TestNoPageOfOnePerson(t *testing.T) {
	kinds := []contribute.Kind{contribute.Offers, contribute.Revises, contribute.Approves, contribute.Rejects, contribute.Withdraws, "other"}
	var walk func(contribute.Contribution, int)
	walk = func(c contribute.Contribution, left int) {
		if c.State == contribute.Approved {
			wrote, approvals := false, 0
			for _, s := range c.Steps {
				wrote = wrote || s.Kind == contribute.Offers
				if s.Kind == contribute.Approves {
					approvals++
				}
			}
			if !wrote || approvals != 1 || c.Approver == (bot.Actor{}) {
				t.Fatalf("%+v", c)
			}
		}
		for _, k := range kinds {
			if next, err := contribute.Apply(c, contribute.Step{Kind: k, By: ann, At: now}); err == nil && left > 0 {
				walk(next, left-1)
			}
		}
	}
	walk(contribute.Contribution{}, 6)
}

// Whatever staff write is on the page as they wrote it, and means nothing else.
func TestPage(t *testing.T) {
	for _, answer := range []string{
		"Plain.", "# No heading", "<b>no</b> <script>alert(1)</script>", "[no link](javascript:x) ![x](y) `code` *a* _b_ ~~c~~",
		"---", "a | b\n--- | ---\n1 | 2", "&amp; &lt;", "1. one", "> quote", "    code", "a\\b", "https://www.example.gov/x?y=1&z=2", "{#id}", "Term\n: no definition",
	} {
		v := page(t, contribute.Contribution{Question: `What: "is" #this? {x}`, Answer: answer, Language: "es"})
		want := strings.Join(strings.Fields(answer), " ") + " Respondido por Clerk's Office, 2026-11-22"
		if got := strings.Join(strings.Fields(v.Text), " "); got != want || v.Title != `What: "is" #this? {x}` {
			t.Errorf("%q became %q under %q", answer, got, v.Title)
		}
		for _, b := range v.Blocks {
			if b.Kind != knowledge.Paragraph {
				t.Errorf("%q has a block of kind %d", answer, b.Kind)
			}
		}
	}
	v := page(t, contribute.Contribution{Question: "What?", Answer: "Bring:\n- a form\n* $5"})
	if v.Text != "Bring:\na form\n$5\nAnswered by Clerk's Office, 2026-11-22" || v.Blocks[1].Kind != knowledge.Item || v.Blocks[2].Kind != knowledge.Item {
		t.Errorf("%q %+v", v.Text, v.Blocks)
	}
	if v.Department != "clerk" || v.Document != "https://www.example.gov/asked/id" || v.Language != "en" ||
		knowledge.Day(v.Reviewed) != "2026-11-23" || knowledge.Day(v.ReviewBy) != "2027-11-23" {
		t.Errorf("%+v", v.Source)
	}
}

// listed is a store with one contribution.
type listed struct {
	contribute.Store
	one contribute.Contribution
}

func (l listed) Contributions(context.Context, contribute.Filter) ([]contribute.Contribution, error) {
	return []contribute.Contribution{l.one}, nil
}

func page(t *testing.T, c contribute.Contribution) knowledge.Version {
	t.Helper()
	c.ID, c.Department, c.State = "id", "clerk", contribute.Approved
	c.Offered, c.Approved, c.ReviewDue = now.Add(-10*time.Hour), now, now.AddDate(1, 0, 0)
	p := contribute.Pages{Store: listed{one: c}, Base: "https://www.example.gov/asked/", Name: func(bot.DepartmentID) string { return "Clerk's Office" }}
	for found, err := range p.Pages(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		return must(parse.Parse(found.Page))
	}
	panic("no page")
}

// What else lies under the base is left alone.
func TestOwn(t *testing.T) {
	p := contribute.Pages{Base: "https://www.example.gov/"}
	id := string(contribute.NewID())
	for address, want := range map[string]bool{
		p.Base + id: true, p.Base: false, p.Base + "fees": false, p.Base + id + "/": false, p.Base + strings.ToUpper(id) + "X": false,
		p.Base + strings.Repeat("x", 32): false, "https://other.example/" + id: false,
	} {
		if got := p.Own(knowledge.DocumentID(address)); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}

func FuzzPage(f *testing.F) {
	f.Add("What?", "- a\n\n# b")
	f.Fuzz(func(t *testing.T, question, answer string) {
		question, answer = strings.Join(strings.Fields(guard.Clean(question)), " "), guard.Clean(answer)
		if question == "" || answer == "" || len(question) > contribute.MaxQuestion {
			return
		}
		v := page(t, contribute.Contribution{Question: question, Answer: answer})
		for _, b := range v.Blocks {
			if b.Kind != knowledge.Paragraph && b.Kind != knowledge.Item {
				t.Errorf("%q has a block of kind %d", answer, b.Kind)
			}
		}
	})
}

func Example() {
	c, err := contribute.Apply(contribute.Contribution{}, contribute.Step{Kind: contribute.Offers, By: ann, Text: contribute.Text{Question: "When?", Answer: "At nine."}})
	fmt.Println(c.State, err)
	_, err = contribute.Apply(c, contribute.Step{Kind: contribute.Withdraws, By: ann})
	fmt.Println(err)
	// Output:
	// draft <nil>
	// it cannot be withdrawn: it is draft
}
