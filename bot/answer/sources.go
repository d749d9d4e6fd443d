package answer

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"townclerk/bot"
	"townclerk/bot/dispute"
	"townclerk/knowledge"
	"townclerk/retrieval"
)

// Limits of what is compared.
const (
	rivalHits  = 8   // that may say otherwise
	rivalShare = 0.4 // of the best hit's score that they have at least
	premiseMax = 3   // sentences beside a correction
	claimLeans = 0.7 // weight of the question before in the search for a claim
)

// quotable is a unit as it is compared.
type quotable struct {
	unit
	*dispute.Prepared
}

// quotables cuts hits into what can be quoted.
func (b *Bot) quotables(ctx context.Context, hits []retrieval.Hit) ([]quotable, error) {
	var out []quotable
	for i := range hits {
		p := &hits[i].Passage
		units, err := b.compared.get(p.ID, func() ([]quotable, error) {
			v, err := b.versions.Version(ctx, p.Version)
			if err != nil {
				return nil, fmt.Errorf("read the source: %w", err)
			}
			return quotablesOf(&v, p), nil
		})
		if err != nil {
			return nil, err
		}
		out = append(out, units...)
	}
	return out, nil
}

// quotablesOf cuts a passage into what can be quoted.
func quotablesOf(v *knowledge.Version, p *knowledge.Passage) []quotable {
	var out []quotable
	var said []dispute.Statement
	asked := ""
	units := unitsOf(v, p, 0, 0)
	for i, u := range units {
		above, before := asked, ""
		if i > 0 && units[i-1].block == u.block {
			before = units[i-1].text
		}
		if asked = ""; strings.HasSuffix(u.text, "?") {
			asked = u.text
		}
		if u.words > maxWords || strings.HasSuffix(u.text, ":") || strings.HasSuffix(u.text, "?") || u.words < 4 && u.kind == knowledge.Paragraph && !strings.HasSuffix(u.text, ".") {
			continue
		}
		out = append(out, quotable{unit: u})
		said = append(said, dispute.Statement{Text: u.text, Asked: above, Under: p.Context(), Before: before, Language: p.Language,
			Row: u.kind == knowledge.Row && len(u.ranges) > 1})
	}
	for i, s := range dispute.Prepare(said) {
		out[i].Prepared = s
	}
	return out
}

func statements(qs []quotable) []*dispute.Prepared {
	out := make([]*dispute.Prepared, len(qs))
	for i, q := range qs {
		out[i] = q.Prepared
	}
	return out
}

// correction returns the sentence that denies what the question takes for granted,
// nil where it takes nothing for granted or no page denies it. What it takes for
// granted is searched for by itself.
func (b *Bot) correction(ctx context.Context, q retrieval.Query, before []bot.Turn, found retrieval.Result) (*bot.Sentence, error) {
	claim, ok := dispute.Premise(q.Language, q.Text)
	if !ok {
		return nil, nil
	}
	alone := q
	alone.Text = claim.Text
	if n := len(before); n > 0 {
		claim.Earlier = before[n-1].Question.String()
		alone.Context = []retrieval.Weighted{{Text: claim.Earlier, Weight: claimLeans}}
	}
	more, err := b.index.Search(ctx, alone)
	if err != nil {
		return nil, fmt.Errorf("search for what is taken for granted: %w", err)
	}
	hits := slices.Clone(found.Hits[:min(len(found.Hits), rivalHits)])
	for _, h := range more.Hits[:min(len(more.Hits), rivalHits)] {
		if more.Revision == found.Revision && !slices.ContainsFunc(hits, func(o retrieval.Hit) bool { return o.Passage.ID == h.Passage.ID }) {
			hits = append(hits, h)
		}
	}
	units, err := b.quotables(ctx, hits)
	if err != nil {
		return nil, err
	}
	at, ok := dispute.Contradicted(claim, statements(units))
	if !ok {
		return nil, nil
	}
	said := b.cited(units[at])
	return &said, nil
}

