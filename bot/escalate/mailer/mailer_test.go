package mailer

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/bot/escalate"
	"townclerk/bot/store"
	"townclerk/bot/store/storetest"
	"townclerk/internal/litedb"
	"townclerk/retrieval"
)

func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

var ann = bot.Actor{Kind: bot.Clerk, ID: "ann"}

// post is a desk over a real store, with a courier to a real server.
type post struct {
	*testing.T
	store   *store.Store
	desk    *escalate.Desk
	courier *escalate.Courier
	server  *smtpServer
	clock   time.Time
	log     *strings.Builder
}

func (p *post) now() time.Time { return p.clock }

func newPost(t *testing.T, change func(*Config)) *post {
	t.Helper()
	p := &post{T: t, clock: time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC), server: newSMTPServer(t), log: &strings.Builder{}}
	db := must(litedb.Open(filepath.Join(t.TempDir(), "post.db")))
	t.Cleanup(func() { db.Close() })
	p.store = must(store.New(t.Context(), db, store.NewKey(), p.now))
	log := slog.New(slog.NewTextHandler(p.log, nil))
	c := escalate.Config{Contact: bot.Contact{Name: "City Hall"}, Departments: []escalate.Department{{ID: "waste", Name: "Solid\r\nBcc: x@evil.example Waste"}}}
	route := func(context.Context, bot.Redacted, []bot.Redacted, []retrieval.Hit) bot.Route {
		return bot.Route{Department: "waste"}
	}
	p.desk = must(escalate.NewDesk(c, p.store, route, []string{escalate.MailSink}, nil, p.now, log))
	config := Config{Host: "localhost", Port: p.server.port(), From: "City Hall <no-reply@riverton.example>", Username: "hall", Password: "a secret word",
		Roots: &tls.Config{RootCAs: p.server.roots, ServerName: "localhost"}, Agency: "City of\nRiverton", Language: "en"}
	if change != nil {
		change(&config)
	}
	m := must(New(config, p.desk, p.store, log))
	p.courier = escalate.NewCourier(p.store, p.store, m, p.now, log)
	return p
}

// opened is a ticket in a language whose citizen left an address.
func (p *post) opened(language, email string) bot.Ticket {
	p.Helper()
	ctx := p.Context()
	c, _, err := p.store.Create(ctx, language)
	turn, _, err2 := p.store.Open(ctx, bot.Message{Conversation: c}, storetest.Question("the citizen's own words"), p.now().Add(time.Minute))
	if err != nil || err2 != nil {
		p.Fatal(err, err2)
	}
	m := escalate.Matter{Turn: turn, Language: language, Question: bot.AsRedacted("the citizen's own words"), Reason: bot.ForAsked}
	o, _, err := p.desk.Prepare(ctx, m, p.desk.Direct(ctx, m))
	if err != nil {
		p.Fatal(err)
	}
	t := must(p.desk.Open(ctx, o, bot.TurnEnd{Turn: turn.ID, Events: []bot.Event{storetest.Ended(bot.HandedOver)}}))
	if email != "" {
		t = must(p.desk.LeaveAddress(ctx, c, t.ID, bot.Address{Email: email, Phone: "555"}))
	}
	return t
}

func (p *post) act(t bot.Ticket, kind bot.TicketEventKind, text string, corrects int) bot.Ticket {
	p.Helper()
	return must(p.desk.Act(p.Context(), t.ID, escalate.Action{Kind: kind, By: ann, Text: text, Corrects: corrects}))
}

// deliver delivers until nothing is due, and returns the errors.
func (p *post) deliver() error {
	p.Helper()
	var errs []error
	for {
		did, err := p.courier.Deliver(p.Context())
		if errs = append(errs, err); !did {
			return errors.Join(errs...)
		}
	}
}

// read takes a message apart.
func read(t *testing.T, raw string) (*mail.Message, string) {
	t.Helper()
	m := must(mail.ReadMessage(strings.NewReader(raw)))
	return m, string(must(io.ReadAll(quotedprintable.NewReader(m.Body))))
}

