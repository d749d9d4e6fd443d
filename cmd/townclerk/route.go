package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"townclerk/bot"
	"townclerk/bot/route"
	"townclerk/evals"
	"townclerk/evals/load"
	"townclerk/evals/run"
	"townclerk/retrieval"
)

type routeCmd struct {
	Eval routeEvalCmd `cmd:"" help:"Measure on inquiries whose department is known."`
	Try  routeTryCmd  `cmd:"" help:"Show where an inquiry goes, and why."`
}

type routeEvalCmd struct {
	File string `arg:"" type:"existingfile" help:"Inquiries, a line for each: department, tab, inquiry; or JSON with both. '-' is the department of what is nobody's."`
	JSON bool   `name:"json" help:"Print JSON."`
}

func (cmd *routeEvalCmd) Run(ctx context.Context, g *Globals) error {
	h, r, err := openRouter(ctx, g)
	if err != nil {
		return err
	}
	defer h.Close()
	inquiries, err := readInquiries(cmd.File, h.config.Departments)
	if err != nil {
		return err
	}
	figures, err := run.Route(ctx, r, h.index, h.config.Agency.Language, inquiries)
	if err != nil {
		return err
	}
	if cmd.JSON {
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", "  ")
		return e.Encode(figures)
	}
	printRouting(os.Stdout, figures)
	return nil
}

type routeTryCmd struct {
	Inquiry []string `arg:"" help:"What a citizen would write."`
}

func (cmd *routeTryCmd) Run(ctx context.Context, g *Globals) error {
	h, r, err := openRouter(ctx, g)
	if err != nil {
		return err
	}
	defer h.Close()
	q := retrieval.Query{Text: strings.Join(cmd.Inquiry, " "), Language: h.config.Agency.Language}
	found, err := h.index.Search(ctx, q)
	if err != nil {
		return err
	}
	printRoute(os.Stdout, r.Route(q.Text, nil, found.Hits))
	return nil
}

func openRouter(ctx context.Context, g *Globals) (*house, *route.Router, error) {
	c, err := loadConfig(g)
	if err != nil {
		return nil, nil, err
	}
	if len(c.Departments) == 0 {
		return nil, nil, errors.New("there is no department to route to: name some under departments in the configuration")
	}
	h, err := open(ctx, c, slog.Default())
	if err != nil {
		return nil, nil, err
	}
	return h, h.routing.current(ctx), nil
}

func readInquiries(path string, departments []departmentConfig) ([]evals.Inquiry, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	inquiries, err := load.Inquiries(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, q := range inquiries {
		known := func(d departmentConfig) bool { return d.ID == q.Department }
		if q.Department != evals.Nobody && !slices.ContainsFunc(departments, known) {
			return nil, fmt.Errorf("%s: %q is for %q, which is no department of the configuration", path, shorten(q.Text, 60), q.Department)
		}
	}
	if len(inquiries) == 0 {
		return nil, fmt.Errorf("%s: there is no inquiry in it", path)
	}
	return inquiries, nil
}

func printRouting(w io.Writer, f run.Routing) {
	fmt.Fprintf(w, "%d inquiries: top-1 %.3f, top-2 %.3f, macro-F1 %.3f, expected calibration error %.3f; turned away %.3f\n",
		f.Inquiries, f.Top1, f.Top2, f.MacroF1, f.CalibrationError, f.Away)
	if f.Strangers > 0 {
		fmt.Fprintf(w, "%d that are nobody's: %.3f got no department\n", f.Strangers, f.Refused)
	}
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	for _, kind := range slices.Sorted(maps.Keys(f.Kinds)) {
		if k := f.Kinds[kind]; len(f.Kinds) > 1 {
			fmt.Fprintf(t, "  %s\tn %d\ttop-1 %.3f\ttop-2 %.3f\n", kind, k.Inquiries, k.Top1, k.Top2)
		}
	}
	for i, m := range f.Worst {
		if i == 0 {
			fmt.Fprintln(t, "most often mistaken:")
		}
		fmt.Fprintf(t, "  %s\tfor %s\t%d\n", m.Truth, m.Said, m.N)
	}
	t.Flush()
}

func printRoute(w io.Writer, r bot.Route) {
	switch {
	case r.Elsewhere != nil:
		fmt.Fprintf(w, "another agency: %s <%s>, p = %.2f\n", r.Elsewhere.Title, r.Elsewhere.URL, r.Probability)
	case r.Department == "":
		fmt.Fprintln(w, "no department")
	default:
		fmt.Fprintf(w, "%s, p = %.2f\n", r.Department, r.Probability)
	}
	for _, reason := range r.Reasons {
		fmt.Fprintf(w, "  because: %s\n", reason)
	}
	for _, l := range r.Others {
		fmt.Fprintf(w, "  else: %s, p = %.2f\n", l.Department, l.Probability)
	}
}
