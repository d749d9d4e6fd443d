package answer_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/bot/answer"
	"townclerk/evals/datasets/riverton"
	"townclerk/knowledge"
	"townclerk/retrieval"
)

func TestAnswerQuotesThePage(t *testing.T) {
	h := newHouse(t, town)
	b, c := h.bot(nil, nil, nil), h.conversation()
	var seen heard
	a, err := b.Ask(t.Context(), bot.Incoming{Conversation: c, Key: "1", Text: "how much is a replacement cart?"}, seen.show)
	h.must(err)
	if a.Outcome != bot.Answered || len(a.Sentences) == 0 || a.Sentences[0].Text != "A replacement cart costs $62." {
		t.Fatalf("%+v", a)
	}
	if len(seen.parts) != 1 || seen.parts[0].Turn != a.Turn || !slices.EqualFunc(seen.parts[0].Sentences, a.Sentences, func(x, y bot.Sentence) bool { return x.Text == y.Text }) {
		t.Errorf("shown %+v", seen.parts)
	}
	if u := a.Sentences[0].Citations[0].URL; u != "https://town.example/carts.md#replacement" {
		t.Errorf("cites %s", u)
	}
}

func TestTraceIsOnTheRecord(t *testing.T) {
	h := newHouse(t, town)
	a := h.ask(h.bot(nil, nil, nil), h.conversation(), "1", "how much is a replacement cart?")
	trace := h.trace(a.Turn)
	if trace.Query.Text != "how much is a replacement cart?" || trace.Revision != 1 || trace.Encoder == "" || len(trace.Candidates) == 0 ||
		trace.Candidates[0].Passage == "" || trace.Candidates[0].Scores.Fused <= 0 || !trace.Decision.Answer || trace.Decision.Probability <= 0 {
		t.Errorf("%+v", trace)
	}
	var steps []string
	for _, x := range trace.Timings {
		steps = append(steps, x.Step)
	}
	if want := []string{"read the conversation", "understand", "search", "extract", "compare the sources"}; !slices.Equal(steps, want) {
		t.Errorf("steps %q, want %q", steps, want)
	}
	events, err := h.store.Events(t.Context(), a.Turn)
	h.must(err)
	var kinds []bot.EventKind
	for _, e := range events {
		kinds = append(kinds, e.Kind)
	}
	if !slices.Equal(kinds, []bot.EventKind{bot.Opened, bot.Shown, bot.Ended}) {
		t.Errorf("events %v", kinds)
	}
	facts := events[2].Facts
	if facts["config"] != "c0ffee" || facts["revision"] != 1.0 || facts[bot.FactOutcome] != "answered" || facts["probability"] == nil || events[0].Facts["config"] != "c0ffee" {
		t.Errorf("facts %v", facts)
	}
}

// failingLog fails at its nth call: early before the real log is called, late after
// it has committed, dead from then on for ever, as where the process is gone.
type failingLog struct {
	answer.Log
	mode  string
	err   error
	calls int
	at    int
}

var (
	errPlanted    = errors.New("planted")
	errOutOfReach = &bot.Error{Kind: bot.Unavailable, Err: errPlanted} // as storage says it
)

func (l *failingLog) run(do func() error) error {
	l.calls++
	switch {
	case l.calls < l.at, l.calls > l.at && l.mode != "dead":
		return do()
	case l.mode == "late" && do() == nil:
	}
	return l.err
}

func (l *failingLog) Open(ctx context.Context, m bot.Message, e bot.Event, deadline time.Time) (turn bot.Turn, fresh bool, err error) {
	err = l.run(func() error { turn, fresh, err = l.Log.Open(ctx, m, e, deadline); return err })
	return turn, fresh, err
}

func (l *failingLog) Append(ctx context.Context, turn bot.TurnID, events ...bot.Event) error {
	return l.run(func() error { return l.Log.Append(ctx, turn, events...) })
}

func (l *failingLog) Recent(ctx context.Context, c bot.ConversationID, n int) (turns []bot.Turn, err error) {
	err = l.run(func() error { turns, err = l.Log.Recent(ctx, c, n); return err })
	return turns, err
}

