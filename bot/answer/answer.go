// Package answer is the turn: from a citizen's message to what is shown, in one
// function. Each step takes plain values, gives plain values, and leaves its
// trace on the record.
//
//	message -> guard.In -> log.Open -> understand -> search -> decide
//	        -> extract -> cite.Check -> log.Append -> show
//
// Nothing is shown that was not appended to the log before. Without a model the
// answer is extractive: sentences of the agency's own pages, word for word. With one
// it is written sentence by sentence, each checked, recorded and shown as it comes;
// when the model fails before anything was shown, the answer is extractive again.
package answer

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"townclerk/bot"
	"townclerk/bot/cite"
	"townclerk/bot/escalate"
	"townclerk/bot/guard"
	"townclerk/bot/understand"
	"townclerk/knowledge"
	"townclerk/retrieval"
)

// Log is the record of turns. It commits before it returns.
type Log interface {
	// Open records the question. Where the conversation has a turn with the
	// message's key already it returns that turn and fresh is false.
	Open(ctx context.Context, m bot.Message, e bot.Event, deadline time.Time) (turn bot.Turn, fresh bool, err error)
	// Append records events of an open turn, all or none, or feedback of an ended one.
	Append(ctx context.Context, turn bot.TurnID, events ...bot.Event) error
	// Recent returns the conversation's last turns, oldest first.
	Recent(ctx context.Context, c bot.ConversationID, n int) ([]bot.Turn, error)
}

// Versions returns the version that a passage was cut from.
type Versions interface {
	Version(ctx context.Context, id knowledge.VersionID) (knowledge.Version, error)
}

// Ranker rates texts by how well they fit a question: one score for each text,
// between 0 and 1.
type Ranker interface {
	Rank(q retrieval.Query, texts []knowledge.Passage) []float64
}

// Config is what an agency sets.
type Config struct {
	Agency   string
	Contact  bot.Contact
	Language string // of the fixed sentences where the citizen's has none
	// Help are the lines for people in danger; they get the fixed sentence with the
	// emergency numbers in any case.
	Help []guard.HelpLine
	// Threshold is the least probability at which an answer is shown; zero means
	// DefaultThreshold.
	Threshold float64
	// Calibrated reports whether the similarities of an encoder are on the scale that
	// the threshold was found with; nil: all are.
	Calibrated func(encoder string) bool
	// Hash names the whole configuration on the record.
	Hash string
	// Deadline bounds a turn; zero means 30 seconds.
	Deadline time.Duration
}

// Parts are what a Bot works with.
type Parts struct {
	Log      Log
	Index    retrieval.Index
	Versions Versions
	Ranker   Ranker
	Guard    guard.Guard    // the zero value knows no case numbers
	Writer   Writer         // nil: answers are extractive
	Judge    Judge          // nil: sentences in another language than their quotes do not pass
	Rewriter Rewriter       // nil: follow-ups lean on the words of what was said before
	Memory   Memory         // nil: what was written before is written again
	Desk     *escalate.Desk // nil: there are no people to hand over to, only a contact
}

// Bot answers messages. It is safe for concurrent use.
type Bot struct {
	config   Config
	log      Log
	index    retrieval.Index
	versions Versions
	rank     Ranker
	guard    guard.Guard
	writer   Writer
	judge    Judge
	rewriter Rewriter
	memory   Memory
	desk     *escalate.Desk
	compared *kept
	texts    map[string]texts
	now      func() time.Time
	logger   *slog.Logger
}

// New returns a bot.
func New(c Config, p Parts, now func() time.Time, logger *slog.Logger) (*Bot, error) {
	t, err := loadTexts()
	if err != nil {
		return nil, err
	}
	if c.Threshold == 0 {
		c.Threshold = DefaultThreshold
	}
	if c.Deadline == 0 {
		c.Deadline = 30 * time.Second
	}
	if _, ok := t[c.Language]; !ok {
		c.Language = "en"
	}
	return &Bot{c, p.Log, p.Index, p.Versions, p.Ranker, p.Guard, p.Writer, p.Judge, p.Rewriter, p.Memory, p.Desk, new(kept), t, now, logger}, nil
}

