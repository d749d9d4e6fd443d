package gap_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"townclerk/bot"
	"townclerk/bot/gap"
)

// asked makes questions whose terms are their words, each of the conversation before
// its colon.
func asked(lines ...string) (out []gap.Question) {
	for _, l := range lines {
		who, text, _ := strings.Cut(l, ": ")
		out = append(out, gap.Question{Text: bot.AsRedacted(text), Conversation: bot.ConversationID(who), Terms: strings.Fields(text)})
	}
	return out
}

func TestGroups(t *testing.T) {
	questions := asked("a: houseboat mooring", "b: beehive permit", "c: mooring houseboat fee", "d: houseboat mooring night", "e: zymurgy quokka", "f: beehive permit", "a: houseboat mooring")
	got := gap.Groups(questions, gap.Options{Used: map[string]int{"permit": 1}, Passages: 5})
	if len(got) != 3 {
		t.Fatalf("%+v", got)
	}
	boats, bees, other := got[0], got[1], got[2]
	if boats.Conversations != 3 || len(boats.Members) != 4 || len(boats.Examples) != 3 || !slices.Equal(boats.Terms, []string{"houseboat", "mooring"}) {
		t.Errorf("%+v", boats)
	}
	if bees.Conversations != 2 || bees.Examples != nil || !slices.Equal(bees.Terms, []string{"permit"}) {
		t.Errorf("two citizens asked: %+v", bees)
	}
	if other.Conversations != 1 || other.Examples != nil || other.Terms != nil {
		t.Errorf("one citizen asked: %+v", other)
	}
	if got := gap.Groups(nil, gap.Options{}); got != nil {
		t.Errorf("of nothing: %+v", got)
	}
}

// Nothing that fewer than three conversations hold is shown, unless pages use it too.
func TestFewCannotBeRecognised(t *testing.T) {
	words := strings.Fields("a b c d e f g h i j")
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var lines []string
		for range 1 + r.IntN(30) {
			lines = append(lines, fmt.Sprintf("%d: %s %s %s", r.IntN(8), words[r.IntN(10)], words[r.IntN(10)], words[r.IntN(10)]))
		}
		questions := asked(lines...)
		total := 0
		for _, g := range gap.Groups(questions, gap.Options{Used: map[string]int{"a": 2}, Passages: 9}) {
			total += len(g.Members)
			with := func(term string) int {
				seen := map[bot.ConversationID]bool{}
				for _, i := range g.Members {
					if term == "" || slices.Contains(questions[i].Terms, term) {
						seen[questions[i].Conversation] = true
					}
				}
				return len(seen)
			}
			if n := with(""); n != g.Conversations || n < gap.Enough && g.Examples != nil {
				t.Fatalf("%d conversations: %+v", n, g)
			}
			for _, term := range g.Terms {
				if with(term) < gap.Enough && term != "a" {
					t.Fatalf("%q of %d conversations is shown: %+v", term, with(term), g)
				}
			}
		}
		if total != len(questions) {
			t.Fatalf("%d of %d questions are in groups", total, len(questions))
		}
	}
}

// The groups are those that one gets by looking, each time, for the two most alike.
func TestGroupsAreAgglomerative(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		questions := make([]gap.Question, 2+r.IntN(25))
		for i := range questions {
			x, y := r.NormFloat64(), r.NormFloat64()
			questions[i].Vector = []float32{float32(x), float32(y), float32(r.NormFloat64())}
			unit(questions[i].Vector)
		}
		cut := 0.1 + 0.8*r.Float64()
		var got [][]int
		for _, g := range gap.Groups(questions, gap.Options{Cut: cut}) {
			slices.Sort(g.Members)
			got = append(got, g.Members)
		}
		want := naive(questions, cut)
		for _, groups := range [][][]int{got, want} {
			slices.SortFunc(groups, func(a, b []int) int { return a[0] - b[0] })
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("cut %.3f: %v, want %v", cut, got, want)
		}
	}
}

func naive(questions []gap.Question, cut float64) (groups [][]int) {
	for i := range questions {
		groups = append(groups, []int{i})
	}
	for {
		best, a, b := cut, -1, -1
		for i := range groups {
			for j := range i {
				sum := 0.0
				for _, x := range groups[i] {
					for _, y := range groups[j] {
						sum += dot(questions[x].Vector, questions[y].Vector)
					}
				}
				if mean := sum / float64(len(groups[i])*len(groups[j])); mean >= best {
					best, a, b = mean, i, j
				}
			}
		}
		if a < 0 {
			break
		}
		groups[b] = append(groups[b], groups[a]...)
		groups = slices.Delete(groups, a, a+1)
	}
	for _, g := range groups {
		slices.Sort(g)
	}
	return groups
}

func BenchmarkGroups(b *testing.B) {
	r := rand.New(rand.NewPCG(5, 6))
	questions := make([]gap.Question, 1000)
	for i := range questions {
		questions[i].Vector = make([]float32, 128)
		for j := range questions[i].Vector {
			questions[i].Vector[j] = float32(r.NormFloat64())
		}
		unit(questions[i].Vector)
		for range 8 {
			questions[i].Terms = append(questions[i].Terms, fmt.Sprint(r.IntN(500)))
		}
	}
	for b.Loop() {
		gap.Groups(questions, gap.Options{})
	}
}
