package store_test

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/bot/store"
	"townclerk/bot/store/storetest"
	"townclerk/internal/litedb"
	"townclerk/internal/pgtest"
)

var ann = bot.Actor{Kind: bot.Clerk, ID: "ann"}

// engine is a store on one of the engines, and its database.
type engine struct {
	*store.Store
	db  store.Database
	sql *sql.DB // for changes behind the store's back
}

// onBoth runs a test on both engines.
func onBoth(t *testing.T, run func(t *testing.T, e engine)) {
	t.Run("sqlite", func(t *testing.T) {
		s, db := open(t)
		run(t, engine{s, db, db.Write})
	})
	t.Run("postgres", func(t *testing.T) {
		s, db := openPostgres(t)
		run(t, engine{s, db, db.SQL})
	})
}

func (e engine) must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ticket opens a ticket in a new conversation, with a reply.
func (e engine) ticket(t *testing.T) bot.Ticket {
	t.Helper()
	o, end := storetest.Opening(ask(t, e.Store, "q").ID, "slack")
	_, _, err := e.OpenTicket(t.Context(), o, end)
	e.must(t, err)
	got, err := e.Change(t.Context(), o.Ticket.ID, storetest.Do(storetest.Said(bot.TicketReplied, ann, "a")))
	e.must(t, err)
	return got
}

func (e engine) keepAddress(t *testing.T, id bot.TicketID, email string) {
	t.Helper()
	event := bot.TicketEvent{Kind: bot.TicketAddressed, By: bot.Actor{Kind: bot.Citizen}}
	_, err := e.KeepAddress(t.Context(), id, bot.Address{Email: email}, storetest.Do(event))
	e.must(t, err)
}

var forgotten = storetest.Do(bot.TicketEvent{Kind: bot.TicketForgotten, By: bot.Actor{Kind: bot.System}})

func TestTicketEventsRefuseChange(t *testing.T) {
	onBoth(t, func(t *testing.T, e engine) {
		e.ticket(t)
		const insert = "INSERT INTO ticket_events (ticket, seq, kind, at, actor_kind, actor_id, origin, facts, commitments) SELECT ticket, "
		queries := []string{
			"UPDATE ticket_events SET facts = '{}'",
			"DELETE FROM ticket_events",
			insert + "2, 'noted', at, 'clerk', '', 'x', '{}', '{}' FROM ticket_events WHERE seq = 1",
			insert + "4, 'noted', at, 'clerk', '', 'x', '{}', '{}' FROM ticket_events WHERE seq = 1",
			insert + "3, 'opened', at, 'clerk', '', 'x', '{}', '{}' FROM ticket_events WHERE seq = 1",
			insert + "3, 'noted', at, 'clerk', '', origin, '{}', '{}' FROM ticket_events WHERE seq = 1",
		}
		if e.db.Dialect() == "sqlite" {
			queries = append(queries, strings.Replace(queries[2], "INSERT", "INSERT OR REPLACE", 1), strings.Replace(queries[5], "INSERT", "INSERT OR REPLACE", 1))
		} else {
			queries = append(queries, "TRUNCATE ticket_events CASCADE", "TRUNCATE tickets CASCADE",
				"SET LOCAL session_replication_role = replica; DELETE FROM ticket_events",
				queries[5]+" ON CONFLICT (ticket, origin) DO UPDATE SET facts = '{}'")
		}
		for _, query := range queries {
			if _, err := e.sql.Exec(query); err == nil || !strings.Contains(err.Error(), "events") {
				t.Errorf("%s: %v", query, err)
			}
		}
		whole(t, e.sql)
	})
}

func TestTicketTamperingIsNoticed(t *testing.T) {
	const of = " WHERE ticket = '%[1]s'"
	onBoth(t, func(t *testing.T, e engine) {
		for name, change := range map[string]string{
			"text taken away":    "DELETE FROM ticket_openings" + of,
			"text moved":         "UPDATE ticket_openings SET field = 'x'" + of,
			"changed text":       "UPDATE ticket_openings SET sealed = CAST('' AS " + map[string]string{"sqlite": "BLOB", "postgres": "BYTEA"}[e.db.Dialect()] + ")" + of,
			"text of another":    "UPDATE ticket_openings SET sealed = (SELECT o.sealed FROM ticket_openings o WHERE o.ticket = '%[2]s' AND o.seq = ticket_openings.seq)" + of,
			"text of a turn":     "UPDATE ticket_openings SET sealed = (SELECT o.sealed FROM openings o JOIN tickets t ON t.turn = o.turn WHERE t.id = '%[1]s' AND o.field = 'question')" + of,
			"a missing event":    "UPDATE tickets SET version = version + 1 WHERE id = '%[1]s'",
			"other conversation": "UPDATE tickets SET alert = 1, conversation = (SELECT b.conversation FROM tickets b WHERE b.id = '%[2]s') WHERE id = '%[1]s'",
		} {
			t.Run(name, func(t *testing.T) {
				a, b := e.ticket(t), e.ticket(t)
				_, err := e.sql.Exec(fmt.Sprintf(change+" -- %[2]s", a.ID, b.ID))
				e.must(t, err)
				_, err = e.Ticket(t.Context(), a.ID)
				_, err2 := e.Change(t.Context(), a.ID, storetest.Do(storetest.Said(bot.TicketNoted, ann, "x")))
				for _, err := range []error{err, err2} {
					if !errors.Is(err, store.ErrTampered) || bot.KindOf(err) != bot.Internal {
						t.Errorf("got %v", err)
					}
				}
				if err := e.Erase(t.Context(), a.Conversation); err != nil {
					t.Errorf("it cannot be erased: %v", err)
				}
			})
		}
	})
}

