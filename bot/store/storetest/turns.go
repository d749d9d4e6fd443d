package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"townclerk/bot"
)

func tokens(h *harness) {
	id, token := h.create()
	other, otherToken := h.create()
	h.must(h.s.Authenticate(h.Context(), id, token))
	h.must(h.s.Authenticate(h.Context(), other, otherToken))
	h.must(h.s.Erase(h.Context(), other))
	for _, try := range []struct {
		id    bot.ConversationID
		token bot.Token
	}{
		{id, otherToken}, {id, ""}, {id, token + "x"}, {id, bot.Token(strings.ToLower(string(token)))},
		{other, otherToken}, {other, token}, {other, ""},
		{bot.NewConversationID(), token}, {"", ""}, {"' OR 1=1", token},
	} {
		err := h.s.Authenticate(h.Context(), try.id, try.token)
		h.wantKind(err, bot.NotFound)
		// One text for all: only the identifier, which the caller sent, differs.
		if want := fmt.Sprintf("authenticate %q: ", try.id); !strings.HasPrefix(err.Error(), want) ||
			strings.TrimPrefix(err.Error(), want) != "not_found: no such conversation or turn, or no right to it, or erased" {
			h.Errorf("%q gives the error %q away", try.id, err)
		}
	}
}

func languages(h *harness) {
	for _, tag := range []string{"", "en", "es-419", "zh-Hant-TW"} {
		if _, _, err := h.s.Create(h.Context(), tag); err != nil {
			h.Errorf("%q: %v", tag, err)
		}
	}
	for _, tag := range []string{"my name is Ann", "en\x00", "-", "419", "é", strings.Repeat("a", 36)} {
		_, _, err := h.s.Create(h.Context(), tag)
		h.wantKind(err, bot.Invalid)
	}
}

func roundTrip(h *harness) {
	id, _ := h.create()
	at := time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.FixedZone("", 3600))
	question := Question("When is <trash> \"collected\"? 日本")
	question.At, question.Facts = at, map[string]any{"b": "x", "a": []any{1.5, true, nil}}
	deadline := at.AddDate(100, 0, 0)
	turn, fresh, err := h.s.Open(h.Context(), message(id, "k", "q"), question, deadline)
	h.must(err)
	want := bot.Turn{
		ID: turn.ID, Conversation: id, Number: 1, Key: "k", OpenedAt: at.UTC(), Deadline: deadline.UTC(),
		Question: bot.AsRedacted("When is <trash> \"collected\"? 日本"),
	}
	if !fresh || !reflect.DeepEqual(turn, want) {
		h.Fatalf("opened %+v (fresh %v), want %+v", turn, fresh, want)
	}
	comment := Feedback("thanks")
	h.must(h.s.Append(h.Context(), turn.ID, Shown("On Mondays."), Ended(bot.Answered), comment))
	shown := Answer("On Mondays.")
	want.Key, want.Ended, want.Outcome, want.Answer = "", true, bot.Answered, &shown
	turns, err := h.s.Transcript(h.Context(), id)
	h.must(err)
	if !reflect.DeepEqual(turns, []bot.Turn{want}) {
		h.Errorf("transcript %+v, want %+v", turns, want)
	}
	events, err := h.s.Events(h.Context(), turn.ID)
	h.must(err)
	if len(events) != 4 || !reflect.DeepEqual(events[0].Facts, question.Facts) || !events[0].At.Equal(at) {
		h.Fatalf("events %+v", events)
	}
	if !reflect.DeepEqual(events[0].Texts, question.Texts) || !reflect.DeepEqual(events[3].Texts, comment.Texts) {
		h.Errorf("texts %s, %s", events[0].Texts, events[3].Texts)
	}
	if events[2].Facts[bot.FactOutcome] != "answered" || events[1].At.IsZero() {
		h.Errorf("ended with %v", events[2].Facts)
	}
}

func duplicates(h *harness) {
	id, _ := h.create()
	turn := h.open(id, "k", "first")
	again := func() bot.Turn {
		h.Helper()
		got, fresh, err := h.s.Open(h.Context(), message(id, "k", "first"), Question("first"), time.Now().Add(time.Minute))
		h.must(err)
		if fresh || got.ID != turn.ID || got.Question.String() != "first" || got.Key != "k" {
			h.Fatalf("got %+v (fresh %v), want turn %s", got, fresh, turn.ID)
		}
		return got
	}
	if got := again(); got.Ended || got.Answer != nil {
		h.Errorf("an open turn came back as %+v", got)
	}
	h.must(h.s.Append(h.Context(), turn.ID, Shown("a"), Ended(bot.Answered)))
	h.open(id, "", "another, so that the conversation is busy")
	if got := again(); !got.Ended || got.Answer == nil || got.Answer.Sentences[0].Text != "a" {
		h.Errorf("an ended turn came back as %+v", got)
	}
	other, _ := h.create()
	if got := h.open(other, "k", "first"); got.ID == turn.ID {
		h.Error("a key of one conversation found a turn of another")
	}
}

