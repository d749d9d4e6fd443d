package understand

import (
	"reflect"
	"testing"

	"townclerk/bot"
	"townclerk/knowledge"
	"townclerk/retrieval"
)

func hit(title string, fused, own float64) retrieval.Hit {
	return retrieval.Hit{Passage: knowledge.Passage{Source: knowledge.Source{Title: title}}, Scores: retrieval.Scores{Fused: fused, Own: own}}
}

func TestClarify(t *testing.T) {
	alike := []retrieval.Hit{
		hit("Dog licenses", 0.4, 1), hit("Dog licenses", 0.39, 1), hit("Business licenses | Town", 0.38, 1), hit("Fishing", 0.37, 0.5),
		hit("Rental licenses", 0.36, 1), hit("Food trucks", 0.35, 1), hit("Taxis", 0.34, 1), hit("Fees", 0.2, 1),
	}
	four := []string{"Dog licenses", "Business licenses", "Rental licenses", "Food trucks"}
	for name, c := range map[string]struct {
		question, language string
		hits               []retrieval.Hit
		want               []string
	}{
		"one word":               {"license", "en", alike, four},
		"nothing else said":      {"how do I get one of the licenses?", "en", alike, four},
		"in Spanish":             {"¿cómo y dónde es la licencia?", "es", alike, four},
		"more said":              {"dog license", "en", alike, nil},
		"one page stands out":    {"license", "en", []retrieval.Hit{hit("Dog licenses", 0.4, 1), hit("Taxis", 0.29, 1)}, nil},
		"one page":               {"license", "en", alike[:2], nil},
		"a word that nobody has": {"bitcoin", "en", []retrieval.Hit{hit("Dog licenses", 0.1, 0), hit("Taxis", 0.1, 0)}, nil},
		"nothing said":           {"how much is it?", "en", []retrieval.Hit{hit("Fees", 0.2, 1), hit("Taxis", 0.1, 0)}, []string{"Fees", "Taxis"}},
		"nothing found":          {"license", "en", nil, nil},
	} {
		var got []string
		for _, choice := range Clarify(c.question, c.language, c.hits) {
			got = append(got, choice.Label)
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	for question, want := range map[string]string{"license": "license (Dog licenses)", "a license? ": "a license (Dog licenses)?"} {
		if got := Clarify(question, "en", alike)[0].Question; got != want {
			t.Errorf("%q became %q, want %q", question, got, want)
		}
	}
}

func TestChosen(t *testing.T) {
	choices := []bot.Choice{{Label: "Dog licenses", Question: "license (Dog licenses)?"}, {Label: "Fees & taxes", Question: "license (Fees & taxes)?"}}
	for message, want := range map[string]string{
		"2": choices[1].Question, "1.": choices[0].Question, "dog LICENSES!": choices[0].Question, "License (fees & taxes)": choices[1].Question,
		"the second one": choices[1].Question, "la primera": choices[0].Question, "the last": choices[1].Question,
		"what is the second fee for": "", "the third": "", "3": "", "0": "", "dogs": "", "": "", "12": "",
	} {
		if got, ok := Chosen(message, choices); got != want || ok != (want != "") {
			t.Errorf("%q chose %q", message, got)
		}
	}
}