// Promise 1: whichever call to the log fails, and however, what was shown is in
// it once, the citizen gets a sentence, and no turn stays open.
func TestNothingIsShownThatIsNotOnTheRecord(t *testing.T) {
	h := newHouse(t, town)
	for _, question := range []string{"how much is a replacement cart?", "is there fluoride in the water?", "talk to a person", "hello"} {
		for _, fault := range []struct {
			mode string
			err  error
		}{{"early", errPlanted}, {"late", errPlanted}, {"dead", errPlanted}, {"early", errOutOfReach}, {"late", errOutOfReach}} {
			for n := 1; ; n++ {
				c := h.conversation()
				log := &failingLog{Log: h.store, mode: fault.mode, err: fault.err, at: n}
				var seen heard
				_, err := h.bot(log, nil, nil).Ask(t.Context(), bot.Incoming{Conversation: c, Key: "k", Text: question, Language: "es-MX"}, seen.show)
				if err != nil {
					h.wantError(err, bot.Unavailable)
				}
				h.checkOnRecord(c, seen.parts)
				h.checkEnds(c)
				if log.calls < n {
					if err != nil || len(seen.parts) != 1 {
						t.Fatalf("%q without a fault: %v, %d parts", question, err, len(seen.parts))
					}
					break
				}
				settled := err == nil && len(seen.parts) == 1 && (fault.mode == "late" || fault.err == errOutOfReach)
				if err == nil && !settled || err != nil && len(seen.parts) > 0 {
					t.Errorf("%q, call %d fails %+v: %d parts, %v", question, n, fault, len(seen.parts), err)
				}
			}
		}
	}
}

// checkOnRecord holds what was shown against the transcript.
func (h *house) checkOnRecord(c bot.ConversationID, parts []bot.Part) {
	h.Helper()
	turns, err := h.store.Transcript(h.Context(), c)
	h.must(err)
	recorded := map[string]bool{}
	for _, turn := range turns {
		if turn.Answer != nil {
			recorded[string(turn.ID)+turn.Answer.Lead] = true
			for _, s := range turn.Answer.Sentences {
				recorded[string(turn.ID)+s.Text] = true
			}
		}
	}
	for _, p := range parts {
		if p.Lead != "" && !recorded[string(p.Turn)+p.Lead] {
			h.Errorf("shown but not recorded: %q", p.Lead)
		}
		for _, s := range p.Sentences {
			if !recorded[string(p.Turn)+s.Text] {
				h.Errorf("shown but not recorded: %q", s.Text)
			}
		}
	}
}

// checkEnds lets the deadline pass and reaps.
func (h *house) checkEnds(c bot.ConversationID) {
	h.Helper()
	before := h.later.Load()
	h.later.Store(int64(time.Hour))
	defer h.later.Store(before)
	_, err := h.store.Reap(h.Context())
	h.must(err)
	turns, err := h.store.Transcript(h.Context(), c)
	h.must(err)
	for _, turn := range turns {
		if !turn.Ended {
			h.Errorf("turn %s stays open", turn.ID)
		}
		events, err := h.store.Events(h.Context(), turn.ID)
		h.must(err)
		kinds := map[bot.EventKind]int{}
		for _, e := range events {
			kinds[e.Kind]++
		}
		if kinds[bot.Opened] != 1 || kinds[bot.Shown] > 1 || kinds[bot.Ended] != 1 {
			h.Errorf("turn %s has the events %v", turn.ID, kinds)
		}
	}
}

