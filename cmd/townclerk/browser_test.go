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
	chat, err := h.handler()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(withSite(chat))
	defer server.Close()
	cmd := exec.CommandContext(t.Context(), "node", "--test", "browser.test.mjs")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(),
		"BASE_URL="+server.URL, "SITE_URL="+server.URL+"/riverton/waste/drop-off-center/",
		"QUESTION=how many tires may a resident bring in a year?", "QUOTE=at most eight tires",
		"UNANSWERABLE=is there fluoride in our water",
	)
	if *update {
		cmd.Env = append(cmd.Env, "SCREENSHOT="+filepath.Join(dir, "../../docs/images/widget.png"))
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("browser: %v\n%s", err, out)
	}
}