// An address that was changed or moved to another ticket does not open, and neither does
// a message that came in.
func TestAddressTamperingIsNoticed(t *testing.T) {
	onBoth(t, func(t *testing.T, e engine) {
		a, b := e.ticket(t), e.ticket(t)
		e.keepAddress(t, a.ID, "ann@example.org")
		e.keepAddress(t, b.ID, "bob@example.org")
		_, err := e.Receive(t.Context(), "slack", "1", []byte("m"))
		e.must(t, err)
		for _, query := range []string{
			"UPDATE addresses SET sealed = (SELECT x.sealed FROM addresses x WHERE x.ticket <> addresses.ticket)",
			"UPDATE address_keys SET wrapped = (SELECT x.wrapped FROM address_keys x WHERE x.ticket <> address_keys.ticket)", // now both are another's
			"UPDATE received SET id = '2'",
		} {
			_, err := e.sql.Exec(query)
			e.must(t, err)
			if _, err := e.Address(t.Context(), a.ID); !errors.Is(err, store.ErrTampered) || strings.Contains(err.Error(), "example.org") {
				t.Errorf("%s: %v", query, err)
			}
		}
		if _, err := e.Pending(t.Context(), "slack", 1); !errors.Is(err, store.ErrTampered) {
			t.Errorf("a message of another identifier: %v", err)
		}
	})
}

// Nothing that was typed is in the files; the key of an address is gone when it was
// forgotten or replaced, or its conversation erased.
func TestFilesHoldNoAddress(t *testing.T) {
	s, db := open(t)
	e := engine{s, db, db.Write}
	planted := []string{"planted-address", "planted-message", "planted-mail", "planted-reply"}
	kept := e.ticket(t)
	e.keepAddress(t, kept.ID, "planted-address")
	for i := range 30 { // so that rows move
		ticket := e.ticket(t)
		_, err := e.Change(t.Context(), ticket.ID, storetest.Do(storetest.Said(bot.TicketReplied, ann, "planted-message "+strings.Repeat("x", 300*i))))
		e.must(t, err)
		_, err = e.Receive(t.Context(), "slack", fmt.Sprint(i), []byte("planted-mail"))
		e.must(t, err)
		e.keepAddress(t, ticket.ID, "planted-address "+strings.Repeat("x", 20*i))
		search(t, db, "what was typed", planted)
		keys := addressKeys(t, db)
		var was [][]byte
		for id, key := range keys {
			if id != kept.ID {
				was = append(was, key)
			}
		}
		switch i % 3 {
		case 0:
			err = e.ForgetAddress(t.Context(), ticket.ID, forgotten)
		case 1:
			err = e.Erase(t.Context(), ticket.Conversation)
		case 2: // replaced, and cleared away at the next occasion
			e.keepAddress(t, ticket.ID, "planted-address")
			_, err = e.Reap(t.Context())
		}
		e.must(t, err)
		search(t, db, "the key of an address that was erased", was)
		if i%3 == 2 {
			e.must(t, e.ForgetAddress(t.Context(), ticket.ID, forgotten))
		}
	}
	if a, err := e.Address(t.Context(), kept.ID); err != nil || a.Email != "planted-address" {
		t.Errorf("the other address is %+v, %v", a, err)
	}
	whole(t, db.Read)
}

// addressKeys returns the keys that are not erased.
func addressKeys(t *testing.T, db *litedb.DB) map[bot.TicketID][]byte {
	t.Helper()
	rows, err := db.Read.Query("SELECT ticket, wrapped FROM address_keys WHERE wrapped <> zeroblob(60)")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	keys := map[bot.TicketID][]byte{}
	for rows.Next() {
		var id bot.TicketID
		var key []byte
		if err := rows.Scan(&id, &key); err != nil {
			t.Fatal(err)
		}
		keys[id] = key
	}
	return keys
}

