package main

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"townclerk/bot/store"
	"townclerk/evals/datasets/riverton"
	"townclerk/internal/carry"
	"townclerk/internal/litedb"
	"townclerk/internal/pgdb"
	"townclerk/internal/pgtest"
	"townclerk/knowledge"
	"townclerk/knowledge/ingest"
)

var moveKills = flag.Int("movekills", 3, "how many moves are killed, twice each, in each direction")

// What was asked, answered, judged and erased is there after a move, to Postgres
// and back; the same questions get the same answers, from the same candidates with
// the same scores.
func TestMoveKeepsEverything(t *testing.T) {
	dir := t.TempDir()
	h := openOn(t, dir, "")
	talks, retired := live(t, h, 20)
	cases := rivertonSet(t, "questions.dev.jsonl").Cases
	answers, read := askAll(t, h, cases), readAll(t, h, talks)
	address, back := place(pgtest.URL(t)), lite(filepath.Join(dir, "back"))
	there := mustMove(t, lite(dir), address, dir)
	for _, m := range there {
		if m.counts.Added+m.counts.Amended != m.from.Rows || m.counts.Amended != 0 && m.table != "ledger_head" || m.from.Rows == 0 {
			t.Errorf("%s: %+v", m.table, m)
		}
	}
	again := mustMove(t, address, back, dir)
	for i := range there {
		if again[i].to != there[i].from {
			t.Errorf("%s: %+v went there and %+v came back", there[i].table, there[i].from, again[i].to)
		}
	}
	copyFile(t, keyPath(dir), keyPath(filepath.Join(dir, "back")))
	for name, moved := range map[string]*house{"on Postgres": openOn(t, dir, string(address)), "back": openOn(t, filepath.Join(dir, "back"), "")} {
		compareAnswers(t, name, answers, askAll(t, moved, cases))
		compareLines(t, name, readAll(t, moved, talks), read)
		if v, err := moved.knowledge.Version(t.Context(), retired.ID); err != nil || !reflect.DeepEqual(v, retired) {
			t.Errorf("%s a retired page reads %+v, %v", name, v, err)
		}
		askOnce(t, moved)
		checkAudit(t, dir, moved)
	}
}

// A move that is killed anywhere, and again when it goes on, ends with what an
// unbroken one ends with. Until then nothing can be asked at the target.
func TestKilledMoveGoesOn(t *testing.T) {
	dir, p := t.TempDir(), program(buildBinary(t))
	live(t, openOn(t, dir, ""), 150)
	random := rand.New(rand.NewPCG(11, 11))
	postgres := place(pgtest.URL(t))
	unbroken := mustMove(t, lite(dir), postgres, dir)
	for name, way := range map[string]struct {
		from place
		to   func() place
	}{
		"to Postgres": {lite(dir), func() place { return place(pgtest.URL(t)) }},
		"to SQLite":   {postgres, func() place { return lite(t.TempDir()) }},
	} {
		half := 0
		for range *moveKills {
			to := way.to()
			killMove(t, p, dir, way.from, to, random)
			killMove(t, p, dir, way.from, to, random)
			moving, added, rows := isMoving(t, to, dir), 0, 0
			for i, m := range mustMove(t, way.from, to, dir) {
				if m.to != unbroken[i].to {
					t.Errorf("%s, %s: %+v, want %+v", name, m.table, m.to, unbroken[i].to)
				}
				added, rows = added+m.counts.Added, rows+m.to.Rows
			}
			if !moving && added > 0 {
				t.Errorf("%s: the target was open with %d of %d rows missing", name, added, rows)
			}
			if isMoving(t, to, dir) {
				t.Errorf("%s: the target stays closed", name)
			}
			if 0 < added && added < rows {
				half++
			}
		}
		t.Logf("%s: %d of %d moves were killed half way", name, half, *moveKills)
		if half == 0 {
			t.Errorf("%s: no kill fell into the move; the test tests nothing", name)
		}
	}
}

// killMove starts a move and kills it some time after one of its first lines.
func killMove(t *testing.T, p program, dir string, from, to place, random *rand.Rand) {
	t.Helper()
	cmd := p.command(t, dir, nil, "--store", dir, "move", "--from", string(from), "--to", string(to))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for n := random.IntN(12); n >= 0 && lines.Scan(); n-- {
	}
	time.Sleep(time.Duration(random.IntN(10_000)) * time.Microsecond) // where in the table the kill falls
	cmd.Process.Kill()
	cmd.Wait() // reports the kill
}

