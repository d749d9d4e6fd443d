package cite

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"townclerk/bot"
	"townclerk/bot/cite/rule"
	"townclerk/knowledge"
	"townclerk/knowledge/parse"
)

const written = `---
title: Permits
---
# Permits

Call us first. A permit costs $62 a year, unless you are over 65.

You may not bring:

- Paint and oil
- Car tyres

| Zone | Fee | Note |
| --- | --- | --- |
| A | $62 | per year |
| B | $70 | per year |

Cart
: A bin on wheels. It holds 64 gallons.
`

func permits(t testing.TB) *knowledge.Version {
	t.Helper()
	v, err := parse.Parse(parse.Raw{Name: "permits.md", URL: "https://x.example/permits", Data: []byte(written)})
	if err != nil {
		t.Fatal(err)
	}
	return &v
}

func quoted(v *knowledge.Version, texts ...string) []Quote {
	return pair{Quotes: texts}.quotes(v)
}

// The ranges of a citation are the quote where it stands; of a row and a
// definition, pairs of header and what is quoted.
func TestGateCites(t *testing.T) {
	v := permits(t)
	tests := []struct {
		sentence, quote string
		want            []string
	}{
		{"Unless you are over 65, a permit costs $62 per year.", "A permit costs $62 a year, unless you are over 65.", []string{"A permit costs $62 a year, unless you are over 65."}},
		{"Zone B has a fee of $70.", "B | $70 | per year", []string{"Zone", "B", "Fee", "$70", "Note", "per year"}},
		{"The fee for zone B is $70.", "$70 | per year", []string{"Zone", "B", "Fee", "$70", "Note", "per year"}},
		{"The fee for zone B is $70.", "$70", []string{"Zone", "B", "Fee", "$70"}},
		{"A cart is a bin on wheels.", "A bin on wheels.", []string{"Cart", "A bin on wheels."}},
		{"The cart holds 64 gallons.", "It holds 64 gallons.", []string{"Cart", "It holds 64 gallons."}},
		{"You must not bring paint and oil.", "Paint and oil", []string{"Paint and oil"}},
	}
	for _, test := range tests {
		citations, verdict := Gate(test.sentence, quoted(v, test.quote), GateOptions{Language: "en"})
		if !verdict.OK || len(citations) != 1 {
			t.Errorf("%q: %+v", test.sentence, verdict)
			continue
		}
		c := citations[0]
		var got []string
		for _, r := range c.Ranges {
			got = append(got, v.Text[r.Start:r.End])
		}
		if !slices.Equal(got, test.want) || c.Version != v.ID || c.Passage != "p.0" || c.Title != "Permits" {
			t.Errorf("%q: cites %q: %+v", test.sentence, got, c)
		}
	}
}

