package run

import (
	"context"
	"slices"

	"townclerk/bot"
	"townclerk/bot/route"
	"townclerk/evals"
	"townclerk/evals/metric"
	"townclerk/retrieval"
)

// worst is how many pairs of departments are listed.
const worst = 10

// Routing is how well inquiries find their department. A share of no inquiries is
// zero.
type Routing struct {
	Inquiries int `json:"inquiries"` // that are for a department
	// Top1 and Top2 are the shares whose department is the likeliest, or one of the
	// two likeliest, whether or not the route turned the inquiry away.
	Top1    float64 `json:"top1"`
	Top2    float64 `json:"top2"`
	MacroF1 float64 `json:"macro_f1"`
	// CalibrationError is that of the likeliest department's probability.
	CalibrationError float64 `json:"calibration_error"`
	// Away is the share that was turned away or sent to another agency.
	Away float64 `json:"away"`
	// Strangers are inquiries for nobody, Refused the share that got no department.
	Strangers int                     `json:"strangers"`
	Refused   float64                 `json:"refused"`
	Kinds     map[string]RoutingShare `json:"kinds,omitempty"`
	Worst     []metric.Mistaken       `json:"worst,omitempty"`
}

// RoutingShare are the figures of one kind of inquiry.
type RoutingShare struct {
	Inquiries int     `json:"inquiries"`
	Top1      float64 `json:"top1"`
	Top2      float64 `json:"top2"`
}

// Route routes the inquiries with the passages that the index finds for each.
func Route(ctx context.Context, r *route.Router, x retrieval.Index, language string, inquiries []evals.Inquiry) (Routing, error) {
	out := Routing{Kinds: map[string]RoutingShare{}}
	confused, refused := metric.Confusion{}, 0
	var sure []float64
	var right []bool
	for _, q := range inquiries {
		found, err := x.Search(ctx, retrieval.Query{Text: q.Text, Language: language})
		if err != nil {
			return out, err
		}
		got := r.Route(q.Text, nil, found.Hits)
		if q.Department == evals.Nobody {
			out.Strangers++
			if got.Department == "" {
				refused++
			}
			continue
		}
		likely := Likely(got)
		sure, right = append(sure, likely[0].Probability), append(right, string(likely[0].Department) == q.Department)
		confused.Add(q.Department, string(likely[0].Department))
		out.count(q, likely, got.Department == "")
	}
	out.share()
	if out.Strangers > 0 {
		out.Refused = float64(refused) / float64(out.Strangers)
	}
	out.MacroF1, out.Worst = confused.MacroF1(), confused.Worst(worst)
	out.CalibrationError = metric.CalibrationError(sure, right)
	return out, nil
}

// Likely returns the departments that a route names, most likely first, and an empty
// one where it names none.
func Likely(r bot.Route) []bot.Likely {
	if r.Department == "" && len(r.Others) > 0 {
		return r.Others
	}
	return append([]bot.Likely{{Department: r.Department, Probability: r.Probability}}, r.Others...)
}

// count counts in the shares' places, which share makes shares of.
func (r *Routing) count(q evals.Inquiry, likely []bot.Likely, away bool) {
	place := slices.IndexFunc(likely, func(l bot.Likely) bool { return string(l.Department) == q.Department })
	k := r.Kinds[q.Kind]
	r.Inquiries, k.Inquiries = r.Inquiries+1, k.Inquiries+1
	if place == 0 {
		r.Top1, k.Top1 = r.Top1+1, k.Top1+1
	}
	if place == 0 || place == 1 {
		r.Top2, k.Top2 = r.Top2+1, k.Top2+1
	}
	if away {
		r.Away++
	}
	r.Kinds[q.Kind] = k
}

func (r *Routing) share() {
	n := max(1, float64(r.Inquiries))
	r.Top1, r.Top2, r.Away = r.Top1/n, r.Top2/n, r.Away/n
	for kind, k := range r.Kinds {
		k.Top1, k.Top2 = k.Top1/float64(k.Inquiries), k.Top2/float64(k.Inquiries)
		r.Kinds[kind] = k
	}
}
