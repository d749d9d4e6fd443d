package main

import (
	"bufio"
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"townclerk/evals/datasets/riverton"
	"townclerk/knowledge/ingest"
)

// TestBrowser drives Chromium through the demo: see tests/browser. It needs
// what `make tools` installs, and fails where that is missing.
func TestBrowser(t *testing.T) {
	b := newSurfer(t)
	b.env = append(b.env, "QUESTION=how many tires may a resident bring in a year?", "QUOTE=at most eight tires")
	if *update {
		b.env = append(b.env, "SCREENSHOT="+filepath.Join(b.dir, "../../docs/images/widget.png"))
	}
	b.run(t, "browser.test.mjs")
}

// TestInboxBrowser has a citizen and a clerk speak to each other through the demo.
func TestInboxBrowser(t *testing.T) {
	b := newSurfer(t)
	clerk := demoClerks()[1]
	link, err := b.house.invite(t.Context(), clerk)
	if err != nil {
		t.Fatal(err)
	}
	b.env = append(b.env, "INVITATION="+link, "NAME="+clerk.Name)
	if *update {
		b.env = append(b.env, "PICTURES="+filepath.Join(b.dir, "../../docs/images"))
	}
	b.run(t, "inbox.test.mjs")
}

// TestSlackBrowser has a citizen and a clerk speak to each other through the demo as it is
// started, with its scripted Slack.
func TestSlackBrowser(t *testing.T) {
	dir := browserTests(t)
	channels := map[string]string{}
	for _, d := range demoConfig().Departments {
		channels[d.Name] = d.ID
	}
	byName, err := json.Marshal(channels)
	if err != nil {
		t.Fatal(err)
	}
	url, slack := startDemo(t, buildBinary(t))
	b := &surfer{dir: dir, env: append(places(url), "SLACK_URL="+slack, "CHANNELS="+string(byName),
		"QUESTION=how many tires may a resident bring in a year?")}
	if *update {
		b.env = append(b.env, "PICTURES="+filepath.Join(b.dir, "../../docs/images"))
	}
	b.run(t, "slack.test.mjs")
}

// startDemo starts the demo and returns where its chat and its Slack are.
func startDemo(t *testing.T, binary string) (chat, slack string) {
	t.Helper()
	cmd := exec.Command(binary, "demo", "--listen", "127.0.0.1:0", "--slack", "127.0.0.1:0", "--keep", t.TempDir())
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, at, ok := strings.Cut(lines.Text(), "city's staff, is at "); ok {
			slack = at
		}
		if _, at, ok := strings.Cut(lines.Text(), "The chat is at "); ok {
			return strings.TrimSuffix(at, "/"), slack
		}
	}
	t.Fatal("the demo did not start")
	return "", ""
}

// TestReceiptBrowser has a citizen keep a receipt and check it without the server.
func TestReceiptBrowser(t *testing.T) {
	b := newSurfer(t)
	if err := b.house.beginSigning(t.Context()); err != nil {
		t.Fatal(err)
	}
	key, err := b.house.config.recordKey()
	if err != nil {
		t.Fatal(err)
	}
	b.env = append(b.env, "RECORD_KEY="+key.Public(), "QUESTION=how many tires may a resident bring in a year?", "QUOTE=eight tires")
	b.run(t, "receipt.test.mjs")
}

// surfer is what a browser test runs against: the demo, served.
type surfer struct {
	house *house
	dir   string
	env   []string
}

// browserTests returns the folder of the browser's tests.
func browserTests(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("the browser test is not short")
	}
	dir, err := filepath.Abs("../../tests/browser")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal("the browser test's packages are not installed: run `make tools`")
	}
	return dir
}

// places are the pages of a server of the demo, and what they do not answer.
func places(url string) []string {
	return []string{
		"BASE_URL=" + url, "SITE_URL=" + url + "/riverton/waste/drop-off-center/",
		"UNANSWERABLE=is there fluoride in our water",
	}
}

func newSurfer(t *testing.T) *surfer {
	t.Helper()
	dir := browserTests(t)
	h := openAt(t, t.TempDir(), time.Now)
	if _, err := ingest.Sync(t.Context(), riverton.Pages{}, h.knowledge, h.models, ingest.Options{}); err != nil {
		t.Fatal(err)
	}
	handler, err := h.handler()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(withSite(handler))
	t.Cleanup(server.Close)
	h.config.Web.Listen = server.Listener.Addr().String()
	return &surfer{h, dir, places(server.URL)}
}

func (b *surfer) run(t *testing.T, file string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", "--test", file)
	cmd.Dir = b.dir
	cmd.Env = append(os.Environ(), b.env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("browser: %v\n%s", err, out)
	}
}