// Ask answers a message. show is called with each part after it was committed,
// in the caller's goroutine. A message with the key of an earlier one gets that
// one's answer. Every error is a *bot.Error whose sentence is in the citizen's
// language.
func (b *Bot) Ask(ctx context.Context, in bot.Incoming, show func(bot.Part)) (bot.Answer, error) {
	if len(in.Text) > bot.MaxQuestion {
		return bot.Answer{}, &bot.Error{Kind: bot.TooLarge, Citizen: b.texts[b.language(in.Language)].TooLong}
	}
	screened := b.guard.In(in.Text)
	language := b.language(understand.Language(screened.Text.String(), b.language(in.Language)))
	t := b.texts[language]
	if screened.Text.String() == "" {
		return bot.Answer{}, &bot.Error{Kind: bot.Invalid, Citizen: t.Empty}
	}
	ctx, cancel := context.WithTimeout(ctx, b.config.Deadline)
	defer cancel()
	message := bot.Message{Conversation: in.Conversation, Key: in.Key, Text: screened.Text, Language: language, To: in.To}
	turn, fresh, err := b.log.Open(ctx, message, b.openedEvent(message, screened), b.now().Add(b.config.Deadline+b.config.lateness()))
	if err != nil {
		return bot.Answer{}, t.explain(fmt.Errorf("ask: open the turn: %w", err))
	}
	if !fresh {
		return again(turn, show, t)
	}
	trace := &Trace{clock: b.now, last: b.now()}
	out := &release{bot: b, turn: turn, lead: t.Lead, show: show}
	answer, err := b.safely(ctx, turn, message, trace, out)
	if err != nil && out.shown > 0 {
		b.logger.Error("a turn broke off after something was shown", "turn", turn.ID, "error", err)
		answer, err = b.partial(out, t), nil
	}
	if err != nil {
		return bot.Answer{}, b.fail(ctx, out, trace, t, err)
	}
	answer.Redacted = screened.Kinds
	if err := b.commit(ctx, out, answer, trace); err != nil {
		return bot.Answer{}, b.fail(ctx, out, trace, t, err)
	}
	out.lead = answer.Lead
	out.rest()
	b.remember(ctx, out, answer)
	return answer, nil
}

// lateness is how long after its deadline a turn may still be written to before
// it counts as lost.
func (c *Config) lateness() time.Duration { return min(10*time.Second, c.Deadline) }

// safely is turn, with a panic as an error, so that the turn is ended and the
// conversation can go on. What the panic said is left out unless the runtime
// said it: it might be the citizen's words.
func (b *Bot) safely(ctx context.Context, turn bot.Turn, m bot.Message, trace *Trace, out *release) (a bot.Answer, err error) {
	defer func() {
		if v := recover(); v != nil {
			said, ours := v.(runtime.Error)
			if !ours {
				said = nil
			}
			b.logger.Error("a turn panicked", "turn", turn.ID, "panic", fmt.Sprintf("%T %v", v, said), "stack", string(debug.Stack()))
			err = &bot.Error{Kind: bot.Internal, Err: fmt.Errorf("a panic (%T)", v)}
		}
	}()
	return b.turn(ctx, turn, m, trace, out)
}