func TestSameKeySameAnswer(t *testing.T) {
	h := newHouse(t, town)
	b, c := h.bot(nil, nil, nil), h.conversation()
	var seen heard
	in := bot.Incoming{Conversation: c, Key: "k", Text: "how much is a replacement cart? I am ann@example.org"}
	first, err := b.Ask(t.Context(), in, seen.show)
	h.must(err)
	second, err := b.Ask(t.Context(), in, seen.show)
	h.must(err)
	in.Text = "otras palabras, ¿dónde está la oficina?"
	_, err = b.Ask(t.Context(), in, seen.show)
	var refused *bot.Error
	if !errors.As(err, &refused) || refused.Kind != bot.Reused || !strings.Contains(refused.Citizen, "Envíe este de nuevo") {
		t.Errorf("another text with the same key: %v", err)
	}
	x, _ := json.Marshal(first)
	y, _ := json.Marshal(second)
	if string(x) != string(y) {
		t.Errorf("first %s\nsecond %s", x, y)
	}
	turns, err := h.store.Transcript(t.Context(), c)
	h.must(err)
	if len(turns) != 1 || len(seen.parts) != 2 || seen.parts[0].Turn != seen.parts[1].Turn {
		t.Errorf("%d turns, shown %+v", len(turns), seen.parts)
	}
}

// gate is an index that waits.
type gate struct {
	retrieval.Index
	entered, open chan struct{}
}

func (g gate) Search(ctx context.Context, q retrieval.Query) (retrieval.Result, error) {
	close(g.entered)
	<-g.open
	return g.Index.Search(ctx, q)
}

func TestOneQuestionAtATime(t *testing.T) {
	h := newHouse(t, town)
	g := gate{h.index, make(chan struct{}), make(chan struct{})}
	b, c := h.bot(nil, g, nil), h.conversation()
	var both sync.WaitGroup
	both.Go(func() {
		if _, err := b.Ask(t.Context(), bot.Incoming{Conversation: c, Key: "1", Text: "how much is a replacement cart?"}, func(bot.Part) {}); err != nil {
			t.Error(err)
		}
	})
	<-g.entered
	const other = "¿cuánto cuesta la tarjeta de la biblioteca?"
	for _, in := range []struct{ key, text, says string }{ // another question, and the same one again
		{"2", other, "Todavía"}, {"1", "how much is a replacement cart?", "still"}, {"", other, "Todavía"},
	} {
		_, err := b.Ask(t.Context(), bot.Incoming{Conversation: c, Key: in.key, Text: in.text, Language: "es"}, func(bot.Part) { t.Error("shown") })
		h.wantError(err, bot.Busy)
		if !strings.Contains(citizen(err), in.says) {
			t.Errorf("in the wrong language: %s", citizen(err))
		}
	}
	close(g.open)
	both.Wait()
	h.ask(h.bot(nil, nil, nil), c, "2", "when does the library open?")
}

func citizen(err error) string {
	var e *bot.Error
	errors.As(err, &e)
	return e.Citizen
}

// indexFunc is an index made of a function.
type indexFunc func(ctx context.Context, q retrieval.Query) (retrieval.Result, error)

func (f indexFunc) Search(ctx context.Context, q retrieval.Query) (retrieval.Result, error) {
	return f(ctx, q)
}

type noVersions struct{}

func (noVersions) Version(context.Context, knowledge.VersionID) (knowledge.Version, error) {
	return knowledge.Version{}, knowledge.ErrNotFound
}

