package lexical

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// The index gives the scores of the reference to the last bit.
func TestScoresAreThoseOfTheReference(t *testing.T) {
	thesaurus, err := NewThesaurus(analyzer, "en", []string{"bulky waste, large items"})
	if err != nil {
		t.Fatal(err)
	}
	w := newWriter(3)
	docs, questions := w.passages(200), w.questions(8)
	for i := range questions {
		questions[i] = append(questions[i], Text{misspelt(w.words(6)), 0.7})
	}
	for _, c := range []struct {
		name         string
		frequentFrom int
		docs         []Doc
		questions    [][]Text
	}{
		{"a corpus", 20, docs, questions},
		{"odd passages", 2, odd(), [][]Text{
			{{"How do I get rid of large items, trash or bulky waste?", 1}, {"a car", 0.5}},
			{{"parking permits for residents, residents' parking", 1}}, {{"word word", 1}}, {{"水费 Müll", 1}},
			{{"parkingpermit pemrit", 1}}, {{"zebra", 1}}, {{"the", 1}}, {{"", 1}},
		}},
		{"none", 0, nil, [][]Text{{{"permit", 1}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x, r := Build(analyzer, c.docs), newReference(c.docs)
			x.frequentFrom = c.frequentFrom
			m, e, whole := x.Matcher(), NewExpander(analyzer, thesaurus), 0
			weights, weighed := Match{0.7, 1.7, 1.2, 0.9, 1.3, 0.2, 0.1}, []float32{1, 1}
			for _, question := range c.questions {
				q := e.Expand("en", question, x)
				m.Match(q)
				explainer := x.Explainer(q)
				weighed = m.Weigh(weighed, weights)
				matches, letters := r.match(q, c.frequentFrom)
				for doc, want := range matches {
					if got := m.Of(doc); got != want {
						t.Fatalf("%v, passage %d: %+v, want %+v", question, doc, got, want)
					}
					if got, want := m.Proximity(doc), r.proximity(q, doc); got != want {
						t.Fatalf("%v, passage %d: proximity %v, want %v", question, doc, got, want)
					}
					coverage, terms := explainer.Of(doc)
					if want, matched := r.explain(q, doc); coverage != want || !slices.Equal(terms, matched) {
						t.Fatalf("%v, passage %d: %v %v, want %v %v", question, doc, coverage, terms, want, matched)
					}
					if got := m.Letters(doc); got != letters[doc] {
						t.Fatalf("%v, passage %d: letters %v, want %v", question, doc, got, letters[doc])
					}
					if got, want := float64(weighed[doc]), want.weighed(weights); math.Abs(got-want) > 1e-5 {
						t.Fatalf("%v, passage %d weighs %v, want %v", question, doc, got, want)
					}
					if want.Pairs > 0 && letters[doc] > 0 && want.PagePairs > 0 && want.HeadBack > 0 && m.Proximity(doc) > 0 {
						whole++
					}
				}
			}
			if len(c.docs) > 0 && whole == 0 {
				t.Error("no passage has something of all that is scored")
			}
		})
	}
}

// weighed is the weighted sum of a passage's scores.
func (m Match) weighed(w Match) float64 {
	if m.Words+m.Pairs+m.Grams == 0 {
		return 0
	}
	return w.Words*m.Words + w.Pairs*m.Pairs + w.Grams*m.Grams + w.PageWords*m.PageWords + w.PagePairs*m.PagePairs +
		w.Head*m.Head + w.HeadBack*m.HeadBack
}

// misspelt exchanges two letters of each long word.
func misspelt(text string) string {
	words := strings.Fields(text)
	for i, w := range words {
		if len(w) > 6 {
			words[i] = w[:3] + w[4:5] + w[3:4] + w[5:]
		}
	}
	return strings.Join(words, " ")
}

// odd are passages of several languages, with long, repeated, missing and
// empty parts, the pages mixed and one left out.
func odd() []Doc {
	return []Doc{
		{Language: "en", Page: 3, Title: "Parking", Headings: []string{"Permits", "Residents' parking permits"},
			Body: "Residents need a parking permit. A permit for residents' parking costs $40.", Description: "All of parking permits"},
		{Language: "en", Page: 0, Title: "Waste", Body: "Bulky waste is collected on Mondays. Trash. Large items too"},
		{Language: "de", Page: 3, Title: "Parken", Headings: []string{"Permits", ""}, Body: "Müll und Anträge"},
		{Language: "zh", Page: 1, Title: "水费", Body: "缴纳水费。"},
		{Language: "en", Page: 0, Title: "Waste again", Headings: []string{"Waste"}, Body: strings.Repeat("word ", 700) + "."},
		{Language: "en", Page: 1},
		{Language: "en", Page: 3, Title: "Parking", Headings: []string{"Residents' parking permits"}, Body: "Park here. Permits there."},
	}
}

// What the Expander asks is true of the texts.
func TestVocabularyIsThatOfTheTexts(t *testing.T) {
	docs := append(newWriter(5).passages(60), odd()...)
	x, r := Build(analyzer, docs), newReference(docs)
	pairs := map[string]bool{}
	for _, d := range r.pairs.docs {
		for _, field := range d {
			for p := range field.count {
				pairs[p] = true
			}
		}
	}
	terms := make([]string, 0, len(r.order))
	for term := range r.order {
		terms = append(terms, term)
	}
	for _, first := range terms {
		if !x.Has(first) || x.Has(first+"?") {
			t.Fatalf("%q", first)
		}
		for _, second := range terms[:50] {
			if got := x.HasPair(first, second); got != pairs[pair(first, second)] {
				t.Fatalf("%q %q: %v", first, second, got)
			}
		}
	}
	for p := range pairs {
		if first, second, _ := strings.Cut(p, " "); !x.HasPair(first, second) {
			t.Fatalf("%q is not known", p)
		}
	}
}

func TestSequenceGivesBackWhatItWasGiven(t *testing.T) {
	var s sequence
	want := [][][]uint32{{{1, 0, 127, 128}, {5}, {1 << 31}}, {{}, {}, {}, {gap - 1}}, {{}}}
	for _, parts := range want {
		s.begin(min(1, len(parts)-1))
		for _, p := range parts {
			s.add(p)
		}
	}
	for doc, parts := range want {
		var fields []int
		var got [][]uint32
		s.passages()(doc, func(field int, terms []uint32) {
			fields, got = append(fields, field), append(got, slices.Clone(terms))
		})
		body := slices.Concat(parts[min(2, len(parts)):]...)
		parts = append(slices.Clone(parts[:min(2, len(parts))]), body)
		if fmt.Sprint(got) != fmt.Sprint(parts) {
			t.Errorf("passage %d: %v, want %v", doc, got, parts)
		}
		if wantFields := []int{inTitle, inHeading, inBody}; len(parts) == 3 && !reflect.DeepEqual(fields, wantFields) {
			t.Errorf("passage %d: fields %v", doc, fields)
		}
	}
}
