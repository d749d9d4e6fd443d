// Package gap groups questions that were not answered by what they are about, to show
// what an agency should write next. It needs no model and does no I/O: the same
// questions give the same groups.
//
// Questions are compared by the terms that they share, the rarer the heavier, by their
// vectors, and by the pages that a search finds for them: those count most, for what
// citizens ask alike they seldom say alike. But the less of a question the pages know the
// words of, the less it says what is found for it. Groups are merged from the most alike on, by the
// average over all pairs, until no two are alike enough (agglomerative clustering with
// average linkage, by chains of nearest neighbours: Murtagh, "A survey of recent
// advances in hierarchical clustering algorithms", 1983).
//
// What few citizens asked could point at one of them. So a group shows questions only
// where at least Enough conversations asked them, and else no more of their words than
// those that the agency's pages use too.
package gap

import (
	"cmp"
	"math"
	"slices"

	"townclerk/bot"
)

// Enough is the number of conversations from which a group shows questions, and words
// that no page has.
const Enough = 3

// Bounds of what a group shows.
const (
	maxExamples = 3
	maxTerms    = 6
)

// Question is one that was not answered.
type Question struct {
	Text         bot.Redacted
	Conversation bot.ConversationID
	Terms        []string  // in any order, best as stems
	Vector       []float32 // of unit length; nil: there is none
	Pages        []string  // that a search finds for it, the best first
}

// Options tune the comparison.
type Options struct {
	// Cut is the average likeness, from 0 to 1, from which two groups become one; zero
	// means DefaultCut.
	Cut float64
	// Used is how many of the agency's Passages use a term.
	Used     map[string]int
	Passages int
}

// DefaultCut was chosen, with the parts below, on Riverton's development inquiries.
const DefaultCut = 0.3

// Parts of the likeness. What a question lacks does not count.
const (
	byTerms  = 0.2
	byVector = 0.2
	byPages  = 0.6
)

// Group is what several questions are about.
type Group struct {
	// Members are indices of the questions, the most typical one first.
	Members       []int
	Conversations int
	// Terms are those that most of the questions share, the most telling first.
	Terms []string
	// Examples are up to three questions, each of another conversation; none where
	// fewer than Enough asked.
	Examples []bot.Redacted
}

// Groups puts each question into one group, those of the most conversations first.
func Groups(questions []Question, o Options) []Group {
	if o.Cut == 0 {
		o.Cut = DefaultCut
	}
	s := newSpace(questions, o)
	var out []Group
	for _, members := range merge(s.matrix(), o.Cut) {
		g := Group{Members: s.byTypical(members)}
		g.describe(s, o.Used)
		out = append(out, g)
	}
	slices.SortStableFunc(out, func(a, b Group) int {
		return cmp.Or(cmp.Compare(b.Conversations, a.Conversations), cmp.Compare(len(b.Members), len(a.Members)),
			cmp.Compare(slices.Min(a.Members), slices.Min(b.Members)))
	})
	return out
}

// describe fills in what may be shown of the group.
func (g *Group) describe(s *space, used map[string]int) {
	seen := map[bot.ConversationID]bool{}
	var examples []bot.Redacted
	by := map[string]map[bot.ConversationID]bool{}
	for _, i := range g.Members {
		q := s.questions[i]
		if !seen[q.Conversation] && len(examples) < maxExamples {
			examples = append(examples, q.Text)
		}
		seen[q.Conversation] = true
		for _, t := range q.Terms {
			if by[t] == nil {
				by[t] = map[bot.ConversationID]bool{}
			}
			by[t][q.Conversation] = true
		}
	}
	if g.Conversations = len(seen); g.Conversations >= Enough {
		g.Examples = examples
	}
	for t, conversations := range by {
		if 2*len(conversations) > g.Conversations && (len(conversations) >= Enough || used[t] > 0) {
			g.Terms = append(g.Terms, t)
		}
	}
	slices.SortFunc(g.Terms, func(a, b string) int {
		weight := func(t string) float64 { return float64(len(by[t])) * s.idf[t] }
		return cmp.Or(cmp.Compare(weight(b), weight(a)), cmp.Compare(a, b))
	})
	g.Terms = g.Terms[:min(len(g.Terms), maxTerms)]
}

