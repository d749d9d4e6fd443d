package fact

import (
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	tests := []struct{ language, text, want string }{
		{"en", "1 March", "--03-01"}, {"en", "March 1st", "--03-01"}, {"en", "the 1st of March, 2026", "2026-03-01"},
		{"en", "on March 1, 2026 at 9am", "2026-03-01|09:00"}, {"en", "9:00 a.m.", "09:00"}, {"en", "5 p.m.", "17:00"},
		{"en", "£1,000", "1000 gbp"}, {"en", "1000 pounds", "1000 gbp"}, {"en", "$1,250.50 a year", "2501/2 usd|per year"},
		{"en", "10%", "10 percent"}, {"en", "ten per cent", "10 percent"}, {"en", "twice a week", "2 times|per week"},
		{"en", "two weeks", "2 week"}, {"en", "three-day", "3 day"}, {"en", "24 hours' notice", "24 hour"},
		{"en", "4-6 weeks", "from 4 week|until 6 week"}, {"en", "four to six weeks", "from 4 week|until 6 week"},
		{"en", "from 7 a.m. to 10 p.m.", "from 07:00|until 22:00"}, {"en", "between 7am and 10pm", "from 07:00|until 22:00"},
		{"en", "at least 2 days before", "at least 2 day"}, {"en", "aged 65 or over", "at least 65"}, {"en", "no more than 5%", "up to 5 percent"},
		{"en", "call (555) 555-0188 or 555-555-0188", "tel:5555550188|tel:5555550188"}, {"en", "020 7946 0123.", "tel:02079460123"},
		{"en", "at a.b@c.example.gov.", "a.b@c.example.gov"}, {"en", "https://X.example.gov/birth/ now", "x.example.gov/birth"},
		{"en", "www.x.gov/r?u=https://Y.example", "www.x.gov/r?u=https://Y.example"}, {"en", "3 1/4 inches", "13/4 inch"}, {"en", "half of it", "1/2 part"}, {"en", "by the 20th of the month", "by 20 ordinal"},
		{"en", "one hundred and fifty days", "150 day"}, {"en", "at least 16 years old", "at least 16"}, {"en", "12 months old", "12 month"}, {"en", "twenty-one days", "21 day"}, {"en", "10 working days", "10 workday"},
		{"en", "1.5 million dollars", "1500000 usd"}, {"en", "$2 million", "2000000 usd"}, {"en", "You may apply in May", "--05"},
		{"en", "1 to 5 March", "from --03-01|until --03-05"}, {"en", "Monday to Friday", "from weekday-1|until weekday-5"},
		{"en", "03/04/2026", "03/04/2026"}, {"en", "31/03/2026", "2026-03-31"}, {"en", "Once you are 65", "65"}, {"en", "15 cents a page", "15 cent"},
		{"de", "37,00 Euro", "37 eur"}, {"de", "1.541 Euro im Monat", "1541 eur|per month"}, {"de", "um 8 Uhr am 1. März 2026", "08:00|2026-03-01"},
		{"fr", "1 250 € par mois", "1250 eur|per month"}, {"fr", "à partir de 6 h 30", "after 06:30"}, {"fr", "du 1er décembre au 28 février", "from --12-01|until --02-28"},
		{"es", "24.318 euros", "24318 eur"}, {"es", "el 31 de marzo de 2026", "2026-03-31"}, {"es", "12,50 € al año", "25/2 eur|per year"},
		{"zh", "2026-03-01 25%", "2026-03-01|25 percent"},
	}
	for _, test := range tests {
		if got := texts(Find(test.language, test.text)); got != test.want {
			t.Errorf("%s %q: got %s, want %s", test.language, test.text, got, test.want)
		}
	}
}

func texts(facts []Fact) string {
	var out []string
	for _, f := range facts {
		out = append(out, f.String())
	}
	return strings.Join(out, "|")
}

// Whatever the text is: no panic, facts in order inside of it, and the canonical
// form of each is read as the same fact.
func FuzzFind(f *testing.F) {
	for _, s := range []string{"from 9 to 5 p.m. on March 1st, 2026", "$1,250.50 a year", "3½ %", "0800 99 1234 a@b.co www.x.y/z", "1 250 € par mois", "--03-01 tel:123 03/04/2026", "up to 10.", "weekday-3 12:00",
		"aaaa 27to 10A.m 0000000000000000000", "000st", "00,00'0", "100,000000000005", "1234 a@b.co www.xzy./", ".co www./", "///y//o www.xz/./"} {
		f.Add("en", s)
		f.Add("de", s)
	}
	f.Fuzz(func(t *testing.T, language, text string) {
		end := 0
		for _, fact := range Find(language, text) {
			if fact.Start < end || fact.End <= fact.Start || fact.End > len(text) {
				t.Fatalf("%q: %+v after %d", text, fact, end)
			}
			end = fact.End
			again := Find("en", fact.String())
			if len(again) != 1 || again[0].Kind != fact.Kind || again[0].Value != fact.Value || again[0].Unit != fact.Unit || again[0].Bound != fact.Bound {
				t.Fatalf("%q: %+v is read again as %+v", text, fact, again)
			}
		}
	})
}
