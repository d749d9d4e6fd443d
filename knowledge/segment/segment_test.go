package segment_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"townclerk/knowledge/segment"
)

func split(text string) []string {
	var out []string
	for _, r := range segment.Sentences(text) {
		out = append(out, text[r.Start:r.End])
	}
	return out
}

// Each line is a text with its sentences parted by " | ".
func TestSentences(t *testing.T) {
	for _, c := range []string{
		"Bring your ID. | The office is on Main Street.",
		"It costs $3.50 per page. | A copy of 1.5 MB is free.",
		"Call (555) 555-0100. | Ask for room 4.",
		"Call 555.555.0100 ext. 12 today. | We answer.",
		"Open 7 p.m. to 9 p.m. on Mondays. | Closed on Sundays.",
		"We open at 8 a.m. Monday through Friday. | Come early.",
		"Open until 5 p.m. Eastern time. | Call first.",
		"We close at 5 p.m. | Please come early.",
		"Bring documents, e.g. a lease, i.e. proof of address, etc. if you have them.",
		"See Form No. 4 and Sec. 12, p. 3. | Then sign.",
		"The answer is no. | Ask again.",
		"1. Fill in the form. | 2. Send it.",
		"a. Fill in the form.\niv. Send it.",
		"2.1. Fees are due on Jan. 5 each year. | Late fees apply.",
		"Dr. Jane Q. Smith and Mr. Lee v. City were heard. | St. Mary's Church is open.",
		"Visit 12 Main St. | You need an ID.",
		"The U.S. Department of State issues passports. | U.S. citizens may apply.",
		"You must live in the U.S. | You need an ID.",
		"Ask about Plan B. | The clinic is free.",
		"She said \"Go home.\" | Then she left.",
		"¿Cuánto cuesta? | ¡Es gratis! | Llame a la Sra. López.",
		"Wait... then sign. | Really?! | Yes.",
		"Pay at https://riverton.example.gov/pay?id=1&x=2 or riverton.gov/a.B now. | Done!",
		"Mail clerk@riverton.gov. | We reply.",
		"Die Frist endet am 15. Februar 2026. | Danach gilt eine Gebühr.",
		"Am 3. und 4. Mai geschlossen. | Am 5. Mai offen.",
		"Der 1. Bürgermeister grüßt. | Die 2. Mahnung kostet 5 Euro. | Es gilt seit dem 19. Jahrhundert.",
		"Bis zum 31. Dezember gilt es. | Bis 15. Jänner auch. | 1. Januar: Feiertag.",
		"Kommen Sie am 15. | Wir freuen uns. | Die Gebühr steigt um 5. | Am Montag ist zu. | Das war im Jahr 2026. | Danke.",
		"It costs 15. | Dogs are free. | I am 18. | Can I vote? | You pay $15. | February is free. | It was built in 1915. | March is cold.",
		"Bringen Sie z. B. Pässe oder i. d. R. Ausweise mit, d. h. Urkunden, u. a. Kopien. | Danke.",
		"Siehe § 5 Abs. 2 Satz 1 und Nr. 5 der Satzung. | Hauptstr. 5, max. 5 Personen, mind. 2 Tage, ca. 3 Wochen.",
		"Geöffnet Mo. bis Fr. 8 Uhr, ggf. Sa. | Gebühr inkl. MwSt. | Danke.",
		"Formulaire n° 5 requis. | Voir art. 3 du code, p. ex. M. Dupont et Mme. Roy. | Merci.",
		"Véase el art. 3, la pág. 4 y el núm. 5. | El Sr. López atiende en Avda. Mayor, p. ej. mañana. | Gracias.",
		"Abrimos a las 9 a. m. Monday is closed. | Cerramos a las 5 p. m. | Para citas llame.",
		"Vive en EE. UU. desde 2020. | Gracias.",
		"Ul. Długa 5, np. Paszport, art. 3 ust. 2 pkt 1. | Dziękuję.",
		"Form No. 5 is due. | U.S. citizens may apply. | The U. S. Department of State helps. | We open at 9 a.m. Monday.",
		"这是第一句。|这是第二句！",
		"One line without a stop\nAnother line, not here.",
	} {
		want := strings.FieldsFunc(strings.ReplaceAll(strings.ReplaceAll(c, " | ", "|"), "\n", "|"), func(r rune) bool { return r == '|' })
		text := strings.ReplaceAll(strings.ReplaceAll(c, " | ", " "), "|", "")
		if got := split(text); !slices.Equal(got, want) {
			t.Errorf("%q\n got %q\nwant %q", text, got, want)
		}
	}
}

func TestNoSentenceInNothing(t *testing.T) {
	for _, text := range []string{"", " ", "\n\n", "\u00a0\t\n"} {
		if got := split(text); got != nil {
			t.Errorf("%q gives %q", text, got)
		}
	}
}

// Long texts without an end of a sentence stay whole, and boundaries do not
// depend on how far into the line they are.
func TestLongLines(t *testing.T) {
	for n := range 40 {
		long := strings.Repeat("word ", 1000+n) + "ends. "
		if got := split(long + "Next one.\nNew line."); len(got) != 3 || len(got[0]) != len(long)-1 {
			t.Fatalf("%d: %d sentences, the first of %d bytes", n, len(got), len(got[0]))
		}
	}
	text := strings.Repeat("The fee is $3.50 for Mr. Lee. ", 2000)
	if got := split(text); len(got) != 2000 || len(slices.Compact(got)) != 1 {
		t.Fatalf("%d sentences", len(got))
	}
}

func TestHostileTextsTakeLinearTime(t *testing.T) {
	for _, unit := range []string{")", " ", ".", "1.", "Mr. ", "Mr.\u00a0", ".1", "a.)\"", ". (1, ", "\u0301", "é", "J. "} {
		start := time.Now()
		segment.Sentences("a." + strings.Repeat(unit, 1<<20/len(unit)))
		if d := time.Since(start); d > 15*time.Second {
			t.Errorf("1 MB of %q took %v", unit, d)
		}
	}
}

func FuzzSentences(f *testing.F) {
	f.Add("Bring e.g. an ID. Call (555) 555-0100.\n¿Sí? Yes... \"No.\" 1. a")
	f.Fuzz(func(t *testing.T, text string) {
		ranges := segment.Sentences(text)
		at := 0
		for _, r := range ranges {
			if r.Start < at || r.End <= r.Start || r.End > len(text) {
				t.Fatalf("range %v after %d of %d", r, at, len(text))
			}
			if s := text[at:r.Start]; strings.TrimFunc(s, unicode.IsSpace) != "" {
				t.Fatalf("%q is in no sentence", s)
			}
			s := text[r.Start:r.End]
			if strings.TrimFunc(s, unicode.IsSpace) != s || strings.Contains(s, "\n") {
				t.Fatalf("sentence %q", s)
			}
			if utf8.ValidString(text) && !utf8.ValidString(s) {
				t.Fatalf("cut inside a character: %q", s)
			}
			at = r.End
		}
		if strings.TrimFunc(text[at:], unicode.IsSpace) != "" {
			t.Fatalf("%q is in no sentence", text[at:])
		}
		if !slices.Equal(ranges, segment.Sentences(text)) {
			t.Fatal("not the same twice")
		}
	})
}

func ExampleSentences() {
	text := "The U.S. office opens at 8 a.m. Monday to Friday. Bring an ID."
	for _, r := range segment.Sentences(text) {
		fmt.Println(text[r.Start:r.End])
	}
	// Output:
	// The U.S. office opens at 8 a.m. Monday to Friday.
	// Bring an ID.
}
