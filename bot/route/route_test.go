package route_test

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"townclerk/bot"
	"townclerk/bot/route"
	"townclerk/knowledge"
	"townclerk/retrieval"
)

var town = []route.Department{
	{ID: "parks", Name: "Parks", Does: "Playgrounds, trails, trees.", Examples: []string{"the swing is broken", "a tree fell on the trail", "playground gate is open", "who mows the park"}},
	{ID: "water", Name: "Water", Does: "Bills, leaks, meters.", Examples: []string{"my water bill is too high", "the meter leaks", "brown water from the tap", "turn on my water"}},
	{ID: "taxes", Name: "Taxes", Does: "Property tax.", Examples: []string{"when is property tax due", "lower my assessment", "pay property tax by card", "tax bill is missing"}},
}

var state = []route.Agency{{Name: "State DMV", URL: "https://dmv.example.gov/", Words: []string{"driver's license"}, Examples: []string{"renew my license to drive"}}}

func hit(department string, coverage float64) retrieval.Hit {
	return retrieval.Hit{Passage: knowledge.Passage{Source: knowledge.Source{Department: department}}, Scores: retrieval.Scores{Coverage: coverage}}
}

func TestRoute(t *testing.T) {
	r := must(route.New(town, nil, route.Options{Elsewhere: state}))
	tests := []struct {
		name, question string
		earlier        []string
		hits           []retrieval.Hit
		department     bot.DepartmentID
		elsewhere      bool
		reason         string
	}{
		{"an example in other words", "that swing there is broken again", nil, nil, "parks", false, "like the example ‘the swing is broken’"},
		{"earlier turns", "and how do I pay it", []string{"property tax"}, nil, "taxes", false, ""},
		{"the owner of the pages", "hydrant on Elm", nil, []retrieval.Hit{hit("water", 0.9), hit("parks", 0.1)}, "water", false, "pages of Water answer it"},
		{"a word of another agency", "where do I get a DRIVER'S LICENSE?", nil, nil, "", true, "names ‘driver's license’"},
		{"an example of another agency", "I must renew my license to drive", nil, nil, "", true, "like the example"},
		{"nobody's business", "quantum zygote xylophone", nil, nil, "", false, "unlike the examples"},
		{"nothing", "", nil, nil, "", false, "unlike the examples"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := r.Route(test.question, test.earlier, test.hits)
			if got.Department != test.department || (got.Elsewhere != nil) != test.elsewhere || !strings.Contains(strings.Join(got.Reasons, "; "), test.reason) {
				t.Errorf("%+v", got)
			}
			check(t, got)
		})
	}
}

// What staff corrected once is right the next time, and nobody else reads it.
func TestCorrectionsAreLearned(t *testing.T) {
	const question = "goose droppings everywhere at the pond"
	corrected := []route.Example{{Text: "goose droppings at the pond", Department: "parks"}, {Text: "geese by the pond", Department: "parks"}, {Text: question, Department: "closed-down"}}
	got := must(route.New(town, corrected, route.Options{})).Route(question, nil, nil)
	if got.Department != "parks" || strings.Contains(strings.Join(got.Reasons, ""), "goose") {
		t.Errorf("%+v", got)
	}
}

func TestSameInputSameRoute(t *testing.T) {
	ask := func() bot.Route {
		return must(route.New(town, nil, route.Options{Elsewhere: state})).Route("pay the bill for the tree", []string{"hello"}, nil)
	}
	if a, b := ask(), ask(); !reflect.DeepEqual(a, b) {
		t.Errorf("%+v, then %+v", a, b)
	}
}

// The encoder knows what the words do not say.
func TestEncoderCounts(t *testing.T) {
	encode := func(texts []string) [][]float32 {
		out := make([][]float32, len(texts))
		for i, text := range texts {
			out[i] = []float32{0}
			if strings.HasPrefix(text, "Taxes") || text == "zehnter" {
				out[i][0] = 1
			}
		}
		return out
	}
	pages := []retrieval.Hit{hit("taxes", 0.7), hit("parks", 0.7)}
	without := must(route.New(town, nil, route.Options{})).Route("zehnter", nil, pages)
	with := must(route.New(town, nil, route.Options{Encode: encode})).Route("zehnter", nil, pages)
	if with.Department != "taxes" || with.Probability <= without.Probability {
		t.Errorf("with %+v, without %+v", with, without)
	}
	silent := route.Options{Encode: func([]string) [][]float32 { return nil }}
	if got := must(route.New(town, nil, silent)).Route("zehnter", nil, pages); !reflect.DeepEqual(got, without) {
		t.Errorf("an encoder that fails: %+v, want %+v", got, without)
	}
}

func TestNewRefuses(t *testing.T) {
	for name, o := range map[string]struct {
		departments []route.Department
		elsewhere   []route.Agency
	}{
		"no department":   {},
		"no ID":           {departments: []route.Department{{Name: "Parks"}}},
		"no name":         {departments: []route.Department{{ID: "parks"}}},
		"twice the same":  {departments: append(slices.Clone(town), town[0])},
		"agency, no URL":  {departments: town, elsewhere: []route.Agency{{Name: "DMV"}}},
		"agency, no name": {departments: town, elsewhere: []route.Agency{{URL: "https://dmv.example.gov/"}}},
	} {
		if _, err := route.New(o.departments, nil, route.Options{Elsewhere: o.elsewhere}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// One department without an example takes what its pages cover.
func TestBareDepartment(t *testing.T) {
	r := must(route.New([]route.Department{{ID: "d", Name: "!"}}, nil, route.Options{}))
	if got := r.Route("help", nil, []retrieval.Hit{hit("d", 0.9)}); got.Department != "d" || got.Probability < 0.99 {
		t.Errorf("%+v", got)
	}
}

func FuzzRoute(f *testing.F) {
	r := must(route.New(town, nil, route.Options{Elsewhere: state}))
	f.Add("the swing is broken", "hello", "parks", uint8(200))
	f.Add("driver's license \x00\xff", "", "", uint8(0))
	f.Add("你好，公园 \u202eabc <!channel>", "é́́", "water", uint8(255))
	f.Fuzz(func(t *testing.T, question, earlier, department string, coverage uint8) {
		check(t, r.Route(question, []string{earlier}, []retrieval.Hit{hit(department, float64(coverage)/255), hit("taxes", 0.2)}))
	})
}

// check holds what is true of every route.
func check(t *testing.T, r bot.Route) {
	t.Helper()
	sum, before := r.Probability, math.Inf(1)
	for _, l := range r.Others {
		if l.Department == r.Department || l.Probability > before || !(l.Probability >= 0 && l.Probability <= 1) {
			t.Errorf("others of %+v", r)
		}
		sum, before = sum+l.Probability, l.Probability
	}
	if !(sum >= 0 && sum <= 1+1e-9) || len(r.Reasons) == 0 || r.Elsewhere != nil && r.Department != "" {
		t.Errorf("%+v", r)
	}
	if r.Department == "" && r.Elsewhere == nil && r.Probability != 0 {
		t.Errorf("probability of no department: %+v", r)
	}
}
