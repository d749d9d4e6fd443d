package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"townclerk/bot"
	"townclerk/bot/gap"
	"townclerk/knowledge"
	"townclerk/retrieval"
	"townclerk/retrieval/lexical"
)

type gapsCmd struct {
	Since age  `default:"30d" help:"How far to look back, such as 30d or 12h."`
	JSON  bool `name:"json" help:"Print JSON."`
}

// age is a duration that may also be given in days.
type age time.Duration

func (a *age) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if days, ok := strings.CutSuffix(string(text), "d"); ok {
		var n int
		n, err = strconv.Atoi(days)
		d = time.Duration(n) * 24 * time.Hour
	}
	if err != nil || d <= 0 || d > 100*365*24*time.Hour {
		return fmt.Errorf("%q is no time such as 30d or 12h", text)
	}
	*a = age(d)
	return nil
}

// maxGapQuestions is how many questions are looked at, the newest.
const maxGapQuestions = 1000

func (cmd *gapsCmd) Run(ctx context.Context, g *Globals) error {
	c, err := loadConfig(g)
	if err != nil {
		return err
	}
	h, err := open(ctx, c, slog.Default())
	if err != nil {
		return err
	}
	r, err := h.gaps(ctx, time.Duration(cmd.Since))
	if err = errors.Join(err, h.Close()); err != nil {
		return err
	}
	if cmd.JSON {
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", "  ")
		return e.Encode(r)
	}
	r.print(os.Stdout)
	return nil
}

// gapReport is what to write next.
type gapReport struct {
	Since     time.Time `json:"since"`
	Questions int       `json:"questions"` // that were not answered
	// Newest says that there were more, and only the newest were looked at.
	Newest bool       `json:"newest,omitempty"`
	Groups []gapGroup `json:"groups"`
	// Alone are questions that no other conversation asked.
	Alone int `json:"alone"`
}

type gapGroup struct {
	Conversations int              `json:"conversations"`
	Questions     int              `json:"questions"`
	Share         float64          `json:"share"` // of all questions
	Department    bot.DepartmentID `json:"department,omitempty"`
	Terms         []string         `json:"terms"`
	// Examples are there only where enough conversations asked.
	Examples []bot.Redacted `json:"examples,omitempty"`
	// Nearest is the page that a search finds for most of them, Lacks the terms that
	// it does not have.
	Nearest *bot.Page `json:"nearest,omitempty"`
	Lacks   []string  `json:"lacks,omitempty"`
}

// gaps groups what was not answered in the time before now.
func (h *house) gaps(ctx context.Context, back time.Duration) (gapReport, error) {
	r := gapReport{Since: h.now().Add(-back), Groups: []gapGroup{}}
	turns, err := h.store.Unanswered(ctx, r.Since, maxGapQuestions+1)
	if err != nil {
		return r, err
	}
	if r.Newest = len(turns) > maxGapQuestions; r.Newest {
		turns = turns[:maxGapQuestions]
	}
	r.Questions = len(turns)
	s, err := h.newSurvey(ctx, turns)
	if err != nil {
		return r, err
	}
	for _, g := range gap.Groups(s.questions, gap.Options{Used: s.used, Passages: s.passages}) {
		if g.Conversations < 2 {
			r.Alone += len(g.Members)
			continue
		}
		r.Groups = append(r.Groups, s.group(ctx, g))
	}
	return r, nil
}

// survey is what is known of the questions that were not answered.
type survey struct {
	*house
	analyzer  *lexical.Analyzer
	questions []gap.Question
	hits      [][]retrieval.Hit
	spelled   map[string]map[string]int // how often each word stands for a term
	pages     map[knowledge.DocumentID]map[string]bool
	titles    map[string]string
	used      map[string]int // in how many passages a term is
	passages  int
}

func (h *house) newSurvey(ctx context.Context, turns []bot.Turn) (*survey, error) {
	w, err := h.words()
	if err != nil {
		return nil, err
	}
	s := &survey{house: h, analyzer: w.analyzer, spelled: map[string]map[string]int{}, titles: map[string]string{}}
	if err := s.readPages(ctx); err != nil {
		return nil, err
	}
	texts := make([]string, len(turns))
	for i, t := range turns {
		texts[i] = t.Question.String()
		q := gap.Question{Text: t.Question, Conversation: t.Conversation, Terms: s.terms(texts[i])}
		found, err := h.index.Search(ctx, retrieval.Query{Text: texts[i], Limit: 20, Language: h.config.Agency.Language})
		if err != nil {
			return nil, err
		}
		for _, hit := range found.Hits {
			if d := string(hit.Passage.Document); !slices.Contains(q.Pages, d) {
				q.Pages = append(q.Pages, d)
			}
		}
		s.questions, s.hits = append(s.questions, q), append(s.hits, found.Hits)
	}
	if len(s.titles) == 0 || len(texts) == 0 {
		return s, nil
	}
	vectors, err := h.revisions.Embed(ctx, texts)
	if err != nil {
		h.logger.Warn("the embedding model does not answer; questions are compared without it", "error", err)
		return s, nil
	}
	for i := range vectors {
		s.questions[i].Vector = vectors[i]
	}
	return s, nil
}

