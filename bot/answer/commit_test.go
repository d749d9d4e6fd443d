package answer_test

import (
	"context"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/bot/answer"
	"townclerk/bot/store"
	"townclerk/internal/pgdb"
	"townclerk/internal/pgtest"
	"townclerk/retrieval"
)

// Promise 1 where nobody knows whether a commit was done: the connection is cut
// at the one that opens the turn, and at the one that records the answer. The
// citizen gets the answer all the same, and it is on the record once.
func TestCommitWhoseResultIsLost(t *testing.T) {
	h := newHouse(t, town)
	address := pgtest.URL(t)
	key := store.NewKey()
	plain := openPostgres(t, address)
	_, err := store.New(t.Context(), plain, key, nil)
	h.must(err)
	// Commits that hold an answer take so long that the record is looked at before
	// they are done.
	for _, query := range []string{
		`CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END $$`,
		`CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON events DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind = 'ended') EXECUTE FUNCTION slow()`,
	} {
		if _, err := plain.SQL.Exec(query); err != nil {
			t.Fatal(err)
		}
	}
	for _, fate := range []pgtest.Fate{pgtest.Lost, pgtest.Done, pgtest.UnderWay} {
		for _, at := range []string{"open", "answer"} {
			t.Run(string(fate)+" at "+at, func(t *testing.T) {
				proxy := pgtest.NewProxy(t, address)
				var err error
				h.store, err = store.New(t.Context(), openPostgres(t, proxy.URL), key, h.now)
				h.must(err)
				c := h.conversation()
				if at == "open" {
					proxy.CutNextCommit(fate)
				}
				index := indexFunc(func(ctx context.Context, q retrieval.Query) (retrieval.Result, error) {
					if at == "answer" {
						proxy.CutNextCommit(fate)
					}
					return h.index.Search(ctx, q)
				})
				var seen heard
				a, err := h.bot(nil, index, nil).Ask(t.Context(), bot.Incoming{Conversation: c, Key: "k", Text: "how much is a replacement cart?"}, seen.show)
				if err != nil || a.Outcome != bot.Answered || len(seen.parts) != 1 || proxy.Cuts() != 1 {
					t.Errorf("%v, %+v, %d parts, %d connections were cut", err, a, len(seen.parts), proxy.Cuts())
				}
				h.checkOnRecord(c, seen.parts)
				h.checkEnds(c)
				if turns, err := h.store.Transcript(t.Context(), c); err != nil || len(turns) != 1 || turns[0].Outcome != bot.Answered {
					t.Errorf("%+v, %v", turns, err)
				}
			})
		}
	}
}

// A database that is away for a moment costs the citizen nothing but that moment;
// one that stays away ends in an error, with nothing shown.
func TestDatabaseGoesAway(t *testing.T) {
	h := newHouse(t, town)
	for _, back := range []int{3, 1000} {
		c := h.conversation()
		config := townConfig
		config.Deadline = time.Second // it is waited for half of that
		b, err := answer.New(config, answer.Parts{Log: &absentLog{Log: h.store, back: back}, Index: h.index, Versions: h.pages, Ranker: h.rank}, h.now, h.logger)
		h.must(err)
		var seen heard
		_, err = b.Ask(t.Context(), bot.Incoming{Conversation: c, Key: "k", Text: "how much is a replacement cart?"}, seen.show)
		if back == 3 && (err != nil || len(seen.parts) != 1) {
			t.Errorf("%v, %d parts", err, len(seen.parts))
		}
		if back > 3 {
			h.wantError(err, bot.Unavailable)
			if len(seen.parts) > 0 {
				t.Errorf("shown: %+v", seen.parts)
			}
		}
		h.checkOnRecord(c, seen.parts)
		h.checkEnds(c)
	}
}

// absentLog is out of reach from the first Append on, and back at a later call.
type absentLog struct {
	answer.Log
	calls, back int
}

func (l *absentLog) Append(ctx context.Context, turn bot.TurnID, events ...bot.Event) error {
	if l.calls++; l.calls < l.back {
		return errOutOfReach
	}
	return l.Log.Append(ctx, turn, events...)
}

func (l *absentLog) Recent(ctx context.Context, c bot.ConversationID, n int) ([]bot.Turn, error) {
	if l.calls == 0 {
		return l.Log.Recent(ctx, c, n)
	}
	if l.calls++; l.calls < l.back {
		return nil, errOutOfReach
	}
	return l.Log.Recent(ctx, c, n)
}

func openPostgres(t *testing.T, address string) *pgdb.DB {
	t.Helper()
	db, err := pgdb.Open(t.Context(), address, pgdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}
