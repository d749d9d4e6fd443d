package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"text/tabwriter"

	"townclerk/evals/load"
	"townclerk/evals/metric"
	"townclerk/evals/run"
	"townclerk/knowledge/ingest"
	"townclerk/retrieval"
)

type evalCmd struct {
	Retrieval evalRetrievalCmd `cmd:"" help:"How well the right pages and passages are found."`
	Answers   evalAnswersCmd   `cmd:"" help:"What is answered, what is not, and whether from the right place."`
}

type evalRetrievalCmd struct {
	Data      string `placeholder:"DIR" help:"Folder of a dataset: its pages and questions." required:"" type:"path"`
	Questions string `help:"File of questions in that folder; without it: the one of its format."`
	JSON      bool   `name:"json" help:"Print JSON."`
}

func (cmd *evalRetrievalCmd) Run(ctx context.Context, g *Globals) error {
	c, err := loadConfig(g)
	if err != nil {
		return err
	}
	d, err := load.Folder(cmd.Data, cmd.Questions)
	if err != nil {
		return err
	}
	scores, err := evalRetrieval(ctx, c, d)
	if err != nil {
		return err
	}
	if cmd.JSON {
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", "  ")
		return e.Encode(scores)
	}
	printScores(os.Stdout, scores)
	return nil
}

// scorecard are the figures of a dataset for each way to search it.
type scorecard struct {
	Dataset  string                           `json:"dataset"`
	Pages    int                              `json:"pages"`
	Cases    int                              `json:"cases"`
	Measured map[retrieval.Mode][]run.Figures `json:"measured"`
}

// modes in the order in which they are printed.
var modes = []retrieval.Mode{retrieval.Lexical, retrieval.Dense, retrieval.Hybrid}

// evalRetrieval reads the dataset's pages into a database of their own, the
// normal way, and searches them.
func evalRetrieval(ctx context.Context, c config, d load.Dataset) (scorecard, error) {
	h, report, err := openDataset(ctx, c, d)
	if err != nil {
		return scorecard{}, err
	}
	defer h.Close()
	s := scorecard{Dataset: d.Name, Pages: report.Pages, Cases: len(d.Cases), Measured: map[retrieval.Mode][]run.Figures{}}
	for _, m := range modes {
		if s.Measured[m], err = run.Retrieval(ctx, h.index, d.Cases, d.Judges, m); err != nil {
			return s, err
		}
	}
	return s, nil
}

// openDataset reads the dataset's pages into a house of their own, in a folder
// that goes when it is closed.
func openDataset(ctx context.Context, c config, d load.Dataset) (*house, ingest.Report, error) {
	dir, err := os.MkdirTemp("", "townclerk-eval-*")
	if err != nil {
		return nil, ingest.Report{}, err
	}
	c.Data, c.Database = dir, ""
	h, err := open(ctx, c, slog.Default())
	if err != nil {
		return nil, ingest.Report{}, errors.Join(err, os.RemoveAll(dir))
	}
	h.temporary = dir
	report, err := ingest.Sync(ctx, d.Pages, h.knowledge, h.models, ingest.Options{})
	if err != nil {
		return nil, report, errors.Join(err, h.Close())
	}
	return h, report, nil
}

func printScores(w io.Writer, s scorecard) {
	fmt.Fprintf(w, "%s: %d pages, %d questions; means with 95 %% bootstrap intervals\n\n", s.Dataset, s.Pages, s.Cases)
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "unit\tslice\tn\tsearch\tR@1\tR@5\tR@10\tMRR@10\tP@1")
	for _, m := range modes {
		for _, f := range s.Measured[m] {
			fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\n", f.Judge, f.Slice, f.R1.N, modeName(m),
				interval(f.R1), interval(f.R5), interval(f.R10), interval(f.MRR), interval(f.P1))
		}
	}
	t.Flush()
}

func modeName(m retrieval.Mode) string {
	if m == retrieval.Hybrid {
		return "fused"
	}
	return string(m)
}

func interval(i metric.Interval) string {
	return fmt.Sprintf("%.3f (%.2f-%.2f)", i.Mean, i.Low, i.High)
}
