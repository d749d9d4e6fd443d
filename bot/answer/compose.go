package answer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"townclerk/bot"
	"townclerk/bot/cite"
	"townclerk/knowledge"
	"townclerk/retrieval"
)

// Writer writes an answer from passages, sentence by sentence. What it writes is
// not shown before the gate has passed it.
type Writer interface {
	// Write calls draft with each finished sentence. A nil error means that the
	// answer is complete, with no sentence where the passages do not answer;
	// whatever the error, the drafts are whole. An error of draft ends it.
	Write(ctx context.Context, b Brief, draft func(Draft) error) error
	// Name names the model and the prompt for the record.
	Name() string
}

// Judge says whether a sentence follows from quotes. It is asked where the gate's
// objection is soft: to words that differ, or that are of another language.
type Judge interface {
	Entails(ctx context.Context, sentence string, quotes []string) (bool, error)
}

// Brief is what a Writer is asked to write.
type Brief struct {
	Question bot.Redacted
	// Alone is the question made to stand alone; empty: as it was asked.
	Alone    string
	Earlier  []bot.Redacted // of the conversation, oldest first
	Language string
	Sources  []Source
	// Refused is what the gate refused of an earlier attempt.
	Refused []Written
}

// Source is a passage and the version that it stands in.
type Source struct {
	Passage knowledge.Passage
	Version *knowledge.Version
}

// Draft is a sentence as it was written, unchecked.
type Draft struct {
	Text   string       `json:"text"`
	Quotes []DraftQuote `json:"quotes"`
}

// DraftQuote is what a draft says it rests on: the index of a source, which may be
// out of range, and words that should stand there.
type DraftQuote struct {
	Source int    `json:"source"`
	Text   string `json:"text"`
}

// Written is a draft with the gate's verdict, for the record.
type Written struct {
	Draft
	Verdict cite.Verdict `json:"verdict"`
	// Judged says what the judge said, where it was asked about another language:
	// "yes", "no" or why not. With "yes" the verdict is OK and keeps the objection.
	Judged string `json:"judged,omitempty"`
}

// Limits of a written answer.
const (
	briefHits  = 8 // passages that the writer gets
	maxDrafts  = 8 // sentences that are looked at
	maxWritten = 5 // and shown
)

var (
	// errEnough ends a writer that goes on and on.
	errEnough = errors.New("the writer wrote more sentences than an answer has")
	// errFirst refuses the sentence that carries the answer.
	errFirst = errors.New("the first sentence did not pass the gate")
	// errNoAnswer is the writer's own word.
	errNoAnswer = errors.New("the writer found no answer in the passages")
)

// written has the answer written by the model, and reports whether the turn is
// done with that: an answer, the model's word that the passages do not answer, or
// a part of an answer that was shown already. Otherwise nothing was shown.
func (b *Bot) written(ctx context.Context, m bot.Message, before []bot.Turn, found retrieval.Result, trace *Trace, out *release) (bot.Answer, bool) {
	t := b.texts[m.Language]
	out.lead, trace.Writer = t.Written, b.writer.Name()
	sources, err := b.sources(ctx, found)
	if err == nil {
		brief := Brief{Question: m.Text, Alone: trace.alone(), Earlier: questions(before), Language: m.Language, Sources: sources}
		err = b.compose(ctx, brief, trace, out)
		if errors.Is(err, errFirst) && out.shown == 0 {
			brief.Refused, out.sentences = trace.Written, nil
			err = b.compose(ctx, brief, trace, out)
		}
	}
	switch {
	case err == nil:
		return bot.Answer{Turn: out.turn.ID, Outcome: bot.Answered, Lead: out.lead, Sentences: out.sentences, Closing: t.Check}, true
	case errors.Is(err, errNoAnswer):
		trace.Decision.Answer, trace.Decision.Reason = false, err.Error()
		return b.abstain(out.turn, t, trace.Query.Text, found), true
	}
	trace.Unwritten = err.Error()
	b.logger.Warn("an answer could not be written", "turn", out.turn.ID, "error", err)
	if stated(out.sentences) {
		return b.partial(out, t), true
	}
	out.lead, out.sentences = t.Lead, nil
	return bot.Answer{}, false
}

// partial is the answer of a turn that could not go on after something was shown.
func (b *Bot) partial(out *release, t texts) bot.Answer {
	for n := len(out.sentences); n > out.shown && len(out.sentences[n-1].Citations) == 0; n-- {
		out.sentences = out.sentences[:n-1] // a lead-in to nothing
	}
	return bot.Answer{Turn: out.turn.ID, Outcome: bot.Partial, Lead: out.lead, Sentences: out.sentences, Closing: t.Partial, Person: &b.config.Contact}
}

// compose has the answer written, or written anew where some of it was refused. Each
// sentence passes the gate or is dropped, and what has passed is released as it
// comes. The error says why the answer is not complete, or that its first sentence
// did not pass; what was released stands.
func (b *Bot) compose(ctx context.Context, brief Brief, trace *Trace, out *release) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	drafts, ended := make(chan Draft, maxDrafts), make(chan error, 1)
	go func() {
		defer close(drafts)
		n := 0
		ended <- b.writer.Write(ctx, brief, func(d Draft) error {
			if n++; n > maxDrafts {
				return errEnough
			}
			drafts <- d // there is room
			return nil
		})
	}()
	for d := range drafts {
		s, w := b.gate(ctx, d, brief.Sources, brief.Language)
		trace.Written = append(trace.Written, w)
		if !w.Verdict.OK && !stated(out.sentences) {
			return fmt.Errorf("%w: %s", errFirst, w.Verdict.Reason)
		}
		if !w.Verdict.OK || len(out.sentences) == maxWritten || out.has(s.Text) {
			continue
		}
		out.add(s)
		if len(drafts) > 0 || len(ended) > 0 || len(s.Citations) == 0 {
			continue // it goes out with the next one or the end, and a lead-in never alone
		}
		if err := out.flush(ctx); err != nil {
			return err
		}
	}
	trace.step("write")
	switch err := <-ended; {
	case err != nil && !errors.Is(err, errEnough):
		return err
	case len(trace.Written) == len(brief.Refused):
		return errNoAnswer
	case !stated(out.sentences):
		return errors.New("no sentence states anything")
	}
	return nil
}

