package main

import (
	"bytes"
	"io"
	"log/slog"
	"strings"
	"testing"

	"townclerk/bot"
	"townclerk/bot/guard"
	"townclerk/internal/scripted"
)

// Somebody in danger gets the configured lines for it, word for word, and no model is
// asked anything.
func TestDangerGetsHelpLines(t *testing.T) {
	c := demoConfig()
	c.Data = t.TempDir()
	models := scripted.New(48)
	c.Embeddings = embeddingsConfig{BaseURL: address(t, models), Model: "embedder"}
	c.Model = modelConfig{BaseURL: address(t, models), Name: "writer"}
	c.HelpLines = []guard.HelpLine{
		{For: guard.SelfHarm, Language: "en", HelpLine: bot.HelpLine{Name: "Riverton crisis line", Phone: "555-0188", Text: "Day & night."}},
		{For: guard.Abuse, HelpLine: bot.HelpLine{Name: "Shelter", Phone: "555-0199"}},
	}
	h, err := open(t.Context(), c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	syncRiverton(t, h)
	before := len(models.Requests())
	me := newTalker(t, serveHouse(t, h))
	me.say(t, "i want to kill mysef", func(r io.Reader) {
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		shown := string(bytes.ReplaceAll(body, []byte(`\u0026`), []byte("&")))
		for _, want := range []string{"Riverton crisis line", "555-0188", "Day & night.", "988"} {
			if !strings.Contains(shown, want) {
				t.Errorf("%q is not in %s", want, shown)
			}
		}
		if strings.Contains(shown, "Shelter") {
			t.Errorf("a line for something else is in %s", shown)
		}
	})
	if n := len(models.Requests()) - before; n > 0 {
		t.Errorf("models were asked %d times", n)
	}
}

func TestHelpLinesAreChecked(t *testing.T) {
	for file, want := range map[string]string{
		"help_lines:\n  - for: fire\n    name: x\n    phone: \"1\"\n":                  `help_lines[0].for: "fire" is none of`,
		"help_lines:\n  - for: any\n    name: x\n":                                     "help_lines[0]: give the name",
		"help_lines:\n  - for: any\n    name: x\n    url: javascript:alert(1)\n":       `help_lines[0].url: "javascript:alert(1)" is no web address`,
		"help_lines:\n  - for: any\n    language: es\n    name: x\n    phone: \"1\"\n": "",
	} {
		c := defaults()
		if err := decode([]byte(file), &c); err != nil {
			t.Fatal(err)
		}
		err := located(c.check(), "f", []byte(file))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", file, err, want)
		}
	}
}
