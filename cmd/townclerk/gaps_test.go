package main

import (
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"townclerk/evals/datasets/riverton"
	"townclerk/knowledge/ingest"
)

// What citizens asked in vain is grouped; the words of few are not shown, and what was
// erased is not even counted.
func TestGaps(t *testing.T) {
	h := openOn(t, t.TempDir(), "")
	empty, err := h.gaps(t.Context(), time.Hour)
	if err != nil || empty.Questions != 0 || len(empty.Groups) != 0 {
		t.Fatalf("%+v, %v", empty, err)
	}
	if err := h.ingest(t.Context(), riverton.Pages{}, ingest.Options{}, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		"is there zeppelin mooring near the airfield", "zeppelin mooring for a weekend?", "zeppelin mooring fees",
		"falconry xylophones", "falconry xylophones",
		"quokka zymurgy",
		"how much is a replacement cart",
	} {
		a := askTown(t, h, q)
		t.Log(q, a.Outcome)
	}
	erased, _, err := h.store.Create(t.Context(), "en")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.store.Erase(t.Context(), erased); err != nil {
		t.Fatal(err)
	}
	r, err := h.gaps(t.Context(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	r.print(&out)
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(out.String(), string(data))
	if r.Questions != 6 || len(r.Groups) != 2 || r.Alone != 1 {
		t.Fatalf("%+v", r)
	}
	g := r.Groups[0]
	if g.Conversations != 3 || len(g.Examples) != 3 || g.Share != 0.5 || !slices.Contains(g.Terms, "zeppelin") || !slices.Contains(g.Lacks, "zeppelin") || g.Nearest == nil {
		t.Errorf("%+v", g)
	}
	for _, word := range []string{"falconry", "xylophones", "quokka", "zymurgy"} {
		if strings.Contains(out.String()+string(data), word) {
			t.Errorf("%q, a word of few, is shown", word)
		}
	}
}

func TestAge(t *testing.T) {
	for text, want := range map[string]time.Duration{"30d": 720 * time.Hour, "12h": 12 * time.Hour, "0d": 0, "-1d": 0, "d": 0, "x": 0, "": 0, "9999999d": 0, "1.5d": 0} {
		var a age
		if err := a.UnmarshalText([]byte(text)); time.Duration(a) != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %v, %v", text, time.Duration(a), err)
		}
	}
}