func TestGateRefuses(t *testing.T) {
	v := permits(t)
	fee := "A permit costs $62 a year, unless you are over 65."
	tests := []struct {
		sentence, quote string
		want            rule.Reason
	}{
		{"A permit costs $62 a year.", "", Unquoted},
		{"Here is how it works:", "", Unquoted}, // no list was given
		{"A permit costs $62 a year.", "A permit costs $62 a month", QuoteMissing},
		{"A permit costs $62 a year.", "costs $62", QuoteLength},
		{"A permit costs $62 a year.", strings.Repeat("costs ", 121), QuoteLength},
		{"A permit costs $62 a year.", "A permit costs $62 a year", rule.Condition},
		{"A permit costs $63 a year, unless you are over 65.", fee, rule.FactMissing},
		{"A permit costs $62 a year for people over 65.", fee, rule.Condition},
		{"A permit costs $62 a year if you are over 65.", fee, rule.Condition},
		{"The fee for zone A is $70.", "B | $70 | per year", rule.Unsupported},
		{"You may bring paint and oil.", "Paint and oil", rule.Negation},
		{"You may bring car tyres.", "Car tyres", rule.Negation},
		{"I guarantee that a permit costs $62 a year, unless you are over 65.", fee, rule.Promise},
		{"A <b>permit</b> costs $62 a year, unless you are over 65.", fee, BadForm},
		{"A [permit](https://evil.example) costs $62 a year.", fee, BadForm},
		{"A permit costs $62 a year for [email].", fee, BadForm},
		{"A permit costs $62 a year for <PHONE_1>.", fee, BadForm},
		{"A permit costs {{fee}} a year, unless you are over 65.", fee, BadForm},
		{"A permit costs $62. It is for a year.", fee, BadForm},
		{"A per\u200bmit costs $62 a year, unless you are over 65.", fee, BadForm},
		{"A permit costs\n$62 a year, unless you are over 65.", fee, BadForm},
		{"A permit from evil.example costs $62 a year, unless you are over 65.", fee, rule.FactMissing},
		{"Does a permit cost $62 a year, unless you are over 65?", fee, BadForm},
		{"A permit costs $62 a year, unless you are over 65", fee, BadForm},
		{"Unless you are over 65, a permit costs $62 a year for.", fee, BadForm},
		{"You must.", fee, BadForm},
		{"A permit costs $６2 a year, unless you are over 65.", fee, BadForm},
		{"A permit costs $62, unless you are over 65.", fee, rule.Condition},
		{"", fee, BadForm},
		{strings.Repeat("permit ", 61), fee, BadForm},
	}
	for _, test := range tests {
		var quotes []Quote
		if test.quote != "" {
			quotes = quoted(v, test.quote)
		}
		if c, got := Gate(test.sentence, quotes, GateOptions{Language: "en"}); got.OK || got.Reason != test.want || c != nil {
			t.Errorf("%q: got %+v, want %s", test.sentence, got, test.want)
		}
	}
	outside := quoted(v, fee)
	outside[0].Within = knowledge.Range{Start: len(v.Text) - 10, End: len(v.Text)}
	if _, got := Gate("Unless you are over 65, a permit costs $62 a year.", outside, GateOptions{Language: "en"}); got.Reason != QuoteMissing {
		t.Errorf("a quote from outside of what was shown: %+v", got)
	}
	if _, got := Gate("A permit costs $62.", []Quote{{Text: fee}}, GateOptions{Language: "en"}); got.Reason != QuoteMissing {
		t.Errorf("no version: %+v", got)
	}
}

// Across languages facts are still held by code, and the rest needs another check.
func TestGateAcrossLanguages(t *testing.T) {
	v := permits(t)
	quotes := quoted(v, "A permit costs $62 a year, unless you are over 65.")
	for _, test := range []struct {
		sentence string
		entailed bool
		want     Verdict
	}{
		{"Un permiso cuesta 62 $ al año, salvo para mayores de 65.", false, Verdict{Reason: NeedsEntailment}},
		{"Un permiso cuesta 62 $ al año, salvo para mayores de 65.", true, Verdict{OK: true}},
		{"Un permiso cuesta 63 $ al año, salvo para mayores de 65.", true, Verdict{Reason: rule.FactMissing, Detail: "63 $"}},
	} {
		if _, got := Gate(test.sentence, quotes, GateOptions{Language: "es", Entailed: test.entailed}); got != test.want {
			t.Errorf("%q, %v: got %+v, want %+v", test.sentence, test.entailed, got, test.want)
		}
	}
}

// What would bind the agency, or names somebody, is in the quote or is not said; in
// another language than the quote too.
func TestGateHoldsBackPromises(t *testing.T) {
	for _, test := range []struct {
		language, quote, sentence string
		want                      rule.Reason
	}{
		{"en", "We decide on applications within 10 days.", "Your application will be approved within 10 days.", rule.Promise},
		{"en", "You may qualify for the grant if you rent.", "You qualify for the grant if you rent.", rule.Promise},
		{"en", "We decide on applications within 10 days.", "We always decide on applications within 10 days.", rule.Promise},
		{"en", "We decide on applications within 10 days.", "We definitely decide on applications within 10 days.", rule.Promise},
		{"en", "We decide on applications within 10 days.", "I decide on applications within 10 days.", rule.Promise},
		{"en", "We decide on applications within 10 days.", "Ms Clark decides on applications within 10 days.", rule.Unsupported},
		{"en", "Applications are always decided within 10 days.", "Applications are always decided within 10 days.", ""},
		{"en", "Applications are approved within 10 days.", "Your application is approved within 10 days.", ""},
		{"es", "Resolvemos las solicitudes en 10 días.", "Garantizamos que resolvemos las solicitudes en 10 días.", rule.Promise},
		{"es", "Resolvemos las solicitudes en 10 días.", "Su solicitud será aprobada en 10 días.", rule.Promise},
		{"fr", "Nous traitons les demandes en 10 jours.", "Nous traitons toujours les demandes en 10 jours.", rule.Promise},
		{"fr", "Nous traitons les demandes en 10 jours.", "Votre demande est acceptée en 10 jours.", rule.Promise},
		{"de", "Wir bearbeiten Anträge in 10 Tagen.", "Wir bearbeiten Anträge garantiert in 10 Tagen.", rule.Promise},
		{"de", "Wir bearbeiten Anträge in 10 Tagen.", "Ihr Antrag wird in 10 Tagen bewilligt.", rule.Promise},
	} {
		v := pair{Language: test.language, Title: "Page", Source: test.quote}.version(t)
		if _, got := Gate(test.sentence, quoted(v, test.quote), GateOptions{Language: test.language}); got.Reason != test.want {
			t.Errorf("%q of %q: %+v, want %q", test.sentence, test.quote, got, test.want)
		}
	}
	v := permits(t)
	for sentence, want := range map[string]rule.Reason{
		"Garantizamos que un permiso cuesta 62 $ al año.":        rule.Promise,
		"Frau Clark stellt für 62 $ im Jahr eine Erlaubnis aus.": rule.Unsupported,
	} {
		language := map[bool]string{true: "es", false: "de"}[strings.HasPrefix(sentence, "G")]
		if _, got := Gate(sentence, quoted(v, "A permit costs $62 a year, unless you are over 65."), GateOptions{Language: language, Entailed: true}); got.Reason != want {
			t.Errorf("%q: %+v, want %q", sentence, got, want)
		}
	}
}