// turn decides what to say to an open turn's message. Sentences are left to out;
// it shows and commits none but those that a model is still writing on.
func (b *Bot) turn(ctx context.Context, turn bot.Turn, m bot.Message, trace *Trace, out *release) (bot.Answer, error) {
	if a, done := b.inDanger(turn, m, trace); done {
		return b.lead(ctx, turn, m, trace, out, a), nil
	}
	before, err := b.before(ctx, turn)
	if err != nil {
		return bot.Answer{}, fmt.Errorf("read the conversation: %w", err)
	}
	trace.before = before
	trace.step("read the conversation")
	m.Language = b.spokenIn(m, before)
	t := b.texts[m.Language]
	out.lead = t.Lead
	if a, done, err := b.taken(ctx, turn, m, t, trace, out); done || err != nil {
		return a, err
	}
	if a, done := b.atOnce(turn, m, t, trace); done {
		return b.lead(ctx, turn, m, trace, out, a), nil
	}
	q, followUp := b.understand(ctx, m, before, trace)
	q, found, err := b.search(ctx, q, followUp)
	if err != nil {
		return bot.Answer{}, fmt.Errorf("search: %w", err)
	}
	trace.Query = q
	trace.found(found)
	if found.Degraded != "" {
		b.logger.Warn("a search was degraded", "turn", turn.ID, "reason", found.Degraded)
	}
	trace.Decision = b.decide(found, followUp)
	if a, done := b.reserved(ctx, turn, m, t, trace); done {
		return b.lead(ctx, turn, m, trace, out, a), nil
	}
	a, err := b.reply(ctx, turn, m, before, found, trace, out)
	if err != nil {
		return a, err
	}
	return b.lead(ctx, turn, m, trace, out, a), nil
}

// reply says to a question what was found for it: a correction, a door, a question
// back, an answer, or that there is none.
func (b *Bot) reply(ctx context.Context, turn bot.Turn, m bot.Message, before []bot.Turn, found retrieval.Result, trace *Trace, out *release) (bot.Answer, error) {
	t, q := b.texts[m.Language], trace.Query
	wrong, err := b.correction(ctx, q, before, found)
	if err != nil {
		return bot.Answer{}, err
	}
	if wrong != nil {
		return b.corrected(ctx, turn, m, q, found, *wrong, trace, out)
	}
	if a, done := b.forPeople(turn, m, t, found, trace); done {
		return a, nil
	}
	if a, vague := b.clarify(turn, t, q, before, found); vague {
		trace.Decision.Answer, trace.Decision.Reason = false, "the question fits several pages alike"
		return a, nil
	}
	if !trace.Decision.Answer {
		return b.abstain(turn, t, q.Text, found), nil
	}
	if a, ok := b.known(ctx, m, q, found, out); ok {
		return a, nil
	}
	quoted, missing, err := b.quoted(ctx, m, q, found, trace)
	if err != nil {
		return bot.Answer{}, err
	}
	quoted, differ, err := b.disagreement(ctx, q, found, quoted)
	if err != nil {
		return bot.Answer{}, err
	}
	trace.step("compare the sources")
	switch {
	case differ:
		out.lead, missing = t.Conflict, ""
	case b.writer != nil:
		if a, done := b.written(ctx, m, before, found, trace, out); done {
			return a, nil
		}
	}
	if missing != "" {
		trace.Decision.Answer, trace.Decision.Reason = false, missing
		return b.abstain(turn, t, q.Text, found), nil
	}
	out.sentences = quoted
	return bot.Answer{Turn: turn.ID, Outcome: bot.Answered, Lead: out.lead, Sentences: out.sentences, Closing: t.closing(m.Text.String(), quoted)}, nil
}

// quoted returns the sentences that answer word for word, or what is missing in them.
func (b *Bot) quoted(ctx context.Context, m bot.Message, q retrieval.Query, found retrieval.Result, trace *Trace) (sentences []bot.Sentence, missing string, err error) {
	sentences, err = b.extractive(ctx, q, found)
	trace.step("extract")
	switch {
	case err != nil:
		return nil, "", err
	case len(sentences) == 0:
		return nil, "no sentence of the best passages can be quoted", nil
	case lacking(m.Text.String(), sentences):
		return sentences, "the question asks for a number that no sentence holds", nil
	}
	return sentences, "", nil
}

