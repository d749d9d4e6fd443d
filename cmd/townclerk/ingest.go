package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"townclerk/knowledge/ingest"
	"townclerk/knowledge/source"
)

type ingestCmd struct {
	Folder     string `arg:"" optional:"" type:"path" help:"Folder of HTML and Markdown pages. Without it: the sources of the configuration."`
	Base       string `help:"Address that the folder is published at, for pages that do not name their own."`
	Refit      bool   `help:"Fit the embedding model anew and encode everything with it."`
	RetireMany bool   `help:"Allow more than half of the live pages to go."`
}

func (cmd *ingestCmd) Run(ctx context.Context, g *Globals) error {
	c, err := loadConfig(g)
	if err != nil {
		return err
	}
	if err := checkBase(cmd.Base); err != nil {
		return fmt.Errorf("--base: %w", err)
	}
	src := cmd.source(c)
	if len(src) == 0 {
		return errors.New("nothing to read: name a folder, or sources in the configuration")
	}
	h, err := open(ctx, c, slog.Default())
	if err != nil {
		return err
	}
	defer h.Close()
	return h.ingest(ctx, src, ingest.Options{Refit: cmd.Refit, RetireMany: cmd.RetireMany}, os.Stdout)
}

func (cmd *ingestCmd) source(c config) all {
	if cmd.Folder != "" {
		return all{source.Folder{Root: cmd.Folder, Base: cmd.Base}}
	}
	var out all
	for _, s := range c.Sources {
		out = append(out, folder(s))
	}
	return out
}

// ingest syncs the source, with the pages that staff's replies became, and prints what
// was done.
func (h *house) ingest(ctx context.Context, src ingest.Source, o ingest.Options, w io.Writer) error {
	bar := newProgress(w)
	o.Progress = bar.show
	report, err := ingest.Sync(ctx, all{src, h.askedPages()}, h.knowledge, h.models, o)
	bar.done()
	h.models.printCost(w)
	if err != nil {
		return err
	}
	printReport(w, report)
	return nil
}

func printReport(w io.Writer, r ingest.Report) {
	fmt.Fprintf(w, "%d pages live at revision %d: %d new, %d changed, %d unchanged, %d retired\n",
		r.Pages, r.Revision, r.New, r.Changed, r.Unchanged, r.Retired)
	fmt.Fprintf(w, "%d passages cut, %d of them encoded\n", r.Passages, r.Encoded)
	if len(r.Skipped) > 0 {
		fmt.Fprintf(w, "%d files skipped:\n", len(r.Skipped))
		for _, s := range r.Skipped {
			fmt.Fprintf(w, "  %s: %s\n", s.Name, s.Reason)
		}
	}
}