// A key names one message: another text under it gets neither that one's answer nor
// a turn, whether that one's turn is open, overdue or ended.
func keyOfAnother(h *harness) {
	id, _ := h.create()
	refused := func(when string) {
		h.Helper()
		for _, text := range []string{"other words", "first ", "First", ""} {
			turn, fresh, err := h.s.Open(h.Context(), message(id, "k", text), Question(text), time.Now().Add(time.Minute))
			if bot.KindOf(err) != bot.Reused || fresh || turn.ID != "" || turn.Answer != nil {
				h.Errorf("%s: %q under the key of another gives %+v (fresh %v), %v", when, text, turn, fresh, err)
			}
			if err != nil && strings.Contains(err.Error(), "words") {
				h.Errorf("%s: the error %q repeats a text", when, err)
			}
		}
	}
	turn := h.openUntil(id, "k", "first", time.Now().Add(-time.Second))
	refused("overdue")
	h.open(id, "l", "second")
	refused("another is open")
	if events := h.kinds(turn.ID); !slices.Equal(events, []bot.EventKind{bot.Opened, bot.Ended}) {
		h.Errorf("events %v", events)
	}
	turns, err := h.s.Transcript(h.Context(), id)
	h.must(err)
	if len(turns) != 2 || turns[0].Question.String() != "first" {
		h.Errorf("transcript %+v", turns)
	}
}

func busy(h *harness) {
	id, _ := h.create()
	turn := h.open(id, "a", "one")
	for _, key := range []string{"b", ""} {
		_, _, err := h.s.Open(h.Context(), message(id, key, "two"), Question("two"), time.Now().Add(time.Minute))
		h.wantKind(err, bot.Busy)
	}
	other, _ := h.create()
	h.open(other, "b", "the others are not held up")
	h.must(h.s.Append(h.Context(), turn.ID, Ended(bot.Abstained)))
	h.open(id, "b", "two")
}

func deadlinePasses(h *harness) {
	id, _ := h.create()
	lost := h.openUntil(id, "a", "one", time.Now().Add(-time.Second))
	next := h.open(id, "b", "two")
	if want := []bot.EventKind{bot.Opened, bot.Ended}; !slices.Equal(h.kinds(lost.ID), want) {
		h.Errorf("the lost turn has %v, want %v", h.kinds(lost.ID), want)
	}
	if err := h.s.Append(h.Context(), lost.ID, Shown("late")); !errors.Is(err, h.errs.Ended) {
		h.Errorf("appending to the lost turn gives %v", err)
	}
	h.must(h.s.Append(h.Context(), next.ID, Ended(bot.Abstained)))
	// The same key again, after its turn was lost with nothing shown: asked anew, and
	// then as any other.
	lost = h.openUntil(id, "c", "three", time.Now().Add(-time.Second))
	again := func() (bot.Turn, bool, error) {
		return h.s.Open(h.Context(), message(id, "c", "three"), Question("three"), time.Now().Add(time.Minute))
	}
	turn, fresh, err := again()
	h.must(err)
	if !fresh || turn.ID == lost.ID || turn.Number != lost.Number+1 {
		h.Errorf("got %+v (fresh %v), want a new turn", turn, fresh)
	}
	h.must(h.s.Append(h.Context(), turn.ID, Ended(bot.Abstained)))
	if same, fresh, err := again(); err != nil || fresh || same.ID != turn.ID {
		h.Errorf("got %+v (fresh %v, %v), want the turn that was answered", same, fresh, err)
	}
	// One that showed something before it was lost stays what it was.
	shown := h.open(id, "d", "four")
	h.must(h.s.Append(h.Context(), shown.ID, Shown("x"), Ended(bot.Partial)))
	if same, fresh, err := h.s.Open(h.Context(), message(id, "d", "four"), Question("four"), time.Now().Add(time.Minute)); err != nil || fresh || same.ID != shown.ID {
		h.Errorf("got %+v (fresh %v, %v), want the turn of which something was shown", same, fresh, err)
	}
}

func recent(h *harness) {
	id, _ := h.create()
	if turns, err := h.s.Transcript(h.Context(), id); err != nil || len(turns) != 0 {
		h.Fatalf("a new conversation has %v, %v", turns, err)
	}
	for i := range 5 {
		turn := h.open(id, "", fmt.Sprint(i))
		h.must(h.s.Append(h.Context(), turn.ID, Ended(bot.Abstained)))
	}
	for n, want := range map[int]string{-1: "", 0: "", 1: "4", 3: "234", 5: "01234", 9: "01234", math.MaxInt: "01234"} {
		turns, err := h.s.Recent(h.Context(), id, n)
		h.must(err)
		got := ""
		for _, turn := range turns {
			got += turn.Question.String()
		}
		if got != want {
			h.Errorf("the last %d are %q, want %q", n, got, want)
		}
	}
}

