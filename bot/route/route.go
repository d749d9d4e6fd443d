// Package route says which department an inquiry is for, without a model.
//
// Four kinds of evidence are added up as log odds: a classifier over example
// inquiries and the words that departments describe themselves with (multinomial
// logistic regression over words, pairs of words and stretches of letters), how
// often each department's examples and whole pages use the question's words and
// their synonyms, which departments own the best passages, and, where an encoder
// is given, how near the question is to what the departments say of themselves.
// The first two are weighed by factors (as temperature scaling does: Guo et al.,
// "On Calibration of Modern Neural Networks", 2017) that are learned on examples
// left out of what they judge; the same examples say how sure the router is of
// inquiries that are somebody's business, and so which are nobody's.
//
// Nothing here does I/O but a Chooser, where one is given. Without it the same
// input gives the same route.
package route

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"townclerk/bot"
	"townclerk/knowledge"
	"townclerk/retrieval"
)

// Weights of the evidence as log odds, and bounds. They were chosen on
// testdata/riverton.dev.tsv by the likelihood of its labels.
const (
	fade          = 0.6  // of an earlier turn's words beside the question's
	described     = 0.5  // of a department's own words beside an example
	clear         = 0.6  // of what was learned from the configuration alone: inquiries are less clear than its examples
	clearer       = 0.2  // more with many examples that people wrote
	many          = 50   // such examples that bring half of it
	ownership     = 1.0  // of the log share of the passages that were found
	ownershipRead = 0.2  // the same, where all pages were read before
	everyones     = 0.3  // part of the passages that all departments share
	nearness      = 3.0  // of the cosine to what a department says of itself
	namedAgency   = 3.0  // of an agency one of whose words stands in the question
	covered       = 0.6  // coverage from which a passage shows that the question is the agency's business
	alike         = 0.25 // cosine from which an example is named as a reason
	leastToList   = 0.01 // probability of the others that are listed
	othersListed  = 3
)

// Department is where inquiries can go. Does says in a few words what it is in
// charge of; Examples are inquiries for it.
type Department struct {
	ID       bot.DepartmentID
	Name     string
	Does     string
	Examples []string
}

// Agency is another agency, which citizens take this one for. An inquiry with
// one of its Words (whole words, any case) or like its Examples belongs there.
type Agency struct {
	Name, URL string
	Words     []string
	Examples  []string
}

// Example is an inquiry with the department that it belongs to.
type Example struct {
	Text       string
	Department bot.DepartmentID
}

// Corrections are what staff's re-routing left behind: inquiries with the
// department that they were sent on to, for New to learn from.
type Corrections interface {
	Examples(ctx context.Context) ([]Example, error)
}

// Encoder returns one unit vector per text, all of one length, or nothing where
// it cannot. It must be safe for concurrent use.
type Encoder func(texts []string) [][]float32

// Options may all be left empty.
type Options struct {
	Elsewhere []Agency
	// Encode may be nil: then nearness does not count.
	Encode Encoder
	// Pages are the agency's: their owners' words are learned. Pages of no department
	// are left out.
	Pages []knowledge.Passage
	// Terms returns the words of a text in order, best as stems and without those
	// that say nothing; nil: the words as they stand.
	Terms func(text string) []string
	// Synonyms returns the other words for a term, or for two that follow each other,
	// parted by a space; nil: there are none.
	Synonyms func(term string) []string
	// Accept is the share of the inquiries like the examples that find a department;
	// zero means 0.95. The smaller it is, the more strangers are turned away.
	Accept float64
}

// Router routes inquiries. It is immutable and safe for concurrent use.
type Router struct {
	departments []Department
	agencies    []Agency // their classes follow those of the departments
	encode      Encoder
	terms       func(string) []string
	said        [][]float32 // what each class says of itself, encoded
	space       space
	examples    []labelled
	quotable    []string // what a reason may quote of each example; empty: nothing
	classifier  *classifier
	usage       *usage
	read        bool    // whether there were pages to read
	trust       float64 // weight of what was learned
	calibration calibration
}

