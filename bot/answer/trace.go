package answer

import (
	"encoding/json"
	"time"

	"townclerk/bot"
	"townclerk/bot/guard"
	"townclerk/bot/understand"
	"townclerk/knowledge"
	"townclerk/retrieval"
)

// Trace is all that led to an answer: enough to run the turn again and to see
// why it went as it did. It is kept sealed, beside the answer.
type Trace struct {
	Query    retrieval.Query `json:"query"`
	FollowUp bool            `json:"follow_up"`
	Reason   string          `json:"follow_up_reason,omitempty"`
	// Rewritten is the question as it was searched for instead of the message: made to
	// stand alone by Rewriter, a model and its prompt, or chosen by the citizen.
	// Unrewritten says why it was not used after all.
	Rewriter    string             `json:"rewriter,omitempty"`
	Rewritten   string             `json:"rewritten,omitempty"`
	Unrewritten string             `json:"unrewritten,omitempty"`
	Revision    knowledge.Revision `json:"revision"`
	Encoder     string             `json:"encoder"`
	Degraded    string             `json:"degraded,omitempty"`
	Candidates  []Candidate        `json:"candidates"`
	Decision    Decision           `json:"decision"`
	Hazard      guard.Hazard       `json:"hazard,omitempty"` // that the message speaks of
	// Writer names the model and prompt that were asked, Written what they wrote;
	// Unwritten says why the answer is not theirs.
	Writer    string    `json:"writer,omitempty"`
	Written   []Written `json:"written,omitempty"`
	Unwritten string    `json:"unwritten,omitempty"`
	Timings   []Timing  `json:"timings"`
	// Route says which department the question is for, where it led to people.
	Route *bot.Route `json:"route,omitempty"`

	clock    func() time.Time
	last     time.Time
	searched bool
	hits     []retrieval.Hit
	before   []bot.Turn // of the conversation
	reason   string     // for which people are needed; empty: none
	suggest  bool       // what was found answers the question all the same
}

// Candidate is a passage that was found, with every score.
type Candidate struct {
	Passage knowledge.PassageID `json:"passage"`
	Scores  retrieval.Scores    `json:"scores"`
}

// Timing is how long a step took.
type Timing struct {
	Step   string `json:"step"`
	Micros int64  `json:"micros"`
}

func (t *Trace) step(name string) {
	now := t.clock()
	t.Timings = append(t.Timings, Timing{name, now.Sub(t.last).Microseconds()})
	t.last = now
}

func (t *Trace) understood(q retrieval.Query, u understand.Understanding) {
	t.Query, t.FollowUp, t.Reason = q, u.FollowUp, u.Reason
	t.step("understand")
}

func (t *Trace) found(r retrieval.Result) {
	t.Revision, t.Encoder, t.Degraded = r.Revision, r.Encoder, r.Degraded
	t.searched, t.hits = true, r.Hits
	for _, h := range r.Hits {
		t.Candidates = append(t.Candidates, Candidate{h.Passage.ID, h.Scores})
	}
	t.step("search")
}

func (t *Trace) seal() (json.RawMessage, error) { return json.Marshal(t) }

func (b *Bot) openedEvent(m bot.Message, s guard.Screened) bot.Event {
	question, _ := json.Marshal(m.Text) // a string always marshals
	return bot.Event{
		Kind: bot.Opened, At: b.now(),
		Facts: map[string]any{"language": m.Language, "config": b.config.Hash, "redacted": s.Kinds},
		Texts: map[string]json.RawMessage{bot.TextQuestion: question},
	}
}

// facts are the parts of the trace that stay when the texts are erased.
func (b *Bot) facts(o bot.Outcome, t *Trace) map[string]any {
	facts := map[string]any{
		bot.FactOutcome: o, "config": b.config.Hash,
		"revision": t.Revision, "encoder": t.Encoder,
		"candidates": len(t.Candidates), "timings": t.Timings,
	}
	if t.Hazard != guard.None {
		facts["hazard"] = t.Hazard // so that staff can be told
	}
	if p := t.Decision.Probability; p >= 0 && p <= 1 { // anything else is no number that JSON has
		facts["probability"] = p
	}
	return facts
}
