package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"townclerk/bot"
	"townclerk/internal/litedb"
)

// TestCommandLine runs the built program as people do.
func TestCommandLine(t *testing.T) {
	p := program(buildBinary(t))
	for name, test := range map[string]func(*testing.T, program){
		"init":                   testInit,
		"ingest, search, ask":    testIngestSearchAsk,
		"a conversation":         testConversation,
		"measuring":              testEval,
		"routing":                testRouting,
		"replies become pages":   testAsked,
		"two ingests at once":    testTwoIngests,
		"the key":                testKey,
		"what cannot be done":    testRefusals,
		"a busy port":            testBusyPort,
		"the demo's address":     testDemoAddress,
		"SIGTERM lets turns end": testDrain,
		"SIGTERM ends an ingest": testInterrupted,
		"migrations":             testMigrate,
		"ten migrate at once":    testTenMigrate,
		"databases that fail":    testBadDatabases,
	} {
		t.Run(name, func(t *testing.T) { test(t, p) })
	}
}

// program is the path of the built binary.
type program string

// command returns the program in dir, without the developer's own settings.
func (p program) command(t *testing.T, dir string, env []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(t.Context(), string(p), args...)
	cmd.Dir = dir
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "TOWNCLERK_") {
			cmd.Env = append(cmd.Env, e)
		}
	}
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

// run returns what the program printed, and its exit code.
func (p program) run(t *testing.T, dir, stdin string, env []string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := p.command(t, dir, env, args...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), code
}

// must runs the program and expects it to succeed.
func (p program) must(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, errs, code := p.run(t, dir, "", nil, args...)
	if code != 0 {
		t.Fatalf("%v: exit %d\n%s%s", args, code, out, errs)
	}
	return out
}

// golden compares with a file in testdata. Scores and fingerprints are masked:
// they are measured elsewhere.
func golden(t *testing.T, name, got string) {
	t.Helper()
	got = regexp.MustCompile(`\d\.\d{2,}`).ReplaceAllString(got, "#")
	got = regexp.MustCompile(`by \S+/\S+`).ReplaceAllString(got, "by #")
	got = regexp.MustCompile(`(?m)^     \S+ +#.*\n`).ReplaceAllString(got, "") // single terms
	path := filepath.Join("testdata", name)
	if *update {
		if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(path, []byte(got), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", path, got, want)
	}
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
}

// town writes a small agency with some files that are no pages.
func town(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"townclerk.yaml": "agency:\n  name: Town\n  contact:\n    name: Town Hall\n    phone: 555-0100\nsources:\n  - folder: pages\n    base: https://town.example\n",
		"pages/carts.md": "---\ntitle: Trash carts\n---\n## Replacement\n\nA replacement cart costs $62.\n\n## Pickup\n\nWe pick up on Mondays.\n",
		"pages/a/library.html": "<!doctype html><title>Library</title><main><h1>Library</h1><h2 id=hours>Hours</h2>" +
			"<p>The library opens at 9 a.m. on Saturdays.</p></main>",
		"pages/binary.html":  "<p>text\x00\x01\x02</p>",
		"pages/broken.md":    "---\ntitle: [\n---\ntext\n",
		"pages/empty.md":     "",
		"pages/form.pdf":     "%PDF-1.7",
		"pages/.hidden.md":   "hidden",
		"pages/no-title.htm": "<p>Dogs need a license.",
	})
	return dir
}