// search looks for passages, with what the question leans on and without. What
// it finds alone is preferred: for a question that can be understood alone
// whenever that answers it, so that a new subject is not answered with the old
// one; for a follow-up when it is on a page that the conversation is about.
func (b *Bot) search(ctx context.Context, q retrieval.Query, followUp bool) (retrieval.Query, retrieval.Result, error) {
	if len(q.Context) == 0 {
		found, err := b.index.Search(ctx, q)
		return q, found, err
	}
	alone := q
	alone.Context = nil
	own, err := b.index.Search(ctx, alone)
	if err != nil {
		return q, own, err
	}
	answers := b.decide(own, false).Answer
	if answers && !followUp {
		return alone, own, nil
	}
	found, err := b.index.Search(ctx, q)
	if err == nil && answers && about(found, own.Hits[0].Passage.Document) {
		return alone, own, nil
	}
	return q, found, err
}

// about reports whether the document is among the first that were found.
func about(found retrieval.Result, d knowledge.DocumentID) bool {
	return slices.ContainsFunc(found.Hits[:min(len(found.Hits), 5)], func(h retrieval.Hit) bool { return h.Passage.Document == d })
}

// extractive picks sentences of the sources and checks each once more.
func (b *Bot) extractive(ctx context.Context, q retrieval.Query, found retrieval.Result) ([]bot.Sentence, error) {
	versions := map[knowledge.VersionID]*knowledge.Version{}
	for _, h := range found.Hits[:min(len(found.Hits), sourceHits)] {
		if versions[h.Passage.Version] != nil {
			continue
		}
		v, err := b.versions.Version(ctx, h.Passage.Version)
		if err != nil {
			return nil, fmt.Errorf("read the source: %w", err)
		}
		versions[v.ID] = &v
	}
	var shown []bot.Sentence
	for _, s := range extract(q, found.Hits, versions, b.rank) {
		if err := cite.Check(s, *versions[s.Citations[0].Version]); err != nil {
			b.logger.Error("a sentence failed its check and is not shown", "version", s.Citations[0].Version, "error", err)
			continue
		}
		b.date(&s.Citations[0], &versions[s.Citations[0].Version].Source)
		shown = append(shown, s)
	}
	return shown, nil
}

// before returns the last turns before this one, oldest first.
func (b *Bot) before(ctx context.Context, turn bot.Turn) ([]bot.Turn, error) {
	if turn.Number == 1 {
		return nil, nil
	}
	turns, err := b.log.Recent(ctx, turn.Conversation, historyTurns+1)
	return slices.DeleteFunc(turns, func(t bot.Turn) bool { return t.ID == turn.ID }), err
}

// spokenIn returns the language to answer in: the message's, or the conversation's
// where a short message does not tell.
func (b *Bot) spokenIn(m bot.Message, before []bot.Turn) string {
	var earlier []string
	for _, t := range before {
		earlier = append(earlier, t.Question.String())
	}
	return b.language(understand.Language(m.Text.String(), m.Language, earlier...))
}

// historyTurns is how far back a follow-up may reach.
const historyTurns = 8

// spoken is what was said in the turns.
func spoken(turns []bot.Turn) []understand.Turn {
	out := make([]understand.Turn, len(turns))
	for i, t := range turns {
		out[i].Question = t.Question.String()
		if t.Answer == nil {
			continue
		}
		for _, s := range t.Answer.Sentences {
			out[i].Answer += s.Text + "\n"
		}
		if t.Outcome == bot.Clarified {
			out[i].Answer = t.Answer.Closing // it asks, and the next message may reply
		}
	}
	return out
}

// language returns the language of the fixed sentences for a language tag.
func (b *Bot) language(asked string) string {
	primary, _, _ := strings.Cut(strings.ToLower(asked), "-")
	if _, ok := b.texts[primary]; ok {
		return primary
	}
	return b.config.Language
}