// isMoving asks at the target, as a server would that is started too early.
func isMoving(t *testing.T, target place, dir string) bool {
	t.Helper()
	e, err := target.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer e.close()
	key, err := masterKey(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = store.New(t.Context(), e.turns, key, time.Now)
	if err != nil && !errors.Is(err, store.ErrMoving) {
		t.Fatal(err)
	}
	return err != nil
}

// Between a move that broke off and the next try the source went on: what is new
// is carried over, what has changed is brought up to date, and what was erased is
// erased at the target.
func TestSourceGoesOnBetweenTries(t *testing.T) {
	dir := t.TempDir()
	h := openOn(t, dir, "")
	talks, _ := live(t, h, 10)
	former := knowledge.Passage{Source: knowledge.Source{Language: "en"}, Text: "Vectors of a former model."}
	if err := h.knowledge.Keep(t.Context(), "former", []knowledge.Passage{former}, [][]float32{{0, 1, 0}}); err != nil {
		t.Fatal(err)
	}
	from, to := lite(dir), place(pgtest.URL(t))
	ctx, stop := context.WithCancel(t.Context())
	_, err := move(ctx, from, to, dir, func(m *mover, p ingest.Progress) {
		if p.Step == "preparing the search" { // all is there, and nothing of it counts yet
			stop()
		}
	})
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "the same command goes on") || !isMoving(t, to, dir) {
		t.Fatalf("the first try: %v", err)
	}
	later := openAt(t, dir, func() time.Time { return time.Now().Add(time.Hour) })
	if n, err := later.store.Reap(t.Context()); err != nil || n == 0 {
		t.Fatalf("%d turns reaped, %v", n, err)
	}
	more, _ := live(t, later, 5)
	if err := later.store.Erase(t.Context(), talks[1].id); err != nil {
		t.Fatal(err)
	}
	db, err := litedb.Open(filepath.Join(dir, databaseFile))
	if err == nil {
		_, err = db.Write.ExecContext(t.Context(), "DELETE FROM vectors WHERE encoder = 'former'") // as a change of model does
	}
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	talks = append(talks, more...)
	amended := map[string]int{}
	for _, m := range mustMove(t, from, to, dir) {
		amended[m.table] = m.counts.Amended
	}
	for _, table := range []string{"live", "conversations", "conversation_keys", "turns", "openings", "vectors",
		"tickets", "ticket_openings", "deliveries", "address_keys", "addresses"} {
		if amended[table] == 0 {
			t.Errorf("nothing was brought up to date in %s: %v", table, amended)
		}
	}
	moved := openOn(t, dir, string(to))
	compareLines(t, "at the target", readAll(t, moved, talks), readAll(t, later, talks))
	cases := rivertonSet(t, "questions.dev.jsonl").Cases[:10]
	compareAnswers(t, "at the target", askAll(t, later, cases), askAll(t, moved, cases))
}

