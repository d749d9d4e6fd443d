package understand

import "testing"

func TestContext(t *testing.T) {
	earlier := []Turn{
		{"How do I get a building permit?", "Apply online."},
		{"thanks", "You are welcome."},
		{"Do I need one for a shed?", "How large is the shed?"},
	}
	for _, c := range []struct {
		question, reason string
		followUp         bool
	}{
		{"yes", "no words of its own", true},
		{"No, about ten feet long and eight wide", "an answer to a question", true},
		{"What about a fence?", "begins in the middle", true},
		{"Where can I pay for it?", "points back", true},
		{"cost?", "says little", true},
		{"Where is the permit office?", "says some", false},
		{"Which days is recycling collected on Maple Street?", "stands alone", false},
		{"", "no words of its own", true},
	} {
		u := Context(c.question, earlier, nil)
		if u.Reason != c.reason || u.FollowUp != c.followUp {
			t.Errorf("%q: %s, follow-up %v", c.question, u.Reason, u.FollowUp)
		}
		for _, w := range u.Context {
			if !(w.Weight > 0 && w.Weight <= 1) || w.Text == "thanks" {
				t.Errorf("%q leans on %+v", c.question, w)
			}
		}
	}
}

func TestContextWithoutHistory(t *testing.T) {
	if u := Context("and that?", nil, nil); len(u.Context) > 0 || u.FollowUp {
		t.Errorf("got %+v", u)
	}
}

func TestRarityDecides(t *testing.T) {
	earlier := []Turn{{"What is ionizing radiation?", "A kind of radiation."}}
	question := "What kind of disability benefits can I get?"
	common := Context(question, earlier, func(string) float64 { return 0.2 })
	rare := Context(question, earlier, func(string) float64 { return 0.9 })
	if !common.FollowUp || rare.FollowUp {
		t.Errorf("common words: %+v; rare words: %+v", common, rare)
	}
}

func FuzzContext(f *testing.F) {
	f.Add("what about it", "a permit", "yes?")
	f.Fuzz(func(t *testing.T, question, before, answer string) {
		for _, w := range Context(question, []Turn{{before, answer}}, nil).Context {
			if !(w.Weight > 0 && w.Weight <= 1) {
				t.Errorf("weight %v", w.Weight)
			}
		}
	})
}
