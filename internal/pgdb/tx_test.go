package pgdb_test

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"townclerk/internal/pgdb"
	"townclerk/internal/pgtest"
)

// Each of 16 writers reads a sum and adds a row that holds it plus one. Only if
// they ran one after the other are the rows 1, 2, 3, ...
func TestTxIsSerializable(t *testing.T) {
	db := open(t, pgtest.URL(t), pgdb.Options{MaxConns: 16})
	must(t, db, "CREATE TABLE t (x bigint)")
	var done atomic.Int64
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 5 {
				err := db.Tx(t.Context(), func(tx *sql.Tx) error {
					var n int64
					if err := tx.QueryRow("SELECT count(*) FROM t").Scan(&n); err != nil {
						return err
					}
					_, err := tx.Exec("INSERT INTO t VALUES ($1)", n+1)
					return err
				})
				switch {
				case err == nil:
					done.Add(1)
				case !errors.Is(err, pgdb.ErrConflict):
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n := number(t, db, "SELECT count(*) FROM t"); n != done.Load() || n == 0 {
		t.Errorf("%d rows after %d commits", n, done.Load())
	}
	if n := number(t, db, "SELECT count(*) FROM (SELECT x, row_number() OVER (ORDER BY x) AS r FROM t) AS o WHERE x <> r"); n != 0 {
		t.Errorf("%d rows do not fit a serial order", n)
	}
}

func TestTxTriesFiveTimes(t *testing.T) {
	var pauses []int
	db := open(t, pgtest.URL(t), pgdb.Options{Backoff: func(refused int) time.Duration {
		pauses = append(pauses, refused)
		return time.Nanosecond
	}})
	must(t, db, "CREATE TABLE t (x bigint)")
	for _, code := range []string{"40001", "40P01"} {
		for last := 1; last <= 6; last++ {
			must(t, db, "TRUNCATE t")
			pauses = nil
			run := 0
			err := db.Tx(t.Context(), func(tx *sql.Tx) error {
				run++
				if _, err := tx.Exec("INSERT INTO t VALUES ($1)", run); err != nil {
					return err
				}
				if run < last {
					_, err := tx.Exec("DO $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '" + code + "'; END $$")
					return err
				}
				return nil
			})
			wantRuns, rows := min(last, 5), int64(1)
			if last == 6 {
				rows = 0
				if !errors.Is(err, pgdb.ErrConflict) {
					t.Errorf("%s: after five runs %v", code, err)
				}
			} else if err != nil {
				t.Errorf("%s: run %d: %v", code, last, err)
			}
			if run != wantRuns || len(pauses) != wantRuns-1 || number(t, db, "SELECT count(*) FROM t") != rows {
				t.Errorf("%s until run %d: %d runs, pauses %v", code, last, run, pauses)
			}
		}
	}
}

func TestDeadlockIsTriedAgain(t *testing.T) {
	db := open(t, pgtest.URL(t), pgdb.Options{})
	must(t, db, "CREATE TABLE t (id int PRIMARY KEY, x int)")
	must(t, db, "INSERT INTO t VALUES (1, 0), (2, 0)")
	var wg sync.WaitGroup
	var first sync.WaitGroup
	first.Add(2)
	for i := range 2 {
		wg.Go(func() {
			run := 0
			err := db.Tx(t.Context(), func(tx *sql.Tx) error {
				run++
				if _, err := tx.Exec("SET TRANSACTION ISOLATION LEVEL READ COMMITTED"); err != nil {
					return err
				}
				if _, err := tx.Exec("UPDATE t SET x = x + 1 WHERE id = $1", 1+i); err != nil {
					return err
				}
				if run == 1 {
					first.Done()
					first.Wait() // both hold what the other wants
				}
				_, err := tx.Exec("UPDATE t SET x = x + 1 WHERE id = $1", 2-i)
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := number(t, db, "SELECT sum(x) FROM t"); n != 4 {
		t.Errorf("the sum is %d, want 4", n)
	}
}

func TestTxRollsBack(t *testing.T) {
	db := open(t, pgtest.URL(t), pgdb.Options{MaxConns: 1})
	must(t, db, "CREATE TABLE t (x int)")
	boom := errors.New("boom")
	ctx, cancel := context.WithCancel(t.Context())
	for _, try := range []struct {
		name string
		ctx  context.Context
		fn   func(*sql.Tx) error
		want error // nil: any
	}{
		{"error", t.Context(), func(*sql.Tx) error { return boom }, boom},
		{"swallowed error", t.Context(), func(tx *sql.Tx) error { tx.Exec("SELECT 1/0"); return nil }, nil},
		{"context ends", ctx, func(*sql.Tx) error { cancel(); return nil }, context.Canceled},
		{"context ended before", ctx, func(*sql.Tx) error { return nil }, context.Canceled},
	} {
		err := db.Tx(try.ctx, func(tx *sql.Tx) error {
			if _, err := tx.Exec("INSERT INTO t VALUES (1)"); err != nil {
				return err
			}
			return try.fn(tx)
		})
		if err == nil || errors.Is(err, pgdb.ErrCommitUnknown) || try.want != nil && !errors.Is(err, try.want) {
			t.Errorf("%s: %v", try.name, err)
		}
	}
	func() {
		defer func() { recover() }()
		db.Tx(t.Context(), func(tx *sql.Tx) error { panic("boom") })
	}()
	if n := number(t, db, "SELECT count(*) FROM t"); n != 0 { // also: the connection is back
		t.Errorf("%d rows", n)
	}
}

func TestFullPoolRefusesInTime(t *testing.T) {
	db := open(t, pgtest.URL(t), pgdb.Options{MaxConns: 1, AcquireTimeout: 100 * time.Millisecond})
	conn, err := db.SQL.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	nothing := func(*sql.Tx) error { return nil }
	if err := db.Tx(t.Context(), nothing); !errors.Is(err, pgdb.ErrExhausted) {
		t.Errorf("a transaction: %v", err)
	}
	if err := db.Snapshot(t.Context(), nothing); !errors.Is(err, pgdb.ErrExhausted) {
		t.Errorf("a snapshot: %v", err)
	}
	conn.Close()
	err = db.Tx(t.Context(), func(*sql.Tx) error { // the time for a connection is not the transaction's
		time.Sleep(200 * time.Millisecond)
		return nil
	})
	if err != nil {
		t.Errorf("with a connection free again: %v", err)
	}
}

// A context that ends while the commit is under way does not stop it.
func TestCommitOutlivesItsContext(t *testing.T) {
	address := pgtest.URL(t)
	db, other := open(t, address, pgdb.Options{}), open(t, address, pgdb.Options{})
	slowCommit(t, db, "SELECT pg_sleep(0.3)")
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	err := db.Tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO t VALUES (1)")
		return err
	})
	if n := number(t, other, "SELECT count(*) FROM t"); err != nil || n != 1 {
		t.Errorf("%v, %d rows", err, n)
	}
}

func TestLostConnection(t *testing.T) {
	db := open(t, pgtest.URL(t), pgdb.Options{})
	must(t, db, "CREATE TABLE t (x int)")
	err := db.Tx(t.Context(), func(tx *sql.Tx) error {
		if _, err := tx.Exec("INSERT INTO t VALUES (1)"); err != nil {
			return err
		}
		var pid int
		if err := tx.QueryRow("SELECT pg_backend_pid()").Scan(&pid); err != nil {
			return err
		}
		if _, err := db.SQL.Exec("SELECT pg_terminate_backend($1, 5000)", pid); err != nil {
			return err
		}
		_, err := tx.Exec("INSERT INTO t VALUES (2)")
		return err
	})
	if !errors.Is(err, pgdb.ErrLost) || errors.Is(err, pgdb.ErrCommitUnknown) {
		t.Errorf("got %v", err)
	}
	if n := number(t, db, "SELECT count(*) FROM t"); n != 0 {
		t.Errorf("%d rows", n)
	}
}

// The connection is cut after the server has the commit and before the client
// has the answer.
func TestCommitUnknown(t *testing.T) {
	u := parse(t, pgtest.URL(t))
	plain := open(t, u.String(), pgdb.Options{})
	slowCommit(t, plain, "SELECT pg_sleep(0.3)")
	proxy := newProxy(t, u.Host)
	u.Host = proxy.listener.Addr().String()
	db := open(t, u.String(), pgdb.Options{})
	time.AfterFunc(150*time.Millisecond, proxy.cut)
	run := 0
	err := db.Tx(t.Context(), func(tx *sql.Tx) error {
		run++
		_, err := tx.Exec("INSERT INTO t VALUES (1)")
		return err
	})
	if !errors.Is(err, pgdb.ErrCommitUnknown) || run != 1 {
		t.Fatalf("got %v after %d runs", err, run)
	}
	for range 100 { // the server finishes what it has
		if number(t, plain, "SELECT count(*) FROM t") == 1 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error("the commit was not done; the test is no test")
}

// slowCommit makes a table t whose commits take a while.
func slowCommit(t *testing.T, db *pgdb.DB, sleep string) {
	t.Helper()
	must(t, db, "CREATE TABLE t (x int)")
	must(t, db, "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 FROM ("+sleep+") AS s; RETURN NULL; END $$")
	must(t, db, "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow()")
}

// proxy passes connections on to a server until they are cut.
type proxy struct {
	listener net.Listener
	mu       sync.Mutex
	conns    []net.Conn
}

func newProxy(t *testing.T, server string) *proxy {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l}
	t.Cleanup(p.cut)
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", server)
			if err != nil {
				in.Close()
				continue
			}
			p.mu.Lock()
			p.conns = append(p.conns, in)
			p.mu.Unlock()
			go func() { io.Copy(out, in); time.Sleep(time.Second); out.Close() }()
			go func() { io.Copy(in, out); in.Close() }()
		}
	}()
	return p
}

// cut ends the connections on the client's side and takes no more: the driver
// would use one to cancel what the server is doing.
func (p *proxy) cut() {
	p.listener.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		c.Close()
	}
}

func TestServerRestarts(t *testing.T) {
	address, restart := pgtest.Restartable(t)
	db := open(t, address, pgdb.Options{})
	must(t, db, "CREATE TABLE t (x int)")
	err := db.Tx(t.Context(), func(tx *sql.Tx) error {
		if _, err := tx.Exec("INSERT INTO t VALUES (1)"); err != nil {
			return err
		}
		restart()
		_, err := tx.Exec("INSERT INTO t VALUES (2)")
		return err
	})
	if !errors.Is(err, pgdb.ErrLost) {
		t.Errorf("got %v", err)
	}
	if n := number(t, db, "SELECT count(*) FROM t"); n != 0 {
		t.Errorf("%d rows", n)
	}
	if err := db.Tx(t.Context(), func(tx *sql.Tx) error { _, err := tx.Exec("INSERT INTO t VALUES (3)"); return err }); err != nil {
		t.Errorf("after the restart: %v", err)
	}
}

func TestCodesAreExplained(t *testing.T) {
	for code, want := range map[string]string{
		"53100": "disk is full", "28P01": "password", "3D000": "create it", "57P03": "wait a moment",
		"53300": "max_connections", "XX001": "backup", "40001": "try again", "25006": "primary",
	} {
		cause := &pgconn.PgError{Code: code}
		err := pgdb.Explain(cause)
		if !strings.Contains(err.Error(), want) || !errors.Is(err, cause) {
			t.Errorf("%s gives %v", code, err)
		}
		if again := pgdb.Explain(err); strings.Count(again.Error(), want) != strings.Count(err.Error(), want) {
			t.Errorf("%s explained twice: %v", code, again)
		}
	}
	other := errors.New("other")
	if pgdb.Explain(other) != other || pgdb.Explain(nil) != nil || pgdb.Explain(context.Canceled) != context.Canceled {
		t.Error("an error of somebody else was changed")
	}
}
