package store_test

import (
	"bytes"
	"strings"
	"testing"

	"townclerk/bot"
	"townclerk/bot/ledger"
	"townclerk/bot/ledger/receipt"
	"townclerk/bot/record"
	"townclerk/bot/store"
	"townclerk/bot/store/storetest"
)

// A receipt holds what was asked, shown and said to the citizen, and nothing that only
// staff see; on both engines. It holds after the conversation was erased, too.
func TestReceipt(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) *store.Store{
		"sqlite":   func(t *testing.T) *store.Store { s, _ := open(t); return s },
		"postgres": func(t *testing.T) *store.Store { s, _ := openPostgres(t); return s },
	} {
		t.Run(name, func(t *testing.T) { testReceipt(t, open(t)) })
	}
}

func testReceipt(t *testing.T, s *store.Store) {
	k, err := record.NewKey("example.gov/ledger")
	if err != nil {
		t.Fatal(err)
	}
	signer := record.New(s, k, nil)
	id := talkAndHandOver(t, s)
	talkAndHandOver(t, s) // somebody else's
	items, err := s.ReceiptItems(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	file, err := signer.Receipt(t.Context(), items)
	if err != nil {
		t.Fatal(err)
	}
	want := "opened question, shown answer, ended, feedback comment, opened question, ended, ticket message replied, ticket message said, ticket message corrected"
	if got := holds(t, file, k); got != want {
		t.Errorf("it holds %s\nwant %s", got, want)
	}
	for i := range file {
		changed := bytes.Clone(file)
		changed[i] ^= 1
		if _, _, err := receipt.Verify(changed, k.LogKey()); err == nil {
			t.Fatalf("byte %d was changed, and it holds", i)
		}
	}
	before, _ := s.LastCheckpoint(t.Context())
	if again, err := signer.Receipt(t.Context(), items); err != nil || !bytes.Equal(again, file) {
		t.Errorf("the same is not the same again: %v", err)
	}
	if now, _ := s.LastCheckpoint(t.Context()); !bytes.Equal(now, before) {
		t.Error("it was signed again, though nothing was new")
	}
	if err := s.Erase(t.Context(), id); err != nil && bot.KindOf(err) != bot.Unavailable {
		t.Fatal(err)
	}
	if got := holds(t, file, k); got != want {
		t.Errorf("after the erasure it holds %s", got)
	}
	unknown, _, err := s.Create(t.Context(), "en")
	if err != nil {
		t.Fatal(err)
	}
	for _, none := range []bot.ConversationID{id, unknown, "x", "\x00"} {
		if _, err := s.ReceiptItems(t.Context(), none); bot.KindOf(err) != bot.NotFound {
			t.Errorf("%q: %v", none, err)
		}
	}
}

// holds lists what a receipt proves.
func holds(t *testing.T, file []byte, k record.Key) string {
	t.Helper()
	_, said, err := receipt.Verify(file, k.LogKey())
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, s := range said {
		what := string(s.Entry.Type)
		for field := range s.Texts {
			what += " " + field
		}
		if s.Entry.Type == ledger.Ticket {
			what += " " + s.Entry.Facts["action"].(string)
		}
		all = append(all, what)
	}
	return strings.Join(all, ", ")
}

// talkAndHandOver makes a conversation with everything that a receipt may or may not hold.
func talkAndHandOver(t *testing.T, s *store.Store) bot.ConversationID {
	t.Helper()
	turn := ask(t, s, "What is a cart?")
	err := s.Append(t.Context(), turn.ID, storetest.Shown("A cart."), storetest.Ended(bot.Answered), storetest.Feedback("good"))
	if err != nil {
		t.Fatal(err)
	}
	second := askIn(t, s, turn.Conversation, "May I talk to people?")
	o, end := storetest.Opening(second.ID)
	alert, _ := storetest.Opening(turn.ID)
	alert.Ticket.Alert = true
	if _, _, err := s.OpenTicket(t.Context(), alert, bot.TurnEnd{}); err != nil {
		t.Fatal(err)
	}
	ticket, _, err := s.OpenTicket(t.Context(), o, end)
	if err != nil {
		t.Fatal(err)
	}
	correction := storetest.Said(bot.TicketCorrected, ann, "On Tuesday.")
	correction.Facts = map[string]any{bot.FactCorrects: 3}
	for _, e := range []bot.TicketEvent{
		storetest.Said(bot.TicketNoted, ann, "A difficult one."), storetest.Said(bot.TicketReplied, ann, "On Monday."),
		storetest.Said(bot.TicketSaid, bot.Actor{Kind: bot.Citizen}, "Thanks."), correction,
	} {
		if _, err := s.Change(t.Context(), ticket.ID, storetest.Do(e)); err != nil {
			t.Fatal(e.Kind, err)
		}
	}
	return turn.Conversation
}
