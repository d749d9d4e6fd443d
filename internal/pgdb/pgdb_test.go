package pgdb_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"

	"townclerk/internal/pgdb"
	"townclerk/internal/pgtest"
)

func TestOpenSetsSessions(t *testing.T) {
	hooks := 0
	db := open(t, pgtest.URL(t), pgdb.Options{
		MaxConns: 1, StatementTimeout: 7 * time.Second, IdleInTransactionTimeout: 8 * time.Second, Vector: true,
		AfterConnect: func(_ context.Context, conn *pgx.Conn) error { hooks++; return nil },
	})
	for name, want := range map[string]string{
		"statement_timeout": "7s", "idle_in_transaction_session_timeout": "8s", "application_name": "townclerk",
	} {
		for range 2 {
			var got string
			if err := db.SQL.QueryRow("SELECT current_setting($1)", name).Scan(&got); err != nil || got != want {
				t.Errorf("%s is %q (%v), want %q", name, got, err, want)
			}
		}
	}
	if hooks != 1 {
		t.Errorf("the hook ran %d times for one connection", hooks)
	}
	if db.Dialect() != "postgres" || !strings.Contains(db.String(), "townclerk_test_") || strings.Contains(db.String(), "postgres@") {
		t.Errorf("it is %s, %s", db.Dialect(), db)
	}
}

func TestURLWinsOverOptions(t *testing.T) {
	db := open(t, with(t, pgtest.URL(t), "statement_timeout", "1234"), pgdb.Options{StatementTimeout: time.Second})
	var got string
	if err := db.SQL.QueryRow("SHOW statement_timeout").Scan(&got); err != nil || got != "1234ms" {
		t.Errorf("got %s, %v", got, err)
	}
}

// What a warning says that Townclerk does about it is done.
func TestWarningsAreActedOn(t *testing.T) {
	db := open(t, with(t, pgtest.URL(t), "synchronous_commit", "off"), pgdb.Options{Vector: true})
	said := strings.Join(db.Warnings(), "\n")
	if !strings.Contains(said, "synchronous_commit") {
		t.Errorf("warnings: %s", said)
	}
	var commit, workers string
	err := db.SQL.QueryRow("SELECT current_setting('synchronous_commit'), current_setting('max_parallel_maintenance_workers')").
		Scan(&commit, &workers)
	if err != nil || commit != "on" || (workers == "0") != strings.Contains(said, "pgvector") {
		t.Errorf("synchronous_commit %s, %s workers, warnings %s (%v)", commit, workers, said, err)
	}
}

func TestFailingHookFailsOpen(t *testing.T) {
	boom := errors.New("boom")
	_, err := pgdb.Open(t.Context(), pgtest.URL(t), pgdb.Options{
		AfterConnect: func(context.Context, *pgx.Conn) error { return boom },
	})
	if !errors.Is(err, boom) {
		t.Errorf("got %v", err)
	}
}

func TestVectorIsCreated(t *testing.T) {
	address := pgtest.URL(t)
	plain := open(t, address, pgdb.Options{})
	must(t, plain, "DROP EXTENSION vector")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			db, err := pgdb.Open(t.Context(), address, pgdb.Options{Vector: true, MaxConns: 1})
			if err != nil {
				t.Error(err)
				return
			}
			defer db.Close()
			var n int
			if err := db.SQL.QueryRow("SELECT count(*) FROM pg_type WHERE typname = 'halfvec'").Scan(&n); err != nil || n != 1 {
				t.Errorf("%d types, %v", n, err)
			}
		})
	}
	wg.Wait()
}

func TestUserWithoutRightsIsTold(t *testing.T) {
	address := pgtest.URL(t)
	admin := open(t, address, pgdb.Options{})
	must(t, admin, "DROP EXTENSION vector")
	role := "townclerk_test_" + admin.String()[len("townclerk_test_"):len("townclerk_test_")+10]
	must(t, admin, "CREATE ROLE "+role+" LOGIN PASSWORD 'x'")
	t.Cleanup(func() { // before the database is dropped
		admin, err := pgdb.Open(context.Background(), address, pgdb.Options{})
		if err == nil {
			admin.SQL.Exec("DROP ROLE " + role)
			admin.Close()
		}
	})
	must(t, admin, "CREATE TABLE t (x int)")
	u := parse(t, address)
	u.User = url.UserPassword(role, "x")
	if _, err := pgdb.Open(t.Context(), u.String(), pgdb.Options{Vector: true}); !errors.Is(err, pgdb.ErrNoVector) {
		t.Errorf("creating the extension without the right: %v", err)
	}
	db := open(t, u.String(), pgdb.Options{})
	_, err := db.SQL.Exec("INSERT INTO t VALUES (1)")
	if err := pgdb.Explain(err); err == nil || !strings.Contains(err.Error(), "lacks a right") {
		t.Errorf("got %v", err)
	}
	if _, err := db.Scrub(t.Context(), "t"); !errors.Is(err, pgdb.ErrNoVacuum) {
		t.Errorf("vacuum without the right: %v", err)
	}
}

