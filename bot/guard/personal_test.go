package guard

import (
	"encoding/json"
	"flag"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
)

var data = flag.String("data", "", "folder of the real datasets (make eval DATA=...)")

// share counts what was found of what there is, by kind.
type share struct{ found, all map[string]int }

func newShare() share { return share{map[string]int{}, map[string]int{}} }

func (s share) count(kind string, found bool) {
	s.all[kind]++
	if found {
		s.found[kind]++
	}
}

// hold logs the shares and fails where one is below its bound.
func (s share) hold(t *testing.T, least func(kind string) float64) {
	t.Helper()
	for _, kind := range slices.Sorted(maps.Keys(s.all)) {
		got := float64(s.found[kind]) / float64(s.all[kind])
		t.Logf("%-16s %4d of %4d (%.3f)", kind, s.found[kind], s.all[kind], got)
		if got < least(kind) {
			t.Errorf("%s: %.3f, want at least %.2f", kind, got, least(kind))
		}
	}
}

// leastRecall is 0.99 for what has a form that can be checked, 0.95 for the
// rest, and less for names: one that nothing introduces is not recognised, and
// some messages are such.
func leastRecall(kind string) float64 {
	switch kind {
	case "email", "ssn", "nino", "nhs", "nir", "sin", "steuer", "aadhaar", "cpf", "dni", "nie", "card", "iban":
		return 0.99
	case "name":
		return 0.85
	}
	return 0.95
}

func testGuard(t testing.TB) Guard {
	t.Helper()
	g, err := New([]string{casePattern})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// Of 2,000 made-up messages, half of held-out templates, what is personal goes
// and what looks alike stays.
func TestPersonalDataRecall(t *testing.T) {
	g := testGuard(t)
	for name, held := range map[string]bool{"dev": false, "held out": true} {
		t.Run(name, func(t *testing.T) {
			recall, kept := newShare(), newShare()
			for _, m := range personalMessages(t) {
				if m.HeldOut != held {
					continue
				}
				got := g.In(m.Text).Text.String()
				for _, v := range m.Values {
					gone := !survives(got, m, v)
					recall.count(v.Kind, gone)
					if !gone && (!held || testing.Verbose()) {
						t.Logf("missed %s %q: %q", v.Kind, v.Text, got)
					}
				}
				for _, k := range m.Keep {
					stays := strings.Contains(got, Clean(k))
					kept.count("look-alikes kept", stays)
					if !stays && (!held || testing.Verbose()) {
						t.Logf("took %q out of %q: %q", k, m.Text, got)
					}
				}
			}
			recall.hold(t, leastRecall)
			kept.hold(t, func(string) float64 { return 0.99 })
		})
	}
}

// survives reports whether something of the value is still there that tells who
// or where somebody is: a piece with a digit or, of a name or a street, a word.
// The town of an address is none.
func survives(text string, m labelled, v value) bool {
	whole := v.Text
	if v.Kind == "address" {
		street, rest, _ := strings.Cut(whole, ",")
		if !strings.ContainsAny(street, "0123456789") || strings.HasPrefix(street, "Flat") {
			next, _, _ := strings.Cut(rest, ",")
			street += next
		}
		whole = street
	}
	left := wordsOf(text)
	for w := range wordsOf(whole) {
		if len(w) > 3 && left[w] && !others(m, v)[w] {
			return true
		}
	}
	return strings.Contains(squeeze(text), squeeze(v.Text))
}

// others are the words of the message without the value.
func others(m labelled, v value) map[string]bool {
	return wordsOf(strings.Replace(m.Text, v.Text, " ", 1))
}

func wordsOf(s string) map[string]bool {
	return set(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return ' '
	}, Clean(s)))
}

// Of 5,000 harmless questions at most one in two hundred loses anything.
func TestHarmlessQuestionsStay(t *testing.T) {
	g := testGuard(t)
	r := rand.New(rand.NewPCG(5, 1000))
	asked := slices.Concat(filled(t, r, "harmless.dev.txt", 2450), filled(t, r, "harmless.heldout.txt", 2450))
	for _, q := range rivertonQuestions(t) {
		asked = append(asked, labelled{Language: "en", Text: q})
	}
	wrong := 0
	for _, m := range asked {
		if got := g.In(m.Text); len(got.Kinds) > 0 {
			wrong++
			t.Logf("%q lost %v", m.Text, got.Kinds)
		}
	}
	t.Logf("%d of %d lost something (%.2f %%)", wrong, len(asked), 100*float64(wrong)/float64(len(asked)))
	if len(asked) < 5000 || float64(wrong) > 0.005*float64(len(asked)) {
		t.Error("too many")
	}
}

// rivertonQuestions are the sample agency's questions.
func rivertonQuestions(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, name := range []string{"questions", "questions.dev", "questions.hard"} {
		for _, q := range jsonLines[struct{ Question string }](t, filepath.Join("..", "..", "evals", "datasets", "riverton", name+".jsonl")) {
			out = append(out, q.Question)
		}
	}
	return out
}

func jsonLines[T any](t *testing.T, name string) []T {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var out []T
	for line := range strings.Lines(string(content)) {
		var v T
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}

// realFile is a file of the real datasets.
func realFile(t *testing.T, name string) string {
	t.Helper()
	if *data == "" {
		t.Skip("needs the real datasets: make eval DATA=...")
	}
	return filepath.Join(*data, "guard", name)
}

// Sentences of another maker, most of them news and letters: what is recognised
// of each kind, and how often something goes that nobody marked. The bounds hold
// what was measured.
func TestRecallOnOthersSentences(t *testing.T) {
	least := map[string]float64{"EMAIL_ADDRESS": 1, "US_SSN": 1, "IBAN_CODE": 1, "CREDIT_CARD": 0.9, "PHONE_NUMBER": 0.75}
	recall, marked := newShare(), newShare()
	for _, c := range jsonLines[struct {
		Text  string
		Spans []struct{ Type, Value string }
	}](t, realFile(t, "personal-data.dev.jsonl")) {
		got := In(c.Text)
		ours := false
		for _, s := range c.Spans {
			gone := !strings.Contains(got.Text.String(), Clean(s.Value))
			recall.count(s.Type, gone)
			ours = ours || gone
			if !gone && least[s.Type] > 0 {
				t.Logf("missed %s %q in %q", s.Type, s.Value, got.Text)
			}
		}
		if len(got.Kinds) > 0 {
			marked.count("changed sentences in which something marked went", ours)
			if !ours {
				t.Logf("taken out and not marked: %q of %q", got.Text, c.Text)
			}
		}
	}
	recall.hold(t, func(kind string) float64 { return least[kind] })
	marked.hold(t, func(string) float64 { return 0.9 })
}

// Hostile strings pass: what comes out is valid, visible text, and stays as it is
// when it is screened again.
func TestHostileStringsPass(t *testing.T) {
	for _, s := range jsonLines[struct{ Text string }](t, realFile(t, "strings.jsonl")) {
		checkScreened(t, s.Text)
		Danger(s.Text)
	}
}

// Nobody who gives personal data is taken for somebody in danger.
func TestPersonalMessagesAreNoDanger(t *testing.T) {
	for _, m := range personalMessages(t) {
		if got := Danger(In(m.Text).Text.String()); got != None {
			t.Errorf("%q is taken for %s", m.Text, got)
		}
	}
}
