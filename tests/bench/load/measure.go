package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"
)

// result is what one turn of a server gave. Times are in seconds.
type result struct {
	perSecond             float64 // questions
	first50, first99      float64 // to the first shown byte
	whole50, whole99      float64 // to the end of the answer
	cpu, databaseCPU      float64 // of the processors, for a question
	memory                float64 // MB resident at the end
	questions, unanswered int
}

// measure lets clients ask until the time is over and their last answer was read.
func (b *bench) measure(s server, clients int, length time.Duration) (result, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	before, err := b.spent(s)
	if err != nil {
		return result{}, err
	}
	var group sync.WaitGroup
	tallies := make([]tally, clients)
	started := time.Now()
	until := started.Add(length)
	for i := range tallies {
		group.Go(func() {
			if err := b.citizen(ctx, s, until, &tallies[i]); err != nil {
				tallies[i].err = err
				cancel()
			}
		})
	}
	group.Wait()
	took := time.Since(started)
	after, err := b.spent(s)
	if err != nil {
		return result{}, err
	}
	r, err := sum(tallies, took)
	r.cpu = (after.server - before.server) / float64(r.questions)
	r.databaseCPU = (after.database - before.database) / float64(r.questions)
	r.memory = after.memory
	return r, err
}

// tally is what one client saw.
type tally struct {
	first, whole []float64
	unanswered   int
	err          error
}

// citizen holds one conversation after another.
func (b *bench) citizen(ctx context.Context, s server, until time.Time, t *tally) error {
	for {
		questions := b.conversations[int(s.next.Add(1)-1)%len(b.conversations)]
		c, err := s.api.begin(ctx)
		if err != nil {
			return fmt.Errorf("begin a conversation: %w", err)
		}
		for _, q := range questions {
			if !time.Now().Before(until) {
				return nil
			}
			asked := time.Now()
			a, err := s.api.ask(ctx, c, q)
			if err != nil {
				return fmt.Errorf("ask %q: %w", q, err)
			}
			t.first = append(t.first, a.first.Sub(asked).Seconds())
			t.whole = append(t.whole, time.Since(asked).Seconds())
			if !a.answered {
				t.unanswered++
			}
		}
	}
}

func sum(tallies []tally, took time.Duration) (result, error) {
	var first, whole []float64
	var r result
	var errs []error
	for _, t := range tallies {
		first, whole = append(first, t.first...), append(whole, t.whole...)
		r.unanswered += t.unanswered
		if t.err != nil && !errors.Is(t.err, context.Canceled) {
			errs = append(errs, t.err)
		}
	}
	if len(errs) > 0 {
		return r, errs[0]
	}
	if len(whole) == 0 {
		return r, errors.New("no question was answered in time")
	}
	r.questions = len(whole)
	r.perSecond = float64(len(whole)) / took.Seconds()
	slices.Sort(first)
	slices.Sort(whole)
	r.first50, r.first99 = quantile(first, 0.5), quantile(first, 0.99)
	r.whole50, r.whole99 = quantile(whole, 0.5), quantile(whole, 0.99)
	return r, nil
}

// quantile returns the value below which the share q of the sorted values lies.
func quantile(sorted []float64, q float64) float64 {
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

func readConversations(path string) ([][]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the conversations: %w", err)
	}
	defer f.Close()
	var all [][]string
	for d := json.NewDecoder(f); d.More(); {
		var c []string
		if err := d.Decode(&c); err != nil {
			return nil, fmt.Errorf("read the conversations: %w", err)
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s has no conversations", path)
	}
	return all, nil
}
