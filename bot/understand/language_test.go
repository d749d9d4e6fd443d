package understand_test

import (
	"os"
	"strings"
	"testing"

	"townclerk/bot/understand"
)

func TestLanguage(t *testing.T) {
	for _, c := range []struct{ message, otherwise, want string }{
		{"how much is a replacement cart", "es", "en"},
		{"a qué teléfono llamo para pedir ayuda con el alquiler, voy atrasado", "en", "es"},
		{"como posso pagar a conta e onde", "en", "pt"},
		{"パスポートの更新方法", "en", "ja"},
		{"여권을 어떻게 갱신하나요", "en", "ko"},
		{"چگونه گذرنامه بگیرم", "fr", "fr"}, // Persian is not Arabic
		{"pasaporte", "en", "es"},
		{"Öffnungszeiten?", "en", "de"},
		{"护照", "en", "zh"},
		{"مواعيد", "en", "ar"},
		{"dziękuję", "en", "pl"},
		// Too short to tell, or of no language.
		{"ok", "pl", "pl"}, {"ok", "en", "en"}, {"parking permit", "es", "es"}, {"Los Angeles", "en", "en"}, {"taxi", "de", "de"},
		{"no", "fr", "fr"}, {"SNAP", "es", "es"}, {"W-4 form", "fr", "fr"}, {"", "fr", "fr"}, {"12345 !?", "en", "en"},
		{"where is the Centro de la Raza", "en", "en"},
	} {
		if got := understand.Language(c.message, c.otherwise); got != c.want {
			t.Errorf("Language(%q, %q) = %q, want %q", c.message, c.otherwise, got, c.want)
		}
	}
}

func TestLanguageOfTheConversation(t *testing.T) {
	earlier := []string{"¿Dónde puedo renovar el pasaporte?", "ok"}
	for message, want := range map[string]string{"ok": "es", "visa": "es", "and how much does it cost?": "en", "": "es"} {
		if got := understand.Language(message, "en", earlier...); got != want {
			t.Errorf("%q after Spanish: %s, want %s", message, got, want)
		}
	}
}

// Every sentence, on a page in another language and on one in its own. What is
// expected of the half that was held out is a little below what was reached.
func TestLanguageOfSentences(t *testing.T) {
	data, err := os.ReadFile("testdata/languages.txt")
	if err != nil {
		t.Fatal(err)
	}
	var language string
	n, right, lines := map[bool]int{}, map[bool]int{}, map[string]int{}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "#"):
			continue
		case len(line) == 2:
			language = line
			continue
		}
		if got := understand.Language(line, language); got != language {
			t.Errorf("%q is taken for %s where %s is expected", line, got, language)
		}
		lines[language]++
		held := lines[language]%2 == 0
		elsewhere := map[bool]string{true: "fr", false: "en"}[language == "en"]
		n[held]++
		if got := understand.Language(line, elsewhere); got == language {
			right[held]++
		} else {
			t.Logf("held out %v: %s: %q is taken for %s", held, language, line, got)
		}
	}
	for held, all := range n {
		share := float64(right[held]) / float64(all)
		t.Logf("held out %v: %d of %d (%.3f)", held, right[held], all, share)
		if share < map[bool]float64{true: 0.94, false: 0.98}[held] {
			t.Errorf("held out %v: %.3f", held, share)
		}
	}
	for l, n := range lines {
		if n < 40 {
			t.Errorf("%s has %d sentences", l, n)
		}
	}
	if len(lines) != 8 {
		t.Errorf("%d languages", len(lines))
	}
}
