package knowledge_test

import (
	"fmt"
	"math"
	"testing"

	"townclerk/knowledge"
)

func TestCheckVector(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, c := range []struct {
		v    []float32
		dims int
		ok   bool
	}{
		{[]float32{0.6, 0.8}, 2, true}, {[]float32{0, 0}, 2, true}, {[]float32{-1, 0.001}, 2, true},
		{nil, 0, false}, {nil, 2, false}, {[]float32{1}, 2, false}, {[]float32{1, 1}, 2, false}, {[]float32{0.5, 0}, 2, false},
		{[]float32{nan, 1}, 2, false}, {[]float32{inf, 0}, 2, false}, {[]float32{math.MaxFloat32, 0}, 2, false},
	} {
		if err := knowledge.CheckVector(c.v, c.dims); (err == nil) != c.ok {
			t.Errorf("%v of %d: %v", c.v, c.dims, err)
		}
	}
}

func TestRange(t *testing.T) {
	r := knowledge.Range{Start: 2, End: 5}
	for _, c := range []struct {
		o       knowledge.Range
		overlap int
		within  bool // of five bytes
	}{
		{knowledge.Range{Start: 0, End: 2}, 0, true}, {knowledge.Range{Start: 0, End: 3}, 1, true}, {knowledge.Range{Start: 3, End: 4}, 1, true},
		{knowledge.Range{Start: 4, End: 9}, 1, false}, {knowledge.Range{Start: 3, End: 3}, 0, false}, {knowledge.Range{Start: -1, End: 3}, 1, false},
		{knowledge.Range{Start: 4, End: 2}, 0, false},
	} {
		if r.Overlap(c.o) != c.overlap || c.o.Overlap(r) != c.overlap || c.o.Within(5) != c.within {
			t.Errorf("%v: overlap %d, within %v", c.o, r.Overlap(c.o), c.o.Within(5))
		}
	}
}

func ExamplePassage_Fill() {
	v := knowledge.Version{ID: "1f", Source: knowledge.Source{Title: "Dogs"}, Text: "Kind\tFee\nPuppy\t$5\nDog\t$12"}
	p := knowledge.Passage{Ordinal: 2, Headings: []string{"Fees"}, Header: knowledge.Range{Start: 0, End: 8}, Range: knowledge.Range{Start: 18, End: 25}}
	p.Fill(&v)
	fmt.Printf("%s %q\n", p.ID, p.EncoderText())
	// Output:
	// 1f.2 "Dogs\nFees\n\nKind\tFee\nDog\t$12"
}
