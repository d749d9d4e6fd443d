package answer

import (
	"strings"
	"testing"

	"townclerk/bot"
)

// Below a list of conditions stands the question which one is in doubt, in every
// language, for who asks whether the rule applies and for nobody else.
func TestConditionsEndWithAQuestion(t *testing.T) {
	said := func(texts ...string) (out []bot.Sentence) {
		for _, s := range texts {
			out = append(out, bot.Sentence{Text: s, Citations: []bot.Citation{{Version: "v"}}})
		}
		return out
	}
	rule := said("To get the discount you must:", "be 65 or older", "live in Town")
	elsewhere := said("To get the discount you must:", "be 65 or older", "live in Town")
	elsewhere[2].Citations[0].Version = "w"
	all, err := loadTexts()
	if err != nil {
		t.Fatal(err)
	}
	for language, words := range all {
		for _, c := range []struct {
			question string
			quoted   []bot.Sentence
			want     bool
		}{
			{"Can I get the discount?", rule, true},
			{"am I eligible for the senior discount", rule, true},
			{"¿Puedo recibir el descuento?", rule, true},
			{"How much is the discount?", rule, false},
			{"Can I get the discount?", rule[:2], false},
			{"Can I get the discount?", rule[1:], false},
			{"Can I get the discount?", elsewhere, false},
			{"Can I get the discount?", nil, false},
		} {
			got := words.closing(c.question, c.quoted)
			if asks := strings.HasSuffix(got, words.Conditions); asks != c.want || !strings.HasPrefix(got, words.Check) || words.Conditions == "" {
				t.Errorf("%s: %q ends with %q", language, c.question, got)
			}
		}
	}
}
