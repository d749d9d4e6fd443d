package answer_test

import (
	"encoding/json"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"townclerk/bot/understand"
)

// failures keeps what is logged as an error.
type failures struct {
	mu sync.Mutex
	strings.Builder
}

func (f *failures) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.Builder.Write(p)
}

func (f *failures) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(f, &slog.HandlerOptions{Level: slog.LevelError}))
}

// rivertonQuestions are the questions about Riverton; alone: without follow-ups.
func rivertonQuestions(t *testing.T, alone bool) []string {
	t.Helper()
	data, err := os.ReadFile("../../evals/datasets/riverton/questions.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(data)) {
		var q struct {
			Question string
			History  []any
		}
		if err := json.Unmarshal([]byte(line), &q); err != nil {
			t.Fatal(err)
		}
		if !alone || len(q.History) == 0 {
			out = append(out, q.Question)
		}
	}
	if len(out) < 10 {
		t.Fatalf("only %d questions", len(out))
	}
	return out
}

// A short message is answered in the language of the last one that told.
func TestShortMessageKeepsTheConversationsLanguage(t *testing.T) {
	h := newHouse(t, town)
	b, c := h.bot(nil, nil, nil), h.conversation()
	for i, turn := range []struct{ message, language string }{
		{"¿Dónde puedo pedir un carrito nuevo para la basura?", "es"}, {"carts", "es"}, {"and when is the pickup?", "en"}, {"carts", "en"},
	} {
		a := h.ask(b, c, strconv.Itoa(i), turn.message)
		if got := understand.Language(a.Closing, "fr"); got != turn.language {
			t.Errorf("%q is answered with %q", turn.message, a.Closing)
		}
	}
}
