package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/bot/contribute"
	"townclerk/bot/store/storetest"
	"townclerk/evals"
	"townclerk/evals/datasets/riverton"
	"townclerk/evals/run"
	"townclerk/knowledge"
	"townclerk/knowledge/ingest"
	"townclerk/knowledge/source"
)

// talk is a conversation as its citizen knows it.
type talk struct {
	id    bot.ConversationID
	token bot.Token
	turns []bot.TurnID
}

// live lets an installation have a past: two revisions of Riverton's pages, and n
// conversations, of which some were erased, some judged, and one is still open. It
// returns a page that is not live any more.
func live(t *testing.T, h *house, n int) ([]talk, knowledge.Version) {
	t.Helper()
	for _, src := range []ingest.Source{riverton.Pages{}, edited{time.Now().String()}} {
		if _, err := ingest.Sync(t.Context(), src, h.knowledge, h.models, ingest.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	m, err := h.knowledge.Manifest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var retired knowledge.Version
	for _, id := range m.Live {
		v, err := h.knowledge.Version(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(v.Text, "Edited ") {
			retired = v
		}
	}
	if retired.ID == "" {
		t.Fatal("no page was edited")
	}
	var talks []talk
	for i := range n {
		talks = append(talks, converse(t, h, i, []string{"how much is a replacement cart", "can i keep chickens", "is there fluoride in our water"}[i%3]))
	}
	for _, clerk := range demoClerks() {
		if _, err := h.invite(t.Context(), clerk); err != nil {
			t.Fatal(err)
		}
	}
	withPages(t, h)
	if err := h.beginSigning(t.Context()); err != nil {
		t.Fatal(err)
	}
	return talks, retired
}

// edited is Riverton with one page changed and one gone.
type edited struct{ note string }

func (e edited) Pages(ctx context.Context) iter.Seq2[source.Found, error] {
	return func(yield func(source.Found, error) bool) {
		i := 0
		for found, err := range (riverton.Pages{}).Pages(ctx) {
			i++
			switch i {
			case 1:
				found.Page.Data = bytes.Replace(found.Page.Data, []byte("</main>"), []byte("<p>Edited "+e.note+".</p></main>"), 1)
			case 2:
				continue
			}
			if !yield(found, err) {
				return
			}
		}
	}
}

// converse has a conversation; what else happens to it depends on its number.
func converse(t *testing.T, h *house, i int, question string) talk {
	t.Helper()
	id, token, err := h.store.Create(t.Context(), "en")
	if err != nil {
		t.Fatal(err)
	}
	k := talk{id: id, token: token}
	a, err := h.bot.Ask(t.Context(), bot.Incoming{Conversation: id, Key: "1", Text: question + ", I am ann@example.org"}, func(bot.Part) {})
	if err != nil {
		t.Fatal(err)
	}
	k.turns = append(k.turns, a.Turn)
	inquire(t, h, a.Turn)
	switch i % 5 {
	case 2:
		_, err = h.bot.Feedback(t.Context(), id, a.Turn, bot.Opinion{Helpful: true, Comment: "thank you"})
	case 3:
		err = h.store.Erase(t.Context(), id)
	case 4:
		if i == 4 {
			var turn bot.Turn
			turn, _, err = h.store.Open(t.Context(), bot.Message{Conversation: id, Key: "2"}, bot.Event{
				Kind: bot.Opened, Texts: map[string]json.RawMessage{bot.TextQuestion: json.RawMessage(`"still open"`)},
			}, time.Now().Add(time.Minute))
			k.turns = append(k.turns, turn.ID)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// inquire hands a turn over to people: they reply, a sink has some of it, the citizen
// leaves an address, and something comes in from outside.
func inquire(t *testing.T, h *house, turn bot.TurnID) {
	t.Helper()
	o, _ := storetest.Opening(turn, "slack")
	id := o.Ticket.ID
	_, _, err := h.store.OpenTicket(t.Context(), o, bot.TurnEnd{})
	if err == nil {
		_, err = h.store.Change(t.Context(), id, storetest.Do(storetest.Said(bot.TicketReplied, bot.Actor{Kind: bot.Clerk, ID: "ann"}, "On Monday.")))
	}
	if err == nil {
		addressed := bot.TicketEvent{Kind: bot.TicketAddressed, By: bot.Actor{Kind: bot.Citizen}}
		_, err = h.store.KeepAddress(t.Context(), id, bot.Address{Email: "ann@example.org"}, storetest.Do(addressed))
	}
	if err == nil {
		err = h.store.Arrived(t.Context(), bot.Delivery{Ticket: id, Sink: "slack", Seq: 1}, bot.Place{Channel: "C1", Thread: string(id)})
	}
	if err == nil {
		_, err = h.store.Receive(t.Context(), "slack", string(id), []byte("a message"))
	}
	if err == nil {
		_, err = h.store.Once(t.Context(), string(id))
	}
	if err == nil {
		err = offered(t, h, id)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// offered has a clerk offer the reply of a ticket as a page, and another one approve it.
func offered(t *testing.T, h *house, id bot.TicketID) error {
	c := contribute.Contribution{ID: contribute.NewID(), Ticket: id, Department: "clerk", Language: "en"}
	offer := contribute.Step{Kind: contribute.Offers, At: time.Now(), By: ann, Text: contribute.Text{Question: "When?", Answer: "On Monday."}}
	c, err := contribute.Apply(c, offer)
	if err == nil {
		err = h.store.AddContribution(t.Context(), c)
	}
	if err == nil && id[0] < '8' {
		approve := contribute.Step{Kind: contribute.Approves, At: time.Now(), By: ben, Text: contribute.Text{ReviewDue: time.Now().Add(time.Hour)}}
		_, err = h.store.ChangeContribution(t.Context(), c.ID, func(contribute.Contribution) (*contribute.Step, error) { return &approve, nil })
	}
	return err
}

// readAll returns what can be read of conversations, errors included.
func readAll(t *testing.T, h *house, talks []talk) []string {
	t.Helper()
	contributions, err := h.store.Contributions(t.Context(), contribute.Filter{})
	if err != nil || len(contributions) == 0 {
		t.Fatal(contributions, err)
	}
	staff, err := h.store.Accounts(t.Context())
	out := []string{fmt.Sprintf("%+v", contributions), fmt.Sprintf("%+v %v", staff, err)}
	for _, k := range talks {
		turns, err := h.store.Transcript(t.Context(), k.id)
		out = append(out, fmt.Sprint(k.id, h.store.Authenticate(t.Context(), k.id, k.token), h.store.Authenticate(t.Context(), k.id, "x") == nil, err))
		for _, turn := range turns {
			answer, err := json.Marshal(turn.Answer)
			if turn.Answer = nil; err != nil {
				t.Fatal(err)
			}
			out = append(out, fmt.Sprintf("%+v %s", turn, answer))
		}
		tickets, err := h.store.TicketsOf(t.Context(), k.id)
		if err != nil || len(tickets) == 0 {
			t.Fatal(tickets, err)
		}
		for _, ticket := range tickets {
			address, err := h.store.Address(t.Context(), ticket.ID)
			out = append(out, fmt.Sprintf("%+v %+v %v", ticket, address, err))
		}
		for _, id := range k.turns {
			events, err := h.store.Events(t.Context(), id)
			if err != nil || len(events) == 0 {
				t.Fatal(err)
			}
			out = append(out, fmt.Sprintf("%+v", events))
		}
	}
	return out
}

func compareLines(t *testing.T, where string, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d lines of the record, want %d", where, len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%s the record reads\n%s\nwant\n%s", where, got[i], want[i])
		}
	}
}

func askAll(t *testing.T, h *house, cases []evals.Case) []run.Answered {
	t.Helper()
	out, err := run.Answers(t.Context(), h.config.answering(), answerable{h.index, h.knowledge}, h.ranker, cases)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func compareAnswers(t *testing.T, where string, want, got []run.Answered) {
	t.Helper()
	for i := range want {
		if !reflect.DeepEqual(got[i].Answer, want[i].Answer) || !reflect.DeepEqual(got[i].Trace.Candidates, want[i].Trace.Candidates) {
			t.Errorf("%s, %s: %+v, before the move %+v", want[i].Case.ID, where, got[i].Answer, want[i].Answer)
		}
	}
}

func move(ctx context.Context, from, to place, data string, show func(*mover, ingest.Progress)) ([]moved, error) {
	key, err := from.key(data)
	if err != nil {
		return nil, err
	}
	var m mover
	m.show = func(p ingest.Progress) { show(&m, p) }
	defer m.close()
	if err := m.open(ctx, from, to, key); err != nil {
		return nil, err
	}
	return m.run(ctx)
}

func mustMove(t *testing.T, from, to place, data string) []moved {
	t.Helper()
	all, err := move(t.Context(), from, to, data, func(*mover, ingest.Progress) {})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func openOn(t *testing.T, dir, database string) *house {
	t.Helper()
	c := demoConfig()
	c.Data, c.Database = dir, database
	h, err := openClock(t.Context(), c, slog.New(slog.NewTextHandler(t.Output(), nil)), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err = errors.Join(err, os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, data, 0o600)); err != nil {
		t.Fatal(err)
	}
}
