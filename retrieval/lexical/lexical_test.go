package lexical

import (
	"slices"
	"strings"
	"testing"
)

var analyzer = NewAnalyzer()

func TestTerms(t *testing.T) {
	for _, c := range []struct{ language, text, want string }{
		{"en", "How do I apply for permits?", "appli permit"},
		{"en", "The applicant’s permit", "applic permit"},
		{"en", "", ""},
		{"de", "Anträge stellen", "antrag stell"},
		{"es", "los permisos", "permis"},
		{"zh", "水费", "水费"},
		{"xx", "permits", "permit"},
	} {
		if got := strings.Join(analyzer.Terms(c.language, c.text), " "); got != c.want {
			t.Errorf("%s %q: got %q, want %q", c.language, c.text, got, c.want)
		}
	}
}

func FuzzTerms(f *testing.F) {
	f.Add("en", "A permit, please")
	f.Add("ar", "رخصة\xff")
	x := Build(analyzer, []Doc{{Language: "en", Title: "Permits", Body: "A permit costs $40."}})
	e := NewExpander(analyzer, nil)
	f.Fuzz(func(t *testing.T, language, text string) {
		q := e.Expand(language, []Text{{text, 1}}, x)
		m := x.Matcher()
		m.Match(q)
		inBounds(t, m, 0)
	})
}

func inBounds(t *testing.T, m *Matcher, doc int) {
	t.Helper()
	o := m.Of(doc)
	for i, v := range []float64{o.Words, o.Pairs, o.Grams, o.PageWords, o.PagePairs, o.Head, o.HeadBack, m.Proximity(doc), m.Headings(doc), o.Grams + m.Letters(doc)} {
		if !(v >= 0 && v <= 1.000001) {
			t.Errorf("passage %d, part %d is %v", doc, i, v)
		}
	}
}

// words is a vocabulary of terms and, with a space, pairs.
type words []string

func (w words) Has(term string) bool       { return slices.Contains(w, term) }
func (w words) HasPair(a, b string) bool   { return slices.Contains(w, a+" "+b) }
func (w words) Near(term string) []string  { return nearestIn(w, term) }
func nearestIn(w words, t string) []string { v := vocabularyOf(w); return v.nearest(t) }

func vocabularyOf(terms []string) *vocabulary {
	v := newVocabulary()
	v.numbers(terms)
	v.seal()
	return v
}

func TestNearest(t *testing.T) {
	v := vocabularyOf([]string{"passport", "permit", "parking", "recycl", "residence"})
	for _, c := range []struct{ term, want string }{
		{"pasport", "passport"}, {"pasportt", "passport"}, {"premit", "permit"}, {"recycle", "recycl"},
		{"rezidense", "residence"}, {"perm", ""}, {"zebra", ""}, {"xarking", ""},
	} {
		if got := strings.Join(v.nearest(c.term), " "); got != c.want {
			t.Errorf("%s: got %q, want %q", c.term, got, c.want)
		}
	}
}

func TestExpand(t *testing.T) {
	th := &Thesaurus{single: map[string][]string{}, phrase: map[string][]group{}}
	th.add(analyzer, "en", "trash, garbage")
	th.add(analyzer, "en", "car, motor vehicle")
	e := NewExpander(analyzer, th)
	known := words{"garbag", "trash", "permit", "healthcar", "motor", "vehicl", "car", "block parti"}
	for _, c := range []struct{ question, words, pairs string }{
		{"trash", "trash|garbag*0.25", ""},
		{"permti", "permti|permit*0.8", ""},
		{"health care", "health care healthcar", "health care"},
		{"car", "car", "motor vehicl"},
		{"motor vehicle", "motor vehicl car", "motor vehicl"},
		{"blockparty", "blockparti|block*0.8|parti*0.8", "block parti"},
		{"", "", ""},
	} {
		q := e.Expand("en", []Text{{c.question, 1}}, known)
		if words := show(q.Words); words != c.words || show(q.Pairs) != c.pairs {
			t.Errorf("%q: words %q, pairs %q; want %q, %q", c.question, show(q.Words), show(q.Pairs), c.words, c.pairs)
		}
	}
}

func show(cs []Concept) string {
	var out []string
	for _, c := range cs {
		s := c.Variants[0].Term
		for _, v := range c.Variants[1:] {
			s += "|" + v.Term + "*" + strings.TrimRight(strings.TrimRight(format(v.Weight), "0"), ".")
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func format(w float64) string {
	switch w {
	case synonymWeight:
		return "0.25"
	case spellingWeight:
		return "0.8"
	}
	return "1"
}

func TestExpandWeighsLightWordsAndContextLess(t *testing.T) {
	e := NewExpander(analyzer, nil)
	q := e.Expand("en", []Text{{"need permit", 1}, {"parking", 0.5}}, words{})
	want := map[string]float64{"need": lightWeight, "permit": 1, "park": 0.5}
	for _, c := range q.Words {
		if c.Weight != want[c.Variants[0].Term] {
			t.Errorf("%s weighs %v", c.Variants[0].Term, c.Weight)
		}
	}
}

func TestMatchPrefersWordsTogether(t *testing.T) {
	x := Build(analyzer, []Doc{
		{Language: "en", Body: "The parking lot is closed. A permit is needed.", Page: 0},
		{Language: "en", Body: "A permit for parking is needed.", Page: 1},
		{Language: "en", Body: "Something else.", Page: 2},
	})
	m := x.Matcher()
	m.Match(NewExpander(analyzer, nil).Expand("en", []Text{{"parking permit", 1}}, x))
	for i := range x.Len() {
		inBounds(t, m, i)
	}
	if apart, near := m.Proximity(0), m.Proximity(1); apart >= near {
		t.Errorf("in two sentences %v, in one %v", apart, near)
	}
	if got := m.Of(2); got.Words != 0 {
		t.Errorf("a passage without the words scores %v", got)
	}
}

func TestThesaurusIsRead(t *testing.T) {
	th, err := NewThesaurus(analyzer, "en", []string{"bulky waste, large items"})
	if err != nil {
		t.Fatal(err)
	}
	if got := th.phrases("en", analyzer.Terms("en", "bulky waste")); len(got) == 0 || !slices.Contains(got[0], "larg item") {
		t.Errorf("got %v", got)
	}
}
