package route_test

import (
	"testing"

	"townclerk/bot"
	"townclerk/bot/route"
	"townclerk/evals/datasets/riverton"
	"townclerk/evals/run"
	"townclerk/retrieval"
)

// The smaller the share that has to find a department, the more inquiries find
// none; pages that cover a question make it the agency's business all the same.
func TestAccept(t *testing.T) {
	departments, examples := riverton.Departments(), rivertonExamples(t)
	strange := []string{"best recipe for banana bread", "who won the world cup", "quantum zygote xylophone"}
	turnedAway, before := 0, -1
	for _, accept := range []float64{0.999, 0.8, 0.4} {
		r := must(route.New(departments, examples, route.Options{Accept: accept}))
		away := 0
		for _, q := range inquiries(t, "dev") {
			if got := r.Route(q.Text, nil, nil); got.Department == "" {
				away++
				if got.Probability != 0 || got.Elsewhere != nil || len(got.Reasons) != 1 {
					t.Errorf("%q: %+v", q.Text, got)
				}
			}
		}
		if turnedAway = away; turnedAway < before {
			t.Errorf("%d are turned away with %v accepted, %d before", turnedAway, accept, before)
		}
		before = turnedAway
		for _, s := range strange {
			alone, covered := r.Route(s, nil, nil), r.Route(s, nil, []retrieval.Hit{hit("libraries", 0.9)})
			if accept < 0.5 && alone.Department != "" {
				t.Errorf("%v: %q goes to %+v", accept, s, alone)
			}
			if covered.Department == "" {
				t.Errorf("%v: %q is covered by a page and goes nowhere", accept, s)
			}
		}
	}
	if turnedAway == 0 {
		t.Error("nothing is turned away where much should be")
	}
}

// What belongs to another agency goes there with its link, whatever the words of the
// departments, and the agency is never among the departments that are listed.
func TestElsewhere(t *testing.T) {
	agencies := append([]route.Agency{{Name: "County Courts", URL: "https://courts.example.gov/", Words: []string{"jury duty", "small claims"}}}, state...)
	r := must(route.New(town, nil, route.Options{Elsewhere: agencies}))
	for question, url := range map[string]string{
		"I got a letter about jury duty":                "https://courts.example.gov/",
		"JURY  DUTY, and pay property tax by card":      "https://courts.example.gov/",
		"can I renew my license to drive online":        "https://dmv.example.gov/",
		"my driver's license, and nothing about a bill": "https://dmv.example.gov/",
		"the jury was out on my water bill":             "",
		"injury duty at the playground swing":           "",
	} {
		got := r.Route(question, nil, nil)
		if (got.Elsewhere != nil) != (url != "") || url != "" && got.Elsewhere.URL != url {
			t.Errorf("%q: %+v", question, got)
		}
		check(t, got)
	}
}

// Pages name their owner by its ID or by its name, in any case.
func TestOwnersByName(t *testing.T) {
	r := must(route.New(town, nil, route.Options{}))
	for _, owner := range []string{"water", "Water", "WATER"} {
		if got := r.Route("hydrant", nil, []retrieval.Hit{hit(owner, 0.9)}); got.Department != "water" {
			t.Errorf("%q: %+v", owner, got)
		}
	}
	named := []route.Department{{ID: "d1", Name: "Parks and Trails"}, {ID: "d2", Name: "Water"}}
	if got := must(route.New(named, nil, route.Options{})).Route("x", nil, []retrieval.Hit{hit("parks and trails", 0.9)}); got.Department != "d1" {
		t.Errorf("%+v", got)
	}
}

// Whole pages teach words that neither the configuration nor the hits have.
func TestPagesAreRead(t *testing.T) {
	page := hit("water", 0).Passage
	page.Title, page.Text = "Hydrants", "A hydrant that drips is painted by the hydrant crew."
	none := page
	none.Department, none.Text = "nobody", "Zeppelin, zeppelin, zeppelin."
	read := route.Options{}
	read.Pages = append(read.Pages, page, none)
	const question = "hydrant crew drips"
	with, without := must(route.New(town, nil, read)).Route(question, nil, nil), must(route.New(town, nil, route.Options{})).Route(question, nil, nil)
	if run.Likely(with)[0].Department != "water" || share(with, "water") <= share(without, "water") {
		t.Errorf("with %+v, without %+v", with, without)
	}
	read.Synonyms = func(term string) []string {
		if term == "fireplug" {
			return []string{"hydrant", "unheard-of"}
		}
		return nil
	}
	if got := must(route.New(town, nil, read)).Route("fireplug", nil, nil); share(got, "water") <= share(without, "water") {
		t.Errorf("by a synonym: %+v", got)
	}
}

func share(r bot.Route, id bot.DepartmentID) float64 {
	for _, l := range run.Likely(r) {
		if l.Department == id {
			return l.Probability
		}
	}
	return 0
}
