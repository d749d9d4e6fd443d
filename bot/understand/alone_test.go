package understand

import (
	"strings"
	"testing"
)

func TestCheckRewritten(t *testing.T) {
	earlier := []Turn{
		{"What does a dog license cost in 2026?", "A dog license is $12.50 a year. It is not refunded, and only paid at City Hall."},
		{"Can I park without a permit in Zone B?", ""},
	}
	for _, c := range []struct{ question, rewritten, why string }{
		{"and for two dogs?", "What does a license for two dogs cost?", ""},
		{"Is it refunded?", "Is a dog license refunded?", ""},
		{"And in Zone C?", "Can I park without a permit in Zone C?", ""},
		{"what if I don't pay it?", "What happens if I do not pay for a dog license?", `nobody said "happen"`},
		{"what if I don't pay it?", "Can I park if I do not pay for a dog license?", ""},
		{"what if I don't pay it?", "Can I park if I pay for a dog license?", `it leaves out "not"`},
		{"what about cats?", "Is a license for cats not refunded?", ""}, // the citizen said "without"
		{"what about cats?", "Is a license for cats only paid at City Hall?", `nobody said "only"`},
		{"what about cats?", "What does a license for cats cost at the library?", `nobody said "librari"`},
		{"what about cats?", "What does a cat license cost in 2027?", `nobody said "2027"`},
		{"what about cats?", "Is a cat license $12.5 a year?", `nobody said "$12.5"`},
		{"what about cats?", "What does a dog license cost?", `it leaves out "cat"`},
		{"for 3 dogs?", "What does a license for dogs cost?", `it leaves out "3"`},
		{"what about cats?", "What about cats?", "it does not stand alone"},
		{"how much is it for cats?", "How much is it for cats?", "it does not stand alone"},
		{"and if it was lost?", "What does a dog license cost if it was lost?", ""},
		{"what about cats?", "", "it is not one question"},
		{"what about cats?", "A dog license for cats is not refunded.", "it is not one question"},
		{"what about cats?", "What does a cat license cost? Where is it paid?", "it is not one question"},
		{"what about cats?", "What does a cat license cost? Is it refunded in a year?", "it is not one question"},
		{"what about cats?", strings.Repeat("cat license cost ", 30), "it is too long"},
		{"what about the cats?", "¿Cuánto cuesta la license para el cat?", "it is in another language"},
	} {
		got := ""
		if err := CheckRewritten(c.rewritten, c.question, earlier, "en"); err != nil {
			got = err.Error()
		}
		if got != c.why {
			t.Errorf("%q for %q: %q, want %q", c.rewritten, c.question, got, c.why)
		}
	}
	spanish := []Turn{{"¿Cuánto cuesta la licencia de un perro?", "La licencia cuesta $12."}}
	if err := CheckRewritten("¿Cuánto cuesta la licencia de un gato?", "¿y de un gato?", spanish, "es"); err != nil {
		t.Error(err)
	}
	if err := CheckRewritten("¿Cuánto cuesta la licencia de un perro sin vacunas?", "¿y sin vacunas?", spanish, "es"); err != nil {
		t.Error(err)
	}
}

// FuzzCheckRewritten: what passes holds no word or figure that nobody said.
func FuzzCheckRewritten(f *testing.F) {
	f.Add("What does a cat license cost in 2026?", "and cats?", "What does a dog license cost in 2026?", "It is $12.")
	f.Fuzz(func(t *testing.T, rewritten, question, before, answer string) {
		if CheckRewritten(rewritten, question, []Turn{{before, answer}}, "en") != nil {
			return
		}
		for _, n := range figure.FindAllString(rewritten, -1) {
			if !strings.Contains(question+"\n"+before+"\n"+answer, n) {
				t.Errorf("%q was made up", n)
			}
		}
	})
}
