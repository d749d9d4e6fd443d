package route

import (
	"context"
	"slices"

	"townclerk/bot"
	"townclerk/retrieval"
)

// sure is the probability from which no model is asked.
const sure = 0.9

// Candidate is a department that an inquiry may be for.
type Candidate struct {
	Department
	Probability float64
}

// Chooser has a model say which of the candidates, most likely first, the
// question is for. It returns an empty ID where it cannot tell. It must be safe
// for concurrent use.
type Chooser interface {
	Choose(ctx context.Context, question bot.Redacted, earlier []bot.Redacted, candidates []Candidate) (bot.DepartmentID, error)
}

// RouteWith is Route, and where that is unsure between departments, the chooser's
// choice among those that it names. The probabilities stay what they are: a
// model's choice has none. The reasons say what came of it; a chooser that is nil,
// fails or names another department changes nothing.
func (r *Router) RouteWith(ctx context.Context, c Chooser, question bot.Redacted, earlier []bot.Redacted, hits []retrieval.Hit) bot.Route {
	var before []string
	for _, e := range earlier {
		before = append(before, e.String())
	}
	out := r.Route(question.String(), before, hits)
	if c == nil || out.Department == "" || out.Probability >= sure || len(out.Others) == 0 {
		return out
	}
	candidates := r.candidates(out)
	chosen, err := c.Choose(ctx, question, earlier, candidates)
	at := slices.IndexFunc(candidates, func(c Candidate) bool { return c.ID == chosen })
	switch {
	case err != nil:
		out.Reasons = append(out.Reasons, "a model was asked and did not answer")
	case chosen == "":
		out.Reasons = append(out.Reasons, "a model could not tell")
	case at < 0:
		out.Reasons = append(out.Reasons, "a model chose none of the likely ones")
	case at == 0:
		out.Reasons = append(out.Reasons, "a model chose it too")
	default:
		return reordered(candidates, at)
	}
	return out
}

func (r *Router) candidates(found bot.Route) []Candidate {
	var out []Candidate
	for _, l := range append([]bot.Likely{{Department: found.Department, Probability: found.Probability}}, found.Others...) {
		i := slices.IndexFunc(r.departments, func(d Department) bool { return d.ID == l.Department })
		out = append(out, Candidate{r.departments[i], l.Probability})
	}
	return out
}

// reordered is the route to a candidate that is not the likeliest.
func reordered(candidates []Candidate, at int) bot.Route {
	out := bot.Route{Department: candidates[at].ID, Probability: candidates[at].Probability, Reasons: []string{"a model chose it before " + candidates[0].Name}}
	for i, c := range candidates {
		if i != at {
			out.Others = append(out.Others, bot.Likely{Department: c.ID, Probability: c.Probability})
		}
	}
	return out
}
