package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"modernc.org/sqlite"

	"townclerk/bot"
	"townclerk/bot/store"
	"townclerk/bot/store/storetest"
	"townclerk/internal/litedb"
)

func TestTamperingIsNoticed(t *testing.T) {
	const swap = "UPDATE openings SET sealed = (SELECT o.sealed FROM openings o WHERE o.field = openings.field AND o.turn <> openings.turn)"
	for name, change := range map[string]string{
		"changed text":       "UPDATE openings SET sealed = CAST(substr(sealed, 1, length(sealed) - 1) || x'00' AS BLOB)",
		"cut text":           "UPDATE openings SET sealed = x''",
		"swapped texts":      swap + " WHERE field = 'answer'",
		"text taken away":    "DELETE FROM openings WHERE field = 'question'",
		"text moved":         "UPDATE openings SET field = 'answer' WHERE field = 'question'",
		"text added":         "INSERT INTO openings SELECT turn, 3, 'answer', sealed FROM openings WHERE seq = 2 AND field = 'answer'",
		"changed key":        "UPDATE conversation_keys SET wrapped = zeroblob(60)",
		"key of another":     "UPDATE conversation_keys SET wrapped = (SELECT wrapped FROM conversation_keys k WHERE k.conversation <> conversation_keys.conversation)",
		"other conversation": "UPDATE turns SET conversation = (SELECT id FROM conversations WHERE id <> turns.conversation), ordinal = 9",
	} {
		t.Run(name, func(t *testing.T) {
			s, db := open(t)
			turns := []bot.Turn{ask(t, s, "one"), ask(t, s, "two")}
			for _, turn := range turns {
				if err := s.Append(t.Context(), turn.ID, storetest.Shown("a"), storetest.Ended(bot.Answered)); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := db.Write.Exec(change); err != nil {
				t.Fatal(err)
			}
			_, err := s.Transcript(t.Context(), turns[0].Conversation)
			_, err2 := s.Events(t.Context(), turns[0].ID)
			for _, err := range []error{err, err2} {
				if !errors.Is(err, store.ErrTampered) || bot.KindOf(err) != bot.Internal {
					t.Errorf("got %v", err)
				}
			}
		})
	}
	for name, change := range map[string]string{
		"changed commitment":   "commitments = replace(commitments, substr(commitments, 20, 1), 'x')",
		"another's commitment": `commitments = '{"question":"000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f"}'`,
		"no commitments":       "commitments = ''",
		"facts that are none":  "facts = '['",
	} {
		t.Run(name, func(t *testing.T) {
			s, db := open(t)
			turn := ask(t, s, "one")
			if _, err := db.Write.Exec("DROP TRIGGER events_keep_content; UPDATE events SET " + change); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Transcript(t.Context(), turn.Conversation); !errors.Is(err, store.ErrTampered) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// SQLite's page limit plays the full disk: it fails with the same code.
func TestFullDisk(t *testing.T) {
	s, db := open(t)
	turn, small := ask(t, s, "q"), ask(t, s, "q")
	fresh, _, err := s.Create(t.Context(), "en")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Write.Exec("PRAGMA max_page_count = 1"); err != nil { // means: as it is now
		t.Fatal(err)
	}
	before := state(t, db.Read)
	big := strings.Repeat("x", 1<<20)
	err = s.Append(t.Context(), turn.ID, storetest.Shown("small"), storetest.Shown(big), storetest.Ended(bot.Answered))
	if !errors.Is(err, litedb.ErrFull) || bot.KindOf(err) != bot.Unavailable {
		t.Errorf("append: %v", err)
	}
	m := bot.Message{Conversation: fresh, Key: "k"}
	_, _, err = s.Open(t.Context(), m, storetest.Question(big), time.Now().Add(time.Minute))
	if !errors.Is(err, litedb.ErrFull) {
		t.Errorf("open: %v", err)
	}
	if after := state(t, db.Read); after != before {
		t.Errorf("half written: %s, before %s", after, before)
	}
	whole(t, db.Read)
	if turns, err := s.Transcript(t.Context(), turn.Conversation); err != nil || len(turns) != 1 {
		t.Errorf("reading: %v", err)
	}
	if err := s.Erase(t.Context(), small.Conversation); err != nil {
		t.Errorf("erasing: %v", err)
	}
	if _, err := db.Write.Exec("PRAGMA max_page_count = 1000000"); err != nil {
		t.Fatal(err)
	}
	if err := s.Append(t.Context(), turn.ID, storetest.Shown(big), storetest.Ended(bot.Answered)); err != nil {
		t.Errorf("append with room again: %v", err)
	}
	if _, fresh, err := s.Open(t.Context(), m, storetest.Question(big), time.Now().Add(time.Minute)); err != nil || !fresh {
		t.Errorf("open with room again: %v (fresh %v)", err, fresh)
	}
}

// Every storage call of a life of a conversation fails once, in three ways. Each
// time the record is what it was before the method that failed, or after a commit
// whose result was lost what it was to be, and the conversation can go on.
func TestEveryStorageCallFails(t *testing.T) {
	_, db := open(t)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	template, err := os.ReadFile(db.Path)
	if err != nil {
		t.Fatal(err)
	}
	everyCall(t, 1, func(t *testing.T, mode faultMode, life life, n int) bool {
		s, plain, faults := openFaulty(t, template, mode)
		return liveWithFault(t, s, plain.Read, faults, life(s), n)
	})
}

// everyCall lets storage calls of each life fail, each or one in so many, until a whole
// life passes.
func everyCall(t *testing.T, stride int, try func(t *testing.T, mode faultMode, life life, n int) bool) {
	t.Helper()
	for name, life := range map[string]life{"conversation": conversationLife, "ticket": ticketLife} {
		for _, mode := range []faultMode{early, late, cancel} {
			n := 0
			for done := false; !done && !t.Failed(); {
				n += stride
				t.Run(fmt.Sprint(name, mode, n), func(t *testing.T) { done = try(t, mode, life, n) })
			}
			if n < 60 {
				t.Errorf("%s %s: a whole life took only %d storage calls", name, mode, n)
			}
		}
	}
}

// liveWithFault lets the n-th storage call fail and reports whether there was none.
func liveWithFault(t *testing.T, s *store.Store, plain *sql.DB, faults *faultyDriver, life []step, n int) bool {
	mode := faults.mode
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	faults.cancel = stop
	faults.countdown.Store(int64(n))
	for i, step := range life {
		before := state(t, plain)
		err := step.run(ctx)
		if err == nil {
			continue
		}
		if bot.KindOf(err) != bot.Unavailable || mode != cancel && !errors.Is(err, errFault) {
			t.Errorf("step %d: %v", i, err)
		}
		after := state(t, plain)
		if after != before && mode != late && !step.goesOn {
			t.Errorf("step %d is half done: %s, before %s", i, after, before)
		}
		if err := step.run(t.Context()); err != nil {
			t.Errorf("step %d again: %v", i, err)
		}
		whole(t, plain)
		return false
	}
	whole(t, plain)
	return faults.countdown.Load() > 0
}

// life returns what can happen to something, in order.
type life func(s *store.Store) []step

// step is a call; one that goes on where it was may be done in part.
type step struct {
	run    func(ctx context.Context) error
	goesOn bool
}

func conversationLife(s *store.Store) []step {
	var id bot.ConversationID
	var lost, turn bot.Turn
	open := func(ctx context.Context, key string) (bot.Turn, error) {
		m := bot.Message{Conversation: id, Key: key}
		turn, _, err := s.Open(ctx, m, storetest.Question("q"), time.Now().Add(-time.Second))
		return turn, err
	}
	return []step{
		{run: func(ctx context.Context) (err error) { id, _, err = s.Create(ctx, "en"); return err }},
		{run: func(ctx context.Context) (err error) { lost, err = open(ctx, "lost"); return err }},
		{run: func(ctx context.Context) (err error) { turn, err = open(ctx, "k"); return err }},
		{run: func(ctx context.Context) error {
			return s.Append(ctx, turn.ID, storetest.Shown("a"), storetest.Shown("b"))
		}},
		{run: func(ctx context.Context) error { _, err := s.Transcript(ctx, id); return err }},
		{run: func(ctx context.Context) error { _, err := s.Reap(ctx); return err }, goesOn: true},
		{run: func(ctx context.Context) error { return s.Append(ctx, lost.ID, storetest.Feedback("f")) }},
		{run: func(ctx context.Context) error { return s.Erase(ctx, id) }, goesOn: true},
		{run: func(ctx context.Context) error { _, err := s.Events(ctx, turn.ID); return err }},
	}
}

func ticketLife(s *store.Store) []step {
	var id bot.ConversationID
	var turn bot.Turn
	var d bot.Delivery
	var ticket bot.TicketID
	var o bot.Opening
	var end bot.TurnEnd
	change := func(ctx context.Context, kind bot.TicketEventKind, origin string) error {
		e := storetest.Said(kind, bot.Actor{Kind: bot.Clerk, ID: "ann"}, "m")
		e.Origin = origin
		_, err := s.Change(ctx, ticket, storetest.Do(e))
		return err
	}
	return []step{
		{run: func(ctx context.Context) (err error) { id, _, err = s.Create(ctx, "en"); return err }},
		{run: func(ctx context.Context) (err error) {
			m := bot.Message{Conversation: id, Key: "k"}
			turn, _, err = s.Open(ctx, m, storetest.Question("q"), time.Now().Add(time.Hour))
			o, end = storetest.Opening(turn.ID, "slack")
			return err
		}},
		{run: func(ctx context.Context) error {
			t, fresh, err := s.OpenTicket(ctx, o, end)
			if ticket = t.ID; err == nil && !fresh {
				err = errors.New("a ticket that was opened before")
			}
			return err
		}},
		{run: func(ctx context.Context) error { return change(ctx, bot.TicketReplied, "slack:1") }},
		{run: func(ctx context.Context) error { return change(ctx, bot.TicketNoted, "") }},
		{run: func(ctx context.Context) (err error) {
			d, _, err = s.NextDelivery(ctx, "slack", -time.Second)
			return err
		}},
		{run: func(ctx context.Context) error {
			return s.Arrived(ctx, d, bot.Place{Channel: "C", Thread: string(ticket)})
		}},
		{run: func(ctx context.Context) error { return s.PutOff(ctx, d, time.Now()) }},
		{run: func(ctx context.Context) error {
			e := bot.TicketEvent{Kind: bot.TicketAddressed, By: bot.Actor{Kind: bot.Citizen}}
			_, err := s.KeepAddress(ctx, ticket, bot.Address{Email: "ann@example.org"}, storetest.Do(e))
			return err
		}},
		{run: func(ctx context.Context) error { _, err := s.Address(ctx, ticket); return err }},
		{run: func(ctx context.Context) error {
			e := bot.TicketEvent{Kind: bot.TicketForgotten, By: bot.Actor{Kind: bot.System}}
			return s.ForgetAddress(ctx, ticket, storetest.Do(e))
		}, goesOn: true},
		{run: func(ctx context.Context) error {
			_, err := s.Receive(ctx, "slack", string(ticket), []byte("m"))
			return err
		}},
		{run: func(ctx context.Context) error { return s.DealtWith(ctx, "slack", string(ticket)) }},
		{run: func(ctx context.Context) error { _, err := s.Once(ctx, string(ticket)); return err }},
		{run: func(ctx context.Context) error { return s.Erase(ctx, id) }, goesOn: true},
		{run: func(ctx context.Context) error { _, err := s.Ticket(ctx, ticket); return err }},
	}
}

// openFaulty returns a store on a copy of a file and a driver that can fail, and
// the copy on a driver that cannot.
func openFaulty(t *testing.T, template []byte, mode faultMode) (*store.Store, *litedb.DB, *faultyDriver) {
	path := filepath.Join(t.TempDir(), "bot.db")
	if err := os.WriteFile(path, template, 0o600); err != nil {
		t.Fatal(err)
	}
	plain, err := litedb.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { plain.Close() })
	faults := &faultyDriver{inner: plain.Write.Driver(), mode: mode}
	dsn := "file:" + plain.Path + "?_pragma=foreign_keys(1)&_pragma=secure_delete(1)&_pragma=synchronous(0)" // no power fails here
	write := sql.OpenDB(&connector{faults, dsn + "&_txlock=immediate"})
	write.SetMaxOpenConns(1)
	db := &litedb.DB{Path: plain.Path, Write: write, Read: sql.OpenDB(&connector{faults, dsn})}
	t.Cleanup(func() { db.Close() })
	s, err := store.New(t.Context(), db, key, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s, plain, faults
}

// whole checks what holds whatever failed: every turn has its opened event, every
// event of a live conversation all of its openings, every ended turn its end.
func whole(t *testing.T, db *sql.DB) {
	t.Helper()
	adapt := strings.NewReplacer()
	if _, lite := db.Driver().(*sqlite.Driver); !lite {
		adapt = strings.NewReplacer("json_each(e.commitments)", "json_object_keys(e.commitments::json)",
			"zeroblob(60)", "decode(repeat('00', 60), 'hex')", "zeroblob(32)", "decode(repeat('00', 32), 'hex')")
	}
	for what, query := range map[string]string{
		"turns without events": "SELECT count(*) FROM turns WHERE id NOT IN (SELECT turn FROM events WHERE kind = 'opened')",
		"ends that disagree": `SELECT count(*) FROM turns WHERE (ended_at IS NOT NULL) <>
			(id IN (SELECT turn FROM events WHERE kind = 'ended'))`,
		"conversations without keys": "SELECT count(*) FROM conversations WHERE id NOT IN (SELECT conversation FROM conversation_keys)",
		"events without openings": `SELECT count(*) FROM events e JOIN turns t ON t.id = e.turn JOIN conversations c ON c.id = t.conversation
			WHERE c.erased_at IS NULL AND (SELECT count(*) FROM openings o WHERE o.turn = e.turn AND o.seq = e.seq) <>
				(SELECT count(*) FROM json_each(e.commitments))`,
		"openings of the erased": `SELECT count(*) FROM openings o JOIN turns t ON t.id = o.turn JOIN conversations c ON c.id = t.conversation
			WHERE c.erased_at IS NOT NULL`,
		"keys of the erased": `SELECT count(*) FROM conversation_keys k JOIN conversations c ON c.id = k.conversation
			WHERE c.erased_at IS NOT NULL AND (k.wrapped <> zeroblob(60) OR k.token_hash <> zeroblob(32))`,
		"tickets that are not as their events": `SELECT count(*) FROM tickets t
			WHERE version <> (SELECT count(*) FROM ticket_events e WHERE e.ticket = t.id)`,
		"deliveries that are not as their tickets": "SELECT count(*) FROM deliveries d JOIN tickets t ON t.id = d.ticket WHERE d.version <> t.version",
		"ticket events without openings": `SELECT count(*) FROM ticket_events e JOIN tickets t ON t.id = e.ticket JOIN conversations c ON c.id = t.conversation
			WHERE c.erased_at IS NULL AND (SELECT count(*) FROM ticket_openings o WHERE o.ticket = e.ticket AND o.seq = e.seq) <>
				(SELECT count(*) FROM json_each(e.commitments))`,
		"tickets of the erased that are open": `SELECT count(*) FROM tickets t JOIN conversations c ON c.id = t.conversation
			WHERE c.erased_at IS NOT NULL AND (t.over_at IS NULL OR t.id IN (SELECT ticket FROM ticket_openings) OR t.id IN (SELECT ticket FROM addresses))`,
		"addresses that are not as their keys": `SELECT count(*) FROM address_keys
			WHERE (wrapped = zeroblob(60)) = (ticket IN (SELECT ticket FROM addresses))`,
		"turns of tickets that go on": "SELECT count(*) FROM turns WHERE ended_at IS NULL AND id IN (SELECT turn FROM tickets)",
	} {
		var n int
		if err := db.QueryRow(adapt.Replace(query)).Scan(&n); err != nil || n != 0 {
			t.Errorf("%s: %d (%v)", what, n, err)
		}
	}
}

// state counts what is in the database.
func state(t *testing.T, db *sql.DB) string {
	t.Helper()
	var c, k, u, e, ev, o int
	err := db.QueryRow(`SELECT (SELECT count(*) FROM conversations WHERE erased_at IS NULL),
		(SELECT count(*) FROM conversation_keys), (SELECT count(*) FROM turns), (SELECT count(ended_at) FROM turns),
		(SELECT count(*) FROM events), (SELECT count(*) FROM openings)`).Scan(&c, &k, &u, &e, &ev, &o)
	if err != nil {
		t.Fatal(err)
	}
	var tickets string
	err = db.QueryRow(`SELECT (SELECT count(*) FROM tickets) || ' tickets, ' || (SELECT count(*) FROM ticket_events) || ' events, ' ||
		(SELECT count(*) FROM ticket_openings) || ' openings, ' || (SELECT coalesce(sum(done * 100 + attempts), 0) FROM deliveries) || ' delivered, ' ||
		(SELECT count(*) FROM addresses) || ' addresses, ' || (SELECT count(*) || ' ' || count(done_at) FROM received) || ' received, ' ||
		(SELECT count(*) FROM once_marks) || ' marks'`).Scan(&tickets)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d conversations, %d keys, %d turns, %d ended, %d events, %d openings, %s", c, k, u, e, ev, o, tickets)
}
