package route

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"townclerk/retrieval"
)

// weigh adds the evidence up. Pages are nil where none speaks for a department.
func (r *Router) weigh(odds, pages, near []float64, named []string) []float64 {
	found := ownership
	if r.read {
		found = ownershipRead
	}
	for i := range odds {
		odds[i] *= r.trust
		if pages != nil {
			odds[i] += found * math.Log(pages[i])
		}
		odds[i] += nearness * near[i]
		if named[i] != "" {
			odds[i] += namedAgency
		}
	}
	return odds
}

// owners returns each class's share of the passages, never zero; nil where no
// department owns one. The cube of the coverage counts: one passage that says
// what was asked is more than five that share a word with it. Agencies own no
// passages and get an even share.
func (r *Router) owners(hits []retrieval.Hit) []float64 {
	share, total := make([]float64, r.classes()), 0.0
	for _, h := range hits {
		if k := r.owner(h.Passage.Department); k >= 0 {
			share[k] += math.Pow(h.Scores.Coverage, 3)
			total += math.Pow(h.Scores.Coverage, 3)
		}
	}
	if total == 0 {
		return nil
	}
	even := 1 / float64(len(share))
	for k := range share {
		if k < len(r.departments) {
			share[k] = everyones*even + (1-everyones)*share[k]/total
		} else {
			share[k] = even
		}
	}
	return share
}

func covers(hits []retrieval.Hit) bool {
	return slices.ContainsFunc(hits, func(h retrieval.Hit) bool { return h.Scores.Coverage >= covered })
}

// named returns, for each agency, the first of its words that stands in the
// question.
func (r *Router) named(question string) []string {
	out, text := make([]string, r.classes()), plain(question)
	for i, a := range r.agencies {
		for _, w := range a.Words {
			if p := plain(w); p != "  " && strings.Contains(text, p) {
				out[len(r.departments)+i] = w
				break
			}
		}
	}
	return out
}

// plain returns the words of a text in lower case, with a space around each.
func plain(text string) string {
	return " " + strings.Join(strings.FieldsFunc(strings.ToLower(text), notInWord), " ") + " "
}

// near returns the cosine of the question to what each class says of itself,
// and zeros without an encoder.
func (r *Router) near(question string) []float64 {
	out := make([]float64, r.classes())
	if len(r.said) < len(out) {
		return out
	}
	for _, q := range r.encode([]string{question}) {
		for k := range out {
			for i := range min(len(q), len(r.said[k])) {
				out[k] += float64(q[i]) * float64(r.said[k][i])
			}
		}
	}
	return out
}

// reasons say in short what spoke for a class: its share of the pages, the word
// that names it, the example that is most like the question.
func (r *Router) reasons(v vector, class int, pages []float64, word string) []string {
	var out []string
	if pages != nil && pages[class] > 0.5 {
		out = append(out, fmt.Sprintf("pages of %s answer it", r.departments[class].Name))
	}
	if word != "" {
		out = append(out, fmt.Sprintf("names ‘%s’", word))
	}
	near, best := alike, -1
	for i, e := range r.examples {
		if e.class == class {
			if c := v.dot(e.vector); c > near {
				near, best = c, i
			}
		}
	}
	switch {
	case best >= 0 && r.quotable[best] != "":
		out = append(out, fmt.Sprintf("like the example ‘%s’", strings.TrimSpace(r.quotable[best])))
	case best >= 0:
		out = append(out, "like an inquiry that staff sent there")
	case len(out) == 0:
		out = append(out, "its words are nearest to theirs")
	}
	return out
}