func testInit(t *testing.T, p program) {
	dir := t.TempDir()
	p.must(t, dir, "init")
	_, errs, code := p.run(t, dir, "", nil, "config", "check")
	if code != 1 || !strings.Contains(errs, "sources[0].folder") {
		t.Errorf("without its folder: exit %d, %s", code, errs)
	}
	write(t, dir, map[string]string{"pages/a.md": "text"})
	if out := p.must(t, dir, "config", "check"); !strings.Contains(out, "townclerk.yaml is in order") {
		t.Errorf("config check says %s", out)
	}
	before, err := os.ReadFile(filepath.Join(dir, "townclerk.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	_, errs, code = p.run(t, dir, "", nil, "init")
	after, _ := os.ReadFile(filepath.Join(dir, "townclerk.yaml"))
	if code != 1 || !strings.Contains(errs, "is there already") || !bytes.Equal(before, after) {
		t.Errorf("the second init: exit %d, %s", code, errs)
	}
}

func testIngestSearchAsk(t *testing.T, p program) {
	dir := town(t)
	golden(t, "ingest.golden", p.must(t, dir, "ingest"))
	golden(t, "ingest-again.golden", p.must(t, dir, "ingest"))
	golden(t, "search.golden", p.must(t, dir, "search", "--explain", "--limit", "1", "replacement", "cart"))
	golden(t, "ask.golden", p.must(t, dir, "ask", "how", "much", "is", "a", "replacement", "cart?", "My", "mail", "is", "ann@example.org"))
	golden(t, "ask-unknown.golden", p.must(t, dir, "ask", "is there fluoride in the water"))
	var a bot.Answer
	if err := json.Unmarshal([]byte(p.must(t, dir, "ask", "--json", "how much is a replacement cart")), &a); err != nil {
		t.Fatal(err)
	}
	if a.Outcome != bot.Answered || a.Turn == "" || a.Sentences[0].Citations[0].URL != "https://town.example/carts#replacement" {
		t.Errorf("%+v", a)
	}
}

func testConversation(t *testing.T, p program) {
	dir := town(t)
	p.must(t, dir, "ingest")
	out, errs, code := p.run(t, dir, "when does the library open\n"+strings.Repeat("x", 5000)+"\nand the carts?\n\nnever read\n", nil, "ask", "--json")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	var kinds []string
	for line := range strings.Lines(out) {
		var got struct {
			Outcome string
			Error   struct{ Kind, Message string }
		}
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatalf("%q is no JSON: %v", line, err)
		}
		kinds = append(kinds, got.Outcome+got.Error.Kind)
		if got.Error.Kind != "" && got.Error.Message == "" {
			t.Errorf("an error without a sentence: %s", line)
		}
	}
	if len(kinds) != 3 || kinds[0] != "answered" || kinds[1] != "too_large" {
		t.Errorf("got %q", kinds)
	}
	out, _, _ = p.run(t, dir, "hello\n", nil, "ask")
	if !strings.Contains(out, "Ask Town a question") || !strings.Contains(out, "services of Town") {
		t.Errorf("got %s", out)
	}
}

func testEval(t *testing.T, p program) {
	dir := town(t)
	write(t, dir, map[string]string{
		"set/site/carts.md":   "---\nurl: https://town.example/carts\ntitle: Carts\n---\nA replacement cart costs $62.\n",
		"set/site/library.md": "---\nurl: https://town.example/library\ntitle: Library\n---\nThe library opens at 9 a.m.\n",
		"set/questions.jsonl": `{"id":"1","question":"how much is a cart","url":"https://town.example/carts","kind":"first"}
{"id":"2","question":"when does the library open","url":"https://town.example/library","kind":"first"}
{"id":"3","question":"zymurgy quokka"}
`,
	})
	golden(t, "eval-retrieval.golden", p.must(t, dir, "eval", "retrieval", "--data", "set"))
	golden(t, "eval-answers.golden", p.must(t, dir, "eval", "answers", "--data", "set"))
	var card scorecard
	if err := json.Unmarshal([]byte(p.must(t, dir, "eval", "retrieval", "--data", "set", "--json")), &card); err != nil || card.Cases != 3 {
		t.Errorf("%+v, %v", card, err)
	}
}

// Both see the same pages, so that one of them does it and the other finds it
// done, or says that it came second.
func testTwoIngests(t *testing.T, p program) {
	for range 5 {
		dir := town(t)
		var both sync.WaitGroup
		var codes [2]int
		var errs [2]string
		for i := range codes {
			both.Go(func() { _, errs[i], codes[i] = p.run(t, dir, "", nil, "ingest") })
		}
		both.Wait()
		for i, code := range codes {
			if code != 0 && !strings.Contains(errs[i], "another sync finished first") {
				t.Errorf("exit %d: %s", code, errs[i])
			}
		}
		if codes[0] != 0 && codes[1] != 0 {
			t.Errorf("neither came through: %q", errs)
		}
		p.must(t, dir, "ask", "how much is a replacement cart")
	}
}

func testKey(t *testing.T, p program) {
	dir := town(t)
	p.must(t, dir, "ingest")
	path := filepath.Join(dir, "data", "townclerk.key")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key file: %v, %v", info, err)
	}
	key, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	fails := func(env []string, want string) {
		t.Helper()
		_, errs, code := p.run(t, dir, "", env, "ask", "hello")
		if code != 1 || !strings.Contains(errs, want) || strings.Contains(errs, strings.TrimSpace(string(key))) {
			t.Errorf("exit %d: %s", code, errs)
		}
	}
	fails([]string{"TOWNCLERK_KEY=no key"}, "TOWNCLERK_KEY: the key is not base64")
	fails([]string{"TOWNCLERK_KEY=" + strings.Repeat("A", 43) + "="}, "key")
	fails([]string{"TOWNCLERK_KEY=AAAA"}, "3 bytes")
	write(t, dir, map[string]string{"data/townclerk.key": "rubbish!"})
	fails(nil, "townclerk.key: the key is not base64")
	if out, errs, code := p.run(t, dir, "", []string{"TOWNCLERK_KEY=" + string(key)}, "ask", "hello"); code != 0 {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	fails(nil, "the master key is not the one")
}

func testRefusals(t *testing.T, p program) {
	dir := town(t)
	write(t, dir, map[string]string{"empty/x.txt": "", "bad.yaml": "agency:\n  nome: X\n"})
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"nosuch"}, "unexpected argument nosuch"},
		{nil, "expected one of"},
		{[]string{"search"}, "expected"},
		{[]string{"ingest", "nosuch"}, "nosuch"},
		{[]string{"ingest", "empty"}, "found no HTML or Markdown page"},
		{[]string{"ingest", "pages", "--base", "town"}, `--base: "town" is no web address`},
		{[]string{"--config", "nosuch.yaml", "config", "check"}, "nosuch.yaml"},
		{[]string{"config", "check", "bad.yaml"}, `bad.yaml: [2:3] unknown field "nome"`},
		{[]string{"eval", "retrieval", "--data", "empty"}, "holds no dataset"},
	} {
		out, errs, code := p.run(t, dir, "", nil, test.args...)
		if code == 0 || !strings.Contains(errs, test.want) || strings.Contains(errs, "goroutine") {
			t.Errorf("%q: exit %d, %s%s", test.args, code, out, errs)
		}
	}
}

