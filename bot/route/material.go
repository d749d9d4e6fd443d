package route

import (
	"slices"
	"strings"

	"townclerk/knowledge"
)

// spoken is what a word of an example counts for beside a word of a page.
const spoken = 3.0

// material is what is learned from.
type material struct {
	texts    []string
	quotable []string // what a reason may quote of each text; empty: nothing
	class    []int
	weight   []float32
	said     []string // by each class of itself, for the encoder
	examples []labelled
	pages    []labelled // without vectors
	others   func(string) []string
}

func (m *material) add(class int, weight float32, texts ...string) {
	for _, t := range texts {
		m.texts, m.class, m.weight = append(m.texts, t), append(m.class, class), append(m.weight, weight)
	}
}

func (m *material) describe(class int, name, does string) {
	phrases := strings.FieldsFunc(does, func(r rune) bool { return strings.ContainsRune(".,;:。，；：、", r) })
	m.add(class, described, append(phrases, name)...)
	m.said = append(m.said, name+". "+does)
}

// read makes what is learned of the texts and of the pages that a department owns.
func (m *material) read(r *Router, pages []knowledge.Passage) {
	for i, t := range m.texts {
		m.examples = append(m.examples, labelled{r.space.vector(t, nil, 0), bagOf(r.terms, t, nil, 0), m.class[i], m.weight[i]})
	}
	for i := range pages {
		if k := r.owner(pages[i].Department); k >= 0 {
			m.pages = append(m.pages, labelled{bag: bagOf(r.terms, pages[i].EncoderText(), nil, 0), class: k})
		}
	}
}

func (m *material) usage(classes int) *usage {
	u := newUsage(classes, m.others)
	for _, p := range m.pages {
		u.add(p.class, p.bag, 1)
	}
	for _, e := range m.examples {
		u.add(e.class, e.bag, spoken)
	}
	return u
}

// owner returns the class of the department that pages name by its ID or its
// name; -1: of none.
func (r *Router) owner(department string) int {
	return slices.IndexFunc(r.departments, func(d Department) bool {
		return department == string(d.ID) || strings.EqualFold(department, d.Name)
	})
}
