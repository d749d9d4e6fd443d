package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"townclerk/bot"
	"townclerk/bot/answer"
	"townclerk/evals/load"
	"townclerk/evals/run"
	"townclerk/retrieval"
)

type evalAnswersCmd struct {
	Data      string `placeholder:"DIR" help:"Folder of a dataset: its pages and questions." required:"" type:"path"`
	Questions string `help:"File of questions in that folder; without it: the one of its format."`
	Show      bool   `help:"Print every case that was not answered from the right place, or should not have been answered."`
	JSON      bool   `name:"json" help:"Print every case as a line of JSON."`
}

func (cmd *evalAnswersCmd) Run(ctx context.Context, g *Globals) error {
	c, err := loadConfig(g)
	if err != nil {
		return err
	}
	d, err := load.Folder(cmd.Data, cmd.Questions)
	if err != nil {
		return err
	}
	h, _, err := openDataset(ctx, c, d)
	if err != nil {
		return err
	}
	defer h.Close()
	answered, err := run.Answers(ctx, c.answering(), answerable{h.index, h.knowledge}, h.ranker, d.Cases)
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(os.Stdout, answered)
	}
	if cmd.Show {
		printMistakes(os.Stdout, answered)
	}
	printSummary(os.Stdout, d.Name, run.Summarise(answered))
	return nil
}

// answerable is what the bot answers from.
type answerable struct {
	retrieval.Index
	answer.Versions
}

func printSummary(w io.Writer, name string, s run.Summary) {
	fmt.Fprintf(w, "%s: of %d answerable questions %d were answered (%d refused), %d from a right page, %d with the known passage\n",
		name, s.Answerable, s.Answerable-s.Refused, s.Refused, s.OnPage, s.OnQuote)
	fmt.Fprintf(w, "of %d unanswerable questions %d got no answer; %d sentences shown in all\n", s.Unanswerable, s.Silent, s.Sentences)
}

func printMistakes(w io.Writer, as []run.Answered) {
	for _, a := range as {
		shown := a.Answer.Outcome == bot.Answered
		if a.Case.Answerable() && a.OnPage && (a.OnQuote || a.Case.Passage == "") || !a.Case.Answerable() && !shown {
			continue
		}
		fmt.Fprintf(w, "%s [%s] %s\n  p = %.2f, %s; wanted %q %q\n", a.Case.ID, a.Case.Slice, a.Case.Question,
			a.Trace.Decision.Probability, a.Answer.Outcome, a.Case.Relevant, shorten(a.Case.Passage, 120))
		for _, s := range a.Answer.Sentences {
			fmt.Fprintf(w, "    %s <%s>\n", shorten(s.Text, 160), s.Citations[0].URL)
		}
	}
}

func printJSON(w io.Writer, as []run.Answered) error {
	e := json.NewEncoder(w)
	for _, a := range as {
		if err := e.Encode(map[string]any{
			"id": a.Case.ID, "slice": a.Case.Slice, "answerable": a.Case.Answerable(), "outcome": a.Answer.Outcome,
			"on_page": a.OnPage, "on_quote": a.OnQuote, "answer": a.Answer, "decision": a.Trace.Decision, "candidates": a.Trace.Candidates,
		}); err != nil {
			return err
		}
	}
	return nil
}