// New learns from the departments and the examples. Examples of departments
// that do not exist are left out: staff's corrections outlive a department.
// Reasons quote what the departments and agencies say, but never these examples,
// which citizens wrote.
func New(departments []Department, examples []Example, o Options) (*Router, error) {
	r := &Router{departments: departments, agencies: o.Elsewhere, encode: o.Encode, terms: o.Terms}
	if r.terms == nil {
		r.terms = func(text string) []string { return strings.Fields(plain(text)) }
	}
	class := map[bot.DepartmentID]int{}
	for i, d := range departments {
		if _, twice := class[d.ID]; twice || d.ID == "" || d.Name == "" {
			return nil, fmt.Errorf("route: department %d (%q) needs a name and an ID of its own", i+1, d.ID)
		}
		class[d.ID] = i
	}
	if len(departments) == 0 {
		return nil, errors.New("route: there is no department; name one in the configuration")
	}
	m := material{others: o.Synonyms}
	for i, d := range departments {
		m.describe(i, d.Name, d.Does)
		m.add(i, 1, d.Examples...)
	}
	for i, a := range r.agencies {
		if a.Name == "" || a.URL == "" {
			return nil, fmt.Errorf("route: agency %d (%q) needs a name and a URL", i+1, a.Name)
		}
		m.describe(len(departments)+i, a.Name, strings.Join(a.Words, ", "))
		m.add(len(departments)+i, 1, a.Examples...)
	}
	m.quotable = slices.Clone(m.texts)
	for _, e := range examples {
		if i, ok := class[e.Department]; ok {
			m.add(i, 1, e.Text)
		}
	}
	if o.Accept == 0 {
		o.Accept = 0.95
	}
	r.learn(m, o.Pages, o.Accept)
	return r, nil
}

func (r *Router) learn(m material, pages []knowledge.Passage, accept float64) {
	r.space = newSpace(m.texts)
	r.quotable = append(slices.Clone(m.quotable), make([]string, len(m.texts)-len(m.quotable))...)
	m.read(r, pages)
	r.examples, r.read = m.examples, len(m.pages) > 0
	written := float64(len(m.texts) - len(m.quotable))
	r.trust = clear + clearer*written/(written+many)
	r.calibration = m.calibrate(r.classes(), accept)
	r.classifier, r.usage = fit(m.examples, r.classes()), m.usage(r.classes())
	if r.encode != nil {
		r.said = r.encode(m.said)
	}
}

func (r *Router) classes() int { return len(r.departments) + len(r.agencies) }

// Route says where the question goes. Earlier are the texts of the turns before
// it, in any order; hits are the passages that were found for it. Both may be
// empty. Where no department fits, Department is empty and Probability zero; where
// another agency is in charge, Elsewhere is set and Probability is the agency's.
func (r *Router) Route(question string, earlier []string, hits []retrieval.Hit) bot.Route {
	v := r.space.vector(question, earlier, fade)
	odds := r.calibration.logProbabilities(r.classifier.logits(v), r.usage.logits(bagOf(r.terms, question, earlier, fade)))
	named := r.named(question)
	known := slices.Max(odds) >= r.calibration.floor || covers(hits)
	pages := r.owners(hits)
	p := softmax(r.weigh(odds, pages, r.near(question), named))

	order := descending(p)
	best := order[0]
	switch {
	case !known && named[best] == "":
		return bot.Route{Others: r.others(order, p), Reasons: []string{"unlike the examples and pages of all departments"}}
	case best >= len(r.departments):
		a := r.agencies[best-len(r.departments)]
		return bot.Route{Elsewhere: &bot.Page{Title: a.Name, URL: a.URL}, Probability: p[best],
			Others: r.others(order[1:], p), Reasons: r.reasons(v, best, nil, named[best])}
	}
	return bot.Route{Department: r.departments[best].ID, Probability: p[best],
		Others: r.others(order[1:], p), Reasons: r.reasons(v, best, pages, "")}
}

// descending returns the indices of p, the largest value's first.
func descending(p []float64) []int {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[b], p[a]) })
	return order
}

func (r *Router) others(order []int, p []float64) []bot.Likely {
	var out []bot.Likely
	for _, i := range order {
		if i < len(r.departments) && p[i] >= leastToList && len(out) < othersListed {
			out = append(out, bot.Likely{Department: r.departments[i].ID, Probability: p[i]})
		}
	}
	return out
}
