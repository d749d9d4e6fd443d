package main

import (
	"flag"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"

	"townclerk/bot"
	"townclerk/internal/scripted"
)

var (
	runs = flag.Int("runs", 300, "how many turns the randomised test has")
	seed = flag.Uint64("seed", 1, "what the randomised test draws from")
)

// Random questions, sentences that are true or bent in random ways, streams that are
// cut into random pieces and end in random ways: nothing false is shown, and no
// number, date, address or quote that does not stand in the cited ranges.
func TestRandomRuns(t *testing.T) {
	h := riverside(t)
	cases := rivertonSet(t, "questions.jsonl").Cases
	var shown, made, planted atomic.Int64
	t.Run("conversations", func(t *testing.T) {
		for n := range (*runs + turnsEach - 1) / turnsEach {
			t.Run(fmt.Sprint(n), func(t *testing.T) {
				t.Parallel()
				random := rand.New(rand.NewPCG(*seed, uint64(n)))
				model := scripted.New(8)
				model.Claims = func(q scripted.Request) []scripted.Claim { return mixed(q, drawn(n, q.User)) }
				model.Split = func(text string) []string { return cutUp(text, drawn(n, text)) }
				id, _, err := h.store.Create(t.Context(), "en")
				if err != nil {
					t.Fatal(err)
				}
				b := h.newBot(t, model, random.IntN(2) == 0)
				for range turnsEach {
					stream := quick[max(0, random.IntN(4*len(quick))-3*len(quick))]
					model.Then(stream)
					question := cases[random.IntN(len(cases))].Question
					_, sentences := h.ask(t, b, id, question)
					for _, problem := range h.wrong(t, sentences, model.Said()) {
						t.Errorf("seed %d, conversation %d, %s, %q: %s", *seed, n, stream, question, problem)
					}
					shown.Add(int64(len(sentences)))
					made.Add(int64(count(sentences, func(s bot.Sentence) bool { return s.Written })))
				}
				planted.Add(int64(count(model.Said(), func(c scripted.Claim) bool { return c.False })))
			})
		}
	})
	t.Logf("seed %d: %d turns, %d sentences shown, %d of them written; %d false ones were planted", *seed, *runs, shown.Load(), made.Load(), planted.Load())
	if int(made.Load()) < *runs/4 || int(planted.Load()) < *runs/2 {
		t.Error("too little was written or planted to prove anything")
	}
}

const turnsEach = 5 // of a conversation

// quick are behaviours about the stream that need no waiting, the honest one first.
var quick = []scripted.Behaviour{
	scripted.Honest, scripted.NoUsage, scripted.NoFinish, scripted.NoMark, scripted.Length, scripted.Filtered, scripted.CutStream,
	scripted.EndStream, scripted.Reset, scripted.ErrorChunk, scripted.BadChunk, scripted.Noise, scripted.OtherModel, scripted.SecondChoice,
	scripted.Fenced, scripted.Thinks, scripted.BrokenJSON, scripted.Repeats, scripted.Unquoted, scripted.Silence, scripted.ServerError,
}

// drawn is a source that depends on the seed, the conversation and a text.
func drawn(n int, text string) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprint(h, n, text)
	return rand.New(rand.NewPCG(*seed, h.Sum64()))
}

// mixed are up to six sentences of the passages, half of them bent.
func mixed(q scripted.Request, random *rand.Rand) (out []scripted.Claim) {
	all, manners := scripted.Sentences(q), scripted.Manners()
	if len(all) == 0 {
		return nil
	}
	for range 1 + random.IntN(6) {
		i := random.IntN(len(all))
		c := all[i]
		for bent := random.IntN(2) == 0; bent && c == all[i]; {
			c = manners[random.IntN(len(manners))].Behaviour.Bend(q, all, i)
		}
		out = append(out, c)
	}
	return out
}

// cutUp cuts a text into pieces of up to forty characters.
func cutUp(text string, random *rand.Rand) (out []string) {
	for rest := []rune(text); len(rest) > 0; {
		n := min(1+random.IntN(40), len(rest))
		out, rest = append(out, string(rest[:n])), rest[n:]
	}
	return out
}

func count[T any](all []T, is func(T) bool) (n int) {
	for _, x := range all {
		if is(x) {
			n++
		}
	}
	return n
}

// The oracle of these tests sees what is not in the evidence.
func TestOracleSees(t *testing.T) {
	evidence := "Pay $62 by March 1, 2026 at 5 p.m., on Mondays, within two weeks, at https://a.example/pay. It is 1,250 in all."
	for text, want := range map[string]string{
		"You pay $62 by March 1.":           "",
		"In 2 weeks, 1250 in all, Mondays.": "",
		"Pay €62.":                          "€",
		"Pay $63.":                          "63",
		"Pay by May 1.":                     "May",
		"Pay on Tuesday.":                   "Tuesday",
		"Pay at https://b.example/pay.":     "https://b.example/pay",
		"Ask pay@b.example.":                "pay@b.example",
		"Within three weeks.":               "three",
	} {
		if got := strings.Join(unsupported(text, evidence), " "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
