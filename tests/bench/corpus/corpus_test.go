package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func written(t *testing.T, seed uint64) string {
	t.Helper()
	dir := t.TempDir()
	if err := write(dir, 52, 3, seed); err != nil {
		t.Fatal(err)
	}
	return dir
}

func read(t *testing.T, parts ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestSameSeedSameBytes(t *testing.T) {
	one, same, other := written(t, 1), written(t, 1), written(t, 2)
	for _, name := range []string{"passages.jsonl", "conversations.jsonl", "pages/00/00010.md"} {
		if read(t, one, name) != read(t, same, name) {
			t.Errorf("%s differs", name)
		}
		if read(t, one, name) == read(t, other, name) {
			t.Errorf("%s is the same for another seed", name)
		}
	}
}

// The pages hold what passages.jsonl holds, and nothing is left in braces.
func TestPagesHoldThePassages(t *testing.T) {
	dir := written(t, 1)
	lines := strings.Split(strings.TrimSpace(read(t, dir, "passages.jsonl")), "\n")
	if len(lines) != 52 {
		t.Fatalf("%d passages, want 52", len(lines))
	}
	var last passage
	if err := json.Unmarshal([]byte(lines[51]), &last); err != nil {
		t.Fatal(err)
	}
	page := read(t, dir, "pages/00/00010.md")
	title, rest, _ := strings.Cut(last.Text, "\n")
	heading, text, _ := strings.Cut(rest, "\n\n")
	for _, want := range []string{"# " + title + "\n", "## " + heading + "\n", text} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	if strings.ContainsAny(page+read(t, dir, "conversations.jsonl"), "{}%") {
		t.Errorf("something was not filled in:\n%s", page)
	}
}
