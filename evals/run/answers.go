package run

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"
	"unicode"

	"townclerk/bot"
	"townclerk/bot/answer"
	"townclerk/evals"
	"townclerk/retrieval"
)

// Answered is what the bot said to a case.
type Answered struct {
	Case   *evals.Case
	Answer bot.Answer
	Trace  answer.Trace
	// OnPage: a shown sentence is of a relevant page. OnQuote: one overlaps the
	// passage that is known to answer.
	OnPage, OnQuote bool
}

// Knowledge is what the bot answers from.
type Knowledge interface {
	retrieval.Index
	answer.Versions
}

// Answers asks the bot every case, each in a conversation of its own that has
// the case's earlier turns.
func Answers(ctx context.Context, c answer.Config, k Knowledge, rank answer.Ranker, cases []evals.Case) ([]Answered, error) {
	out := make([]Answered, len(cases))
	for i := range cases {
		log := &caseLog{earlier: cases[i].Earlier}
		b, err := answer.New(c, answer.Parts{Log: log, Index: k, Versions: k, Ranker: rank}, time.Now, slog.New(slog.DiscardHandler))
		if err != nil {
			return nil, err
		}
		a, err := b.Ask(ctx, bot.Incoming{Conversation: "eval", Key: "1", Text: cases[i].Question, Language: c.Language}, func(bot.Part) {})
		if err != nil {
			return nil, fmt.Errorf("case %s: %w", cases[i].ID, err)
		}
		out[i] = judged(&cases[i], a, log.trace)
	}
	return out, nil
}

func judged(c *evals.Case, a bot.Answer, trace answer.Trace) Answered {
	r := Answered{Case: c, Answer: a, Trace: trace}
	for _, s := range a.Sentences {
		page, _, _ := strings.Cut(s.Citations[0].URL, "#")
		for _, want := range c.Relevant {
			want, _, _ = strings.Cut(want, "#")
			if page == want {
				r.OnPage = true
				r.OnQuote = r.OnQuote || overlaps(c.Passage, s.Text)
			}
		}
	}
	return r
}

// overlaps reports whether the sentence holds at least half of the quote's
// words, or the quote at least half of the sentence's.
func overlaps(quote, sentence string) bool {
	q, s := bag(quote), bag(sentence)
	if len(q) == 0 || len(s) == 0 {
		return false
	}
	n := 0
	for w := range s {
		if q[w] {
			n++
		}
	}
	return 2*n >= len(q) || 2*n >= len(s)
}

func bag(s string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsFuncSeq(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		m[w] = true
	}
	return m
}

// Summary counts what the bot did with a dataset's cases.
type Summary struct {
	Answerable   int `json:"answerable"`
	Refused      int `json:"refused"`  // answerable, but no answer was shown
	OnPage       int `json:"on_page"`  // answered from a relevant page
	OnQuote      int `json:"on_quote"` // answered with the passage that is known to answer
	Unanswerable int `json:"unanswerable"`
	Silent       int `json:"silent"` // unanswerable, and no answer was shown
	Sentences    int `json:"sentences"`
}

// Summarise counts.
func Summarise(as []Answered) Summary {
	var s Summary
	count := func(n *int, yes bool) {
		if yes {
			*n++
		}
	}
	for _, a := range as {
		shown := a.Answer.Outcome == bot.Answered
		s.Sentences += len(a.Answer.Sentences)
		if a.Case.Answerable() {
			s.Answerable++
			count(&s.Refused, !shown)
			count(&s.OnPage, a.OnPage)
			count(&s.OnQuote, a.OnQuote)
		} else {
			s.Unanswerable++
			count(&s.Silent, !shown)
		}
	}
	return s
}
