package carry_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"townclerk/internal/carry"
	"townclerk/internal/litedb"
	"townclerk/internal/pgdb"
	"townclerk/internal/pgtest"
)

// A table with every kind of column; its key has two parts.
const (
	onSQLite = `CREATE TABLE t (name TEXT NOT NULL, n INTEGER NOT NULL, ended INTEGER, secret BLOB NOT NULL, note TEXT,
		PRIMARY KEY (name, n)) STRICT, WITHOUT ROWID;`
	onPostgres = `CREATE TABLE t (name TEXT COLLATE "C" NOT NULL, n BIGINT NOT NULL, ended BIGINT, secret BYTEA NOT NULL, note TEXT,
		PRIMARY KEY (name, n));`
)

type database interface {
	carry.Database
	fmt.Stringer
}

func sqlite(t *testing.T) database {
	t.Helper()
	db, err := litedb.Open(filepath.Join(t.TempDir(), "t.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	files := fstest.MapFS{"00001_t.sql": {Data: []byte("-- +goose Up\n" + onSQLite)}}
	if err := db.Migrate(t.Context(), files, "t_migrations"); err != nil {
		t.Fatal(err)
	}
	return db
}

func postgres(t *testing.T) database {
	t.Helper()
	db, err := pgdb.Open(t.Context(), pgtest.URL(t), pgdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	files := fstest.MapFS{"00001_t.sql": {Data: []byte("-- +goose Up\n" + onPostgres)}}
	if err := db.Migrate(t.Context(), files, "t_migrations"); err != nil {
		t.Fatal(err)
	}
	return db
}

// both are the ways between the engines.
func both(t *testing.T) map[string][2]database {
	return map[string][2]database{
		"SQLite to Postgres": {sqlite(t), postgres(t)},
		"Postgres to SQLite": {postgres(t), sqlite(t)},
	}
}

func table(t *testing.T, db carry.Database, rows []carry.Row) *carry.Plain {
	t.Helper()
	err := db.Tx(t.Context(), func(tx *sql.Tx) error { _, err := tx.Exec("DELETE FROM t"); return err })
	if err != nil {
		t.Fatal(err)
	}
	p, err := carry.Open(t.Context(), db, "t", "name", "n")
	if err == nil {
		err = p.Add(t.Context(), rows)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// row has the columns in the order of their names, behind the key.
func row(name string, n int, ended, note any, secret string) carry.Row {
	return carry.Row{name, int64(n), ended, note, []byte(secret)}
}

func sum(t *testing.T, p carry.Table) carry.Digest {
	t.Helper()
	d, err := carry.Sum(t.Context(), p, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Whatever state of the source the target had got to, and however much of it, it
// ends with the source's rows, and both sides give one digest.
func TestCarryFromAnyState(t *testing.T) {
	for name, db := range both(t) {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(3, 5))
			for range 15 {
				now, before, differ := states(random)
				from, to := table(t, db[0], now), table(t, db[1], before).Erasable()
				p := carry.Pair{From: from, To: to}
				if err := p.Check(t.Context()); err != nil {
					t.Fatal(err)
				}
				c, err := p.Carry(t.Context(), func(int) {})
				if err != nil {
					t.Fatal(err)
				}
				if c.Amended != differ || c.Added != len(now)-same(now, before) {
					t.Errorf("%+v, want %d rows brought up to date", c, differ)
				}
				if a, b := sum(t, from), sum(t, to); a != b || a.Rows != len(now) {
					t.Fatalf("%d rows gave %+v and %+v after %+v", len(now), a, b, c)
				}
				if c, err = p.Carry(t.Context(), func(int) {}); err != nil || c != (carry.Counts{}) {
					t.Fatalf("carried again: %+v, %v", c, err)
				}
			}
		})
	}
}

// same counts the keys that both have.
func same(a, b []carry.Row) (n int) {
	for _, r := range a {
		if slices.ContainsFunc(b, func(x carry.Row) bool { return x[0] == r[0] && x[1] == r[1] }) {
			n++
		}
	}
	return n
}

// states returns rows as they are now, in any order, and some of them as they may
// have been before, with rows that have gone since; and how many of these differ.
func states(random *rand.Rand) (now, before []carry.Row, differ int) {
	names := []string{"", "a", "Z", "z", "é", "zz", "\U0001F600", "a b"}
	for _, name := range names {
		for n := range random.IntN(200) {
			n := n*7 - 300
			was := row(name, n, nil, nil, "secret")
			is := slices.Clone(was)
			switch random.IntN(6) {
			case 0:
				is[2] = int64(n)
			case 1:
				is[3] = strings.Repeat("ü\n", random.IntN(300))
			case 2:
				is[4] = make([]byte, 6)
			case 3:
				is = nil
			}
			if is != nil {
				now = append(now, is)
			}
			if is == nil || random.IntN(3) > 0 {
				before = append(before, was)
				if !reflect.DeepEqual(is, was) {
					differ++
				}
			}
		}
	}
	random.Shuffle(len(now), func(i, j int) { now[i], now[j] = now[j], now[i] })
	return now, before, differ
}

// What the source can never have been is refused.
func TestForeignTargets(t *testing.T) {
	source := []carry.Row{row("a", 1, int64(5), "note", "key"), row("b", 1, nil, nil, "\x00\x00\x00"), row("c", 1, nil, nil, "key")}
	for name, test := range map[string]struct {
		rows     []carry.Row
		erasable bool
		refused  bool
		changing bool
	}{
		"another value":          {[]carry.Row{row("a", 1, int64(6), "other", "k")}, false, false, true},
		"another row, changing":  {[]carry.Row{row("bb", 1, nil, nil, "key")}, false, true, true},
		"nothing":                {nil, false, false, false},
		"the same":               {source, false, false, false},
		"what was open":          {[]carry.Row{row("a", 1, nil, nil, "key")}, false, false, false},
		"what was not erased":    {[]carry.Row{row("b", 1, nil, nil, "abc")}, false, false, false},
		"what was erased":        {[]carry.Row{row("c", 1, nil, nil, "\x00\x00\x00")}, false, true, false},
		"another end":            {[]carry.Row{row("a", 1, int64(6), "note", "key")}, false, true, false},
		"an end that is no more": {[]carry.Row{row("c", 1, int64(6), nil, "key")}, false, true, false},
		"another row":            {[]carry.Row{row("bb", 1, nil, nil, "key")}, false, true, false},
		"a row behind the last":  {[]carry.Row{row("d", 1, nil, nil, "key")}, false, true, false},
		"a row that has gone":    {[]carry.Row{row("d", 1, nil, nil, "key")}, true, false, false},
	} {
		p := carry.Pair{From: table(t, sqlite(t), source), To: table(t, sqlite(t), test.rows)}
		if test.erasable {
			p.To = p.To.(*carry.Plain).Erasable()
		}
		if test.changing {
			p.To = p.To.(*carry.Plain).Changing()
		}
		before := sum(t, p.To)
		err := p.Check(t.Context())
		if errors.Is(err, carry.ErrForeign) != test.refused || (err == nil) == test.refused {
			t.Errorf("%s: %v", name, err)
		}
		if sum(t, p.To) != before {
			t.Errorf("%s: the check changed something", name)
		}
	}
}

func TestDigestsTellRowsApart(t *testing.T) {
	seen := map[carry.Digest]string{}
	for _, rows := range [][]carry.Row{
		nil,
		{row("a", 1, nil, nil, "x")},
		{row("a", 1, int64(0), nil, "x")},
		{row("a", 1, nil, "", "x")},
		{row("a", 1, nil, nil, "")},
		{row("ax", 1, nil, nil, "")},
		{row("a", 1, nil, "x", "")},
		{row("a", 1, nil, nil, "x"), row("a", 2, nil, nil, "x")},
	} {
		d := sum(t, table(t, sqlite(t), rows))
		if before, twice := seen[d]; twice {
			t.Errorf("%v and %v have one digest", before, rows)
		}
		seen[d] = fmt.Sprint(rows)
	}
}

// list is rows as a table.
type list []carry.Row

func (l list) Shape() carry.Shape { return carry.Shape{Name: "list", Key: 1} }

func (l list) Next(_ context.Context, after carry.Row) ([]carry.Row, error) {
	if after != nil {
		return nil, nil
	}
	return l, nil
}

func (l list) Add(context.Context, []carry.Row) error { return errors.ErrUnsupported }

func (l list) Amend(_ context.Context, _, _ []carry.Row) error { return errors.ErrUnsupported }

func TestDigestsTellColumnsApart(t *testing.T) {
	seen := map[carry.Digest]string{}
	for _, r := range []carry.Row{
		{"1", int64(5), nil}, {"1", nil, int64(5)}, {"1", "ab", ""}, {"1", "a", "b"}, {"1", "", "ab"},
		{"1", []byte("a"), "b"}, {"1", "a", []byte("b")}, {"1", "a", nil}, {"1", nil, "a"}, {"1", int64(0), nil}, {"1", int64(-1), nil},
	} {
		d := sum(t, list{r})
		if before, twice := seen[d]; twice {
			t.Errorf("%v and %v have one digest", before, r)
		}
		seen[d] = fmt.Sprint(r)
	}
}

// Big rows come in small pages and none is left out.
func TestBigRows(t *testing.T) {
	for name, db := range both(t) {
		var rows []carry.Row
		for n := range 12 {
			rows = append(rows, row("big", n, nil, strings.Repeat(string(rune('a'+n)), 1<<20), strings.Repeat(string(rune('A'+n)), 1<<20)))
		}
		from, to := table(t, db[0], rows), table(t, db[1], nil)
		page, err := from.Next(t.Context(), nil)
		if err != nil || len(page) > 2 {
			t.Errorf("%s: %d rows of two megabytes in a page, %v", name, len(page), err)
		}
		c, err := carry.Pair{From: from, To: to}.Carry(t.Context(), func(int) {})
		if err != nil || c.Added != len(rows) || sum(t, from) != sum(t, to) {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
}

func TestTablesThatDoNotFit(t *testing.T) {
	db, other := sqlite(t), sqlite(t)
	if err := other.Tx(t.Context(), func(tx *sql.Tx) error { _, err := tx.Exec("ALTER TABLE t ADD more TEXT"); return err }); err != nil {
		t.Fatal(err)
	}
	from, to := table(t, db, nil), table(t, other, nil)
	if _, err := carry.Pairs([]carry.Table{from}, []carry.Table{to}); err == nil || !strings.Contains(err.Error(), "more") {
		t.Errorf("another column: %v", err)
	}
	if _, err := carry.Pairs([]carry.Table{from}, nil); err == nil {
		t.Error("a missing table was not missed")
	}
	if _, err := carry.Open(t.Context(), db, "none", "id"); err == nil {
		t.Error("a table that is not there was opened")
	}
}

// A move takes longer than a transaction may do nothing.
func TestHoldIsNotCutOff(t *testing.T) {
	db, err := pgdb.Open(t.Context(), pgtest.URL(t), pgdb.Options{IdleInTransactionTimeout: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Pool.Exec(t.Context(), "CREATE TABLE t (x int)"); err != nil {
		t.Fatal(err)
	}
	err = carry.Hold(t.Context(), db, []string{"t"}, func() error {
		_, err := db.Pool.Exec(t.Context(), "SELECT pg_sleep(0.1)")
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// Nobody writes to what is held, and it can be read.
func TestHold(t *testing.T) {
	for name, db := range map[string]database{"SQLite": sqlite(t), "Postgres": postgres(t)} {
		p := table(t, db, nil)
		err := carry.Hold(t.Context(), db, []string{"t"}, func() error {
			if _, err := p.Next(t.Context(), nil); err != nil {
				t.Errorf("%s: read: %v", name, err)
			}
			return errors.Join(refuseWrite(t, db))
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := p.Add(t.Context(), []carry.Row{row("after", 1, nil, nil, "")}); err != nil {
			t.Errorf("%s: afterwards: %v", name, err)
		}
	}
}

// refuseWrite tries to write as another process would, without its patience.
func refuseWrite(t *testing.T, db database) error {
	t.Helper()
	const write = "INSERT INTO t (name, n, secret) VALUES ('x', 1, '')"
	var err error
	switch db := db.(type) {
	case *litedb.DB:
		other, openErr := sql.Open("sqlite", "file:"+db.Path)
		if openErr != nil {
			return openErr
		}
		defer other.Close()
		_, err = other.Exec(write)
	case *pgdb.DB: // as a store that locks a row before it writes
		_, err = db.Pool.Exec(t.Context(), "SET lock_timeout = '1ms'; SELECT * FROM t FOR NO KEY UPDATE")
	}
	if err == nil || !strings.Contains(err.Error(), "lock") {
		return fmt.Errorf("somebody could write: %v", err)
	}
	return nil
}
