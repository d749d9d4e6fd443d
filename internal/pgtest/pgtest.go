// Package pgtest gives tests databases on a real Postgres. Only tests import it.
//
// The server is the one of TOWNCLERK_TEST_DATABASE_URL, whose user must be
// allowed to create databases and the extension vector. Without it the script
// tests/postgres starts one; that server goes on running for the next test.
// A test that can have no server fails, so that nothing goes untested unseen;
// only go test -short skips it.
package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	override = "TOWNCLERK_TEST_DATABASE_URL"
	template = "townclerk_test_template"
	lockID   = 0x746f776e74657374 // "towntest"
)

var server = sync.OnceValues(func() (string, error) {
	address := os.Getenv(override)
	if address == "" {
		var err error
		if address, err = script(); err != nil {
			return "", err
		}
	}
	return address, prepare(address)
})

// URL returns the URL of a fresh database that has the extension vector. The
// database is dropped when the test ends, with whoever is still connected.
func URL(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("needs Postgres: run without -short")
	}
	address, err := server()
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("townclerk_test_%d_%s", time.Now().Unix(), strings.ToLower(rand.Text()[:10]))
	if err := exec1(address, "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		t.Fatalf("create a database for the test: %v", err)
	}
	t.Cleanup(func() {
		if err := exec1(address, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return at(address, name)
}

// Restartable returns the URL of a fresh database and a function that kills its
// server and starts it again. The server is the test's own. Where
// TOWNCLERK_TEST_DATABASE_URL names one that others use, the function only ends
// every session of the database.
func Restartable(t testing.TB) (address string, restart func()) {
	t.Helper()
	if testing.Short() || os.Getenv(override) != "" {
		address := URL(t)
		return address, func() {
			t.Helper()
			const end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
			if err := exec1(address, end); err != nil {
				t.Error(err)
			}
		}
	}
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { script(port, "drop") })
	if address, err = script(port); err != nil {
		t.Fatal(err)
	}
	return address, func() {
		t.Helper()
		if _, err := script(port, "restart"); err != nil {
			t.Error(err)
		}
	}
}

// Standby returns the URL of a hot standby, which can be read and not written. It
// is the test's own. Where TOWNCLERK_TEST_DATABASE_URL names a server that others
// use, it is a database of that one whose sessions are read-only.
func Standby(t testing.TB) (address string) {
	t.Helper()
	address, restart := Restartable(t)
	if os.Getenv(override) != "" {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		q.Set("default_transaction_read_only", "on")
		u.RawQuery = q.Encode()
		return u.String()
	}
	// The file makes the server begin in recovery and wait for a primary.
	const signal = "DO $$ BEGIN EXECUTE format('COPY (SELECT 1) TO %L', current_setting('data_directory') || '/standby.signal'); END $$"
	if err := exec1(address, signal); err != nil {
		t.Fatal(err)
	}
	restart()
	return address
}

// script runs tests/postgres and returns the last line that it prints.
func script(args ...string) (string, error) {
	root, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; root = filepath.Dir(root) {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		if root == filepath.Dir(root) {
			return "", errors.New("no go.mod above the working directory: run the test in the repository")
		}
	}
	var said strings.Builder
	cmd := exec.Command(filepath.Join(root, "tests", "postgres"), args...)
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("this test needs Postgres with pgvector, and tests/postgres could not start one: "+
			"see below, or set %s to the URL of a server (a user who may create databases), or run go test -short "+
			"to leave such tests out: %w\n%s", override, err, said.String())
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1], nil
}

// prepare makes the template that the databases are copied from, and drops
// databases that a killed test left behind.
func prepare(address string) error {
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return fmt.Errorf("the Postgres for tests does not answer; correct %s or start the server: %w", override, err)
	}
	defer conn.Close(ctx)
	// Other processes do the same at the same time. The end of the session unlocks.
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(lockID)); err != nil {
		return err
	}
	names, err := databases(ctx, conn)
	if err != nil {
		return err
	}
	made := false
	for _, name := range names {
		made = made || name == template
		if stale(name) {
			if _, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
				return err
			}
		}
	}
	if made {
		return nil
	}
	return makeTemplate(ctx, conn, address)
}

func databases(ctx context.Context, conn *pgx.Conn) ([]string, error) {
	rows, err := conn.Query(ctx, "SELECT datname FROM pg_database WHERE datname LIKE 'townclerk_test_%'")
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func makeTemplate(ctx context.Context, conn *pgx.Conn, address string) error {
	const unfinished = template + "_new"
	for _, sql := range []string{"DROP DATABASE IF EXISTS " + unfinished, "CREATE DATABASE " + unfinished + " TEMPLATE template0 ENCODING 'UTF8'"} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return err
		}
	}
	if err := exec1(at(address, unfinished), "CREATE EXTENSION vector"); err != nil {
		return fmt.Errorf("the Postgres for tests has no pgvector: install it there, or unset %s: %w", override, err)
	}
	_, err := conn.Exec(ctx, "ALTER DATABASE "+unfinished+" RENAME TO "+template)
	return err
}

var dated = regexp.MustCompile(`^townclerk_test_(\d+)_[a-z0-9]+$`)

// stale reports whether a database was left behind over six hours ago.
func stale(name string) bool {
	m := dated.FindStringSubmatch(name)
	if m == nil {
		return false
	}
	at, err := strconv.ParseInt(m[1], 10, 64)
	return err == nil && time.Since(time.Unix(at, 0)) > 6*time.Hour
}

func exec1(address, sql string) error {
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, sql)
	return err
}

// at returns the URL of another database of the same server.
func at(address, database string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	u.Path = "/" + database
	return u.String()
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}
