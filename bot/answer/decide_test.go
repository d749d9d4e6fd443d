package answer_test

import (
	"context"
	"testing"

	"townclerk/bot"
	"townclerk/bot/answer"
	"townclerk/retrieval"
)

// rescored is an index whose hits have other scores than were found.
type rescored struct {
	retrieval.Index
	change func(*retrieval.Result)
}

func (r rescored) Search(ctx context.Context, q retrieval.Query) (retrieval.Result, error) {
	out, err := r.Index.Search(ctx, q)
	r.change(&out)
	return out, err
}

// A hit that shares all words with the question and nothing else makes no answer; the
// same hit does when the embeddings are down.
func TestWordsAloneAreNoAnswer(t *testing.T) {
	h := newHouse(t, town)
	for degraded, want := range map[string]bot.Outcome{"": bot.Abstained, "the model is down": bot.Answered} {
		b := h.bot(nil, rescored{h.index, func(r *retrieval.Result) {
			r.Degraded = degraded
			s := &r.Hits[0].Scores
			s.Own, s.Coverage, s.Lexical, s.Dense = 1, 1, 0.8, 0
		}}, nil)
		if a := h.ask(b, h.conversation(), "1", "how much is a replacement cart?"); a.Outcome != want {
			t.Errorf("embeddings %q: %s", degraded, a.Outcome)
		}
	}
}

// An outage of the embeddings is no evidence against an answer, nor is the scale of
// another model; a similarity of nothing, measured, is.
func TestMissingSimilarityIsNoEvidence(t *testing.T) {
	h := newHouse(t, town)
	probability := func(encoder, degraded string, dense float64) float64 {
		t.Helper()
		x := rescored{h.index, func(r *retrieval.Result) {
			r.Encoder, r.Degraded = encoder, degraded
			s := &r.Hits[0].Scores
			s.Own, s.Coverage, s.Lexical, s.Dense = 0.5, 0.5, 0.2, dense
		}}
		config := townConfig
		config.Calibrated = func(encoder string) bool { return encoder == "own" }
		b, err := answer.New(config, answer.Parts{Log: h.store, Index: x, Versions: h.pages, Ranker: h.rank}, h.now, h.logger)
		h.must(err)
		a, err := b.Ask(t.Context(), bot.Incoming{Conversation: h.conversation(), Text: "how much is a replacement cart?"}, func(bot.Part) {})
		h.must(err)
		return h.trace(a.Turn).Decision.Probability
	}
	usual := probability("own", "", 0.45)
	for name, got := range map[string]float64{
		"an outage":              probability("own", "the model is down", 0),
		"another model":          probability("other", "", 0.9),
		"another model, far off": probability("other", "", 0.05),
	} {
		if got < usual-0.05 || got > usual+0.05 {
			t.Errorf("%s: %.3f, usually %.3f", name, got, usual)
		}
	}
	if got := probability("own", "", 0); got > usual-0.1 {
		t.Errorf("nothing in common: %.3f, usually %.3f", got, usual)
	}
	if got := probability("own", "the reranker is down", 0.9); got < usual+0.1 {
		t.Errorf("a similarity that was measured does not count: %.3f, usually %.3f", got, usual)
	}
}