func TestConnective(t *testing.T) {
	for _, language := range []string{"en", "es", "fr", "de"} {
		list := Connective(language)
		if len(list) < 10 {
			t.Errorf("%s: %d sentences", language, len(list))
		}
		for _, s := range list {
			if _, v := Gate(s, nil, GateOptions{Language: language, Connective: list}); !v.OK {
				t.Errorf("%q: %+v", s, v)
			}
			if _, v := Gate(s+" x", nil, GateOptions{Language: language, Connective: list}); v.OK {
				t.Errorf("%q passes", s+" x")
			}
		}
	}
	if got := Connective("xx"); got != nil {
		t.Errorf("no such language: %q", got)
	}
}

// Whatever the arguments are: no panic, the same answer twice, and a passing
// sentence has its digits from the quotes.
func FuzzGate(f *testing.F) {
	f.Add("Zone B has a fee of $70.", "B | $70 | per year", "en", 0, 100)
	f.Add("You must not bring paint and oil.", "Paint and oil", "de", 3, 200)
	f.Fuzz(func(t *testing.T, sentence, quote, language string, start, end int) {
		v := permits(t)
		quotes := []Quote{{Version: v, Within: knowledge.Range{Start: start, End: end}, Text: quote}, {Version: v, Within: knowledge.Range{End: len(v.Text)}, Text: quote}}
		for _, q := range [][]Quote{quotes[:1], quotes[1:], quotes} {
			c, got := Gate(sentence, q, GateOptions{Language: language, Entailed: true})
			if again, verdict := Gate(sentence, q, GateOptions{Language: language, Entailed: true}); verdict != got || fmt.Sprint(again) != fmt.Sprint(c) {
				t.Fatalf("%q: %+v, then %+v", sentence, got, verdict)
			}
			if got.OK && len(c) != len(q) {
				t.Fatalf("%q: %d citations of %d quotes", sentence, len(c), len(q))
			}
		}
	})
}

func ExampleGate() {
	v := &knowledge.Version{ID: "1f", Source: knowledge.Source{Title: "Permits", URL: "https://x.example/permits", Language: "en"},
		Text:   "You must renew a permit by March 1.",
		Blocks: []knowledge.Block{{Range: knowledge.Range{End: 35}}}}
	quotes := []Quote{{Version: v, Within: knowledge.Range{End: 35}, Text: "You must renew a permit by March 1."}}
	var citations []bot.Citation
	citations, verdict := Gate("You need to renew a permit by 1 March.", quotes, GateOptions{Language: "en"})
	fmt.Println(verdict.OK, citations[0].Ranges)
	_, verdict = Gate("You should renew a permit by 1 March.", quotes, GateOptions{Language: "en"})
	fmt.Println(verdict.OK, verdict.Reason)
	// Output:
	// true [{0 35}]
	// false modality
}

func BenchmarkGate(b *testing.B) {
	v := permits(b)
	quotes := quoted(v, "A permit costs $62 a year, unless you are over 65.")
	for b.Loop() {
		if _, verdict := Gate("Unless you are over 65, a permit costs $62 per year.", quotes, GateOptions{Language: "en"}); !verdict.OK {
			b.Fatal(verdict)
		}
	}
}
