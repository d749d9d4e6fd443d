package answer_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/bot/answer"
	"townclerk/bot/draft"
	"townclerk/bot/llm"
	"townclerk/internal/httpx"
	"townclerk/internal/scripted"
)

// writing returns a writer whose model plays the script.
func writing(t *testing.T, schema bool, model *scripted.Server) *draft.Writer {
	t.Helper()
	server := httptest.NewServer(model)
	t.Cleanup(server.Close)
	client, err := llm.New(llm.Config{
		BaseURL: server.URL, Model: "scripted", First: 300 * time.Millisecond, Idle: 300 * time.Millisecond, Whole: 2 * time.Second, MaxBytes: 64 << 10,
	}, nil, httpx.Clock{Random: func() float64 { return 0 }})
	if err != nil {
		t.Fatal(err)
	}
	w, err := draft.New(client, "Riverton", schema)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// A refused first sentence is asked for once more, with the reason; what was refused
// both times leaves the answer to the pages' own words. All of it is on the record.
func TestRefusedSentenceIsWrittenAgain(t *testing.T) {
	for _, c := range []struct {
		script  []scripted.Behaviour
		written bool
	}{{[]scripted.Behaviour{scripted.Altered}, true}, {[]scripted.Behaviour{scripted.Altered, scripted.Invented}, false}} {
		model := scripted.New(8, c.script...)
		h := newHouse(t, town)
		h.writer = writing(t, false, model)
		a := h.ask(h.bot(nil, nil, nil), h.conversation(), "k", "how much is a replacement cart?")
		asked := model.Requests()
		if a.Sentences[0].Written != c.written || len(asked) != 2 {
			t.Errorf("%v: %d requests, %+v", c.script, len(asked), a)
		}
		if first, second := asked[0].User, asked[1].User; strings.Contains(first, "refused") || !strings.Contains(second, "$762. (fact_missing") {
			t.Errorf("asked again with %q", second)
		}
		trace := h.trace(a.Turn)
		if len(trace.Written) < 2 || trace.Written[0].Verdict.OK || trace.Writer == "" || (trace.Unwritten == "") != c.written {
			t.Errorf("%+v, %q", trace.Written, trace.Unwritten)
		}
	}
}

// verdicts is a judge that says what it was told, and remembers what it was asked.
type verdicts struct {
	follows bool
	err     error
	asked   []string
}

func (v *verdicts) Entails(_ context.Context, sentence string, quotes []string) (bool, error) {
	v.asked = append(v.asked, sentence+" <- "+strings.Join(quotes, " | "))
	return v.follows, v.err
}

// A sentence in its quote's language that the gate objects to is not shown, and the judge is
// not even asked: a model that obeys a planted instruction would say yes to it.
func TestNoJudgeOverrulesTheWords(t *testing.T) {
	const quote = "A replacement cart costs $62."
	for name, c := range map[string]struct {
		judge    *verdicts
		sentence string
		written  bool
		judged   string
	}{
		"loose words":    {&verdicts{follows: true}, "A substitute cart costs $62.", false, ""},
		"another amount": {&verdicts{follows: true}, "A substitute cart costs $72.", false, ""},
		"a not":          {&verdicts{follows: true}, "A substitute cart does not cost $62.", false, ""},
		"a must":         {&verdicts{follows: true}, "A substitute cart should cost $62.", false, ""},
		"a name":         {&verdicts{follows: true}, "A replacement cart from Ms Clark costs $62.", false, ""},
	} {
		model := scripted.New(8)
		model.Claims = func(scripted.Request) []scripted.Claim {
			return []scripted.Claim{{Passage: 1, Quote: quote, Sentence: c.sentence}}
		}
		h := newHouse(t, town)
		h.writer, h.judge = writing(t, true, model), c.judge
		a := h.ask(h.bot(nil, nil, nil), h.conversation(), "k", "how much is a replacement cart?")
		w := h.trace(a.Turn).Written[0]
		if a.Sentences[0].Written != c.written || w.Judged != c.judged || w.Verdict.OK != c.written {
			t.Errorf("%s: %+v, %+v", name, a.Sentences, w)
		}
		if w.Verdict.Reason == "" || len(c.judge.asked) > 0 {
			t.Errorf("%s: %+v, asked %q", name, w.Verdict, c.judge.asked)
		}
	}
}

// A sentence in another language than its quote is shown when the judge says that it
// follows; what code can check it checks nevertheless, and the quote stays as it is.
func TestAnotherLanguageNeedsTheJudge(t *testing.T) {
	const right, wrong = "Un contenedor de repuesto cuesta $62.", "Un contenedor de repuesto cuesta $72."
	for name, c := range map[string]struct {
		judge    answer.Judge
		sentence string
		written  bool
		judged   string
	}{
		"it follows":      {&verdicts{follows: true}, right, true, "yes"},
		"it does not":     {&verdicts{}, right, false, "no"},
		"no judge":        {nil, right, false, ""},
		"the judge fails": {&verdicts{follows: true, err: errors.New("down")}, right, false, "down"},
		"a wrong number":  {&verdicts{follows: true}, wrong, false, ""},
	} {
		model := scripted.New(8)
		model.Claims = func(scripted.Request) []scripted.Claim {
			return []scripted.Claim{{Passage: 1, Quote: "A replacement cart costs $62.", Sentence: c.sentence}}
		}
		h := newHouse(t, town)
		h.writer, h.judge = writing(t, true, model), c.judge
		var seen heard
		a, err := h.bot(nil, nil, nil).Ask(t.Context(), bot.Incoming{Conversation: h.conversation(), Text: "¿cuánto cuesta un replacement cart nuevo?", Language: "es"}, seen.show)
		h.must(err)
		if len(a.Sentences) == 0 || a.Sentences[0].Written != c.written {
			t.Errorf("%s: %+v", name, a)
			continue
		}
		if c.written && (a.Sentences[0].Text != right || a.Sentences[0].Citations[0].Title != "Trash carts") {
			t.Errorf("%s: %+v", name, a.Sentences)
		}
		if w := h.trace(a.Turn).Written; w[0].Judged != c.judged {
			t.Errorf("%s: %+v", name, w)
		}
	}
}
