package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"townclerk/bot"
	"townclerk/bot/contribute"
	"townclerk/bot/guard"
	"townclerk/knowledge"
	"townclerk/knowledge/ingest"
	"townclerk/knowledge/source"
)

// askedConfig is about replies of staff that become pages.
type askedConfig struct {
	// Base is the address that the agency publishes them at; empty: nowhere else.
	Base string `yaml:"base"`
	// ReviewAfter is how long an approval lasts; zero: a year, which is the longest.
	ReviewAfter time.Duration `yaml:"review_after"`
}

// longestReview is the longest time that any twelve months may last at least.
const longestReview = 365 * 24 * time.Hour

func (c *askedConfig) check(add complain) {
	if err := checkBase(c.Base); err != nil {
		add("hand_over.asked.base", "%v", err)
	}
	if c.ReviewAfter != 0 && (c.ReviewAfter < 24*time.Hour || c.ReviewAfter > longestReview) {
		add("hand_over.asked.review_after", "%v is not between a day (24h) and a year (8760h)", c.ReviewAfter)
	}
}

// askedPages are the pages that staff's replies became.
func (h *house) askedPages() contribute.Pages {
	base := cmp.Or(h.config.HandOver.Asked.Base, "file:///asked")
	return contribute.Pages{Store: h.store, Base: strings.TrimSuffix(base, "/") + "/", Zone: h.config.zone(), Name: h.config.nameOf}
}

// nameOf returns a department's name, or its identifier where there is none of it.
func (c *config) nameOf(id bot.DepartmentID) string {
	for _, d := range c.Departments {
		if d.ID == string(id) {
			return d.Name
		}
	}
	return string(id)
}

// office is where replies become pages.
func (h *house) office() (*contribute.Office, error) {
	g, err := guard.New(h.config.Answer.CaseNumbers)
	return &contribute.Office{
		Store: h.store, Tickets: h.store, Screen: contribute.Screen{Guard: g, Public: h.config.public()},
		ReviewAfter: h.config.HandOver.Asked.ReviewAfter, Publish: h.publishAsked, Now: h.now,
	}, err
}

// public is how the agency says that it can be reached.
func (c *config) public() []string {
	contacts := []bot.Contact{c.Agency.Contact}
	for _, d := range c.Departments {
		contacts = append(contacts, d.Contact)
	}
	var out []string
	for _, p := range contacts {
		out = append(out, p.Phone, p.Email, p.URL)
	}
	return out
}

// publishTries is how often a sync that others were faster than starts again.
const publishTries = 5

// publishAsked brings the pages up to date with what is approved, and no others. Before
// the first ingest there is nothing to add them to; it brings them in.
func (h *house) publishAsked(ctx context.Context) error {
	pages := h.askedPages()
	for try := 1; ; try++ {
		m, err := h.knowledge.Manifest(ctx)
		if err != nil || m.Revision == 0 {
			return err
		}
		r, err := ingest.Sync(ctx, pages, h.knowledge, h.models, ingest.Options{Part: pages.Own})
		if errors.Is(err, knowledge.ErrConflict) && try < publishTries {
			continue
		}
		if err == nil && len(r.Skipped) > 0 {
			err = fmt.Errorf("%s: %s", r.Skipped[0].Name, r.Skipped[0].Reason)
		}
		return err
	}
}

// all are several sources as one.
type all []ingest.Source

func (a all) Pages(ctx context.Context) iter.Seq2[source.Found, error] {
	return func(yield func(source.Found, error) bool) {
		for _, src := range a {
			for found, err := range src.Pages(ctx) {
				if !yield(found, err) {
					return
				}
			}
		}
	}
}

type askedCmd struct {
	List     askedListCmd     `cmd:"" help:"List the replies that staff offered as pages."`
	Show     askedShowCmd     `cmd:"" help:"Show one, with what was done to it."`
	Approve  askedApproveCmd  `cmd:"" help:"Make a draft a page. Not by who wrote it."`
	Reject   askedRejectCmd   `cmd:"" help:"Say no to a draft."`
	Withdraw askedWithdrawCmd `cmd:"" help:"Take a page away."`
}

