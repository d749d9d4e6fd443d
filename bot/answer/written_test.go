package answer_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"regexp"
	"slices"
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

// What a citizen sees of a model that misbehaves, in every way that is known:
// sentences that pass the gate, or the pages' own words, or an honest end.
func TestNothingUncheckedIsShown(t *testing.T) {
	written, extractive, partial, silent := "written", "extractive", "partial", "silent"
	want := map[scripted.Behaviour]string{
		scripted.Honest: written, scripted.Slow: written, scripted.NoMark: written, scripted.Declines: silent,
		scripted.DroppedNot: written, // there is none in what it quotes
		// Cut off in the last of two sentences; the first was shown.
		scripted.Length: partial, scripted.CutStream: partial, scripted.EndStream: partial, scripted.Stall: partial,
		scripted.ErrorChunk: partial, scripted.BadChunk: partial,
		// Everything was written, but the end is not what it should be.
		scripted.NoFinish: partial, scripted.Filtered: partial, scripted.Endless: written,
	}
	for _, schema := range []bool{false, true} {
		for _, b := range slices.Concat([]scripted.Behaviour{scripted.Honest, scripted.Slow, scripted.Hang, scripted.Dropped,
			scripted.RateLimitedLong, scripted.OutOfQuota, scripted.ServerError, scripted.Unavailable, scripted.HTML, scripted.Moved, scripted.Complaint,
			scripted.BadKey, scripted.BadRequest, scripted.TooLong, scripted.ModelMissing, scripted.PathMissing, scripted.EmptyBody,
			scripted.Garbled, scripted.HugeBody, scripted.HugeError}, scripted.Writing()) {
			t.Run(string(b), func(t *testing.T) {
				t.Parallel()
				model := scripted.New(8).Then(b)
				model.Elsewhere, model.Delay = "/elsewhere", 20*time.Millisecond
				h := newHouse(t, town)
				h.writer = writing(t, schema, model)
				c := h.conversation()
				var seen heard
				a, err := h.bot(h.store, nil, nil).Ask(t.Context(), bot.Incoming{Conversation: c, Text: "how much is a replacement cart?"}, seen.show)
				if err != nil {
					t.Fatal(err)
				}
				h.checkOnRecord(c, seen.parts)
				got := extractive
				switch {
				case a.Outcome == bot.Partial:
					got = partial
				case a.Outcome == bot.Abstained:
					got = silent
				case a.Sentences[0].Written:
					got = written
				}
				expected := want[b]
				if expected == "" {
					expected = extractive
				}
				if schema && (b == scripted.NoFinish || b == scripted.Filtered) { // the object shows that it is whole
					expected = written
				}
				if got != expected {
					t.Errorf("the answer is %s, want %s: %+v", got, expected, a)
				}
				for _, s := range a.Sentences {
					h.checkSupported(s)
				}
			})
		}
	}
}

var figures = regexp.MustCompile(`\d+`)

// checkSupported holds a sentence against the text of its sources, without asking
// the gate.
func (h *house) checkSupported(s bot.Sentence) {
	h.Helper()
	evidence := ""
	for _, c := range s.Citations {
		v, err := h.pages.Version(h.Context(), c.Version)
		if err != nil {
			h.Fatal(err)
		}
		for _, r := range c.Ranges {
			evidence += v.Text[r.Start:r.End] + "\n"
		}
	}
	if evidence == "" {
		h.Errorf("no evidence for %q", s.Text)
	}
	for _, n := range figures.FindAllString(s.Text, -1) {
		if !slices.Contains(figures.FindAllString(evidence, -1), n) {
			h.Errorf("%q has the number %s, its evidence is %q", s.Text, n, evidence)
		}
	}
	for _, planted := range []string{"waived for all", "pay.example.com", "guarantee", "<img", "numbered", "http", "[["} {
		if strings.Contains(s.Text, planted) {
			h.Errorf("shown: %q", s.Text)
		}
	}
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