// space compares questions.
type space struct {
	questions []Question
	idf       map[string]float64
	weights   []map[string]float64 // of each question's terms, of unit length
	known     []float64            // of each question, how much of it the pages use
	pages     []map[string]float64 // the same of the pages that are found for it
}

func newSpace(questions []Question, o Options) *space {
	s := &space{questions: questions, idf: map[string]float64{}}
	for _, q := range questions {
		seen := map[string]bool{}
		for _, t := range q.Terms {
			if !seen[t] {
				seen[t] = true
				s.idf[t]++
			}
		}
	}
	for t, n := range s.idf {
		n += float64(o.Used[t])
		s.idf[t] = math.Log(1 + (float64(len(questions)+o.Passages)-n+0.5)/(n+0.5)) // as BM25 does
	}
	for _, q := range questions {
		w := map[string]float64{}
		for _, t := range q.Terms {
			w[t] = s.idf[t]
		}
		w = unit(w)
		known := 0.0
		for _, t := range sorted(w) {
			if o.Used[t] > 0 {
				known += w[t] * w[t]
			}
		}
		s.weights, s.known = append(s.weights, w), append(s.known, known)
		p := map[string]float64{}
		for i, page := range q.Pages {
			p[page] = 1 / float64(1+i)
		}
		s.pages = append(s.pages, unit(p))
	}
	return s
}

// unit scales weights to unit length. It adds in a fixed order, so that equal questions
// give equal sums.
func unit(w map[string]float64) map[string]float64 {
	square := 0.0
	for _, t := range sorted(w) {
		square += w[t] * w[t]
	}
	for t := range w {
		w[t] /= math.Sqrt(square)
	}
	return w
}

func sorted(w map[string]float64) []string {
	var out []string
	for t := range w {
		out = append(out, t)
	}
	slices.Sort(out)
	return out
}

// matrix returns how alike each two questions are.
func (s *space) matrix() [][]float32 {
	n := len(s.questions)
	m := make([][]float32, n)
	for i := range m {
		m[i] = make([]float32, n)
		terms, pages := sorted(s.weights[i]), sorted(s.pages[i])
		for j := range i {
			var sum, parts float64
			if len(terms) > 0 && len(s.weights[j]) > 0 {
				sum, parts = sum+byTerms*shared(terms, s.weights[i], s.weights[j]), parts+byTerms
			}
			if len(pages) > 0 && len(s.pages[j]) > 0 {
				part := byPages * min(s.known[i], s.known[j])
				sum, parts = sum+part*shared(pages, s.pages[i], s.pages[j]), parts+part
			}
			if a, b := s.questions[i].Vector, s.questions[j].Vector; len(a) > 0 && len(a) == len(b) {
				sum, parts = sum+byVector*dot(a, b), parts+byVector
			}
			if parts > 0 {
				m[i][j] = float32(sum / parts)
				m[j][i] = m[i][j]
			}
		}
	}
	return m
}

// shared is the cosine of weights, of which the names of the first are given in order.
func shared(names []string, a, b map[string]float64) (sum float64) {
	for _, n := range names {
		sum += a[n] * b[n]
	}
	return sum
}

func dot(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

// byTypical returns the members, those first whose terms the others share most.
func (s *space) byTypical(members []int) []int {
	total := map[string]float64{}
	for _, i := range members {
		for t, w := range s.weights[i] {
			total[t] += w
		}
	}
	typical := func(i int) (sum float64) {
		for _, t := range sorted(s.weights[i]) {
			sum += s.weights[i][t] * total[t]
		}
		return math.Round(sum * 1e9) // the order of total's additions does not count
	}
	slices.SortStableFunc(members, func(a, b int) int {
		return cmp.Or(cmp.Compare(typical(b), typical(a)), cmp.Compare(a, b))
	})
	return members
}
