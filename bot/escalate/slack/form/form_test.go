package form

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "write the golden files")

func TestSpoken(t *testing.T) {
	name := func(user string) string { return "Ana Ruiz" }
	for in, want := range map[string]string{
		"Monday &amp; Tuesday":                          "Monday & Tuesday",
		"a &lt;b&gt; &amp;lt; c":                        "a <b> &lt; c",
		"ask <@U1> or <@U1|ana>":                        "ask Ana Ruiz or Ana Ruiz",
		"see <https://www.example.gov/a?b=1&amp;c=2>":   "see https://www.example.gov/a?b=1&c=2",
		"see <https://www.example.gov|our page>":        "see our page (https://www.example.gov)",
		"<mailto:w@example.gov|w@example.gov>":          "w@example.gov",
		"<tel:+15550100|555-0100>":                      "555-0100 (+15550100)",
		"in <#C1|waste> and <#C2>":                      "in #waste and #channel",
		"<!here> <!channel> <!subteam^S1|@clerks>":      "everyone everyone @clerks",
		"<!date^1772442000^{date}|2 March>":             "2 March",
		"unclosed < here":                               "unclosed < here",
		"  *bold* \u202ex ":                             "*bold* x",
		"<https://a.example|https://www.example.gov/x>": "https://www.example.gov/x (https://a.example)",
	} {
		if got := Spoken(in, name); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestMarked(t *testing.T) {
	for _, c := range []struct {
		text, mark, rest string
		ok               bool
	}{
		{"&gt;&gt; yes", ">>", " yes", true},
		{"&gt;&gt;yes", ">>", "yes", true},
		{" \n&gt;&gt; yes", ">>", " yes", true},
		{"&gt;&gt;&gt; a quotation", ">>", "", false},
		{"&gt; once", ">>", "", false},
		{"no &gt;&gt;", ">>", "", false},
		{">> not as Slack writes it", ">>", "", false},
		{"!citizen yes", "!citizen", " yes", true},
		{"!citizens", "!citizen", "s", true},
		{"&amp;&amp; yes", "&&", " yes", true},
		{"anything", "", "", false},
	} {
		if rest, ok := Marked(c.text, c.mark); ok != c.ok || rest != c.rest {
			t.Errorf("%q: %q, %v", c.text, rest, ok)
		}
	}
}

func TestLink(t *testing.T) {
	for address, want := range map[string]string{
		"https://www.example.gov/a?b=1&c=2#d": "<https://www.example.gov/a?b=1&amp;c=2#d|Open the page at www.example.gov>",
		"javascript:alert(1)":                 "",
		"https://ana:secret@example.gov/":     "",
		"//example.gov":                       "",
		"https://example.gov/a b|c<d>":        "<https://example.gov/a%20b%7Cc%3Cd%3E|Open the page at example.gov>",
		"":                                    "",
	} {
		got := ""
		if l := link(address); l != nil {
			got = l.Text
		}
		if got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}

// Whatever a text holds, as a block's it is short enough, valid, and without what is not
// seen; and a link holds nothing that Slack reads as more than one.
func FuzzPlain(f *testing.F) {
	for _, s := range []string{"", "<!channel>", "\u202ex", "\xff", strings.Repeat("\U0001F600", 200), "https://a.example/|x>"} {
		f.Add(s, 100)
	}
	f.Fuzz(func(t *testing.T, text string, n int) {
		n = 10 + (n%maxText+maxText)%maxText
		got := Plain(text, n).Text
		if !utf8.ValidString(got) || len(utf16.Encode([]rune(got))) > n || strings.TrimSpace(got) == "" {
			t.Errorf("%d: %q", n, got)
		}
		for _, r := range got {
			if unicode.Is(unicode.Bidi_Control, r) || unicode.IsControl(r) && r != '\n' && r != '\t' {
				t.Errorf("%q holds %U", got, r)
			}
		}
		if l := link(text); l != nil && (strings.Count(l.Text, "<") != 1 || strings.Count(l.Text, ">") != 1 || strings.Count(l.Text, "|") != 1 || !strings.HasPrefix(l.Text, "<http")) {
			t.Errorf("%q makes the link %q", text, l.Text)
		}
	})
}

// No letter makes what reads it fall over, and a message that is internal stays so.
func FuzzLetter(f *testing.F) {
	f.Add([]byte(`{"type":"event_callback","event_id":"Ev1","event":{"type":"message","text":"&gt;&gt; x","ts":"1.1","thread_ts":"1.0","user":"U1"}}`))
	f.Add([]byte(`{"type":"view_submission","view":{"id":"V1","private_metadata":"{}","state":{"values":{"text":{"text":{"value":"x"}}}}}}`))
	f.Add([]byte(`{"type":"block_actions","trigger_id":"1","actions":[{"action_id":"claim","block_id":"ticket_1"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var l Letter
		if json.Unmarshal(data, &l) != nil {
			return
		}
		l.ID()
		l.Thread()
		for _, a := range l.Actions {
			if a.Ticket() != "" && !strings.HasPrefix(a.Block, TicketBlock) {
				t.Errorf("%q names a ticket", a.Block)
			}
		}
		if w, err := ReadDialog(l.View); err == nil {
			w.Objection()
		}
		if s, why := l.Event.Saying(); why == "" {
			rest, ok := Marked(s.Text, ">>")
			if ok && !strings.HasPrefix(strings.TrimSpace(s.Text), "&gt;&gt;") {
				t.Errorf("%q is marked: %q", s.Text, rest)
			}
			Spoken(s.Text, func(string) string { return "x" })
		}
	})
}

func TestManifest(t *testing.T) {
	for file, url := range map[string]string{"testdata/manifest-http.json": "https://chat.example.gov/slack", "testdata/manifest-socket.json": ""} {
		got, err := Manifest("Townclerk", url)
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(want) != string(got)+"\n" {
			t.Errorf("%s: run with -update and look at the difference:\n%s", file, got)
		}
	}
}