// readPages learns which terms the live pages use.
func (s *survey) readPages(ctx context.Context) error {
	passages, _, err := s.revisions.Live(ctx)
	s.pages, s.used, s.passages = map[knowledge.DocumentID]map[string]bool{}, map[string]int{}, len(passages)
	for i := range passages {
		p := &passages[i]
		if s.pages[p.Document] == nil {
			s.pages[p.Document], s.titles[string(p.Document)] = map[string]bool{}, p.Title
		}
		terms := s.analyzer.Terms(p.Language, p.EncoderText())
		slices.Sort(terms)
		for _, t := range slices.Compact(terms) {
			s.pages[p.Document][t] = true
			s.used[t]++
		}
	}
	return err
}

// terms returns a question's terms and notes how they were spelled.
func (s *survey) terms(text string) []string {
	for _, word := range strings.Fields(text) {
		word = strings.ToLower(strings.Trim(word, ".,;:!?¿¡()\"'"))
		for _, t := range s.analyzer.Terms(s.config.Agency.Language, word) {
			if s.spelled[t] == nil {
				s.spelled[t] = map[string]int{}
			}
			s.spelled[t][word]++
		}
	}
	return s.analyzer.Terms(s.config.Agency.Language, text)
}

// words returns the most frequent spelling of each term.
func (s *survey) words(terms []string) []string {
	out := []string{}
	for _, t := range terms {
		best := t
		for word, n := range s.spelled[t] {
			if m := s.spelled[t][best]; n > m || n == m && word < best {
				best = word
			}
		}
		out = append(out, best)
	}
	return out
}

func (s *survey) group(ctx context.Context, g gap.Group) gapGroup {
	out := gapGroup{
		Conversations: g.Conversations, Questions: len(g.Members), Share: float64(len(g.Members)) / float64(len(s.questions)),
		Terms: s.words(g.Terms), Examples: g.Examples, Department: s.department(ctx, g.Members),
	}
	near := most(g.Members, func(i int) string {
		if len(s.questions[i].Pages) == 0 {
			return ""
		}
		return s.questions[i].Pages[0]
	})
	if near != "" {
		out.Nearest = &bot.Page{Title: s.titles[near], URL: near}
		out.Lacks = s.words(slices.DeleteFunc(slices.Clone(g.Terms), func(t string) bool { return s.pages[knowledge.DocumentID(near)][t] }))
	}
	return out
}

// department is the one that most of the questions are for; empty: none.
func (s *survey) department(ctx context.Context, members []int) bot.DepartmentID {
	if s.routing == nil {
		return ""
	}
	router := s.routing.current(ctx)
	return most(members, func(i int) bot.DepartmentID {
		return router.Route(s.questions[i].Text.String(), nil, s.hits[i]).Department
	})
}

// most returns the value that most have; of equals the one that comes first.
func most[T comparable](members []int, of func(int) T) (best T) {
	count := map[T]int{}
	var order []T
	for _, i := range members {
		v := of(i)
		if count[v]++; count[v] == 1 {
			order = append(order, v)
		}
	}
	for i, v := range order {
		if i == 0 || count[v] > count[best] {
			best = v
		}
	}
	return best
}

func (r *gapReport) print(w io.Writer) {
	newest := ""
	if r.Newest {
		newest = " (the newest of more)"
	}
	fmt.Fprintf(w, "%d questions%s since %s were not answered, or not well.\n", r.Questions, newest, knowledge.Day(r.Since))
	for i, g := range r.Groups {
		about := strings.Join(g.Terms, ", ")
		if about == "" {
			about = "(no word in common that can be shown)"
		}
		fmt.Fprintf(w, "\n%d. %s\n   %d questions in %d conversations, %.0f %%", i+1, about, g.Questions, g.Conversations, 100*g.Share)
		if g.Department != "" {
			fmt.Fprintf(w, ", for %s", g.Department)
		}
		fmt.Fprintln(w)
		for _, e := range g.Examples {
			fmt.Fprintf(w, "   - %s\n", shorten(strings.Join(strings.Fields(e.String()), " "), 160))
		}
		if g.Nearest == nil {
			fmt.Fprintln(w, "   no page is near")
			continue
		}
		fmt.Fprintf(w, "   nearest page: %s <%s>", g.Nearest.Title, g.Nearest.URL)
		if len(g.Lacks) > 0 {
			fmt.Fprintf(w, ", which does not say: %s", strings.Join(g.Lacks, ", "))
		}
		fmt.Fprintln(w)
	}
	if r.Alone > 0 {
		fmt.Fprintf(w, "\nAsked in one conversation each, and not shown: %d.\n", r.Alone)
	}
}
