package store_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"townclerk/bot"
	"townclerk/bot/ledger"
	"townclerk/bot/ledger/audit"
	"townclerk/bot/record"
	"townclerk/bot/store"
	"townclerk/bot/store/storetest"
	"townclerk/internal/pgtest"
)

var mutations = flag.Int("mutations", 500, "random changes of a record's rows, on each engine, that are to be found")

// audited audits a record and returns what is wrong.
func audited(t testing.TB, s *store.Store, keys []ledger.LogKey, saved ...[]byte) (found []audit.Finding, sum audit.Summary) {
	t.Helper()
	err := s.Audit(t.Context(), func(l audit.Log) (err error) {
		l.Keys, l.Saved = keys, saved
		sum, err = audit.Verify(l, func(f audit.Finding) { found = append(found, f) })
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found, sum
}

// Sixteen writers on two servers with one database, which sign meanwhile, make one
// log without gaps or forks.
func TestTwoServersMakeOneLog(t *testing.T) {
	url := pgtest.URL(t)
	k, err := record.NewKey("example.gov/ledger")
	if err != nil {
		t.Fatal(err)
	}
	var servers []*store.Store
	for range 2 {
		s, err := store.New(t.Context(), connect(t, url), key, nil)
		if err != nil {
			t.Fatal(err)
		}
		servers = append(servers, s)
	}
	var group sync.WaitGroup
	for i := range 16 {
		group.Go(func() { liveOn(t, servers[i%2], 8) })
	}
	for _, s := range servers {
		group.Go(func() {
			for range 20 {
				if _, err := record.New(s, k, nil).Sign(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	found, sum := audited(t, servers[0], []ledger.LogKey{k.LogKey()})
	if len(found) > 0 || sum.Entries != 16*(8*4+8) {
		t.Errorf("%v, %+v", found, sum)
	}
}

// liveOn asks and is answered some times, and erases it at the end.
func liveOn(t *testing.T, s *store.Store, turns int) {
	id, _, err := s.Create(t.Context(), "en")
	for range turns {
		var turn bot.Turn
		if err == nil {
			turn, _, err = s.Open(t.Context(), bot.Message{Conversation: id}, storetest.Question("q"), time.Now().Add(time.Minute))
		}
		if err == nil {
			err = s.Append(t.Context(), turn.ID, storetest.Shown("a"), storetest.Ended(bot.Answered))
		}
		if err == nil {
			err = s.Append(t.Context(), turn.ID, storetest.Feedback("good"))
		}
	}
	if err == nil {
		err = s.Erase(t.Context(), id)
	}
	if err != nil && bot.KindOf(err) != bot.Unavailable { // of erasing: somebody reads
		t.Error(err)
	}
}

// fill makes a record with turns, tickets, erasures and checkpoints.
func fill(t *testing.T, s *store.Store) (keys []ledger.LogKey, saved []byte) {
	t.Helper()
	k, err := record.NewKey("example.gov/ledger")
	if err != nil {
		t.Fatal(err)
	}
	signer := record.New(s, k, nil)
	for i := range 6 {
		turn := ask(t, s, fmt.Sprint("question ", i))
		err := s.Append(t.Context(), turn.ID, storetest.Shown(fmt.Sprint("answer ", i)), storetest.Ended(bot.Answered))
		if err != nil {
			t.Fatal(err)
		}
		ticket, _, err := s.OpenTicket(t.Context(), opening(askIn(t, s, turn.Conversation, "for people").ID), bot.TurnEnd{})
		if err == nil {
			_, err = s.Change(t.Context(), ticket.ID, storetest.Do(storetest.Said(bot.TicketReplied, ann, "On Monday.")))
		}
		if err == nil && i%3 == 0 {
			err = s.Erase(t.Context(), turn.Conversation)
		}
		if err == nil {
			_, err = signer.Sign(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if saved, err = s.LastCheckpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	return []ledger.LogKey{k.LogKey()}, saved
}

func opening(turn bot.TurnID) bot.Opening {
	o, _ := storetest.Opening(turn)
	return o
}

// inside is a database all of whose snapshots are one transaction, so that what was
// changed in that can be audited and taken back.
type inside struct {
	store.Database
	tx *sql.Tx
}

func (d *inside) Snapshot(_ context.Context, fn func(*sql.Tx) error) error { return fn(d.tx) }

// spoil is a change of a row that an audit has to find; $row is a row of the table, and
// $value a random value.
type spoil struct{ table, key, change string }

func changes(table, key string, sets ...string) (all []spoil) {
	for _, set := range sets {
		all = append(all, spoil{table, key, "UPDATE " + table + " SET " + set + " WHERE $row"})
	}
	return append(all, spoil{table, key, "DELETE FROM " + table + " WHERE $row"})
}

func insert(table, key, columns, values string) spoil {
	return spoil{table, key, "INSERT INTO " + table + " (" + columns + ") SELECT " + values + " FROM " + table + " WHERE $row"}
}

var spoils = slices.Concat(
	changes("ledger_entries", "idx", "line = line || ' '", "line = replace(line, '1', '2') || ' '", "line = '{}'", "idx = idx + 1000",
		"line = (SELECT line FROM ledger_entries x WHERE x.idx = (ledger_entries.idx + 1) % 46)",
		"type = type || 'x'", "subject = '00' || subject", "seq = seq + 1000", "event = coalesce(event, 0) + 1000"),
	changes("ledger_hashes", "position", "hash = $value", "position = position + 1000"),
	changes("ledger_checkpoints", "number", "note = note || ' '", "note = ''", "number = number + 1000", "size = size + 1000",
		"note = (SELECT note FROM ledger_checkpoints x WHERE x.number = ledger_checkpoints.number % 6 + 1)"),
	[]spoil{{"ledger_head", "id", "UPDATE ledger_head SET size = size + 1 WHERE $row"}},
	changes("events", "turn, seq", "facts = facts || ' '", "at = at + 1", "commitments = '{}  '", "seq = seq + 100", "kind = kind || ' '"),
	changes("ticket_events", "ticket, seq", "facts = facts || ' '", "at = at - 1", "actor_id = actor_id || 'x'", "actor_kind = actor_kind || 'x'",
		"origin = origin || 'x'", "commitments = commitments || ' '", "kind = kind || 'x'"),
	changes("openings", "turn, seq, field", "sealed = $value", "field = field || 'x'", "seq = seq + 1"),
	changes("ticket_openings", "ticket, seq, field", "sealed = $value", "field = field || 'x'"),
	[]spoil{
		insert("ledger_entries", "idx", "idx, type, subject, seq, event, line", "idx + 1000, type, subject, seq + 1000, event, line"),
		insert("ledger_hashes", "position", "position, hash", "position + 1000, hash"),
		insert("ledger_checkpoints", "number", "number, size, note", "number + 1000, size + 1000, note"),
		insert("events", "turn, seq", "turn, seq, kind, at, facts, commitments", "turn, seq + 100, 'shown', at, facts, commitments"),
		insert("ticket_events", "ticket, seq", "ticket, seq, kind, at, actor_kind, actor_id, origin, facts, commitments",
			"ticket, seq + 100, kind, at, actor_kind, actor_id, origin || 'x', facts, commitments"),
		insert("openings", "turn, seq, field", "turn, seq, field, sealed", "turn, seq, field || 'x', sealed"),
	},
)

// Whatever row of the record is changed behind its back, the audit finds and names it.
func TestEveryMutationIsFound(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		s, db := open(t)
		keys, saved := fill(t, s)
		var drop string
		err := db.Read.QueryRow("SELECT group_concat('DROP TRIGGER ' || name, ';') FROM sqlite_schema WHERE type = 'trigger'").Scan(&drop)
		if err == nil {
			_, err = db.Write.Exec(drop + "; PRAGMA foreign_keys = 0")
		}
		if err != nil {
			t.Fatal(err)
		}
		mutate(t, db, db.Write, keys, saved)
	})
	t.Run("postgres", func(t *testing.T) {
		s, db := openPostgres(t)
		keys, saved := fill(t, s)
		for _, table := range []string{"ledger_entries", "ledger_hashes", "ledger_checkpoints", "events", "ticket_events", "openings", "ticket_openings"} {
			if _, err := db.SQL.Exec("ALTER TABLE " + table + " DISABLE TRIGGER ALL"); err != nil {
				t.Fatal(err)
			}
		}
		mutate(t, db, db.SQL, keys, saved)
	})
}

// mutate spoils a row at random, audits, and takes it back, again and again.
func mutate(t *testing.T, db store.Database, pool *sql.DB, keys []ledger.LogKey, saved []byte) {
	d := &inside{Database: db}
	s, err := store.New(t.Context(), d, key, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	t.Cleanup(func() { d.tx.Rollback() }) // does nothing where it was
	for n := range *mutations {
		d.tx, err = pool.Begin()
		if err != nil {
			t.Fatal(err)
		}
		if n%100 == 0 {
			if found, _ := audited(t, s, keys, saved); len(found) > 0 {
				t.Fatalf("nothing was changed: %v", found)
			}
		}
		x := spoils[r.IntN(len(spoils))]
		change, names := x.at(t, d.tx, r)
		value := make([]byte, 32)
		for i := range value {
			value[i] = byte(r.Uint32())
		}
		args := []any{value}
		if !strings.Contains(change, "$1") {
			args = nil
		}
		if _, err := d.tx.Exec(change, args...); err != nil {
			t.Fatalf("%s: %v", change, err)
		}
		found, _ := audited(t, s, keys, saved)
		if !slices.ContainsFunc(found, func(f audit.Finding) bool { return slices.Contains(names, f.Index) || f.Kind == audit.Stray }) {
			t.Errorf("%s: found %v, want one that names one of %d", change, found, names)
		}
		if err := d.tx.Rollback(); err != nil {
			t.Fatal(err)
		}
	}
}

// at chooses a row and returns the change of it, and the numbers that may name it.
func (x spoil) at(t *testing.T, tx *sql.Tx, r *rand.Rand) (change string, names []int64) {
	t.Helper()
	var n, name int64
	if err := tx.QueryRow("SELECT count(*) FROM " + x.table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	i := r.Int64N(n)
	var end int64
	if err := tx.QueryRow("SELECT size FROM ledger_head").Scan(&end); err != nil {
		t.Fatal(err)
	}
	one := fmt.Sprintf("SELECT %s FROM %s ORDER BY %s LIMIT 1 OFFSET %d", x.key, x.table, x.key, i)
	switch x.table {
	case "ledger_entries":
		names = []int64{i}
	case "ledger_hashes":
		names = []int64{i}
		if level, leaf := tlog.SplitStoredHashIndex(i); level == 0 {
			names = append(names, leaf)
		}
	case "ledger_checkpoints":
		names = []int64{i + 1}
		if i+1 == n && strings.HasPrefix(x.change, "DELETE") {
			names = []int64{0} // of those that were saved elsewhere
		}
	case "ledger_head":
		names = []int64{end + 1}
	default:
		id, _, _ := strings.Cut(x.key, ",")
		err := tx.QueryRow("SELECT l.idx FROM ledger_entries l JOIN (" + one + ") x ON l.subject = x." + id + " AND l.event = x.seq").Scan(&name)
		if err != nil {
			t.Fatal(err)
		}
		names = []int64{name}
	}
	switch { // what is put behind the end is named by the end
	case strings.HasPrefix(x.change, "INSERT INTO ledger_checkpoints"):
		names = []int64{7}
	case strings.HasPrefix(x.change, "INSERT INTO ledger_"):
		names = []int64{end}
	}
	row := "(" + x.key + ") = (" + one + ")"
	return strings.NewReplacer("$row", row, "$value", "$1").Replace(x.change), names
}

// What was written before there was a record goes on it when the database is opened by a
// server that keeps one: once, erasures included, and the audit finds nothing.
func TestEarlierEventsGoOnTheRecord(t *testing.T) {
	const forget = "DELETE FROM ledger_entries; DELETE FROM ledger_hashes; DELETE FROM ledger_checkpoints; " +
		"UPDATE ledger_head SET size = 0, at = 0; DELETE FROM bot_meta WHERE name = 'on_record'"
	t.Run("sqlite", func(t *testing.T) {
		s, db := open(t)
		fill(t, s)
		var drop, restore string
		err := db.Read.QueryRow(`SELECT group_concat('DROP TRIGGER ' || name, ';'), group_concat(sql, ';
			') FROM sqlite_schema WHERE type = 'trigger'`).Scan(&drop, &restore)
		if err == nil {
			_, err = db.Write.Exec(drop + ";" + forget + ";" + restore)
		}
		if err != nil {
			t.Fatal(err)
		}
		refilled(t, db)
	})
	t.Run("postgres", func(t *testing.T) {
		s, db := openPostgres(t)
		fill(t, s)
		for _, switched := range []string{"DISABLE", "ENABLE"} {
			for _, table := range []string{"ledger_entries", "ledger_hashes", "ledger_checkpoints"} {
				if _, err := db.SQL.Exec("ALTER TABLE " + table + " " + switched + " TRIGGER ALL"); err != nil {
					t.Fatal(err)
				}
			}
			if switched == "DISABLE" {
				for statement := range strings.SplitSeq(forget, "; ") {
					if _, err := db.SQL.Exec(statement); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		refilled(t, db)
	})
}

func refilled(t *testing.T, db store.Database) {
	t.Helper()
	var entries int64
	for range 2 {
		s, err := store.New(t.Context(), db, key, nil)
		if err != nil {
			t.Fatal(err)
		}
		found, sum := audited(t, s, nil)
		if len(found) > 0 || sum.Entries == 0 || entries > 0 && sum.Entries != entries {
			t.Fatalf("%v, %d entries after %d", found, sum.Entries, entries)
		}
		entries = sum.Entries
	}
}
