package hybrid

import (
	"math"
	"testing"

	"townclerk/knowledge"
	"townclerk/retrieval"
)

// What passages are chosen by is what they are ranked by, but for the parts that
// take long, whether they stand under questions or not.
func TestPassagesAreWeighedAsTheyAreRanked(t *testing.T) {
	plain, asking := city(), city()
	for i := range asking {
		if i%2 == 0 {
			asking[i].Headings = []string{"How much is a parking permit?"}
		}
	}
	for name, ps := range map[string][]knowledge.Passage{"plain": plain, "asking": asking} {
		r := New(ps, nil, expander, analyzer)
		s, some := &scratch{matcher: r.index.Matcher()}, false
		s.matcher.Match(r.expand(retrieval.Query{Text: "How much is a parking permit?"}))
		r.weigh(s)
		for i, got := range s.weighed {
			m := s.matcher.Of(i)
			if want := r.blend(i, m, 0); m.Words+m.Pairs+m.Grams > 0 && math.Abs(float64(got)-want) > 1e-5 {
				t.Errorf("%s, passage %d: %v, want %v", name, i, got, want)
			}
			some = some || got > 0 && (name == "plain" || r.asks[i])
		}
		if !some {
			t.Errorf("%s: no passage has anything of the question", name)
		}
	}
}