func afterEnd(h *harness) {
	id, _ := h.create()
	turn := h.open(id, "k", "q")
	if err := h.s.Append(h.Context(), turn.ID, Feedback("early")); !errors.Is(err, h.errs.InvalidEvent) {
		h.Errorf("feedback before the end gives %v", err)
	}
	h.must(h.s.Append(h.Context(), turn.ID, Ended(bot.Abstained)))
	for _, e := range []bot.Event{Shown("late"), {Kind: bot.Corrected}, Ended(bot.Failed)} {
		if err := h.s.Append(h.Context(), turn.ID, e); !errors.Is(err, h.errs.Ended) {
			h.Errorf("%s after the end gives %v", e.Kind, err)
		}
	}
	h.must(h.s.Append(h.Context(), turn.ID, Feedback("one")))
	h.must(h.s.Append(h.Context(), turn.ID, Feedback("two"), Feedback("three")))
	want := []bot.EventKind{bot.Opened, bot.Ended, bot.Feedback, bot.Feedback, bot.Feedback}
	if got := h.kinds(turn.ID); !slices.Equal(got, want) {
		h.Errorf("events %v, want %v", got, want)
	}
}

func allOrNothing(h *harness) {
	id, _ := h.create()
	turn := h.open(id, "k", "q")
	text := func(field, value string) bot.Event {
		return bot.Event{Kind: bot.Shown, Texts: map[string]json.RawMessage{field: json.RawMessage(value)}}
	}
	for name, bad := range map[string]bot.Event{
		"no kind":         {},
		"unknown kind":    {Kind: "retracted"},
		"opened twice":    Question("again"),
		"no outcome":      {Kind: bot.Ended},
		"odd outcome":     {Kind: bot.Ended, Facts: map[string]any{bot.FactOutcome: 7}},
		"no JSON":         text("answer", "{"),
		"null text":       text("trace", ""),
		"no answer":       text("answer", "[1]"),
		"field name":      text("an\x00swer", "{}"),
		"empty name":      text("", "{}"),
		"facts no JSON":   {Kind: bot.Shown, Facts: map[string]any{"x": math.NaN()}},
		"facts no JSON 2": {Kind: bot.Shown, Facts: map[string]any{"x": func() {}}},
		"early feedback":  Feedback("x"),
	} {
		err := h.s.Append(h.Context(), turn.ID, Shown("a"), bad)
		if !errors.Is(err, h.errs.InvalidEvent) {
			h.Errorf("%s: got %v", name, err)
		}
		h.wantKind(err, bot.Internal)
	}
	err := h.s.Append(h.Context(), turn.ID, Ended(bot.Answered), Shown("a"))
	if !errors.Is(err, h.errs.Ended) {
		h.Errorf("shown after ended in one batch gives %v", err)
	}
	if got := h.kinds(turn.ID); !slices.Equal(got, []bot.EventKind{bot.Opened}) {
		h.Errorf("a refused batch left %v", got)
	}
	h.must(h.s.Append(h.Context(), turn.ID))
	h.must(h.s.Append(h.Context(), turn.ID, Shown("a"), Ended(bot.Answered)))
}

func badOpen(h *harness) {
	id, _ := h.create()
	soon := time.Now().Add(time.Minute)
	for _, try := range []struct {
		e        bot.Event
		deadline time.Time
	}{
		{bot.Event{Kind: bot.Opened}, soon},
		{bot.Event{Kind: bot.Opened, Texts: map[string]json.RawMessage{bot.TextQuestion: json.RawMessage("5")}}, soon},
		{Question("q"), time.Time{}},
		{Shown("a"), soon},
	} {
		_, _, err := h.s.Open(h.Context(), message(id, "k", "q"), try.e, try.deadline)
		if !errors.Is(err, h.errs.InvalidEvent) {
			h.Errorf("%+v: got %v", try, err)
		}
	}
	h.open(id, "k", "nothing of it is left")
}

func unknown(h *harness) {
	for _, odd := range []string{"", "\x00", "\xff", strings.Repeat("a", 1<<16)} {
		h.wantKind(h.s.Authenticate(h.Context(), bot.ConversationID(odd), "t"), bot.NotFound)
		_, _, err := h.s.Open(h.Context(), message(bot.ConversationID(odd), "k", "q"), Question("q"), time.Now().Add(time.Minute))
		h.wantKind(err, bot.NotFound)
		_, err = h.s.Recent(h.Context(), bot.ConversationID(odd), 1)
		h.wantKind(err, bot.NotFound)
		_, err = h.s.Events(h.Context(), bot.TurnID(odd))
		h.wantKind(err, bot.NotFound)
		h.wantKind(h.s.Append(h.Context(), bot.TurnID(odd), Shown("a")), bot.NotFound)
		h.wantKind(h.s.Erase(h.Context(), bot.ConversationID(odd)), bot.NotFound)
	}
	_, _, err := h.s.Open(h.Context(), message("nobody", "k", "q"), Question("q"), time.Now().Add(time.Minute))
	h.wantKind(err, bot.NotFound)
	h.wantKind(h.s.Append(h.Context(), "nothing", Shown("a")), bot.NotFound)
	h.wantKind(h.s.Erase(h.Context(), "nobody"), bot.NotFound)
	_, err = h.s.Transcript(h.Context(), "nobody")
	h.wantKind(err, bot.NotFound)
	_, err = h.s.Events(h.Context(), "nothing")
	h.wantKind(err, bot.NotFound)
}
