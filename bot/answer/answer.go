// Package answer is the turn: from a citizen's message to what is shown, in one
// function. Each step takes plain values, gives plain values, and leaves its
// trace on the record.
//
//	message -> guard.In -> log.Open -> understand -> search -> decide
//	        -> extract -> cite.Check -> log.Append -> show
//
// Nothing is shown that was not appended to the log before. Without a model the
// answer is extractive: sentences of the agency's own pages, word for word.
package answer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"townclerk/bot"
	"townclerk/bot/cite"
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
	// Threshold is the least probability at which an answer is shown; zero means
	// DefaultThreshold.
	Threshold float64
	// Hash names the whole configuration on the record.
	Hash string
	// Deadline bounds a turn; zero means 30 seconds.
	Deadline time.Duration
}

// Bot answers messages. It is safe for concurrent use.
type Bot struct {
	config   Config
	log      Log
	index    retrieval.Index
	versions Versions
	rank     Ranker
	texts    map[string]texts
	now      func() time.Time
	logger   *slog.Logger
}

// New returns a bot.
func New(c Config, log Log, index retrieval.Index, versions Versions, rank Ranker, now func() time.Time, logger *slog.Logger) (*Bot, error) {
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
	return &Bot{c, log, index, versions, rank, t, now, logger}, nil
}

// Ask answers a message. show is called with each part after it was committed,
// in the caller's goroutine. A message with the key of an earlier one gets that
// one's answer.
func (b *Bot) Ask(ctx context.Context, in bot.Incoming, show func(bot.Part)) (bot.Answer, error) {
	t := b.texts[b.language(in.Language)]
	screened := guard.In(in.Text)
	if err := checkMessage(in.Text, screened, t); err != nil {
		return bot.Answer{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, b.config.Deadline)
	defer cancel()
	message := bot.Message{Conversation: in.Conversation, Key: in.Key, Text: screened.Text, Language: b.language(in.Language)}
	turn, fresh, err := b.log.Open(ctx, message, b.openedEvent(message, screened), b.now().Add(b.config.Deadline+lateness))
	if err != nil {
		return bot.Answer{}, fmt.Errorf("ask: open the turn: %w", err)
	}
	if !fresh {
		return again(turn, show, t)
	}
	trace := &Trace{clock: b.now, last: b.now()}
	answer, err := b.turn(ctx, turn, message, trace)
	if err != nil {
		return bot.Answer{}, b.fail(ctx, turn, trace, t, err)
	}
	answer.Redacted = screened.Kinds
	if err := b.commit(ctx, turn, answer, trace); err != nil {
		return bot.Answer{}, b.fail(ctx, turn, trace, t, err)
	}
	show(bot.Part{Turn: turn.ID, Lead: answer.Lead, Sentences: answer.Sentences})
	return answer, nil
}

// lateness is how long after its deadline a turn may still be written to before
// it counts as lost.
const lateness = 10 * time.Second

// turn decides what to say to an open turn's message. It shows and commits
// nothing.
func (b *Bot) turn(ctx context.Context, turn bot.Turn, m bot.Message, trace *Trace) (bot.Answer, error) {
	t := b.texts[m.Language]
	switch intentOf(m.Text.String()) {
	case wantsPerson:
		trace.Decision = Decision{Reason: "asked for a person"}
		return b.handOver(turn, t), nil
	case smallTalk:
		trace.Decision = Decision{Reason: "no question in it"}
		return bot.Answer{Turn: turn.ID, Outcome: bot.Abstained, Closing: fill(t.Greeting, b.config.Agency, 0), Person: &b.config.Contact}, nil
	}
	earlier, err := b.earlier(ctx, turn)
	if err != nil {
		return bot.Answer{}, fmt.Errorf("read the conversation: %w", err)
	}
	trace.step("read the conversation")
	u := understand.Context(m.Text.String(), earlier, nil)
	q := u.Query(m.Text.String())
	q.Language = m.Language
	trace.understood(q, u)
	found, err := b.index.Search(ctx, q)
	if err != nil {
		return bot.Answer{}, fmt.Errorf("search: %w", err)
	}
	trace.found(found)
	trace.Decision = b.decide(found)
	if !trace.Decision.Answer {
		return b.abstain(turn, t, found), nil
	}
	sentences, err := b.write(ctx, q, found)
	if err != nil {
		return bot.Answer{}, err
	}
	trace.step("write")
	if len(sentences) == 0 {
		trace.Decision.Answer, trace.Decision.Reason = false, "no sentence of the best passages can be quoted"
		return b.abstain(turn, t, found), nil
	}
	return bot.Answer{Turn: turn.ID, Outcome: bot.Answered, Lead: t.Lead, Sentences: sentences, Closing: t.Check}, nil
}

// write picks the sentences and checks each against its source once more.
func (b *Bot) write(ctx context.Context, q retrieval.Query, found retrieval.Result) ([]bot.Sentence, error) {
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
		shown = append(shown, s)
	}
	return shown, nil
}