func testBusyPort(t *testing.T, p program) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, command := range [][]string{{"serve"}, {"demo", "--slack="}} {
		out, errs, code := p.run(t, town(t), "", nil, append(command, "--listen", l.Addr().String())...)
		if code != 1 || !strings.Contains(errs, "address already in use") || !strings.Contains(errs, "--listen") || strings.Contains(out, "http://") {
			t.Errorf("%s: exit %d, %s%s", command, code, out, errs)
		}
	}
}

// started runs a server until its line with the wanted words.
func started(t *testing.T, cmd *exec.Cmd, words string) string {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, address, ok := strings.Cut(lines.Text(), words); ok {
			go io.Copy(io.Discard, out)
			return address
		}
	}
	t.Fatalf("%v did not start", cmd.Args)
	return ""
}

func testDemoAddress(t *testing.T, p program) {
	cmd := p.command(t, t.TempDir(), nil, "demo", "--slack=", "--listen", "127.0.0.1:0")
	address := started(t, cmd, "is at ")
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("%s gives %s", address, resp.Status)
	}
	cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		t.Errorf("the demo ends with %v", err)
	}
}

// A question is being answered when the signal comes: the database is held, so
// the turn waits, and only when the server takes no new connection is it let go.
func testDrain(t *testing.T, p program) {
	dir := town(t)
	p.must(t, dir, "ingest")
	cmd := p.command(t, dir, nil, "serve", "--listen", "127.0.0.1:0", "--drain", "2s")
	url := strings.TrimSuffix(started(t, cmd, "The chat is at "), "/")
	address := strings.TrimPrefix(url, "http://")
	if said := p.must(t, dir, "health", "--address", address); said != "ready\n" {
		t.Errorf("health says %q", said)
	}
	id, token := newConversation(t, url)
	db, err := litedb.Open(filepath.Join(dir, "data", "townclerk.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	held, err := db.Write.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	body := strings.NewReader(`{"text":"how much is a replacement cart","key":"1"}`)
	req, _ := http.NewRequestWithContext(t.Context(), "POST", url+"/v1/conversations/"+id+"/messages", body)
	req.Header = http.Header{"Accept": {"text/event-stream"}, "Content-Type": {"application/json"}, "Authorization": {"Bearer " + token}}
	resp, err := http.DefaultClient.Do(req) // returns with the first heartbeat
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for said := ""; !strings.Contains(said, "stopping"); { // first it says so
		if _, said, _ = p.run(t, dir, "", nil, "health", "--address", address); strings.Contains(said, "refused") {
			t.Fatal("it refused connections before it said that it would")
		}
	}
	for { // then it refuses
		conn, err := net.Dial("tcp", address)
		if err != nil {
			break
		}
		conn.Close()
	}
	if err := held.Rollback(); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(resp.Body)
	if err != nil || !strings.Contains(string(answer), "event: end") || !strings.Contains(string(answer), "$62") {
		t.Errorf("%v: %s", err, answer)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the server ends with %v", err)
	}
}

func newConversation(t *testing.T, url string) (id, token string) {
	t.Helper()
	resp, err := http.Post(url+"/v1/conversations", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var created struct{ ID, Token string }
	if err := json.NewDecoder(resp.Body).Decode(&created); err != nil || created.Token == "" {
		t.Fatalf("%s, %v", resp.Status, err)
	}
	return created.ID, created.Token
}

// What was interrupted has not succeeded: a script must see it.
func testInterrupted(t *testing.T, p program) {
	dir := town(t)
	for i := range 3000 {
		write(t, dir, map[string]string{fmt.Sprintf("pages/many/%d.md", i): fmt.Sprintf("Kennel %d is open.\n", i)})
	}
	cmd := p.command(t, dir, nil, "ingest")
	started(t, cmd, "reading pages")
	cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err == nil {
		t.Error("an interrupted ingest exits as if it had succeeded")
	}
	if out := p.must(t, dir, "search", "kennel"); !strings.Contains(out, "0 pages") {
		t.Errorf("an interrupted ingest changed something: %s", out)
	}
}