func TestWhatFailsEndsTheTurn(t *testing.T) {
	h := newHouse(t, town)
	nan := indexFunc(func(ctx context.Context, q retrieval.Query) (retrieval.Result, error) {
		r, err := h.index.Search(ctx, q)
		r.Hits[0].Scores.Coverage = math.NaN()
		return r, err
	})
	for name, test := range map[string]struct {
		bot  *answer.Bot
		kind bot.Kind
	}{
		"the index": {h.bot(nil, indexFunc(func(context.Context, retrieval.Query) (retrieval.Result, error) {
			return retrieval.Result{}, errPlanted
		}), nil), bot.Unavailable},
		"the sources": {h.bot(nil, nil, noVersions{}), bot.Unavailable},
		"a panic":     {h.bot(nil, indexFunc(func(context.Context, retrieval.Query) (retrieval.Result, error) { panic("my number is 555") }), nil), bot.Internal},
		"no number":   {h.bot(nil, nan, nil), bot.Unavailable},
		"too slow": {h.bot(nil, indexFunc(func(ctx context.Context, _ retrieval.Query) (retrieval.Result, error) {
			return retrieval.Result{}, context.DeadlineExceeded
		}), nil), bot.Unavailable},
		"a known error": {h.bot(nil, indexFunc(func(context.Context, retrieval.Query) (retrieval.Result, error) {
			return retrieval.Result{}, &bot.Error{Kind: bot.Limited, Citizen: "Slow down."}
		}), nil), bot.Limited},
	} {
		t.Run(name, func(t *testing.T) {
			c := h.conversation()
			_, err := test.bot.Ask(t.Context(), bot.Incoming{Conversation: c, Key: "1", Text: "how much is a replacement cart?"}, func(bot.Part) { t.Error("shown") })
			h.wantError(err, test.kind)
			turns, err := h.store.Transcript(t.Context(), c)
			h.must(err)
			if len(turns) != 1 || !turns[0].Ended || turns[0].Outcome != bot.Failed {
				t.Fatalf("%+v", turns)
			}
			events, err := h.store.Events(t.Context(), turns[0].ID)
			h.must(err)
			if got := events[len(events)-1].Facts["reason"]; got != string(test.kind) {
				t.Errorf("the reason on the record is %v", got)
			}
			// Sent again, the message is answered, and from then on once.
			first := h.ask(h.bot(nil, nil, nil), c, "1", "how much is a replacement cart?")
			if again := h.ask(h.bot(nil, nil, nil), c, "1", "how much is a replacement cart?"); first.Outcome != bot.Answered || again.Turn != first.Turn {
				t.Errorf("%+v, then %+v", first, again)
			}
		})
	}
}

func TestEncoderDown(t *testing.T) {
	h := newHouse(t, town)
	h.failing.Store(true)
	a := h.ask(h.bot(nil, nil, nil), h.conversation(), "1", "how much is a replacement cart?")
	if a.Outcome != bot.Answered {
		t.Errorf("%+v", a)
	}
	if got := h.trace(a.Turn).Degraded; !strings.Contains(got, "the encoder is down") {
		t.Errorf("degraded: %q", got)
	}
}

func TestNoPages(t *testing.T) {
	h := newHouse(t, nil)
	a := h.ask(h.bot(nil, nil, nil), h.conversation(), "1", "how much is a replacement cart?")
	if a.Outcome != bot.Abstained || a.Closing != "I have no pages to search yet. Please contact a person." || a.Person == nil || len(a.Nearest) > 0 {
		t.Errorf("%+v", a)
	}
}

func TestSilence(t *testing.T) {
	h := newHouse(t, town)
	a := h.ask(h.bot(nil, nil, nil), h.conversation(), "1", "zymurgy quokka")
	if a.Outcome != bot.Abstained || len(a.Sentences) > 0 || !strings.Contains(a.Closing, "3 pages of Town") || a.Person.Phone != "555-0100" {
		t.Errorf("%+v", a)
	}
}

func TestMessagesThatAreNotTaken(t *testing.T) {
	h := newHouse(t, town)
	b, c := h.bot(nil, nil, nil), h.conversation()
	for _, test := range []struct {
		text string
		kind bot.Kind
	}{
		{"", bot.Invalid}, {" \n\t", bot.Invalid}, {"\u200b\u200d\u2060\ufe0f\u3164", bot.Invalid}, {"\x00\x01", bot.Invalid},
		{strings.Repeat("word ", 20_000), bot.TooLarge}, {strings.Repeat("\u200b", bot.MaxQuestion), bot.TooLarge}, {strings.Repeat("a", bot.MaxQuestion+1), bot.TooLarge},
	} {
		for _, language := range []string{"en", "es-MX", "xx", ""} {
			_, err := b.Ask(t.Context(), bot.Incoming{Conversation: c, Text: test.text, Language: language}, func(bot.Part) { t.Error("shown") })
			h.wantError(err, test.kind)
			if spanish := strings.Contains(citizen(err), "Por favor") || strings.Contains(citizen(err), "Su mensaje"); spanish != (language == "es-MX") {
				t.Errorf("%q gets %q", language, citizen(err))
			}
		}
	}
	turns, err := h.store.Transcript(t.Context(), c)
	if err != nil || len(turns) > 0 {
		t.Errorf("%v, %v", turns, err)
	}
	h.ask(b, c, "", strings.Repeat("a", bot.MaxQuestion))
	_, err = b.Ask(t.Context(), bot.Incoming{Conversation: "unknown", Text: "hello"}, func(bot.Part) { t.Error("shown") })
	h.wantError(err, bot.NotFound)
}

