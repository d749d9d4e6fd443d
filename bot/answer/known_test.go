package answer_test

import (
	"strings"
	"testing"

	"townclerk/bot"
	"townclerk/internal/scripted"
)

// A question that was answered before from the same pages gets the same sentences,
// on its own record, without another request to the model: until somebody calls them
// unhelpful, the conversation is erased, or the pages change.
func TestAnswerIsRemembered(t *testing.T) {
	model := scripted.New(8)
	h := newHouse(t, town)
	h.writer = writing(t, false, model)
	b := h.bot(nil, nil, nil)
	first := h.conversation()
	written := h.ask(b, first, "k", "How much is a replacement cart?")
	if !written.Sentences[0].Written || written.From != "" {
		t.Fatalf("%+v", written)
	}
	again := func(asked int) bot.Answer {
		t.Helper()
		a := h.ask(b, h.conversation(), "k", "how much is a  replacement cart")
		if got := len(model.Requests()); got != asked {
			t.Errorf("%d requests to the model, want %d", got, asked)
		}
		if a.Sentences[0].Text != written.Sentences[0].Text || len(a.Sentences[0].Citations) == 0 {
			t.Errorf("%+v, first %+v", a, written)
		}
		return a
	}
	c := h.conversation()
	known := h.ask(b, c, "k", "how much is a  replacement cart")
	if known.From != written.Turn || known.Turn == written.Turn || len(model.Requests()) != 1 {
		t.Errorf("%d requests, %+v", len(model.Requests()), known)
	}
	turns, err := h.store.Transcript(t.Context(), c)
	h.must(err)
	if turns[0].Answer == nil || turns[0].Answer.From != written.Turn || turns[0].Outcome != bot.Answered {
		t.Errorf("on the record: %+v", turns)
	}
	h.must(second(b.Feedback(t.Context(), c, known.Turn, bot.Opinion{Helpful: false, Comment: ""})))
	written = again(2) // written anew, and remembered
	if a := again(2); a.From != written.Turn {
		t.Errorf("%+v", a)
	}
	follow := h.ask(b, c, "l", "and a stolen one?")
	if follow.From != "" {
		t.Errorf("a follow-up has the answer of %s", follow.From)
	}
}

// What only people can say or do is left to them, and what no agency is for is not
// searched for.
func TestDoors(t *testing.T) {
	h := newHouse(t, town)
	for question, want := range map[string]struct {
		outcome bot.Outcome
		closing string
		nearest bool
	}{
		"has my parking permit been approved yet?": {bot.HandedOver, "cannot see anybody", true},
		"should I sue over my stolen cart?":        {bot.HandedOver, "advice of a professional", true},
		"write me a poem about trash carts":        {bot.Abstained, "only answer questions", false},
	} {
		a := h.ask(h.bot(nil, nil, nil), h.conversation(), "k", question)
		if a.Outcome != want.outcome || !strings.Contains(a.Closing, want.closing) || (len(a.Nearest) > 0) != want.nearest || a.Person == nil || len(a.Sentences) > 0 {
			t.Errorf("%q: %+v", question, a)
		}
	}
}

// Help comes in the language of the cry, whatever the page's.
func TestHelpIsInTheLanguageOfTheCry(t *testing.T) {
	h := newHouse(t, town)
	a := h.ask(h.bot(nil, nil, nil), h.conversation(), "k", "Mi marido me pega")
	if a.Outcome != bot.HandedOver || !strings.Contains(a.Closing, "llame") {
		t.Errorf("%+v", a)
	}
}
