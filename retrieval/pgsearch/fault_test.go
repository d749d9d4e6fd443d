package pgsearch_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"townclerk/internal/pgdb"
	"townclerk/internal/pgtest"
	"townclerk/knowledge"
	"townclerk/retrieval"
	"townclerk/retrieval/hybrid"
	"townclerk/retrieval/pgsearch"
)

// small is a store with a few pages in it.
func small(t *testing.T, db *pgdb.DB, o pgsearch.Options) (*pgsearch.Store, *hybrid.Index) {
	t.Helper()
	c := cloud{"clouds", 64, 40}
	s := store(t, db, o)
	if _, err := s.Apply(t.Context(), knowledge.Change{Encoder: c.name, Publish: encode(t, c, clouds(30))}); err != nil {
		t.Fatal(err)
	}
	analyzer, expander := words(t)
	return s, hybrid.NewIndex(s, hybrid.Encoders{Models: c, Analyzer: analyzer, Expander: expander})
}

// next is a change to the small store.
func next(t *testing.T) knowledge.Change {
	c := cloud{"clouds", 64, 40}
	return knowledge.Change{Base: 1, Encoder: c.name, Publish: encode(t, c, []knowledge.Page{page("p000000", "T", "en", "Other", "And #7")})}
}

// A change that fails at any of its tables leaves nothing behind, and what failed
// is said.
func TestApplyFailsWhole(t *testing.T) {
	for table, when := range map[string]string{
		"head": "BEFORE UPDATE", "revisions": "BEFORE INSERT", "versions": "BEFORE INSERT", "passages": "BEFORE INSERT",
		"live": "BEFORE INSERT", "vectors_1": "BEFORE INSERT",
	} {
		for name, fault := range map[string]struct {
			statement string
			want      error
		}{
			"disk full": {"RAISE EXCEPTION 'No space left on device' USING ERRCODE = '53100'", pgdb.ErrFull},
			"lost":      {"PERFORM pg_terminate_backend(pg_backend_pid())", pgdb.ErrLost},
		} {
			t.Run(table+" "+name, func(t *testing.T) {
				db := connect(t, pgtest.URL(t), 4)
				s, _ := small(t, db, pgsearch.Options{})
				before, err := s.Manifest(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				plant(t, db, fault.statement, "CREATE TRIGGER fault "+when+" ON "+table+" FOR EACH STATEMENT EXECUTE FUNCTION fault()")
				if _, err := s.Apply(t.Context(), next(t)); !errors.Is(err, fault.want) {
					t.Errorf("got %v", err)
				}
				plant(t, db, "NULL", "DROP TRIGGER fault ON "+table)
				after, err := s.Manifest(t.Context())
				if err != nil || !reflect.DeepEqual(after, before) {
					t.Errorf("%+v %v", after, err)
				}
				if r, err := s.Apply(t.Context(), next(t)); err != nil || r != 2 {
					t.Errorf("the next try: %d %v", r, err)
				}
			})
		}
	}
}

// plant replaces the body of the function fault and runs sql.
func plant(t *testing.T, db *pgdb.DB, body, sql string) {
	t.Helper()
	for _, q := range []string{
		"CREATE OR REPLACE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " + body + "; RETURN NULL; END $$", sql,
	} {
		if _, err := db.Pool.Exec(context.Background(), q); err != nil {
			t.Fatal(err)
		}
	}
}

// A connection that is lost in the commit leaves open whether it was done.
func TestCommitUnknown(t *testing.T) {
	db := connect(t, pgtest.URL(t), 4)
	s, _ := small(t, db, pgsearch.Options{})
	plant(t, db, "PERFORM pg_terminate_backend(pg_backend_pid())",
		"CREATE CONSTRAINT TRIGGER fault AFTER INSERT ON live DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fault()")
	if _, err := s.Apply(t.Context(), next(t)); !errors.Is(err, pgdb.ErrCommitUnknown) {
		t.Errorf("got %v", err)
	}
	if r, err := s.Revision(t.Context()); err != nil || r != 1 {
		t.Errorf("revision %d, %v", r, err)
	}
}

// A table that is locked by somebody ends a search in time: without the revision
// with an error, without vectors with what the words find.
func TestStatementTimeout(t *testing.T) {
	address := pgtest.URL(t)
	db, err := pgdb.Open(t.Context(), address, pgdb.Options{
		MaxConns: 4, Vector: true, AfterConnect: pgsearch.AfterConnect, StatementTimeout: 300 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, index := small(t, db, pgsearch.Options{MemoryBelow: 1})
	q := retrieval.Query{Text: "word7 #7"}
	for _, table := range []string{"", "vectors_1", "head", ""} {
		unlock := lock(t, connect(t, address, 1), table)
		res, err := index.Search(t.Context(), q)
		unlock()
		switch {
		case table == "head" && (err == nil || !strings.Contains(err.Error(), "statement took too long")):
			t.Errorf("without the revision: %+v %v", res, err)
		case table == "vectors_1" && (err != nil || len(res.Hits) == 0 || !strings.Contains(res.Degraded, "statement took too long")):
			t.Errorf("without vectors: %+v %v", res, err)
		case table == "" && (err != nil || len(res.Hits) == 0 || res.Degraded != ""):
			t.Errorf("%+v %v", res, err)
		}
	}
}

func lock(t *testing.T, db *pgdb.DB, table string) (unlock func()) {
	t.Helper()
	tx, err := db.Pool.Begin(t.Context())
	if err == nil && table != "" {
		_, err = tx.Exec(t.Context(), "LOCK TABLE "+table+" IN ACCESS EXCLUSIVE MODE")
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() { tx.Rollback(context.Background()) }
}

// No connection is held while the question is encoded, and a search does not wait
// for one without end.
func TestConnectionsAreReturned(t *testing.T) {
	db := connect(t, pgtest.URL(t), 1)
	s, _ := small(t, db, pgsearch.Options{MemoryBelow: 1, AcquireTimeout: 200 * time.Millisecond})
	analyzer, expander := words(t)
	m := &watching{cloud: cloud{"clouds", 64, 40}, db: db}
	index := hybrid.NewIndex(s, hybrid.Encoders{Models: m, Analyzer: analyzer, Expander: expander})
	res, err := index.Search(t.Context(), retrieval.Query{Text: "word7 #7"})
	if err != nil || res.Degraded != "" || m.calls == 0 || m.held != 0 {
		t.Errorf("%d of %d calls with a connection held: %s %v", m.held, m.calls, res.Degraded, err)
	}
	unlock := lock(t, db, "")
	_, err = index.Search(t.Context(), retrieval.Query{Text: "word7 #7"})
	unlock()
	if !errors.Is(err, pgdb.ErrExhausted) {
		t.Errorf("without a connection: %v", err)
	}
}

// watching looks at the pool while it encodes.
type watching struct {
	cloud
	db          *pgdb.DB
	calls, held int32
}

func (w *watching) Open(context.Context, string, []byte) (knowledge.Embedder, error) { return w, nil }

func (w *watching) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	w.calls, w.held = w.calls+1, w.held+w.db.Pool.Stat().AcquiredConns()
	return w.cloud.Embed(ctx, texts)
}

// A search that meets another revision when it asks for vectors starts again.
func TestSearchStartsAgain(t *testing.T) {
	db := connect(t, pgtest.URL(t), 2)
	s, _ := small(t, db, pgsearch.Options{MemoryBelow: 1})
	analyzer, expander := words(t)
	m := &meddling{cloud: cloud{"clouds", 64, 40}, apply: func() {
		if _, err := s.Apply(t.Context(), next(t)); err != nil {
			t.Error(err)
		}
	}}
	res, err := hybrid.NewIndex(s, hybrid.Encoders{Models: m, Analyzer: analyzer, Expander: expander}).Search(t.Context(), retrieval.Query{Text: "and #7", Mode: retrieval.Dense})
	if err != nil || res.Revision != 2 || len(res.Hits) == 0 || res.Hits[0].Passage.Text != "And #7" || m.calls != 1 {
		t.Errorf("%+v %v, %d calls", res, err, m.calls)
	}
}

// meddling applies a change while the first question is encoded.
type meddling struct {
	cloud
	apply func()
	calls int
}

func (m *meddling) Open(context.Context, string, []byte) (knowledge.Embedder, error) { return m, nil }

func (m *meddling) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	if m.calls++; m.calls == 1 {
		m.apply()
	}
	return m.cloud.Embed(ctx, texts)
}

func TestServerRestart(t *testing.T) {
	address, restart := pgtest.Restartable(t)
	_, index := small(t, connect(t, address, 4), pgsearch.Options{MemoryBelow: 1})
	want, err := index.Search(t.Context(), retrieval.Query{Text: "word7 #7"})
	if err != nil || want.Degraded != "" {
		t.Fatal(want, err)
	}
	restart()
	for deadline := time.Now().Add(10 * time.Second); ; {
		got, err := index.Search(t.Context(), retrieval.Query{Text: "word7 #7"})
		if err == nil && reflect.DeepEqual(got, want) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%+v %v", got, err)
		}
	}
}

func TestPoolWithoutTypes(t *testing.T) {
	db, err := pgdb.Open(t.Context(), pgtest.URL(t), pgdb.Options{MaxConns: 2, Vector: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := pgsearch.NewStore(t.Context(), db, time.Now, pgsearch.Options{}); err == nil || !strings.Contains(err.Error(), "pgsearch.AfterConnect") {
		t.Errorf("got %v", err)
	}
}