// What cannot be moved is refused with a reason, and nothing is made or changed.
func TestMoveRefuses(t *testing.T) {
	dir := t.TempDir()
	live(t, openOn(t, dir, ""), 3)
	folder := func() string {
		other := t.TempDir()
		copyFile(t, keyPath(dir), keyPath(other))
		return other
	}
	foreign, used, half, empty, free := t.TempDir(), folder(), folder(), folder(), filepath.Join(t.TempDir(), "free")
	askOnce(t, withPages(t, openOn(t, foreign, "")))
	copyFile(t, keyPath(dir), keyPath(foreign))
	mustMove(t, lite(dir), lite(used), dir)
	askOnce(t, openOn(t, used, ""))
	ctx, stop := context.WithCancel(t.Context())
	others, beside, namesake := pgtest.URL(t), t.TempDir(), t.TempDir()
	makeTable(t, place(others), "CREATE TABLE payroll (id int)")
	openOn(t, beside, "")
	makeTable(t, lite(beside), "CREATE TABLE payroll (id int)")
	makeTable(t, lite(namesake), "CREATE VIEW versions AS SELECT 1")
	move(ctx, lite(dir), lite(half), dir, func(*mover, ingest.Progress) { stop() })
	write(t, empty, map[string]string{"townclerk.db": ""})
	keyless := t.TempDir()
	write(t, keyless, map[string]string{"townclerk.db": ""})

	for name, test := range map[string]struct {
		from, to place
		want     string
	}{
		"no source":             {lite(folder()), lite(free), "no such file"},
		"no key":                {lite(keyless), lite(free), "the key of the source is needed"},
		"a source never used":   {lite(empty), lite(free), "was never used"},
		"a Postgres never used": {place(pgtest.URL(t)), lite(free), "was never used"},
		"another key":           {lite(foreign), lite(free), "not the one that this database was created with"},
		"a half-moved source":   {lite(half), lite(free), "is not finished"},
		"no address":            {lite(dir), "mysql://db", "begins with sqlite: or postgres://"},
		"the same":              {lite(dir), place("sqlite:" + dir), "it is the source"},
		"another name":          {lite(dir), place("sqlite:" + free + "/copy.db"), "give the file that name"},
		"unreachable":           {lite(dir), "postgres://u:secret@127.0.0.1:1/x", "127.0.0.1:1"},
		"others' Postgres":      {lite(dir), place(others), "not Townclerk's (payroll): name a database of its own"},
		"others beside it":      {lite(dir), lite(beside), "not Townclerk's (payroll): name a database of its own"},
		"a table of our name":   {lite(dir), lite(namesake), "not Townclerk's (versions): name a database of its own"},
		"a target in use":       {lite(dir), lite(used), "holds something else"},
		"another's target":      {lite(dir), lite(foreign), "not the one that this database was created with"},
	} {
		_, err := move(t.Context(), test.from, test.to, dir, func(*mover, ingest.Progress) {})
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
	if _, err := os.Stat(free); err == nil {
		t.Error("a refused move made its target")
	}
	db, err := pgdb.Open(t.Context(), others, pgdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if names, err := db.Tables(t.Context()); err != nil || len(names) != 1 {
		t.Errorf("a refused move made tables: %v, %v", names, err)
	}
	db.Close()
	for _, check := range []bool{true, false} {
		cmd, said := migrateCmd{Check: check}, strings.Builder{}
		db, closing, err := cmd.open(t.Context(), config{Data: half})
		if err != nil {
			t.Fatal(err)
		}
		err = cmd.migrate(t.Context(), db, &said)
		if !errors.Is(err, store.ErrMoving) || said.Len() > 0 || !strings.Contains(err.Error(), "run `townclerk move` from the same source again") {
			t.Errorf("migrate of what is half moved (check %v): %v, %q", check, err, &said)
		}
		closing()
	}
	if isMoving(t, lite(used), dir) {
		t.Error("a refused move closed its target")
	}
}

// makeTable has somebody else make a table at a place.
func makeTable(t *testing.T, p place, query string) {
	t.Helper()
	var db store.Database
	if path, ok := p.file(); ok {
		lite, err := litedb.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer lite.Close()
		db = lite
	} else {
		pg, err := pgdb.Open(t.Context(), string(p), pgdb.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer pg.Close()
		db = pg
	}
	err := db.Tx(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(t.Context(), query)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// lite is the place of the SQLite file in a folder.
func lite(dir string) place { return place("sqlite:" + filepath.Join(dir, "townclerk.db")) }

func withPages(t *testing.T, h *house) *house {
	t.Helper()
	if _, err := ingest.Sync(t.Context(), riverton.Pages{}, h.knowledge, h.models, ingest.Options{}); err != nil {
		t.Fatal(err)
	}
	return h
}

// A full disk at the target ends the move; with room again it goes on.
func TestMoveToFullDisk(t *testing.T) {
	dir := t.TempDir()
	live(t, openOn(t, dir, ""), 3)
	from, to := lite(dir), lite(t.TempDir())
	_, err := move(t.Context(), from, to, dir, func(m *mover, p ingest.Progress) {
		// SQLite's own limit fails as a full disk does.
		if _, err := m.to.turns.(*litedb.DB).Write.Exec("PRAGMA max_page_count = 1"); err != nil {
			t.Error(err)
		}
	})
	if !errors.Is(err, litedb.ErrFull) {
		t.Fatalf("got %v", err)
	}
	mustMove(t, from, to, dir)
}

// A table that a later version adds is moved too, or this test says that it is not.
func TestEveryTableIsMoved(t *testing.T) {
	stays := []string{"bot_meta", "bot_migrations", "knowledge_migrations", "head", "vector_sets", "vectors_1", "sqlite_sequence", "remembered", "spending", "invitations", "sessions", "attempts"}
	for _, database := range []string{"", pgtest.URL(t)} {
		h := withPages(t, openOn(t, t.TempDir(), database))
		set, err := h.tables(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range tableNames(t, h) {
			moved := slices.ContainsFunc(set.Tables, func(table carry.Table) bool { return table.Shape().Name == name })
			if moved == slices.Contains(stays, name) {
				t.Errorf("%s: the table %s is moved: %v", h.turns.Dialect(), name, moved)
			}
		}
	}
}

func tableNames(t *testing.T, h *house) (names []string) {
	t.Helper()
	query := map[string]string{
		"sqlite":   "SELECT name FROM sqlite_schema WHERE type = 'table'",
		"postgres": "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
	}[h.turns.Dialect()]
	err := h.turns.Snapshot(t.Context(), func(tx *sql.Tx) error {
		rows, err := tx.Query(query)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			names = append(names, name)
		}
		return rows.Err()
	})
	if err != nil || len(names) < 10 {
		t.Fatalf("tables %v, %v", names, err)
	}
	return names
}

// The rules' pages and a thousand conversations over them, on Postgres: the same
// answers to every question.
func TestRealDataMoves(t *testing.T) {
	d := realData(t, "rules")
	dir := t.TempDir()
	h := openOn(t, dir, "")
	if _, err := ingest.Sync(t.Context(), d.Pages, h.knowledge, h.models, ingest.Options{}); err != nil {
		t.Fatal(err)
	}
	var talks []talk
	for i := range 1000 {
		talks = append(talks, converse(t, h, i, d.Cases[i%len(d.Cases)].Question))
	}
	before, read := askAll(t, h, d.Cases), readAll(t, h, talks)
	to := pgtest.URL(t)
	start := time.Now()
	rows := 0
	for _, m := range mustMove(t, lite(dir), place(to), dir) {
		rows += m.to.Rows
	}
	t.Logf("%d rows in %v", rows, time.Since(start).Round(time.Millisecond))
	moved := openOn(t, dir, to)
	compareAnswers(t, "on Postgres", before, askAll(t, moved, d.Cases))
	compareLines(t, "on Postgres", readAll(t, moved, talks), read)
	t.Logf("%d questions, %d conversations", len(before), len(talks))
}
