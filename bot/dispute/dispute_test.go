package dispute_test

import (
	"testing"

	"townclerk/bot/dispute"
)

func en(text string) dispute.Statement { return dispute.Statement{Text: text, Language: "en"} }

func prepared(texts ...string) []*dispute.Prepared {
	var out []dispute.Statement
	for _, text := range texts {
		out = append(out, en(text))
	}
	return dispute.Prepare(out)
}

func TestPremise(t *testing.T) {
	for _, c := range []struct{ language, question, claim string }{
		{"en", "Since the fee was abolished, where do I go?", "the fee was abolished"},
		{"en", "and since that costs $20 is there a discount", "that costs $20"},
		{"en", "why is the library closed on Mondays?", "is the library closed on Mondays"},
		{"en", "Do I still have to register now that permits are free?", "permits are free"},
		{"en", "As the garage closes at 10 p.m., where do I park?", "the garage closes at 10 p.m."},
		{"en", "when did you stop collecting glass?", "you stop collecting glass"},
		{"en", "how long is a permit valid?", ""},
		{"en", "when is the library open?", ""},
		{"es", "Ya que es gratis, ¿dónde lo pido?", "es gratis"},
		{"es", "¿por qué está cerrada la biblioteca los lunes?", "está cerrada la biblioteca los lunes"},
		{"es", "¿cuánto cuesta?", ""},
	} {
		got, ok := dispute.Premise(c.language, c.question)
		if got.Text != c.claim || ok != (c.claim != "") {
			t.Errorf("%s: %q %v", c.question, got.Text, ok)
		}
	}
}

func TestContradicted(t *testing.T) {
	for _, c := range []struct {
		claim, statement string
		want             bool
	}{
		{"a dog license is free", "A dog license costs $12.", true},
		{"a dog license is free", "A dog license is free of charge.", false},
		{"a dog license costs $20", "A dog license costs $12.", true},
		{"a dog license costs $12", "A dog license costs $12.", false},
		{"a dog license costs $20", "A fishing permit costs $12.", false},
		{"a dog license is valid for two years", "A dog license is valid for six months.", true},
		{"a dog license is valid for twelve months", "A dog license is valid for 360 days.", false},
		{"the emergency fund is a loan", "The emergency fund is a grant.", true},
		{"a swimmer must be 18 or older", "A swimmer must be 21 or older.", true},
		{"dog licenses are sold online", "A dog license costs $12.", false},
		{"the library is closed on Mondays", "The library is open Monday to Friday from 9 a.m. to 5 p.m.", true},
		{"the library is closed on Sundays", "The library is open Monday to Friday from 9 a.m. to 5 p.m.", false},
		{"the library closes at 4 p.m.", "The library is open Monday to Friday from 9 a.m. to 5 p.m.", true},
		{"you need a permit for a shed", "You do not need a permit for a shed.", true},
		{"hens are forbidden", "You may keep hens.", true},
		{"hens are allowed", "You may keep hens.", false},
	} {
		_, got := dispute.Contradicted(dispute.Claim{Text: c.claim, Language: "en"}, prepared(c.statement))
		if got != c.want {
			t.Errorf("%s / %s: %v", c.claim, c.statement, got)
		}
	}
	both := prepared("A tag costs $3.", "A replacement tag costs $4.")
	if at, ok := dispute.Contradicted(dispute.Claim{Text: "a tag costs $4", Language: "en"}, both); !ok || at != 0 {
		t.Errorf("%d %v", at, ok)
	}
}

func TestConflict(t *testing.T) {
	for _, c := range []struct {
		question, ours, theirs string
		want                   bool
	}{
		{"how much is a cart?", "A replacement cart costs $62.", "A replacement cart costs $48.", true},
		{"how much is a cart?", "A replacement cart costs $62.", "A replacement cart costs $62.00.", false},
		{"how much is a cart?", "A replacement cart costs $62.", "A collection of furniture costs $48.", false},
		{"how much is a cart?", "A replacement cart costs $62.", "If it was stolen, a replacement cart costs $10.", false},
		{"how much is a cart?", "A cart is due back within 10 days.", "A cart is due back within 14 days.", false},
		{"when is a cart due back?", "A cart is due back within 10 days.", "A cart is due back within 14 days.", true},
		{"may I bring cash?", "The drop-off center accepts cash.", "The drop-off center does not accept cash.", true},
		{"how much is the late fee?", "A late fee of $7 is added.", "A late fee of $10 is added, or 2 percent if that is more.", true},
		{"how often can I renew a book?", "Books can be renewed twice unless someone waits.", "Books can be renewed three times.", true},
		{"how much is a cart?", "A replacement cart costs $62.", "May 2019: A replacement cart costs $48.", false},
		{"may I bring cash?", "The drop-off center accepts cash.", "The library does not accept books.", false},
	} {
		_, got := dispute.Conflict(en(c.question), prepared(c.ours), 0, prepared(c.theirs))
		if got != c.want {
			t.Errorf("%s: %s / %s: %v", c.question, c.ours, c.theirs, got)
		}
	}
	ours := prepared("A card costs $15 for adults.", "A card costs $5 for children.")
	if _, ok := dispute.Conflict(en("how much is a card?"), ours, 0, prepared("A card costs $5 for children.")); ok {
		t.Error("pages that say the same of children disagree")
	}
}

// Whatever stands in a question or on a page: no panic, and an index that is one.
func FuzzDispute(f *testing.F) {
	f.Add("since it is free, how much?", "A card costs $5; it is free on Sunday to Monday, 8 a.m. to noon.", true)
	f.Add("why isn't X?", ": ; , and | ", false)
	f.Fuzz(func(t *testing.T, question, text string, row bool) {
		for _, language := range []string{"en", "es", "xx"} {
			s := dispute.Statement{Text: text, Under: question, Language: language, Row: row}
			all := dispute.Prepare([]dispute.Statement{s, s})
			claim, _ := dispute.Premise(language, question)
			if at, ok := dispute.Contradicted(claim, all); ok && (at < 0 || at >= len(all)) {
				t.Fatalf("%q %q: %d", question, text, at)
			}
			if at, ok := dispute.Conflict(dispute.Statement{Text: question, Language: language}, all, 0, dispute.Prepare([]dispute.Statement{{Text: question, Language: language}})); ok && at != 0 {
				t.Fatalf("%q %q: %d", question, text, at)
			}
		}
	})
}