// corrected is an answer that begins with a correction. What else was asked is
// answered below it, or said not to be known.
func (b *Bot) corrected(ctx context.Context, turn bot.Turn, m bot.Message, q retrieval.Query, found retrieval.Result, said bot.Sentence, trace *Trace, out *release) (bot.Answer, error) {
	t := b.texts[m.Language]
	a := b.abstain(turn, t, q.Text, found)
	out.lead, out.sentences = t.Premise, []bot.Sentence{said}
	if trace.Decision.Answer {
		rest, missing, err := b.quoted(ctx, m, q, found, trace)
		if err != nil {
			return a, err
		}
		if missing == "" {
			a = bot.Answer{Turn: turn.ID, Closing: t.Check}
			rest = slices.DeleteFunc(rest, func(s bot.Sentence) bool { return s.Text == said.Text })
			out.sentences = append(out.sentences, rest[:min(len(rest), premiseMax)]...)
		}
	}
	a.Outcome, a.Lead, a.Sentences = bot.Answered, out.lead, out.sentences
	trace.Decision.Answer, trace.Decision.Reason = true, "a page denies what the question takes for granted"
	return a, nil
}

// disagreement adds to an answer what another page says otherwise, and marks both
// with their dates and offices. It reports whether there is any.
func (b *Bot) disagreement(ctx context.Context, q retrieval.Query, found retrieval.Result, shown []bot.Sentence) ([]bot.Sentence, bool, error) {
	hits := slices.Clone(found.Hits[:min(len(found.Hits), rivalHits)])
	hits = slices.DeleteFunc(hits, func(h retrieval.Hit) bool {
		return h.Scores.Fused < rivalShare*found.Hits[0].Scores.Fused || h.Passage.Language != found.Hits[0].Passage.Language
	})
	if len(shown) == 0 || !slices.ContainsFunc(hits, func(h retrieval.Hit) bool { return h.Passage.Document != hits[0].Passage.Document }) {
		return shown, false, nil
	}
	units, err := b.quotables(ctx, hits)
	if err != nil {
		return shown, false, err
	}
	question := dispute.Statement{Text: q.Text, Language: hits[0].Passage.Language}
	if claim, ok := dispute.Premise(q.Language, q.Text); ok { // what one page says and another denies
		question.Text = claim.Text
	}
	for _, c := range q.Context {
		question.Under += c.Text + "\n"
	}
	for _, s := range shown {
		ours, theirs := apart(units, s.Citations[0].Version)
		i := slices.IndexFunc(ours, func(u quotable) bool { return u.text == s.Text })
		if i < 0 {
			continue
		}
		at, ok := dispute.Conflict(question, statements(ours), i, statements(theirs))
		if !ok {
			continue
		}
		other := b.cited(theirs[at])
		both := slices.DeleteFunc(slices.Clone(shown), func(o bot.Sentence) bool { return o.Text == other.Text })
		both = append(both, other)
		for k := range both {
			c := &both[k].Citations[0]
			own(c, &units[slices.IndexFunc(units, func(u quotable) bool { return u.version.ID == c.Version })].version.Source)
		}
		return both, true, nil
	}
	return shown, false, nil
}

// apart parts what stands in a version from the rest.
func apart(units []quotable, v knowledge.VersionID) (ours, theirs []quotable) {
	for _, u := range units {
		if u.version.ID == v {
			ours = append(ours, u)
		} else {
			theirs = append(theirs, u)
		}
	}
	return ours, theirs
}

// cited is a unit as it is shown, with the dates of its page that have passed.
func (b *Bot) cited(u quotable) bot.Sentence {
	s := u.sentence()
	b.date(&s.Citations[0], &u.version.Source)
	return s
}

// own sets who is responsible for a cited page and when it was reviewed.
func own(c *bot.Citation, s *knowledge.Source) {
	c.Department, c.Reviewed = s.Department, knowledge.Day(s.Reviewed)
}

// date sets which dates of a cited page have passed.
func (b *Bot) date(c *bot.Citation, s *knowledge.Source) {
	c.Overdue, c.Ended = past(s.ReviewBy, b.now()), past(s.Ends, b.now())
}

// past returns a day once it is over.
func past(day, now time.Time) string {
	if day.IsZero() || now.Before(day.AddDate(0, 0, 1)) {
		return ""
	}
	return knowledge.Day(day)
}
