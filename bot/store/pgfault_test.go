package store_test

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/stdlib"

	"townclerk/bot"
	"townclerk/bot/store"
	"townclerk/bot/store/storetest"
	"townclerk/internal/pgdb"
	"townclerk/internal/pgtest"
)

// 16 writers, each in its own conversation and all of them in one: nobody is
// refused for what another does elsewhere, and nothing is lost.
func TestSixteenWriters(t *testing.T) {
	s, db := openPostgres(t)
	shared := ask(t, s, "shared")
	together(16, func(int) {
		id, _, err := s.Create(t.Context(), "en")
		if err != nil {
			t.Error(err)
			return
		}
		for range 8 {
			turn, _, err := s.Open(t.Context(), bot.Message{Conversation: id}, storetest.Question("q"), time.Now().Add(time.Minute))
			if err == nil {
				err = s.Append(t.Context(), turn.ID, storetest.Shown("a"), storetest.Ended(bot.Answered))
			}
			if err == nil {
				err = s.Append(t.Context(), shared.ID, storetest.Shown("b"))
			}
			if err != nil {
				t.Error(err)
			}
		}
	})
	whole(t, db.SQL)
	if events, err := s.Events(t.Context(), shared.ID); err != nil || len(events) != 1+16*8 {
		t.Errorf("%d events (%v)", len(events), err)
	}
}

// fail makes every insertion of a text do something, until the function that it
// returns is called. The sequence tries counts also what is rolled back.
func fail(t *testing.T, db *pgdb.DB, action string) (heal func()) {
	t.Helper()
	run := func(query string) {
		t.Helper()
		if _, err := db.SQL.Exec(query); err != nil {
			t.Fatal(err)
		}
	}
	run("CREATE SEQUENCE tries")
	run("CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " + action + " RETURN NEW; END $$")
	run("CREATE TRIGGER fail BEFORE INSERT ON openings FOR EACH ROW EXECUTE FUNCTION fail()")
	return func() {
		t.Helper()
		run("DROP TRIGGER fail ON openings")
		run("DROP FUNCTION fail")
		run("DROP SEQUENCE tries")
	}
}

func TestRefusedTransactionsAreTriedAgain(t *testing.T) {
	s, db := openPostgres(t)
	turn := ask(t, s, "q")
	for _, try := range []struct {
		code    string
		refused int
		want    error
	}{
		{"40001", 4, nil}, {"40P01", 4, nil}, {"40001", 5, pgdb.ErrConflict}, {"53100", 1, pgdb.ErrFull},
	} {
		before := state(t, db.SQL)
		heal := fail(t, db, fmt.Sprintf("IF nextval('tries') <= %d THEN RAISE EXCEPTION 'planted' USING ERRCODE = '%s'; END IF;", try.refused, try.code))
		err := s.Append(t.Context(), turn.ID, storetest.Shown("a"))
		heal()
		if !errors.Is(err, try.want) || (err == nil) != (try.want == nil) || err != nil && bot.KindOf(err) != bot.Unavailable {
			t.Errorf("%s, %d times: %v", try.code, try.refused, err)
		}
		if after := state(t, db.SQL); (after == before) != (err != nil) {
			t.Errorf("%s, %d times: %s, before %s", try.code, try.refused, after, before)
		}
		whole(t, db.SQL)
	}
}