// Promise 3: nothing that was recognised is anywhere in the database's files.
func TestPersonalDataIsNowhere(t *testing.T) {
	h := newHouse(t, town)
	b, c := h.bot(nil, nil, nil), h.conversation()
	planted := []string{"ann.planted@example.org", "4111 1111 1111 1111", "123-45-6789", "GB82 WEST 1234 5698 7654 32", "hunter2secret", "415-555-2671"}
	text := "my password is hunter2secret, ann.planted@example.org 4111 1111 1111 1111 ssn 123-45-6789 GB82 WEST 1234 5698 7654 32 call 415-555-2671: how much is a replacement cart?"
	a, err := b.Ask(t.Context(), bot.Incoming{Conversation: c, Key: "ann-key", Text: text}, func(bot.Part) {})
	h.must(err)
	if want := []string{"bank account", "card number", "email", "password", "phone", "social security number"}; !slices.Equal(a.Redacted, want) {
		t.Errorf("redacted %q", a.Redacted)
	}
	h.must(second(b.Feedback(t.Context(), c, a.Turn, bot.Opinion{Helpful: false, Comment: text})))
	turns, err := h.store.Transcript(t.Context(), c)
	h.must(err)
	trace, _ := json.Marshal(h.trace(a.Turn))
	clear := turns[0].Question.String() + string(trace)
	events, err := h.store.Events(t.Context(), a.Turn)
	h.must(err)
	for _, e := range events {
		facts, _ := json.Marshal(e.Facts)
		clear += string(facts) + string(e.Texts[bot.TextComment])
	}
	h.must(h.db.Close())
	files, err := filepath.Glob(h.path + "*")
	h.must(err)
	for _, f := range files {
		data, err := os.ReadFile(f)
		h.must(err)
		clear += string(data)
	}
	for _, p := range append(planted, "4111111111111111", "ann.planted", "ann-key") {
		if strings.Contains(clear, p) {
			t.Errorf("%q is stored", p)
		}
	}
	if !strings.Contains(turns[0].Question.String(), "how much is a replacement cart?") {
		t.Errorf("the question became %q", turns[0].Question)
	}
}

func TestFollowUpLeansOnEarlierTurns(t *testing.T) {
	h := newHouse(t, town)
	b, c := h.bot(nil, nil, nil), h.conversation()
	h.ask(b, c, "1", "do you have parking permits for Zone B?")
	a := h.ask(b, c, "2", "how much is it?")
	trace := h.trace(a.Turn)
	if !trace.FollowUp || len(trace.Query.Context) == 0 || !strings.Contains(a.Sentences[0].Text, "Zone") {
		t.Errorf("follow-up %v, context %v, answer %+v", trace.FollowUp, trace.Query.Context, a.Sentences)
	}
	if alone := h.trace(h.ask(b, h.conversation(), "1", "how much is it?").Turn); alone.FollowUp || len(alone.Query.Context) > 0 {
		t.Errorf("the first question is a follow-up: %+v", alone)
	}
}

func TestSmallTalkFirst(t *testing.T) {
	h := newHouse(t, town)
	b, c := h.bot(nil, nil, nil), h.conversation()
	a := h.ask(b, c, "1", "Hello!")
	if a.Outcome != bot.Abstained || !strings.Contains(a.Closing, "services of Town") || len(a.Sentences) > 0 {
		t.Errorf("%+v", a)
	}
	if a := h.ask(b, c, "2", "how much is a replacement cart?"); a.Outcome != bot.Answered {
		t.Errorf("%+v", a)
	}
	a = h.ask(b, c, "3", "Can I talk to a real person, please?")
	if a.Outcome != bot.HandedOver || a.Person == nil || a.Person.Name != "Town Hall" {
		t.Errorf("%+v", a)
	}
}

