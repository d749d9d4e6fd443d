package metric

import (
	"math"
	"reflect"
	"testing"
)

func TestConfusion(t *testing.T) {
	c := Confusion{}
	if c.MacroF1() != 0 || len(c.Worst(3)) != 0 {
		t.Error("of nothing")
	}
	for _, x := range []struct {
		truth, said string
		n           int
	}{{"a", "a", 8}, {"a", "b", 2}, {"b", "b", 3}, {"b", "a", 1}, {"c", "", 2}} {
		for range x.n {
			c.Add(x.truth, x.said)
		}
	}
	// a: 8 hits, 3 wrong; b: 3 hits, 3 wrong; c: none.
	if got, want := c.MacroF1(), (16.0/19+6.0/9+0)/3; math.Abs(got-want) > 1e-12 {
		t.Errorf("macro-F1 %v, want %v", got, want)
	}
	if got := c.Worst(2); !reflect.DeepEqual(got, []Mistaken{{"a", "b", 2}, {"c", "", 2}}) {
		t.Errorf("%+v", got)
	}
}

func TestCalibrationError(t *testing.T) {
	for _, test := range []struct {
		name  string
		p     []float64
		right []bool
		want  float64
	}{
		{"nothing", nil, nil, 0},
		{"sure and right", []float64{1, 1}, []bool{true, true}, 0},
		{"sure and wrong", []float64{1, 1}, []bool{false, true}, 0.5},
		{"half of the time", []float64{0.5, 0.5}, []bool{false, true}, 0},
		{"two bins that do not make up for each other", []float64{0.9, 0.1}, []bool{false, true}, 0.9},
	} {
		if got := CalibrationError(test.p, test.right); math.Abs(got-test.want) > 1e-12 {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}