// at runs something in the office.
func (g *Globals) at(ctx context.Context, do func(*house, *contribute.Office) error) error {
	c, err := loadConfig(g)
	if err != nil {
		return err
	}
	h, err := open(ctx, c, slog.Default())
	if err != nil {
		return err
	}
	o, err := h.office()
	if err == nil {
		err = do(h, o)
	}
	return errors.Join(err, h.Close())
}

type askedListCmd struct {
	Drafts bool `help:"Only what waits for approval."`
}

func (cmd *askedListCmd) Run(ctx context.Context, g *Globals) error {
	return g.at(ctx, func(h *house, _ *contribute.Office) error {
		var f contribute.Filter
		if cmd.Drafts {
			f.States = []contribute.State{contribute.Draft}
		}
		all, err := h.store.Contributions(ctx, f)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			fmt.Println("none")
			return nil
		}
		t := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
		for _, c := range all {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", c.ID, c.State, c.Department, knowledge.Day(c.ReviewDue), shorten(cmp.Or(c.Question, "(erased)"), 80))
		}
		return t.Flush()
	})
}

type askedShowCmd struct {
	ID contribute.ID `arg:"" help:"As list shows it."`
}

func (cmd *askedShowCmd) Run(ctx context.Context, g *Globals) error {
	return g.at(ctx, func(h *house, _ *contribute.Office) error {
		c, err := h.store.Contribution(ctx, cmd.ID)
		if err == nil {
			printContribution(os.Stdout, c)
		}
		return err
	})
}

type askedApproveCmd struct {
	ID        contribute.ID `arg:"" help:"As list shows it."`
	By        string        `required:"" help:"Who approves it, as staff are named."`
	ReviewDue time.Time     `format:"2006-01-02" help:"Day by which it is to be looked at again, in a year at most."`
}

func (cmd *askedApproveCmd) Run(ctx context.Context, g *Globals) error {
	return g.at(ctx, func(_ *house, o *contribute.Office) error {
		return told(o.Approve(ctx, cmd.ID, clerk(cmd.By), cmd.ReviewDue))
	})
}

type askedRejectCmd struct {
	ID     contribute.ID `arg:"" help:"As list shows it."`
	By     string        `required:"" help:"Who rejects it, as staff are named."`
	Reason string        `help:"Why, for its author."`
}

func (cmd *askedRejectCmd) Run(ctx context.Context, g *Globals) error {
	return g.at(ctx, func(_ *house, o *contribute.Office) error {
		return told(o.Reject(ctx, cmd.ID, clerk(cmd.By), cmd.Reason))
	})
}

type askedWithdrawCmd struct {
	ID     contribute.ID `arg:"" help:"As list shows it."`
	By     string        `required:"" help:"Who withdraws it, as staff are named."`
	Reason string        `help:"Why."`
}

func (cmd *askedWithdrawCmd) Run(ctx context.Context, g *Globals) error {
	return g.at(ctx, func(_ *house, o *contribute.Office) error {
		return told(o.Withdraw(ctx, cmd.ID, clerk(cmd.By), cmd.Reason))
	})
}

func clerk(name string) bot.Actor { return bot.Actor{Kind: bot.Clerk, ID: strings.TrimSpace(name)} }

// told prints what a contribution is after a step.
func told(c contribute.Contribution, err error) error {
	if err == nil {
		printContribution(os.Stdout, c)
	}
	return err
}

func printContribution(w io.Writer, c contribute.Contribution) {
	fmt.Fprintf(w, "%s  %s  %s  %s\n", c.ID, c.State, c.Department, c.Language)
	if c.Question == "" {
		fmt.Fprintln(w, "(erased with the citizen's conversation)")
	} else {
		fmt.Fprintf(w, "%s\n\n%s\n\n", c.Question, c.Answer)
	}
	for _, s := range c.Steps {
		fmt.Fprintf(w, "%s  %s by %s", s.At.Format(time.RFC3339), s.Kind, cmp.Or(s.By.ID, string(s.By.Kind)))
		if !s.Text.ReviewDue.IsZero() {
			fmt.Fprintf(w, ", review due %s", knowledge.Day(s.Text.ReviewDue))
		}
		if s.Text.Reason != "" {
			fmt.Fprintf(w, ": %s", s.Text.Reason)
		}
		fmt.Fprintln(w)
	}
}
