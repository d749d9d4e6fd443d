package llm_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"townclerk/bot/budget"
	"townclerk/bot/llm"
	"townclerk/internal/httpx"
	"townclerk/internal/modelhttp"
	"townclerk/internal/scripted"
)

const user = "Passage 1 (Dogs):\nThe fee is $5. Cats are free.\n\nQuestion: fee?"

// clock is a clock that stands still until it is moved; waiting moves it.
type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time { return time.Unix(0, c.at.Load()) }

func client(t *testing.T, model *scripted.Server, c *clock, change func(*llm.Config)) *llm.Client {
	t.Helper()
	server := httptest.NewServer(model)
	t.Cleanup(server.Close)
	config := llm.Config{BaseURL: server.URL + "/v1", Model: "m", Key: "sesame-key", First: 300 * time.Millisecond, Idle: 300 * time.Millisecond, Whole: 2 * time.Second}
	if change != nil {
		change(&config)
	}
	clock := httpx.Clock{Random: func() float64 { return 0 }}
	if c != nil {
		clock.Now = c.now
	}
	l, err := llm.New(config, nil, clock)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func ask(t *testing.T, l *llm.Client) (string, error) {
	t.Helper()
	var out strings.Builder
	err := l.Stream(t.Context(), llm.Request{System: "You answer.", User: user}, func(s string) error { out.WriteString(s); return nil })
	return out.String(), err
}

// Each way of failing has its kind, and what came before the failure is handed on.
func TestKinds(t *testing.T) {
	whole := "[1] The fee is $5.\n= The fee is $5.\n"
	for b, c := range map[scripted.Behaviour]struct {
		kind modelhttp.Kind
		text bool // some text comes
	}{
		scripted.Honest: {"", true}, scripted.NoMark: {"", true},
		scripted.NoFinish: {modelhttp.CutOff, true}, scripted.Length: {modelhttp.TooLarge, true}, scripted.Filtered: {modelhttp.Refused, true},
		scripted.CutStream: {modelhttp.CutOff, true}, scripted.EndStream: {modelhttp.CutOff, true}, scripted.Stall: {modelhttp.Timeout, true},
		scripted.Endless: {modelhttp.TooLarge, true}, scripted.LongLine: {modelhttp.TooLarge, false}, scripted.ErrorChunk: {modelhttp.Malformed, true},
		scripted.BadChunk: {modelhttp.Malformed, true}, scripted.Silence: {"", false}, scripted.Hang: {modelhttp.Timeout, false},
		scripted.BadKey: {modelhttp.BadKey, false}, scripted.ServerError: {modelhttp.ServerFault, false}, scripted.RateLimitedLong: {modelhttp.RateLimited, false},
		scripted.HTML: {modelhttp.CutOff, false}, scripted.ModelMissing: {modelhttp.ModelMissing, false},
	} {
		t.Run(string(b), func(t *testing.T) {
			t.Parallel()
			l := client(t, scripted.New(1).Then(b), nil, func(c *llm.Config) { c.MaxBytes = 64 << 10 })
			text, err := ask(t, l)
			if c.kind == "" && (err != nil || b != scripted.Silence && text != whole) || c.kind != "" && !errors.Is(err, c.kind) || (text != "") != c.text {
				t.Errorf("%q, %v, want %q", text, err, c.kind)
			}
			if err != nil && strings.Contains(err.Error(), "sesame") {
				t.Error("the key is in ", err)
			}
		})
	}
}

// A request is sent once more where it failed before any text, and never after.
func TestAttempts(t *testing.T) {
	for _, c := range []struct {
		script   []scripted.Behaviour
		requests int
		fails    bool
	}{
		{[]scripted.Behaviour{scripted.ServerError}, 2, false},
		{[]scripted.Behaviour{scripted.RateLimitedMute}, 2, false},
		{[]scripted.Behaviour{scripted.ServerError, scripted.ServerError}, 2, true},
		{[]scripted.Behaviour{scripted.CutStream}, 1, true},
		{[]scripted.Behaviour{scripted.BadKey}, 1, true},
	} {
		model := scripted.New(1, c.script...)
		_, err := ask(t, client(t, model, nil, nil))
		if n := len(model.Requests()); n != c.requests || (err != nil) != c.fails {
			t.Errorf("%v: %d requests, %v", c.script, n, err)
		}
	}
}

// After failures in a row nothing is sent for a while; then one request tries.
func TestBreaker(t *testing.T) {
	c := &clock{}
	model := scripted.New(1).Then(scripted.BadKey)
	l := client(t, model, c, nil)
	for range 4 {
		if _, err := ask(t, l); !errors.Is(err, modelhttp.BadKey) {
			t.Fatal(err)
		}
	}
	if _, err := ask(t, l); !errors.Is(err, modelhttp.Resting) || len(model.Requests()) != 4 {
		t.Fatal(err, len(model.Requests()))
	}
	c.at.Add(int64(time.Minute))
	if _, err := ask(t, l); !errors.Is(err, modelhttp.BadKey) {
		t.Fatal(err)
	}
	if _, err := ask(t, l); !errors.Is(err, modelhttp.Resting) || len(model.Requests()) != 5 {
		t.Fatal("it was asked again too soon", err)
	}
	c.at.Add(int64(time.Minute))
	model.Then(scripted.Honest)
	for range 3 {
		if _, err := ask(t, l); err != nil {
			t.Fatal(err)
		}
	}
}

// A server that lets its callers' time run out counts as failed, whatever time that
// was; one whose callers leave counts neither way.
func TestBreakerKnowsWhoEnded(t *testing.T) {
	model := scripted.New(1).Then(scripted.Hang)
	l := client(t, model, &clock{}, func(c *llm.Config) { c.First, c.Whole = time.Minute, time.Minute })
	hang := func(leave bool) error {
		ctx, stop := context.WithTimeout(t.Context(), 20*time.Millisecond)
		if leave {
			stop()
		}
		defer stop()
		return l.Stream(ctx, llm.Request{User: user}, func(string) error { return nil })
	}
	for i, leave := range []bool{false, false, false, true, true, false} {
		if err := hang(leave); !errors.Is(err, modelhttp.Cancelled) {
			t.Fatal(i, err)
		}
	}
	if err := hang(false); !errors.Is(err, modelhttp.Resting) {
		t.Error(err)
	}
}

// The error of who takes the text ends the request, and is no fault of the server.
func TestTakerEnds(t *testing.T) {
	l := client(t, scripted.New(1), nil, nil)
	enough := errors.New("enough")
	for range 10 {
		n := 0
		err := l.Stream(t.Context(), llm.Request{User: user}, func(string) error {
			if n++; n == 2 {
				return enough
			}
			return nil
		})
		if !errors.Is(err, enough) || n != 2 {
			t.Fatal(err, n)
		}
	}
}

// purse is a budget that takes note.
type purse struct {
	refuses error
	asked   []budget.Tokens
	used    []budget.Tokens
}

func (p *purse) Reserve(_ context.Context, most budget.Tokens) (func(budget.Tokens), error) {
	p.asked = append(p.asked, most)
	return func(used budget.Tokens) { p.used = append(p.used, used) }, p.refuses
}

// Each request is reserved before it is sent, and settled with what the server says;
// with the most where it does not, and with nothing where it refused.
func TestBudget(t *testing.T) {
	most := budget.Tokens{Input: len("You answer.") + len(user) + 64, Output: 800}
	for b, want := range map[scripted.Behaviour][]budget.Tokens{
		scripted.Honest: nil, scripted.NoUsage: {most}, scripted.CutStream: {most}, scripted.Hang: {most, most},
		scripted.ServerError: {{}, {}}, scripted.BadKey: {{}},
	} {
		p := &purse{}
		model := scripted.New(1).Then(b)
		ask(t, client(t, model, nil, func(c *llm.Config) { c.Budget = p }))
		if b == scripted.Honest { // as the server counted
			want = p.used[:1]
			if u := p.used[0]; u.Output == 0 || u.Input+u.Output >= len(user) {
				t.Errorf("settled %v", u)
			}
		}
		if len(p.asked) != len(model.Requests()) || p.asked[0] != most || !slices.Equal(p.used, want) {
			t.Errorf("%s: reserved %v, settled %v, want %v", b, p.asked, p.used, want)
		}
	}
}

// What the budget refuses is not sent, is tried once, and does not count as a failure
// of the server.
func TestExhaustedBudget(t *testing.T) {
	p := &purse{refuses: budget.ErrExhausted}
	model := scripted.New(1)
	l := client(t, model, nil, func(c *llm.Config) { c.Budget = p })
	for range 10 {
		if _, err := ask(t, l); !errors.Is(err, budget.ErrExhausted) {
			t.Fatal(err)
		}
	}
	p.refuses = nil
	if _, err := ask(t, l); err != nil || len(p.asked) != 11 || len(model.Requests()) != 1 {
		t.Error(err, len(p.asked), len(model.Requests()))
	}
}
