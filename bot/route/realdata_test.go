package route_test

import (
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"townclerk/bot"
	"townclerk/bot/route"
	"townclerk/evals/metric"
	"townclerk/evals/run"
)

var data = flag.String("data", "", "folder of the real datasets (go test ./bot/route -data DIR)")

// agencyTurn is one turn of a citizen's dialogue with one of four agencies.
type agencyTurn struct {
	ID, Question, Kind, Agency string
	History                    []struct{ Speaker, Text string }
}

func (a agencyTurn) earlier() []string {
	var out []string
	for _, h := range a.History {
		out = append(out, h.Text)
	}
	return out
}

// Five-fold by dialogue: what is asked was not learned from, nor was any other
// turn of its dialogue.
func TestRealDataAgencies(t *testing.T) {
	turns := real[agencyTurn](t, "agencies/questions.dev.jsonl")
	dialogues := map[string]int{}
	for _, a := range turns {
		if d := dialogue(a); dialogues[d] == 0 {
			dialogues[d] = len(dialogues) + 1
		}
	}
	right := map[string]metric.Confusion{"first": {}, "later": {}}
	for fold := range 5 {
		var examples []route.Example
		for _, a := range turns {
			if dialogues[dialogue(a)]%5 != fold {
				text := strings.Join(append(a.earlier(), a.Question), "\n")
				examples = append(examples, route.Example{Text: text, Department: bot.DepartmentID(a.Agency)})
			}
		}
		r := must(route.New(agencies, examples, route.Options{}))
		for _, a := range turns {
			if dialogues[dialogue(a)]%5 == fold {
				right[a.Kind].Add(a.Agency, string(run.Likely(r.Route(a.Question, a.earlier(), nil))[0].Department))
			}
		}
	}
	atLeast(t, "macro-F1 of first turns", right["first"].MacroF1(), 0.88)
	atLeast(t, "macro-F1 of later turns", right["later"].MacroF1(), 0.96)
}

var agencies = []route.Department{
	{ID: "ssa", Name: "Social Security Administration", Does: "Retirement, disability and survivors benefits, Supplemental Security Income, Medicare, Social Security numbers and cards."},
	{ID: "dmv", Name: "Department of Motor Vehicles", Does: "Driver licenses, learner permits, vehicle registration, plates, titles, insurance, traffic tickets."},
	{ID: "va", Name: "Department of Veterans Affairs", Does: "Health care, disability compensation, education and home loans for veterans, service members and their families."},
	{ID: "studentaid", Name: "Federal Student Aid", Does: "FAFSA, grants, student loans, repayment plans, loan forgiveness, default."},
}

func dialogue(a agencyTurn) string { id, _, _ := strings.Cut(a.ID, "#"); return id }

type utterance struct{ Text, Intent string }

// The classifier learns from the training utterances alone; whom it turns away
// is settled by those that it was not fitted to.
func TestRealDataClinc(t *testing.T) {
	var departments []route.Department
	var examples []route.Example
	seen := map[string]bool{}
	for _, u := range real[utterance](t, "clinc150/train.jsonl") {
		if !seen[u.Intent] {
			seen[u.Intent] = true
			departments = append(departments, route.Department{ID: bot.DepartmentID(u.Intent), Name: strings.ReplaceAll(u.Intent, "_", " ")})
		}
		examples = append(examples, route.Example{Text: u.Text, Department: bot.DepartmentID(u.Intent)})
	}
	r := must(route.New(departments, examples, route.Options{}))
	in, out := real[utterance](t, "clinc150/val.jsonl"), real[utterance](t, "clinc150/oos_val.jsonl")
	var accepted, refused, below, sure []float64
	var right []bool
	for _, u := range in {
		got := r.Route(u.Text, nil, nil)
		right = append(right, string(run.Likely(got)[0].Department) == u.Intent)
		accepted = append(accepted, yes(got.Department != ""))
		sure = append(sure, run.Likely(got)[0].Probability)
	}
	correct := 0.0
	for _, ok := range right {
		correct += yes(ok)
	}
	t.Logf("expected calibration error in scope: %.3f", metric.CalibrationError(sure, right))
	slices.Sort(sure)
	for _, u := range out {
		got := r.Route(u.Text, nil, nil)
		refused = append(refused, yes(got.Department == ""))
		below = append(below, yes(run.Likely(got)[0].Probability < sure[len(sure)/20]))
	}
	atLeast(t, "accuracy in scope", correct/float64(len(in)), 0.90)
	atLeast(t, "accepted in scope, at the floor of the training folds", mean(accepted), 0.93)
	atLeast(t, "out-of-scope recall, at the floor of the training folds", mean(refused), 0.60)
	atLeast(t, "out-of-scope recall where exactly 95 % of these are accepted", mean(below), 0.60)
}

func real[T any](t *testing.T, name string) []T {
	t.Helper()
	if *data == "" {
		t.Skip("needs the real datasets: go test ./bot/route -data DIR")
	}
	f, err := os.Open(filepath.Join(*data, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []T
	for d := json.NewDecoder(f); ; {
		var x T
		if err := d.Decode(&x); err == io.EOF {
			return out
		} else if err != nil {
			t.Fatal(err)
		}
		out = append(out, x)
	}
}

func atLeast(t *testing.T, what string, got, least float64) {
	t.Helper()
	t.Logf("%s: %.3f", what, got)
	if got < least {
		t.Errorf("%s is %.3f, want at least %.2f", what, got, least)
	}
}

func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

func yes(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
