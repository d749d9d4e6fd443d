package route_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"townclerk/bot"
	"townclerk/bot/route"
	"townclerk/evals/run"
)

// choice is a chooser that says one thing, and keeps what it was asked.
type choice struct {
	id    bot.DepartmentID
	err   error
	asked []route.Candidate
}

func (c *choice) Choose(_ context.Context, _ bot.Redacted, _ []bot.Redacted, candidates []route.Candidate) (bot.DepartmentID, error) {
	c.asked = candidates
	return c.id, c.err
}

func TestRouteWith(t *testing.T) {
	r := must(route.New(town, nil, route.Options{Elsewhere: state}))
	unsure, certain := bot.AsRedacted("the bill for the tree"), bot.AsRedacted("brown water from the tap, my water bill is too high, the meter leaks")
	alone := r.Route(unsure.String(), nil, nil)
	other := alone.Others[0].Department
	for _, test := range []struct {
		name       string
		question   bot.Redacted
		chooser    *choice
		asked      bool
		department bot.DepartmentID
		reason     string
	}{
		{"another of the likely ones", unsure, &choice{id: other}, true, other, "a model chose it before"},
		{"the same", unsure, &choice{id: alone.Department}, true, alone.Department, "a model chose it too"},
		{"one that is not there", unsure, &choice{id: "mayor"}, true, alone.Department, "none of the likely ones"},
		{"no choice", unsure, &choice{}, true, alone.Department, "could not tell"},
		{"a failure", unsure, &choice{id: other, err: errors.New("down")}, true, alone.Department, "did not answer"},
		{"it is sure", certain, &choice{id: "parks"}, false, "water", ""},
		{"nobody's business", bot.AsRedacted("quantum zygote xylophone"), &choice{id: "parks"}, false, "", "unlike"},
		{"another agency's", bot.AsRedacted("my driver's license"), &choice{id: "parks"}, false, "", "names"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := r.RouteWith(t.Context(), test.chooser, test.question, nil, nil)
			if got.Department != test.department || (test.chooser.asked != nil) != test.asked || !strings.Contains(strings.Join(got.Reasons, "; "), test.reason) {
				t.Errorf("%+v, asked %v", got, test.chooser.asked)
			}
			if test.asked && !reflect.DeepEqual(probabilities(got), probabilities(alone)) {
				t.Errorf("%+v, without a model %+v", got, alone)
			}
			check(t, got)
		})
	}
	if got := r.RouteWith(t.Context(), nil, unsure, nil, nil); !reflect.DeepEqual(got, alone) {
		t.Errorf("without a chooser: %+v", got)
	}
}

func probabilities(r bot.Route) []bot.Likely {
	out := run.Likely(r)
	slices.SortFunc(out, func(a, b bot.Likely) int { return strings.Compare(string(a.Department), string(b.Department)) })
	return out
}
