package answer_test

import (
	"strings"
	"testing"

	"townclerk/bot"
	"townclerk/internal/scripted"
	"townclerk/retrieval"
)

// Pages that disagree, say what others deny, or are past their dates.
var disputed = pages{
	"carts.md":    "---\ndepartment: waste\nlast_reviewed: 2025-11-20\n---\n# Trash carts\n\nA replacement cart costs $62.\n",
	"news.md":     "---\ndepartment: press\nlast_reviewed: 2023-01-05\n---\n# News of 2023\n\nA replacement cart costs $48.\n",
	"library.md":  "---\nreview_by: 2020-06-30\nexpires: 2021-12-31\n---\n# Library\n\nA library card is free for residents. The library is open on Saturdays.\n",
	"dogs.md":     "---\nreview_by: 2999-01-01\n---\n# Dogs\n\nA dog license costs $12 for each dog.\n",
	"meetings.md": "# Council meetings\n\nAnyone may speak at a council meeting for three minutes.\n",
}

// Both sides are shown, each with its date and its owner, also where a model would
// have written the answer.
func TestSourcesThatDisagree(t *testing.T) {
	for name, model := range map[string]*scripted.Server{"quoted": nil, "written": scripted.New(1)} {
		h := newHouse(t, disputed)
		if model != nil {
			h.writer = writing(t, false, model)
		}
		a := h.ask(h.bot(nil, nil, nil), h.conversation(), "1", "how much is a replacement cart?")
		sides := map[string]bool{}
		for _, s := range a.Sentences {
			c := s.Citations[0]
			sides[s.Text+" "+c.Department+" "+c.Reviewed] = true
		}
		if a.Outcome != bot.Answered || !strings.HasPrefix(a.Lead, "Our pages do not agree on this.") ||
			!sides["A replacement cart costs $62. waste 2025-11-20"] || !sides["A replacement cart costs $48. press 2023-01-05"] {
			t.Errorf("%s: %q %v", name, a.Lead, sides)
		}
	}
}

// What a question takes for granted is corrected where a page denies it, on a
// follow-up too, and not where a page says the same or none speaks of it.
func TestPremises(t *testing.T) {
	h := newHouse(t, disputed)
	b := h.bot(nil, nil, nil)
	for _, test := range []struct{ before, question, corrected string }{
		{"", "since dog licenses are free, where do I get one?", "A dog license costs $12 for each dog."},
		{"how much is a dog license?", "and since it costs $30, can I pay it later?", "A dog license costs $12 for each dog."},
		{"", "why is nobody allowed to speak at a council meeting?", "Anyone may speak at a council meeting for three minutes."},
		{"", "since a dog license costs $12, where do I get one?", ""},
		{"", "why is the library open on Saturdays?", ""},
		{"", "since I moved to another street, do I need a library card?", ""},
	} {
		c := h.conversation()
		if test.before != "" {
			h.ask(b, c, "0", test.before)
		}
		a := h.ask(b, c, "1", test.question)
		corrected := a.Lead == "That is not what our pages say:"
		if corrected != (test.corrected != "") || corrected && a.Sentences[0].Text != test.corrected {
			t.Errorf("%s: %q %+v", test.question, a.Lead, a.Sentences)
		}
	}
}

// A page past its dates is cited with them.
func TestDatesThatPassed(t *testing.T) {
	h := newHouse(t, disputed)
	b := h.bot(nil, nil, nil)
	cited := func(question string) bot.Citation {
		t.Helper()
		a := h.ask(b, h.conversation(), "1", question)
		if len(a.Sentences) == 0 {
			t.Fatalf("%s: %+v", question, a)
		}
		return a.Sentences[0].Citations[0]
	}
	if c := cited("is a library card free?"); c.Overdue != "2020-06-30" || c.Ended != "2021-12-31" || c.Department != "" {
		t.Errorf("%+v", c)
	}
	if c := cited("how much is a dog license?"); c.Overdue != "" || c.Ended != "" {
		t.Errorf("%+v", c)
	}
}

// An abstention says which words were looked for, which pages and offices are
// nearest, and who can be asked.
func TestAbstentionIsNoDeadEnd(t *testing.T) {
	h := newHouse(t, disputed)
	b := h.bot(nil, rescored{h.index, func(r *retrieval.Result) { r.Hits[0].Scores.Dense = 0 }}, nil)
	a := h.ask(b, h.conversation(), "1", "may a submarine hangar be rented, mooring and crane included, near the trash?")
	if a.Outcome != bot.Abstained || !strings.Contains(a.Closing, "I looked for: trash.") || a.Person == nil || a.Person.Phone == "" {
		t.Fatalf("%+v", a)
	}
	if len(a.Nearest) == 0 || a.Nearest[0].Department == "" {
		t.Errorf("%+v", a.Nearest)
	}
}
