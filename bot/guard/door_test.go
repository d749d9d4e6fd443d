package guard

import "testing"

// Labelled messages: no question is sent to a door, and none to the wrong one. What
// the signs were chosen on has its door nearly always; of what was written afterwards
// more than a third of the own cases, and most of the rest, and what has none is
// treated as a question. The bounds hold what was measured.
func TestDoors(t *testing.T) {
	doors := map[string]Door{"own": OwnCase, "advice": Advice, "offtopic": OffTopic, "none": NoDoor}
	for _, part := range []string{"dev", "heldout"} {
		t.Run(part, func(t *testing.T) {
			found := newShare()
			for _, f := range fields(t, "doors."+part+".txt") {
				got, want := DoorOf(f[2]), doors[f[0]]
				found.count(f[0], got == want)
				found.count("language "+f[1], got == want)
				if got != want {
					t.Logf("%q has the door %q", f, got)
				}
				if got != NoDoor && want != NoDoor && got != want {
					t.Errorf("%q is sent to %q", f, got)
				}
			}
			found.hold(t, func(kind string) float64 {
				if part == "dev" || kind == "none" {
					return 0.98
				}
				return map[string]float64{"own": 0.35, "advice": 0.75, "offtopic": 0.55}[kind]
			})
		})
	}
}

// The sample agency's questions, those of others' agencies, and harmless messages of
// all kinds are questions.
func TestQuestionsHaveNoDoor(t *testing.T) {
	asked := rivertonQuestions(t)
	for _, f := range append(fields(t, "lookalikes.dev.txt"), fields(t, "lookalikes.heldout.txt")...) {
		asked = append(asked, f[0])
	}
	for _, file := range []string{"harmless.dev.txt", "harmless.heldout.txt"} {
		for _, f := range fields(t, file) {
			asked = append(asked, f[1])
		}
	}
	open := newShare()
	for _, q := range asked {
		got := DoorOf(q)
		open.count("questions", got == NoDoor)
		if got != NoDoor {
			t.Logf("%q has the door %q", q, got)
		}
	}
	open.hold(t, func(string) float64 { return 0.98 })
}
