package main

import (
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/evals/datasets/riverton"
	"townclerk/evals/run"
	"townclerk/internal/pgtest"
	"townclerk/knowledge/ingest"
)

// Promise 6: both engines give the same sentences, from the same passages with
// the same scores.
func TestBothEnginesAnswerAlike(t *testing.T) {
	d := rivertonSet(t, "questions.dev.jsonl")
	answers := func(database string) []run.Answered {
		c := demoConfig()
		c.Data, c.Database = t.TempDir(), database
		h, err := openClock(t.Context(), c, slog.New(slog.NewTextHandler(t.Output(), nil)), time.Now)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { h.Close() })
		if _, err := ingest.Sync(t.Context(), riverton.Pages{}, h.knowledge, h.models, ingest.Options{}); err != nil {
			t.Fatal(err)
		}
		askOnce(t, h)
		out, err := run.Answers(t.Context(), c.answering(), answerable{h.index, h.knowledge}, h.ranker, d.Cases)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	lite, postgres := answers(""), answers(pgtest.URL(t))
	for i := range lite {
		if !reflect.DeepEqual(lite[i].Answer, postgres[i].Answer) {
			t.Errorf("%s: %+v on SQLite, %+v on Postgres", lite[i].Case.ID, lite[i].Answer, postgres[i].Answer)
		}
		if !reflect.DeepEqual(lite[i].Trace.Candidates, postgres[i].Trace.Candidates) {
			t.Errorf("%s: the candidates differ between the engines", lite[i].Case.ID)
		}
	}
}

// askOnce has a whole turn, with its record, on the engine.
func askOnce(t *testing.T, h *house) {
	t.Helper()
	id, _, err := h.store.Create(t.Context(), "en")
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	_, err = h.bot.Ask(t.Context(), bot.Incoming{Conversation: id, Key: "1", Text: "fine for lending a placard"}, func(p bot.Part) { shown += len(p.Sentences) })
	if err != nil || shown == 0 {
		t.Fatalf("%d sentences shown, %v", shown, err)
	}
	turns, err := h.store.Transcript(t.Context(), id)
	if err != nil || len(turns) != 1 || turns[0].Outcome != bot.Answered {
		t.Fatalf("the record has %+v, %v", turns, err)
	}
}

func TestDatabaseAddress(t *testing.T) {
	for address, want := range map[string]string{
		"":                                 "",
		"postgres://u@db.example.gov/t":    "",
		"postgresql://u@db.example.gov/t":  "",
		"postgres://u:pw@db.example.gov/t": "a password does not belong into the file",
		"mysql://db.example.gov":           "give an address that begins with postgres://",
		"postgres://u@db.example.gov:x/t":  "the address cannot be read",
	} {
		if got := checkDatabase(address); !strings.HasPrefix(got, want) || (want == "") != (got == "") {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}
