package cite

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"townclerk/knowledge"
)

func TestNormalise(t *testing.T) {
	for in, want := range map[string]string{
		"“Don’t”":             `"Don't"`,
		"9–5 — ‑ −3":          "9-5 - - -3",
		"a\u00a0b\u200b c":    "a b c",
		"co\u00adop":          "coop",
		"  a \n\t b ":         "a | b",
		"A\t$62\tper year":    "A | $62 | per year",
		"A | $62|per  year":   "A | $62 | per year",
		"10² ½ ﬁne Ａ":         "10² ½ fine A",
		"٣٤ days":             "34 days",
		"Case Stays":          "Case Stays",
		"\U000e0041tag\ufe0f": "tag",
	} {
		if got := normalise(in).text; got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestQuotesStandWordForWord(t *testing.T) {
	text := "A permit costs $1,250.50 a year. Café owners\u00a0pay “$50”.\nA\t$62\tper year\n3 1/2 inches"
	for quote, want := range map[string]string{
		"A permit costs $1,250.50 a year.": "A permit costs $1,250.50 a year.",
		"Café owners pay \"$50\".":         "Café owners\u00a0pay “$50”.",
		"Cafe\u0301 owners pay":            "Café owners\u00a0pay",
		"A | $62 | per year":               "A\t$62\tper year",
		"| $62 | per year |":               "$62\tper year",
		"A permit costs $1,250":            "",
		"permit costs $1":                  "",
		"50 a year.":                       "",
		"ermit costs":                      "",
		"a permit costs":                   "",
		"A permit costs $1,250.50":         "A permit costs $1,250.50",
		"1/2 inches":                       "",
		"A permit ... a year.":             "",
		"":                                 "",
	} {
		got := ""
		if at := find(text, knowledge.Range{End: len(text)}, quote); len(at) > 0 {
			got = text[at[0].Start:at[0].End]
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", quote, got, want)
		}
	}
	if at := find(text, knowledge.Range{Start: 10, End: len(text)}, "A permit costs"); at != nil {
		t.Errorf("a quote from outside of what was shown stands at %v", at)
	}
}

// Whatever the text and the quote are: what is found is on characters' bounds,
// inside of what was shown, reads as the quote does, and a stretch of the text is
// found as itself.
func FuzzFind(f *testing.F) {
	f.Add("A\tﬁne “$5”\u00ad0 — ½\n", "fine \"$5", 0, 20)
	f.Add("é\u200be\u0301 ٣.٥", "é", 1, 4)
	f.Add("\xff\xc3\x28 a b", "a b", 0, 9)
	f.Add("0000000000\xe20\x9c00”\u00ad", "0", 0, 12)
	f.Fuzz(func(t *testing.T, text, quote string, a, b int) {
		within := knowledge.Range{End: len(text)}
		n := normalise(text)
		if len(n.from) != len(n.text) || len(n.to) != len(n.text) {
			t.Fatalf("%q: %d bytes have %d and %d ways back", text, len(n.text), len(n.from), len(n.to))
		}
		quotes := []string{quote}
		if r := (knowledge.Range{Start: a, End: b}); r.Within(len(text)) {
			within, quotes = r, append(quotes, text[a:b])
		}
		for _, q := range quotes {
			for _, r := range find(text, within, q) {
				said := text[r.Start:r.End]
				if r.Start < within.Start || r.End > within.End || !onRunes(text, r) || cuts(text, r.Start) || cuts(text, r.End) {
					t.Fatalf("%q in %q: %v", q, text, r)
				}
				if utf8.ValidString(q) && strings.Trim(normalise(said).text, " |") != strings.Trim(normalise(norm.NFC.String(q)).text, " |") {
					t.Fatalf("%q is said to stand in %q as %q", q, text, said)
				}
			}
		}
	})
}
