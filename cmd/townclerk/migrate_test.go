package main

import (
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"townclerk/internal/litedb"
	"townclerk/internal/pgdb"
	"townclerk/internal/pgtest"
)

func testMigrate(t *testing.T, p program) {
	dir := t.TempDir()
	file := filepath.Join(dir, "data", "townclerk.db")
	if _, said, code := p.run(t, dir, "", nil, "migrate", "--check"); code != 1 || !strings.Contains(said, "there is no database yet") {
		t.Errorf("exit %d: %s", code, said)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("--check made a database")
	}
	for _, want := range []string{`^pages: from 0 to [1-9]\d*\nconversations: from 0 to [1-9]\d*\n$`, `^pages: [1-9]\d*, up to date\nconversations: [1-9]\d*, up to date\n$`} {
		if got := p.must(t, dir, "migrate"); !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	p.must(t, dir, "migrate", "--check")
	db, err := litedb.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	change := func(query string) {
		t.Helper()
		if _, err := db.Write.Exec(query); err != nil {
			t.Fatal(err)
		}
	}
	change("INSERT INTO bot_migrations (version_id, is_applied) VALUES (70000, 1)")
	refusedByNewer(t, p, dir, nil)
	change("DELETE FROM bot_migrations WHERE version_id > 0")
	out, said, code := p.run(t, dir, "", nil, "migrate", "--check")
	if code != 1 || !strings.Contains(said, "run `townclerk migrate`") || !strings.Contains(out, "conversations: 0 of ") {
		t.Errorf("exit %d: %s%s", code, out, said)
	}
}

// Ten at once on a new database: all succeed, and the tables are made once.
func testTenMigrate(t *testing.T, p program) {
	address := pgtest.URL(t)
	plain, err := pgdb.Open(t.Context(), address, pgdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	if _, err := plain.SQL.Exec("DROP EXTENSION vector"); err != nil {
		t.Fatal(err)
	}
	dir, env := t.TempDir(), []string{"TOWNCLERK_DATABASE=" + address}
	if _, said, code := p.run(t, dir, "", env, "migrate", "--check"); code != 1 || !strings.Contains(said, "is not up to date") {
		t.Errorf("exit %d: %s", code, said)
	}
	var n int
	if err := plain.SQL.QueryRow("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").Scan(&n); err != nil || n != 0 {
		t.Errorf("--check made %d tables (%v)", n, err)
	}
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if out, said, code := p.run(t, dir, "", env, "migrate"); code != 0 || strings.Count(out, "\n") != 2 {
				t.Errorf("exit %d: %s%s", code, out, said)
			}
		})
	}
	all.Wait()
	if _, said, code := p.run(t, dir, "", env, "migrate", "--check"); code != 0 {
		t.Errorf("exit %d: %s", code, said)
	}
	if err := plain.SQL.QueryRow("SELECT count(*) FROM bot_migrations WHERE version_id = 1").Scan(&n); err != nil || n != 1 {
		t.Errorf("the migration is listed %d times (%v)", n, err)
	}
	if _, err := plain.SQL.Exec("INSERT INTO knowledge_migrations (version_id, is_applied) VALUES (70000, true)"); err != nil {
		t.Fatal(err)
	}
	refusedByNewer(t, p, dir, env)
}

// refusedByNewer expects that no command goes near what a newer program made.
func refusedByNewer(t *testing.T, p program, dir string, env []string) {
	t.Helper()
	for _, args := range [][]string{{"migrate"}, {"migrate", "--check"}, {"serve", "--listen", "127.0.0.1:0"}, {"ask", "how"}} {
		_, said, code := p.run(t, dir, "", env, args...)
		if code != 1 || !strings.Contains(said, "by a newer Townclerk: start that one") || !strings.Contains(said, "it is at 70000, this program knows ") {
			t.Errorf("%s: exit %d: %s", args, code, said)
		}
	}
}

// A database that will not do is named with what to do about it, and no password.
func testBadDatabases(t *testing.T, p program) {
	good := pgtest.URL(t)
	change := func(fn func(u *url.URL)) string {
		u, err := url.Parse(good)
		if err != nil {
			t.Fatal(err)
		}
		u.User = url.UserPassword(u.User.Username(), "s3cret-canary")
		fn(u)
		return u.String()
	}
	for address, want := range map[string]string{
		change(func(u *url.URL) { u.Host = "127.0.0.1:1" }):                               "the database server does not answer",
		change(func(u *url.URL) { u.Path = "/townclerk_nowhere" }):                        "create it (CREATE DATABASE)",
		change(func(u *url.URL) { u.User = url.UserPassword("nobody", "s3cret-canary") }): "refused the user",
		change(func(u *url.URL) { u.RawQuery += "&default_transaction_read_only=on" }):    "let the URL name the primary",
	} {
		for _, command := range []string{"migrate", "serve"} {
			out, said, code := p.run(t, t.TempDir(), "", []string{"TOWNCLERK_DATABASE=" + address}, command)
			if code != 1 || !strings.Contains(said, want) || strings.Contains(out+said, "s3cret-canary") {
				t.Errorf("%s with %s: exit %d: %s%s", command, address, code, out, said)
			}
		}
	}
}
