package run

import (
	"reflect"
	"testing"

	"townclerk/bot/route"
	"townclerk/evals"
	"townclerk/evals/metric"
)

func TestRoute(t *testing.T) {
	r, err := route.New([]route.Department{
		{ID: "parks", Name: "Parks", Examples: []string{"the swing is broken", "who mows the park", "a bench is damaged", "dog on the trail"}},
		{ID: "water", Name: "Water", Examples: []string{"water bill too high", "the meter leaks", "brown water", "turn on my water"}},
	}, nil, route.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Route(t.Context(), r, newShelf(t, "zebra"), "en", []evals.Inquiry{
		{Text: "my swing is broken", Department: "parks", Kind: "plain"}, {Text: "who mows the park", Department: "water", Kind: "odd"},
		{Text: "quantum zygote xylophone", Department: evals.Nobody},
	})
	if err != nil {
		t.Fatal(err)
	}
	got.CalibrationError = 0 // bot/route's business
	want := Routing{
		Inquiries: 2, Top1: 0.5, Top2: 1, MacroF1: 1.0 / 3, Strangers: 1, Refused: 1,
		Kinds: map[string]RoutingShare{"plain": {1, 1, 1}, "odd": {1, 0, 1}}, Worst: []metric.Mistaken{{Truth: "water", Said: "parks", N: 1}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if _, err := Route(t.Context(), r, newShelf(t, "zebra"), "en", []evals.Inquiry{{Text: "fail", Department: "parks"}}); err == nil {
		t.Error("a search that fails is not told")
	}
	if none, err := Route(t.Context(), r, newShelf(t, "zebra"), "en", nil); err != nil || none.Top1 != 0 || none.MacroF1 != 0 {
		t.Errorf("of nothing: %+v, %v", none, err)
	}
}