const secret = "s3cret-canary"

// What can go wrong at Open says what to do, and never the password.
func TestOpenExplains(t *testing.T) {
	address := pgtest.URL(t)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	change := func(fn func(u *url.URL)) string {
		u := parse(t, address)
		u.User = url.UserPassword(u.User.Username(), secret)
		fn(u)
		return u.String()
	}
	for name, try := range map[string]struct{ url, want string }{
		"closed port":    {change(func(u *url.URL) { u.Host = closed.Addr().String() }), "does not answer"},
		"silent server":  {change(func(u *url.URL) { u.Host = silent.Addr().String() }), "does not answer"},
		"unknown host":   {change(func(u *url.URL) { u.Host = "nowhere.invalid:5432" }), "host is not known"},
		"no database":    {change(func(u *url.URL) { u.Path = "/townclerk_nowhere" }), "create it"},
		"unknown user":   {change(func(u *url.URL) { u.User = url.UserPassword("townclerk_nobody", secret) }), "refused the user"},
		"no URL":         {"postgres://u:" + secret + "@h:port/db", "cannot be read"},
		"no URL 2":       {"postgres://u:" + secret + "%zz@h/db", "cannot be read"},
		"no URL 3":       {secret, "cannot be read"},
		"bad parameter":  {"postgres://u:" + secret + "@h/db?sslmode=perhaps", "cannot be read"},
		"key and value":  {"host=127.0.0.1 port=x password=" + secret, "cannot be read"},
		"in a parameter": {"postgres://u@" + closed.Addr().String() + "/db?password=" + secret, "does not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, err := pgdb.Open(t.Context(), try.url, pgdb.Options{ConnectTimeout: time.Second})
			if err == nil || !strings.Contains(err.Error(), try.want) {
				t.Errorf("got %v, want %q", err, try.want)
			}
			if time.Since(start) > 10*time.Second {
				t.Errorf("it took %v", time.Since(start))
			}
			hidden(t, err)
		})
	}
}

// A wrong password needs a server that asks for one, which the one for tests does
// not; this one is played.
func TestWrongPassword(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.Read(make([]byte, 1024))
			fields := "SFATAL\x00VFATAL\x00C28P01\x00Mpassword authentication failed for user \"u\"\x00\x00"
			fmt.Fprintf(conn, "E\x00\x00\x00%c%s", 4+len(fields), fields)
			conn.Close()
		}
	}()
	_, err = pgdb.Open(t.Context(), "postgres://u:"+secret+"@"+l.Addr().String()+"/db?sslmode=disable", pgdb.Options{})
	if err == nil || !strings.Contains(err.Error(), "refused the user's name or password") {
		t.Errorf("got %v", err)
	}
	hidden(t, err)
}

// hidden fails where the password is in the error or in one that it wraps,
// however they are printed.
func hidden(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	for _, form := range []string{"%v", "%+v", "%#v", "%q"} {
		if strings.Contains(fmt.Sprintf(form, err), secret) {
			t.Errorf("%s of %T has the password", form, err)
		}
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		hidden(t, e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, err := range e.Unwrap() {
			hidden(t, err)
		}
	}
}

func TestReadOnlyIsRefused(t *testing.T) {
	address := pgtest.URL(t)
	_, err := pgdb.Open(t.Context(), with(t, address, "default_transaction_read_only", "on"), pgdb.Options{})
	if !errors.Is(err, pgdb.ErrReadOnly) || !strings.Contains(err.Error(), "primary") {
		t.Errorf("got %v", err)
	}
	db := open(t, address, pgdb.Options{})
	err = db.Snapshot(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec("CREATE TABLE t (x int)")
		return err
	})
	if !errors.Is(err, pgdb.ErrReadOnly) {
		t.Errorf("a snapshot wrote: %v", err)
	}
}

func TestStatementTimeout(t *testing.T) {
	db := open(t, pgtest.URL(t), pgdb.Options{StatementTimeout: 50 * time.Millisecond})
	_, err := db.SQL.Exec("SELECT pg_sleep(5)")
	if err := pgdb.Explain(err); err == nil || !strings.Contains(err.Error(), "took too long") {
		t.Errorf("got %v", err)
	}
}

