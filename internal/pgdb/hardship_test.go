package pgdb_test

import (
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"townclerk/internal/pgdb"
	"townclerk/internal/pgtest"
)

// What goes wrong in a transaction says what to do, leaves nothing half-written,
// and does not keep the next one from succeeding.
func TestHardshipsInATransaction(t *testing.T) {
	address := pgtest.URL(t)
	plain := open(t, address, pgdb.Options{})
	must(t, plain, "CREATE TABLE t (x int)")
	db := open(t, address, pgdb.Options{StatementTimeout: 200 * time.Millisecond, Backoff: func(int) time.Duration { return 0 }})
	raise := func(code string) string {
		return "DO $$ BEGIN RAISE EXCEPTION 'planted' USING ERRCODE = '" + code + "'; END $$"
	}
	for name, try := range map[string]struct {
		first, last string // statements around one that writes
		want        error
		says        string
	}{
		"full disk":             {"", raise("53100"), pgdb.ErrFull, "free some space"},
		"out of memory":         {"", raise("53200"), nil, "work_mem"},
		"statement timeout":     {"", "SELECT pg_sleep(30)", nil, "statement_timeout"},
		"lost connection":       {"", "SELECT pg_terminate_backend(pg_backend_pid())", pgdb.ErrLost, "see whether the server runs"},
		"serialization failure": {"", raise("40001"), pgdb.ErrConflict, "try again later"},
		"read-only":             {"SET TRANSACTION READ ONLY", "SELECT 1", pgdb.ErrReadOnly, "primary"},
		"broken files":          {"", raise("58030"), nil, "its disks"},
	} {
		err := db.Tx(t.Context(), func(tx *sql.Tx) error {
			for _, query := range []string{try.first, "INSERT INTO t VALUES (1)", try.last} {
				if _, err := tx.Exec(query); err != nil {
					return err
				}
			}
			return nil
		})
		if err == nil || errors.Is(err, pgdb.ErrCommitUnknown) || try.want != nil && !errors.Is(err, try.want) || !strings.Contains(err.Error(), try.says) {
			t.Errorf("%s: %v", name, err)
		}
		if n := number(t, plain, "SELECT count(*) FROM t"); n != 0 {
			t.Errorf("%s: %d rows are there", name, n)
		}
		if err := db.Tx(t.Context(), func(tx *sql.Tx) error { _, err := tx.Exec("DELETE FROM t"); return err }); err != nil {
			t.Errorf("after %s: %v", name, err)
		}
	}
}

func TestStandbyIsRefused(t *testing.T) {
	_, err := pgdb.Open(t.Context(), pgtest.Standby(t), pgdb.Options{Vector: true})
	if !errors.Is(err, pgdb.ErrReadOnly) || !strings.Contains(err.Error(), "target_session_attrs=read-write") {
		t.Errorf("got %v", err)
	}
}