func TestSessionIsKilledInATransaction(t *testing.T) {
	s, db := openPostgres(t)
	turn := ask(t, s, "q")
	before := state(t, db.SQL)
	heal := fail(t, db, "PERFORM pg_terminate_backend(pg_backend_pid());")
	err := s.Append(t.Context(), turn.ID, storetest.Shown("a"), storetest.Ended(bot.Answered))
	if !errors.Is(err, pgdb.ErrLost) || bot.KindOf(err) != bot.Unavailable || errors.Is(err, pgdb.ErrCommitUnknown) {
		t.Errorf("got %v", err)
	}
	heal()
	if after := state(t, db.SQL); after != before {
		t.Errorf("half written: %s, before %s", after, before)
	}
	if err := s.Append(t.Context(), turn.ID, storetest.Shown("a"), storetest.Ended(bot.Answered)); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// What was confirmed before the server was killed is there after it is back;
// writers that go on succeed again by themselves.
func TestServerRestartsInTheMiddle(t *testing.T) {
	address, restart := pgtest.Restartable(t)
	db := connect(t, address)
	s := newPostgres(t, db)
	writers := make([]*writer, 4)
	for i := range writers {
		writers[i] = &writer{turn: ask(t, s, "q")}
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for _, w := range writers {
		wg.Go(func() { w.run(t, s, stop) })
	}
	time.Sleep(200 * time.Millisecond)
	restart()
	time.Sleep(500 * time.Millisecond)
	close(stop)
	wg.Wait()
	for _, w := range writers {
		events, err := s.Events(t.Context(), w.turn.ID)
		n := len(events) - 1
		if err != nil || n < w.confirmed || n > w.confirmed+w.unknown {
			t.Errorf("%d events, %+v (%v)", n, w, err)
		}
		if w.failed == 0 || w.confirmed == 0 {
			t.Errorf("the restart was not in the middle: %+v", w)
		}
	}
	whole(t, db.SQL)
}

// writer appends to a turn and counts what came of it.
type writer struct {
	turn                       bot.Turn
	confirmed, failed, unknown int
}

func (w *writer) run(t *testing.T, s *store.Store, stop chan struct{}) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		switch err := s.Append(t.Context(), w.turn.ID, storetest.Shown("a")); {
		case err == nil:
			w.confirmed++
			continue
		case bot.KindOf(err) != bot.Unavailable:
			t.Error(err)
		case errors.Is(err, pgdb.ErrCommitUnknown):
			w.unknown++
		}
		w.failed++
		time.Sleep(10 * time.Millisecond)
	}
}

func TestEveryStorageCallFailsOnPostgres(t *testing.T) {
	address := pgtest.URL(t)
	plain := connect(t, address)
	healthy := newPostgres(t, plain)
	everyCall(t, 7, func(t *testing.T, mode faultMode, life life, n int) bool {
		faults := &faultyDriver{inner: stdlib.GetDefaultDriver(), mode: mode}
		faulty := *plain
		faulty.SQL = sql.OpenDB(&connector{faults, address})
		defer faulty.SQL.Close()
		s, err := store.New(t.Context(), &faulty, key, nil)
		if err != nil {
			t.Fatal(err)
		}
		done := liveWithFault(t, s, plain.SQL, faults, life(s), n)
		if _, err := healthy.Reap(t.Context()); err != nil {
			t.Error(err)
		}
		return done
	})
}

// A reader of an old state keeps the old rows: Erase says so, Reap goes on.
func TestPostgresErasureWaitsForReaders(t *testing.T) {
	s, db := openPostgres(t)
	turn := ask(t, s, "q")
	reader, err := db.SQL.BeginTx(t.Context(), &sql.TxOptions{Isolation: sql.LevelRepeatableRead})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Rollback()
	var n int
	if err := reader.QueryRow("SELECT count(*) FROM openings").Scan(&n); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	if err := s.Erase(t.Context(), turn.Conversation); bot.KindOf(err) != bot.Unavailable || !strings.Contains(err.Error(), "erased") {
		t.Fatalf("got %v, want Unavailable", err)
	}
	if _, err := s.Transcript(t.Context(), turn.Conversation); bot.KindOf(err) != bot.NotFound {
		t.Errorf("the conversation is not erased: %v", err)
	}
	reader.Rollback()
	if _, err := s.Reap(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := db.SQL.QueryRow("SELECT count(*) FROM conversations WHERE scrubbed_at IS NULL").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d conversations are not scrubbed (%v)", n, err)
	}
	whole(t, db.SQL)
}