func TestIdleTransactionIsEnded(t *testing.T) {
	db := open(t, pgtest.URL(t), pgdb.Options{IdleInTransactionTimeout: 50 * time.Millisecond})
	err := db.Tx(t.Context(), func(tx *sql.Tx) error {
		time.Sleep(300 * time.Millisecond)
		_, err := tx.Exec("SELECT 1")
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "nothing") {
		t.Errorf("got %v", err)
	}
}

func TestMissingTypeIsExplained(t *testing.T) {
	db := open(t, pgtest.URL(t), pgdb.Options{})
	must(t, db, "DROP EXTENSION vector")
	_, err := db.SQL.Exec("CREATE TABLE t (v halfvec(3))")
	if err := pgdb.Explain(err); err == nil || !strings.Contains(err.Error(), "CREATE EXTENSION vector") {
		t.Errorf("got %v", err)
	}
}

var migrations = fstest.MapFS{
	"00001_t.sql": {Data: []byte("-- +goose Up\nCREATE TABLE t (x bigint);\nSELECT pg_sleep(1.5);\n")},
	"00002_u.sql": {Data: []byte("-- +goose Up\nINSERT INTO t VALUES (7);\n")},
}

func TestTenServersMigrateAtOnce(t *testing.T) {
	address := pgtest.URL(t)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			db, err := pgdb.Open(t.Context(), address, pgdb.Options{MaxConns: 2, StatementTimeout: time.Second})
			if err != nil {
				t.Error(err)
				return
			}
			defer db.Close()
			if err := db.Migrate(t.Context(), migrations, "t_migrations"); err != nil {
				t.Error(err)
			}
			for range 2 { // the limits are back
				var timeout string
				if err := db.SQL.QueryRow("SHOW statement_timeout").Scan(&timeout); err != nil || timeout != "1s" {
					t.Errorf("statement_timeout is %s after the migration (%v)", timeout, err)
				}
			}
		})
	}
	wg.Wait()
	db := open(t, address, pgdb.Options{})
	if got := number(t, db, "SELECT sum(x) FROM t"); got != 7 {
		t.Errorf("the migrations ran %d times", got/7)
	}
	if n := number(t, db, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"); n != 0 {
		t.Errorf("%d locks are left", n)
	}
}

func TestMigrationWaitsNoLongerThanItsContext(t *testing.T) {
	address := pgtest.URL(t)
	other, db := open(t, address, pgdb.Options{}), open(t, address, pgdb.Options{})
	conn, err := other.SQL.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), "SELECT pg_advisory_lock($1)", int64(0x746f776e636c726b)); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer stop()
	if err := db.Migrate(ctx, migrations, "t_migrations"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestScrub(t *testing.T) {
	db := open(t, pgtest.URL(t), pgdb.Options{})
	must(t, db, "CREATE TABLE t (x text)")
	must(t, db, "INSERT INTO t VALUES ('a'), ('b')")
	reader, err := db.SQL.BeginTx(t.Context(), &sql.TxOptions{Isolation: sql.LevelRepeatableRead})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Rollback()
	var n int
	if err := reader.QueryRow("SELECT count(*) FROM t").Scan(&n); err != nil || n != 2 {
		t.Fatal(n, err)
	}
	must(t, db, "DELETE FROM t")
	if clean, err := db.Scrub(t.Context(), "t"); clean || err != nil {
		t.Errorf("with a reader: %v, %v", clean, err)
	}
	reader.Rollback()
	if clean, err := db.Scrub(t.Context(), "t"); !clean || err != nil {
		t.Errorf("without one: %v, %v", clean, err)
	}
	if _, err := db.Scrub(t.Context(), "nothing"); err == nil {
		t.Error("a table that is not there was scrubbed")
	}
}

func open(t testing.TB, address string, o pgdb.Options) *pgdb.DB {
	t.Helper()
	db, err := pgdb.Open(t.Context(), address, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func must(t testing.TB, db *pgdb.DB, query string) {
	t.Helper()
	if _, err := db.SQL.Exec(query); err != nil {
		t.Fatal(err)
	}
}

func number(t testing.TB, db *pgdb.DB, query string) (n int64) {
	t.Helper()
	if err := db.SQL.QueryRow(query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func parse(t testing.TB, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func with(t testing.TB, address, name, value string) string {
	t.Helper()
	u := parse(t, address)
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}
