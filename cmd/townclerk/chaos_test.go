package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"townclerk/bot"
	"townclerk/evals/datasets/riverton"
	"townclerk/internal/pgdb"
	"townclerk/internal/pgtest"
	"townclerk/knowledge/ingest"
)

var chaosTurns = flag.Int("turns", 2, "how many turns each client has in the calm before and after the faults of the chaos test")

// The phases of the chaos test. Errors may be seen from the kill until everybody
// has been answered again.
const (
	calm      int32 = iota
	upgrade         // a server is replaced by the next release, which has a migration to do
	kill            // a server is killed
	crash           // Postgres is killed
	recovered       // everybody has been answered after that
)

// Three servers on one Postgres, behind a load balancer, with 64 citizens: one
// server is upgraded, one killed, and Postgres crashes. Whatever was received is
// on the record, nothing twice, every conversation goes on, and who saw an error
// saw a clear one, at a time when something was wrong.
func TestChaos(t *testing.T) {
	address, restart := pgtest.Restartable(t)
	config := writeSharedStore(t, address)
	binary, next := buildBinary(t), buildNext(t)
	b := newBalancer(t)
	servers := make([]*served, 3)
	for i := range servers {
		servers[i] = startServer(t, binary, config, "--drain", "2s")
		b.set(i, servers[i].url)
	}
	c := newCrowd(b.url, 64)
	var all sync.WaitGroup
	for i := range c.clients {
		all.Go(func() { c.clients[i].chat(t.Context(), c) })
	}
	defer all.Wait()
	defer c.stop()

	c.awaitEach(*chaosTurns)
	c.enter(upgrade)
	servers[0].end(t)
	servers[0] = startServer(t, next, config)
	b.set(0, servers[0].url)
	if out, err := exec.Command(binary, "--config", config, "migrate", "--check").CombinedOutput(); err == nil || !strings.Contains(string(out), "by a newer Townclerk") {
		t.Errorf("no migration was pending: %v\n%s", err, out)
	}
	c.awaitEach(*chaosTurns)
	c.enter(kill)
	servers[1].kill(t)
	c.awaitAll(16) // the others go on
	servers[1] = startServer(t, next, config)
	b.set(1, servers[1].url)
	c.awaitAll(16)
	c.enter(crash)
	restart()
	c.awaitEach(2) // the second was asked after the crash
	c.enter(recovered)
	c.awaitEach(*chaosTurns)
	c.stop()
	all.Wait()

	c.check(t)
	checkRecord(t, next, config, &c.seen)
	checkOnce(t, address)
}

// writeSharedStore ingests Riverton into the database and returns a configuration
// for servers that share it.
func writeSharedStore(t *testing.T, address string) string {
	t.Helper()
	c := demoConfig()
	c.Data, c.Database = t.TempDir(), address
	h, err := open(t.Context(), c, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if _, err := ingest.Sync(t.Context(), riverton.Pages{}, h.knowledge, h.models, ingest.Options{}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(c.Data, "townclerk.yaml")
	text := fmt.Sprintf("agency:\n  name: City of Riverton\n  contact:\n    name: City Hall\ndata: %q\ndatabase: %q\nanswer:\n  deadline: 5s\nlimits:\n  conversation_per_hour: 0\n", c.Data, address)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// buildNext builds the program as its next release may be: with one more
// migration, which is laid over the source tree.
func buildNext(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, map[string]string{"next.sql": "-- +goose Up\nALTER TABLE turns ADD COLUMN next text;\nCREATE INDEX turns_next ON turns (next);\n"})
	at, err := filepath.Abs("../../bot/store/migrations/postgres/70000_next.sql")
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{at: filepath.Join(dir, "next.sql")}})
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, map[string]string{"overlay.json": string(overlay)})
	binary := filepath.Join(dir, "townclerk-next")
	if out, err := exec.Command("go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return binary
}

// end asks the server to stop and waits until it has.
func (s *served) end(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("the server ends with %v", err)
	}
}

// checkOnce expects that no turn is open, and that none was opened, shown or ended
// twice.
func checkOnce(t *testing.T, address string) {
	t.Helper()
	db, err := pgdb.Open(t.Context(), address, pgdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for what, query := range map[string]string{
		"open turns":     "SELECT count(*) FROM turns WHERE ended_at IS NULL",
		"doubled events": "SELECT count(*) FROM (SELECT 1 FROM events GROUP BY turn, kind HAVING count(*) > 1) AS doubled",
		"half answers": fmt.Sprintf("SELECT count(*) FROM turns WHERE outcome = '%s' AND id NOT IN (SELECT turn FROM events WHERE kind = '%s')",
			bot.Answered, bot.Shown),
	} {
		var n int
		if err := db.SQL.QueryRow(query).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d %s (%v)", n, what, err)
		}
	}
}