func TestFeedback(t *testing.T) {
	h := newHouse(t, town)
	b, c := h.bot(nil, nil, nil), h.conversation()
	a := h.ask(b, c, "1", "how much is a replacement cart?")
	h.must(second(b.Feedback(t.Context(), c, a.Turn, bot.Opinion{Helpful: true, Comment: ""})))
	h.must(second(b.Feedback(t.Context(), c, a.Turn, bot.Opinion{Helpful: false, Comment: "wrong, mail me: ann@example.org"})))
	events, err := h.store.Events(t.Context(), a.Turn)
	h.must(err)
	yes, no := events[len(events)-2], events[len(events)-1]
	if yes.Facts[bot.FactHelpful] != true || len(yes.Texts) > 0 || no.Facts[bot.FactHelpful] != false || string(no.Texts[bot.TextComment]) != `"wrong, mail me: [email]"` {
		t.Errorf("%+v, %+v", yes, no)
	}
	other := h.conversation()
	theirs := h.ask(b, other, "1", "how much is a replacement cart?")
	open, _, err := h.store.Open(t.Context(), bot.Message{Conversation: c, Key: "open"}, bot.Event{Kind: bot.Opened, Texts: map[string]json.RawMessage{bot.TextQuestion: json.RawMessage(`"q"`)}}, time.Now().Add(time.Minute))
	h.must(err)
	h.wantError(second(b.Feedback(t.Context(), c, theirs.Turn, bot.Opinion{Helpful: true, Comment: ""})), bot.NotFound)
	h.wantError(second(b.Feedback(t.Context(), c, open.ID, bot.Opinion{Helpful: true, Comment: ""})), bot.NotFound)
	h.wantError(second(b.Feedback(t.Context(), c, "nothing", bot.Opinion{Helpful: true, Comment: ""})), bot.NotFound)
	h.wantError(second(b.Feedback(t.Context(), "nobody", a.Turn, bot.Opinion{Helpful: true, Comment: ""})), bot.NotFound)
	h.wantError(second(b.Feedback(t.Context(), c, a.Turn, bot.Opinion{Helpful: true, Comment: strings.Repeat("x", bot.MaxQuestion+1)})), bot.TooLarge)
	h.must(h.store.Erase(t.Context(), c))
	h.wantError(second(b.Feedback(t.Context(), c, a.Turn, bot.Opinion{Helpful: true, Comment: ""})), bot.NotFound)
	failing := h.bot(&failingLog{Log: h.store, mode: "early", err: errPlanted, at: 2}, nil, nil)
	h.wantError(second(failing.Feedback(t.Context(), other, theirs.Turn, bot.Opinion{Helpful: true, Comment: ""})), bot.Unavailable)
}

// Over a whole site: every sentence passes its check, for the bot would log the
// one that does not, and every sentence has words.
func TestRiverton(t *testing.T) {
	h := newHouse(t, riverton.Pages{})
	var failed failures
	h.logger = failed.logger()
	b := h.bot(nil, nil, nil)
	answered := 0
	for _, q := range rivertonQuestions(t, false) {
		a := h.ask(b, h.conversation(), "1", q)
		if a.Outcome == bot.Answered {
			answered++
		}
		for _, s := range a.Sentences {
			if strings.TrimSpace(s.Text) == "" || len(s.Citations) == 0 {
				t.Errorf("%q shows %+v", q, s)
			}
		}
		if again := h.ask(b, h.conversation(), "1", q); len(again.Sentences) != len(a.Sentences) {
			t.Errorf("%q is answered in two ways", q)
		}
	}
	if answered == 0 || failed.String() != "" {
		t.Errorf("%d answered; %s", answered, failed.String())
	}
}