// A reader of an old state keeps the key of an address: ForgetAddress says so, the
// address is gone all the same, and Reap goes on.
func TestForgettingWaitsForReaders(t *testing.T) {
	onBoth(t, func(t *testing.T, e engine) {
		ticket := e.ticket(t)
		e.keepAddress(t, ticket.ID, "ann@example.org")
		if e.db.Dialect() == "sqlite" {
			_, err := e.sql.Exec("PRAGMA busy_timeout = 50")
			e.must(t, err)
		}
		ended := errors.New("ended")
		err := e.db.Snapshot(t.Context(), func(tx *sql.Tx) error {
			var n int
			e.must(t, tx.QueryRow("SELECT count(*) FROM address_keys").Scan(&n))
			if err := e.ForgetAddress(t.Context(), ticket.ID, forgotten); bot.KindOf(err) != bot.Unavailable {
				t.Errorf("got %v, want Unavailable", err)
			}
			if _, err := e.Address(t.Context(), ticket.ID); bot.KindOf(err) != bot.NotFound {
				t.Errorf("the address is there: %v", err)
			}
			return ended
		})
		if !errors.Is(err, ended) {
			t.Fatal(err)
		}
		for _, want := range []int{1, 0} {
			var n int
			e.must(t, e.sql.QueryRow("SELECT count(*) FROM address_keys WHERE unscrubbed = 1").Scan(&n))
			if n != want {
				t.Errorf("%d addresses wait to be cleared away, want %d", n, want)
			}
			_, err := e.Reap(t.Context())
			e.must(t, err)
		}
	})
}

// Where the result of a commit is lost the ticket, its event, an address, a message, a
// mark and a delivery are there, and once.
func TestLostCommitsOfTickets(t *testing.T) {
	address := pgtest.URL(t)
	plain := connect(t, address)
	healthy := engine{newPostgres(t, plain), plain, plain.SQL}
	// What is under way is looked at before it is done.
	_, err := plain.SQL.Exec(`CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.2); RETURN NULL; END $$`)
	healthy.must(t, err)
	for _, table := range []string{"ticket_events", "received", "once_marks", "deliveries"} {
		_, err := plain.SQL.Exec("CREATE CONSTRAINT TRIGGER slow AFTER INSERT OR UPDATE ON " + table + " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow()")
		healthy.must(t, err)
	}
	for _, fate := range []pgtest.Fate{pgtest.Lost, pgtest.Done, pgtest.UnderWay} {
		t.Run(string(fate), func(t *testing.T) {
			proxy := pgtest.NewProxy(t, address)
			e := engine{Store: newPostgres(t, connect(t, proxy.URL))}
			o, end := storetest.Opening(ask(t, e.Store, "q").ID, "slack")
			id := o.Ticket.ID
			lost := func(name string, call func() (first bool, err error)) {
				t.Helper()
				before := proxy.Cuts()
				proxy.CutNextCommit(fate)
				if first, err := call(); err != nil || !first || proxy.Cuts() != before+1 {
					t.Errorf("%s: %v, %v, %d connections were cut", name, first, err, proxy.Cuts()-before)
				}
			}
			lost("open", func() (bool, error) {
				_, fresh, err := e.OpenTicket(t.Context(), o, end)
				return fresh, err
			})
			resolved := bot.TicketEvent{Kind: bot.TicketResolved, By: ann}
			asked := 0
			lost("address", func() (bool, error) {
				event := bot.TicketEvent{Kind: bot.TicketAddressed, By: bot.Actor{Kind: bot.Citizen}}
				_, err := e.KeepAddress(t.Context(), id, bot.Address{Phone: "555 0100"}, storetest.Do(event))
				return true, err
			})
			lost("resolve", func() (bool, error) { // which the state machine refuses the second time
				got, err := e.Change(t.Context(), id, func(t bot.Ticket) (bot.Ticket, *bot.TicketEvent, error) {
					asked++
					return storetest.Do(resolved)(t)
				})
				return got.State == bot.TicketClosed && got.Version == 3, err
			})
			if want := map[pgtest.Fate]int{pgtest.Lost: 2}[fate]; asked != max(want, 1) {
				t.Errorf("it was decided %d times", asked)
			}
			lost("message", func() (bool, error) { return e.Receive(t.Context(), "slack", string(fate), []byte("m")) })
			lost("mark", func() (bool, error) { return e.Once(t.Context(), string(fate)) })
			d, found, err := e.NextDelivery(t.Context(), "slack", time.Hour)
			if err != nil || !found || d.Ticket != id {
				t.Fatalf("%+v, %v, %v", d, found, err)
			}
			lost("arrival", func() (bool, error) {
				return true, e.Arrived(t.Context(), d, bot.Place{Channel: "C", Thread: string(id)})
			})
			got, err := healthy.Ticket(t.Context(), id)
			if err != nil || got.Version != 3 || got.Reached != 1 {
				t.Errorf("%+v, %v", got, err)
			}
			if a, err := healthy.Address(t.Context(), id); err != nil || a.Phone != "555 0100" {
				t.Errorf("%+v, %v", a, err)
			}
			for { // for the next fate
				d, found, err := healthy.NextDelivery(t.Context(), "slack", time.Hour)
				healthy.must(t, err)
				if !found {
					break
				}
				healthy.must(t, healthy.Arrived(t.Context(), d, d.Place))
			}
			whole(t, plain.SQL)
		})
	}
}
