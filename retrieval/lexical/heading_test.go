package lexical

import "testing"

func TestHeadings(t *testing.T) {
	x := Build(analyzer, []Doc{
		{Language: "en", Title: "Library", Headings: []string{"How long can I borrow books?"}, Body: "Three weeks.", Page: 0},
		{Language: "en", Title: "Library", Headings: []string{"Which books and films may children borrow?"}, Body: "Those for children.", Page: 0},
		{Language: "en", Title: "Library", Headings: []string{"Opening hours"}, Body: "How long can I borrow books? Three weeks.", Page: 0},
		{Language: "en", Title: "Borrow books", Body: "Three weeks.", Page: 1},
		{Language: "en", Body: "Borrow books.", Page: 2},
	})
	m := x.Matcher()
	m.Match(NewExpander(analyzer, nil).Expand("en", []Text{{"How long can I borrow books?", 1}}, x))
	same, longer, body, title, none := m.Headings(0), m.Headings(1), m.Headings(2), m.Headings(3), m.Headings(4)
	if same < 0.999 || same > 1.001 {
		t.Errorf("the question itself: %v, want 1", same)
	}
	if !(same > title && title > longer && longer > 0) {
		t.Errorf("a title with most of it: %v; a heading with other words besides: %v", title, longer)
	}
	if body != 0 || none != 0 {
		t.Errorf("a heading about something else: %v; none: %v; want 0", body, none)
	}
	m.Match(Expanded{})
	if got := m.Headings(0); got != 0 {
		t.Errorf("no question: %v, want 0", got)
	}
}