// stated reports whether one of the sentences states a fact, and so is cited.
func stated(sentences []bot.Sentence) bool {
	return slices.ContainsFunc(sentences, func(s bot.Sentence) bool { return len(s.Citations) > 0 })
}

func questions(turns []bot.Turn) []bot.Redacted {
	out := make([]bot.Redacted, len(turns))
	for i, t := range turns {
		out[i] = t.Question
	}
	return out
}

// sources are the passages that the writer gets, each with its version.
func (b *Bot) sources(ctx context.Context, found retrieval.Result) ([]Source, error) {
	var out []Source
	for _, h := range found.Hits[:min(len(found.Hits), briefHits)] {
		at := slices.IndexFunc(out, func(s Source) bool { return s.Version.ID == h.Passage.Version })
		if at >= 0 {
			out = append(out, Source{h.Passage, out[at].Version})
			continue
		}
		v, err := b.versions.Version(ctx, h.Passage.Version)
		if err != nil {
			return nil, fmt.Errorf("read the source: %w", err)
		}
		out = append(out, Source{h.Passage, &v})
	}
	return out, nil
}

// gate checks a draft against the sources that it names. Where sentence and quotes are of
// different languages, so that their words cannot be compared, a judge is asked, if there
// is one; what code can check no judge overrules. Nor is it asked about words of one
// language: a model that obeys what somebody wrote into a message would say yes to it.
func (b *Bot) gate(ctx context.Context, d Draft, sources []Source, language string) (bot.Sentence, Written) {
	w := Written{Draft: d}
	var quotes []cite.Quote
	var texts []string
	for _, q := range d.Quotes {
		if q.Source < 0 || q.Source >= len(sources) {
			w.Verdict = cite.Verdict{Reason: cite.QuoteMissing, Detail: fmt.Sprintf("passage %d", q.Source+1)}
			return bot.Sentence{}, w
		}
		s := sources[q.Source]
		quotes = append(quotes, cite.Quote{Version: s.Version, Passage: s.Passage.ID, Within: s.Passage.Range, Text: q.Text})
		texts = append(texts, q.Text)
	}
	o := cite.GateOptions{Language: language, Connective: cite.Connective(language)}
	citations, verdict := cite.Gate(d.Text, quotes, o)
	if verdict.Reason == cite.NeedsEntailment && !verdict.OK && b.judge != nil {
		follows, err := b.judge.Entails(ctx, d.Text, texts)
		w.Judged = map[bool]string{true: "yes", false: "no"}[follows]
		if err != nil {
			w.Judged = err.Error()
		}
		o.Entailed = follows && err == nil
		citations, verdict = cite.Gate(d.Text, quotes, o)
	}
	w.Verdict = verdict
	for i := range citations {
		at := slices.IndexFunc(sources, func(s Source) bool { return s.Version.ID == citations[i].Version })
		b.date(&citations[i], &sources[at].Version.Source)
	}
	return bot.Sentence{Text: d.Text, Citations: citations, Written: true}, w
}

// release records sentences and shows them, in this order.
type release struct {
	bot       *Bot
	turn      bot.Turn
	lead      string
	show      func(bot.Part)
	sentences []bot.Sentence
	shown     int        // of sentences
	asked     *bot.Asked // what the answer is to be remembered for; nil: not at all

	opening *bot.Opening // the ticket that the turn opens; nil: none
	passed  bot.TicketID // the ticket that message is passed on to; empty: none
	message bot.Redacted
}

func (r *release) has(text string) bool {
	return slices.ContainsFunc(r.sentences, func(s bot.Sentence) bool { return s.Text == text })
}

func (r *release) add(s bot.Sentence) { r.sentences = append(r.sentences, s) }

// flush commits what was added and then shows it.
func (r *release) flush(ctx context.Context) error {
	if r.shown == len(r.sentences) {
		return nil
	}
	said, err := json.Marshal(bot.Answer{Turn: r.turn.ID, Outcome: bot.Partial, Lead: r.lead, Sentences: r.sentences})
	if err != nil {
		return err
	}
	e := bot.Event{Kind: bot.Shown, At: r.bot.now(), Facts: map[string]any{"sentences": len(r.sentences) - r.shown},
		Texts: map[string]json.RawMessage{bot.TextAnswer: said}}
	if err := r.bot.log.Append(ctx, r.turn.ID, e); err != nil {
		return fmt.Errorf("record the sentences: %w", err)
	}
	r.rest()
	return nil
}

// rest shows what is committed and not shown yet; an empty part where the answer
// has no sentence.
func (r *release) rest() {
	if r.shown == len(r.sentences) && r.shown > 0 {
		return
	}
	part := bot.Part{Turn: r.turn.ID, Sentences: r.sentences[r.shown:]}
	if r.shown == 0 {
		part.Lead = r.lead
	}
	r.shown = len(r.sentences)
	r.show(part)
}