func subject(m *mail.Message) string {
	return must(new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")))
}

// What staff say to the citizen goes out once, over TLS, in the citizen's language, and
// nothing else does.
func TestWhatStaffSayIsSent(t *testing.T) {
	p := newPost(t, nil)
	ticket := p.opened("de-AT", "ann@example.org")
	if p.desk.View(ticket).Queued {
		t.Error("that no mail was sent yet keeps it from nobody on the staff")
	}
	p.act(ticket, bot.TicketTaken, "", 0)
	p.act(ticket, bot.TicketNoted, "for colleagues only", 0)
	p.act(ticket, bot.TicketReplied, "Ihre Tonne kommt am Montag.\n.\nGrüße\x00\x1b[31m", 0)
	p.act(ticket, bot.TicketAsked, "Welche Straße?", 0)
	p.act(ticket, bot.TicketCorrected, "Ihre Tonne kommt am Dienstag.", 5)
	p.act(ticket, bot.TicketWithdrawn, "", 6)
	must(p.desk.Act(t.Context(), ticket.ID, escalate.Action{Kind: bot.TicketSaid, By: bot.Actor{Kind: bot.Citizen}, Text: "the citizen's own words"}))
	if err := p.deliver(); err != nil {
		t.Fatal(err)
	}
	taken, told := p.server.got()
	if len(taken) != 4 || !strings.Contains(told, "STARTTLS") || strings.Index(told, "STARTTLS") > strings.Index(told, "AUTH ") || !strings.Contains(told, "RCPT TO:<ann@example.org>") {
		t.Fatalf("%d messages\n%s", len(taken), told)
	}
	for i, want := range []struct{ id, subject, holds string }{
		{"5", "City of Riverton: Antwort auf Ihre Frage", "Ihre Tonne kommt am Montag.\r\n.\r\nGrüße[31m\r\n"},
		{"6", "City of Riverton: eine Rückfrage an Sie", "Welche Straße?"},
		{"7", "City of Riverton: eine Berichtigung", "Dienstag"},
		{"8", "City of Riverton: eine Nachricht wurde zurückgenommen", "verlassen Sie sich nicht darauf"},
	} {
		m, body := read(t, taken[i])
		if m.Header.Get("Message-ID") != "<"+string(ticket.ID)+"."+want.id+"@riverton.example>" || subject(m) != want.subject || !strings.Contains(body, want.holds) ||
			!strings.Contains(body, "Bitte antworten Sie nicht auf diese E-Mail") || m.Header.Get("Auto-Submitted") != "auto-generated" || m.Header.Get("Content-Language") != "de" {
			t.Errorf("%d: %v %s\n%s", i, m.Header, subject(m), body)
		}
		if strings.Contains(taken[i], "own words") || strings.Contains(taken[i], "colleagues") || m.Header.Get("Bcc") != "" {
			t.Errorf("%d holds what it should not:\n%s", i, taken[i])
		}
	}
	if err := p.deliver(); err != nil {
		t.Fatal(err)
	}
	if again, _ := p.server.got(); len(again) != 0 {
		t.Errorf("%d more", len(again))
	}
}

func TestNobodyToWriteTo(t *testing.T) {
	p := newPost(t, nil)
	p.act(p.opened("en", ""), bot.TicketReplied, "hello", 0)
	gone := p.opened("en", "ann@example.org")
	p.act(gone, bot.TicketReplied, "hello", 0)
	if err := p.store.Erase(t.Context(), gone.Conversation); err != nil {
		t.Fatal(err)
	}
	if err := p.deliver(); err != nil {
		t.Fatal(err)
	}
	if taken, told := p.server.got(); len(taken) != 0 || told != "" {
		t.Errorf("%d messages\n%s", len(taken), told)
	}
}

// What the server cannot take now is put off and sent later; where its answer is lost
// what is sent again is the same message to the byte.
func TestTriedAgain(t *testing.T) {
	for verb, reply := range map[string]string{"RCPT": "451 greylisted", "MAIL": "421 busy", "AUTH": "535 wrong password", "DATA": "452 full", "EHLO": "", "DONE": ""} {
		t.Run(verb, func(t *testing.T) {
			p := newPost(t, nil)
			ticket := p.opened("en", "ann@example.org")
			p.act(ticket, bot.TicketReplied, "hello", 0)
			p.server.says(verb, reply)
			var later *escalate.Later
			if err := p.deliver(); !errors.As(err, &later) || later.After != time.Minute {
				t.Fatalf("%v", err)
			}
			first, _ := p.server.got()
			p.server.says(verb, "-")
			if err := p.deliver(); err != nil {
				t.Fatal(err)
			}
			if taken, _ := p.server.got(); len(taken) != 0 {
				t.Error("it did not wait")
			}
			p.clock = p.clock.Add(time.Minute)
			if err := p.deliver(); err != nil {
				t.Fatal(err)
			}
			second, _ := p.server.got()
			if len(second) != 1 || len(first) == 1 && first[0] != second[0] {
				t.Errorf("first %q, then %q", first, second)
			}
			if strings.Contains(p.log.String(), "secret word") || strings.Contains(p.log.String(), "ann@example.org") {
				t.Errorf("the log tells: %s", p.log)
			}
		})
	}
}

// What will never be taken is told to staff, once, and the next message is tried.
func TestGivenUp(t *testing.T) {
	p := newPost(t, nil)
	ticket := p.opened("en", "ann@example.org")
	p.act(ticket, bot.TicketReplied, "hello", 0)
	p.server.says("RCPT", "550 5.1.1 <ann@example.org> is unknown")
	if err := p.deliver(); err != nil {
		t.Fatal(err)
	}
	p.server.says("RCPT", "-")
	p.act(ticket, bot.TicketReplied, "hello again", 0)
	if err := p.deliver(); err != nil {
		t.Fatal(err)
	}
	taken, _ := p.server.got()
	got := must(p.store.Ticket(t.Context(), ticket.ID))
	note := got.Events[3]
	if len(taken) != 1 || note.Kind != bot.TicketNoted || note.By.Kind != bot.System || !strings.Contains(escalate.Message(note), "the mail server refused it") || len(got.Events) != 5 {
		t.Errorf("%d messages, %+v", len(taken), got.Events)
	}
	if strings.Contains(p.log.String(), "ann@example.org") {
		t.Errorf("the log tells: %s", p.log)
	}
	p.server.says("RCPT", "451 later")
	ticket = p.opened("en", "ann@example.org")
	p.act(ticket, bot.TicketReplied, "hello", 0)
	start, tries := p.clock, 0
	for ; !strings.Contains(p.log.String(), "out of reach for days") && tries < 200; tries++ {
		p.deliver()
		p.clock = p.clock.Add(time.Hour)
	}
	if took := p.clock.Sub(start); took < 48*time.Hour || took > 96*time.Hour {
		t.Errorf("given up after %v and %d tries", took, tries)
	}
}

// An address is one address; whatever else a citizen types there reaches no server.
func TestAddresses(t *testing.T) {
	for address, good := range map[string]bool{
		"ann@example.org": true, "ann+x@example.org": true, "o'neil@example.org": true,
		"ann@example.org\r\nBcc: x@evil.example": false, "ann@example.org>\r\nRCPT TO:<x@evil.example": false,
		"Ann <ann@example.org>": false, "ann@example.org, x@evil.example": false, "ann@example.org ": false, "ann": false, "@": false, "": false,
		`"ann\r\n"@example.org`: false, "ann@example.org\x00": false, strings.Repeat("a", 250) + "@example.org": false,
	} {
		if _, err := recipient(address); (err == nil) != good {
			t.Errorf("%q: %v", address, err)
		}
	}
	p := newPost(t, nil)
	ticket := p.opened("en", "ann@example.org\r\nBcc: x@evil.example")
	p.act(ticket, bot.TicketReplied, "hello", 0)
	if err := p.deliver(); err != nil {
		t.Fatal(err)
	}
	if taken, told := p.server.got(); len(taken) != 0 || told != "" {
		t.Errorf("the server heard %s", told)
	}
}

func FuzzRecipient(f *testing.F) {
	f.Add("ann@example.org")
	f.Add("a@b\r\nBcc: c@d")
	f.Add(`"a b"@c`)
	f.Fuzz(func(t *testing.T, text string) {
		if a, err := recipient(text); err == nil && (strings.ContainsAny(a.Address, "\r\n\t <>,") || strings.Count(a.String(), "@") != strings.Count(text, "@")) {
			t.Errorf("%q became %q", text, a.Address)
		}
	})
}

// A password never goes without TLS, and where TLS is wanted nothing does.
func TestTLS(t *testing.T) {
	if _, err := New(Config{Host: "localhost", From: "a@b.example", TLS: Plain, Username: "u"}, nil, nil, slog.Default()); err == nil {
		t.Error("a password without TLS is taken")
	}
	p := newPost(t, nil)
	p.server.says("EHLO", "250-mail.example.gov\r\n250 AUTH PLAIN LOGIN") // somebody took STARTTLS out
	ticket := p.opened("en", "ann@example.org")
	p.act(ticket, bot.TicketReplied, "hello", 0)
	if err := p.deliver(); err == nil {
		t.Error("it was sent")
	}
	if taken, told := p.server.got(); len(taken) != 0 || strings.Contains(told, "AUTH") || strings.Contains(told, "RCPT") {
		t.Errorf("the server heard %s", told)
	}
	p = newPost(t, func(c *Config) { c.Roots = &tls.Config{ServerName: "localhost"} }) // nobody vouches for it
	p.act(p.opened("en", "ann@example.org"), bot.TicketReplied, "hello", 0)
	if err := p.deliver(); err == nil {
		t.Error("an unknown certificate is taken")
	}
	p = newPost(t, func(c *Config) { c.TLS, c.Username = Plain, "" })
	p.act(p.opened("en", "ann@example.org"), bot.TicketReplied, "hello", 0)
	if err := p.deliver(); err != nil {
		t.Error(err)
	}
	if taken, told := p.server.got(); len(taken) != 1 || strings.Contains(told, "STARTTLS") {
		t.Errorf("%d messages: %s", len(taken), told)
	}
}

// Each language has each text, with the same names in it.
func TestTexts(t *testing.T) {
	var texts map[string]map[string]string
	if err := json.Unmarshal(must(files.ReadFile("texts.json")), &texts); err != nil {
		t.Fatal(err)
	}
	if len(texts) != 8 {
		t.Errorf("%d languages", len(texts))
	}
	for language, all := range texts {
		if !slices.Equal(slices.Sorted(maps.Keys(all)), slices.Sorted(maps.Keys(texts["en"]))) {
			t.Errorf("%s has %v", language, slices.Sorted(maps.Keys(all)))
		}
		for name, text := range all {
			for _, mark := range []string{"{agency}", "{department}"} {
				if strings.Contains(text, mark) != strings.Contains(texts["en"][name], mark) {
					t.Errorf("%s %s: %s", language, name, mark)
				}
			}
			if strings.Contains(text, "\n") {
				t.Errorf("%s %s has several lines", language, name)
			}
		}
	}
}