// abstain says what was searched and where to go from here.
func (b *Bot) abstain(turn bot.Turn, t texts, found retrieval.Result) bot.Answer {
	a := bot.Answer{Turn: turn.ID, Outcome: bot.Abstained, Person: &b.config.Contact}
	if found.Pages == 0 {
		a.Closing = t.NoPages
		return a
	}
	a.Closing = fill(t.Unknown, b.config.Agency, found.Pages)
	seen := map[knowledge.DocumentID]bool{}
	for _, h := range found.Hits {
		if p := h.Passage; !seen[p.Document] && len(a.Nearest) < nearestPages {
			seen[p.Document] = true
			a.Nearest = append(a.Nearest, bot.Page{Title: p.Title, URL: p.URL})
		}
	}
	if len(a.Nearest) > 0 {
		a.Closing += " " + t.Near
	}
	return a
}

const nearestPages = 3

func (b *Bot) handOver(turn bot.Turn, t texts) bot.Answer {
	return bot.Answer{Turn: turn.ID, Outcome: bot.HandedOver, Closing: t.Person, Person: &b.config.Contact}
}

// commit records what will be shown and how the turn ended, together.
func (b *Bot) commit(ctx context.Context, turn bot.Turn, a bot.Answer, trace *Trace) error {
	said, err := json.Marshal(a)
	if err != nil {
		return err
	}
	traced, err := trace.seal()
	if err != nil {
		return err
	}
	var events []bot.Event
	if len(a.Sentences) > 0 {
		events = append(events, bot.Event{Kind: bot.Shown, At: b.now(), Facts: map[string]any{"sentences": len(a.Sentences)},
			Texts: map[string]json.RawMessage{bot.TextAnswer: said}})
	}
	events = append(events, bot.Event{Kind: bot.Ended, At: b.now(), Facts: b.facts(a.Outcome, trace),
		Texts: map[string]json.RawMessage{bot.TextAnswer: said, bot.TextTrace: traced}})
	if err := b.log.Append(ctx, turn.ID, events...); err != nil {
		return fmt.Errorf("record the answer: %w", err)
	}
	return nil
}

// fail ends a turn that could not go on and returns what the citizen may see.
// Where even that cannot be recorded, the turn's deadline ends it.
func (b *Bot) fail(ctx context.Context, turn bot.Turn, trace *Trace, t texts, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lateness/2)
	defer cancel()
	facts := b.facts(bot.Failed, trace)
	facts["reason"] = string(bot.KindOf(cause))
	if err := b.log.Append(ctx, turn.ID, bot.Event{Kind: bot.Ended, At: b.now(), Facts: facts}); err != nil {
		b.logger.Error("a failed turn could not be ended; its deadline will", "turn", turn.ID, "error", err)
	}
	var known *bot.Error
	if errors.As(cause, &known) {
		return fmt.Errorf("ask: turn %s: %w", turn.ID, cause)
	}
	return &bot.Error{Kind: bot.Unavailable, Citizen: t.Unavailable, Err: fmt.Errorf("ask: turn %s: %w", turn.ID, cause)}
}

// again shows the answer of a turn that had the same message.
func again(turn bot.Turn, show func(bot.Part), t texts) (bot.Answer, error) {
	switch {
	case !turn.Ended:
		return bot.Answer{}, &bot.Error{Kind: bot.Busy, Citizen: t.Busy}
	case turn.Answer == nil:
		return bot.Answer{}, &bot.Error{Kind: bot.Unavailable, Citizen: t.Unavailable}
	}
	show(bot.Part{Turn: turn.ID, Lead: turn.Answer.Lead, Sentences: turn.Answer.Sentences})
	return *turn.Answer, nil
}

func (b *Bot) earlier(ctx context.Context, turn bot.Turn) ([]understand.Turn, error) {
	turns, err := b.log.Recent(ctx, turn.Conversation, historyTurns+1)
	if err != nil {
		return nil, err
	}
	var out []understand.Turn
	for _, t := range turns {
		if t.ID != turn.ID {
			out = append(out, understand.Turn{Question: t.Question.String(), Answer: spoken(t.Answer)})
		}
	}
	return out, nil
}

// historyTurns is how far back a follow-up may reach.
const historyTurns = 8

func spoken(a *bot.Answer) string {
	if a == nil {
		return ""
	}
	text := ""
	for _, s := range a.Sentences {
		text += s.Text + "\n"
	}
	return text
}

func (b *Bot) language(asked string) string {
	if _, ok := b.texts[asked]; ok {
		return asked
	}
	return b.config.Language
}

func checkMessage(raw string, s guard.Screened, t texts) error {
	switch {
	case len(raw) > bot.MaxQuestion:
		return &bot.Error{Kind: bot.TooLarge, Citizen: t.TooLong}
	case s.Text.String() == "":
		return &bot.Error{Kind: bot.Invalid, Citizen: t.Empty}
	}
	return nil
}
