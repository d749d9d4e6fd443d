package main

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
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

func newSurfer(t *testing.T) *surfer {
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
	return &surfer{h, dir, []string{
		"BASE_URL=" + server.URL, "SITE_URL=" + server.URL + "/riverton/waste/drop-off-center/",
		"UNANSWERABLE=is there fluoride in our water",
	}}
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
