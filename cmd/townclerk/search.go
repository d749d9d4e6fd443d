package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"townclerk/retrieval"
)

type searchCmd struct {
	Query   []string `arg:"" help:"What to look for."`
	Limit   int      `default:"5" help:"Number of hits."`
	Explain bool     `help:"Show every score that made the order."`
}

func (cmd *searchCmd) Run(ctx context.Context, g *Globals) error {
	c, err := loadConfig(g)
	if err != nil {
		return err
	}
	h, err := open(ctx, c, slog.Default())
	if err != nil {
		return err
	}
	defer h.Close()
	q := retrieval.Query{Text: strings.Join(cmd.Query, " "), Limit: cmd.Limit, Language: c.Agency.Language}
	found, err := h.index.Search(ctx, q)
	if err != nil {
		return err
	}
	printHits(os.Stdout, found, cmd.Explain)
	return nil
}

func printHits(w io.Writer, found retrieval.Result, explain bool) {
	fmt.Fprintf(w, "%d pages at revision %d, embeddings by %s\n", found.Pages, found.Revision, found.Encoder)
	if found.Degraded != "" {
		fmt.Fprintf(w, "by words only: %s\n", found.Degraded)
	}
	for i, h := range found.Hits {
		p := h.Passage
		fmt.Fprintf(w, "\n%d. %s  %s#%s\n", i+1, strings.Join(append([]string{p.Title}, p.Headings...), " > "), p.URL, p.Anchor)
		fmt.Fprintf(w, "   %s\n", shorten(strings.Join(strings.Fields(p.Text), " "), 300))
		if s := h.Scores; explain {
			fmt.Fprintf(w, "   fused %.4f = lexical %.4f (rank %d, page %.4f) with dense %.4f (rank %d); coverage %.2f, margin %.4f\n",
				s.Fused, s.Lexical, s.LexicalRank, s.Page, s.Dense, s.DenseRank, s.Coverage, s.Margin)
			for _, t := range s.Terms {
				fmt.Fprintf(w, "     %-24s %.4f\n", t.Term, t.Score)
			}
		}
	}
}

func shorten(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
