package remote_test

import (
	"errors"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"townclerk/internal/scripted"
	"townclerk/retrieval/remote"
)

const ms = time.Millisecond

// outcome is what a call of three texts meets: the kind of the error (empty:
// none), the number of requests, and the time that passes.
type outcome struct {
	kind     remote.Kind
	requests int
	passed   time.Duration
}

// once holds what happens when a behaviour is played once and the server is
// honest after it. Jitter is half, so the first wait is 250 ms, the second 500 ms.
var once = map[scripted.Behaviour]outcome{
	scripted.Honest:           {"", 1, 0},
	scripted.Floats:           {"", 1, 0},
	scripted.NoUsage:          {"", 1, 0},
	scripted.Shuffled:         {"", 1, 0},
	scripted.Slow:             {"", 1, 3 * time.Second},
	scripted.RateLimited:      {"", 2, 7250 * ms},
	scripted.RateLimitedUntil: {"", 2, 7250 * ms},
	scripted.RateLimitedLong:  {remote.RateLimited, 1, 0},
	scripted.RateLimitedMute:  {"", 2, 250 * ms},
	scripted.OutOfQuota:       {remote.OutOfQuota, 1, 0},
	scripted.ServerError:      {"", 2, 250 * ms},
	scripted.Unavailable:      {"", 2, 2250 * ms},
	scripted.Hang:             {"", 2, 30250 * ms},
	scripted.Dropped:          {"", 2, 250 * ms},
	scripted.CutBody:          {"", 2, 250 * ms},
	scripted.CutJSON:          {"", 2, 250 * ms},
	scripted.WrongDimension:   {remote.WrongDimension, 1, 0},
	scripted.Ragged:           {remote.WrongDimension, 1, 0},
	scripted.NotFinite:        {remote.NotFinite, 1, 0},
	scripted.NaNWord:          {remote.NotFinite, 1, 0},
	scripted.NaNNull:          {remote.NotFinite, 1, 0},
	scripted.Infinite:         {remote.NotFinite, 1, 0},
	scripted.Zero:             {remote.ZeroVector, 1, 0},
	scripted.Short:            {remote.WrongCount, 1, 0},
	scripted.Long:             {remote.WrongCount, 1, 0},
	scripted.DuplicateIndex:   {remote.WrongIndex, 1, 0},
	scripted.WrongIndex:       {remote.WrongIndex, 1, 0},
	scripted.Empty:            {remote.NoData, 1, 0},
	scripted.EmptyBody:        {remote.NoData, 1, 0},
	scripted.EmptyVector:      {remote.NoData, 1, 0},
	scripted.HalfFloat:        {remote.Malformed, 1, 0},
	scripted.Garbled:          {remote.Malformed, 1, 0},
	scripted.HTML:             {remote.NotJSON, 1, 0},
	scripted.Moved:            {remote.WrongAddress, 1, 0},
	scripted.Complaint:        {remote.Refused, 1, 0},
	scripted.BadKey:           {remote.BadKey, 1, 0},
	scripted.BadRequest:       {remote.Refused, 1, 0},
	scripted.TooLong:          {remote.TooLong, 1, 0},
	scripted.ModelMissing:     {remote.ModelMissing, 1, 0},
	scripted.PathMissing:      {remote.WrongAddress, 1, 0},
	scripted.HugeBody:         {remote.TooLarge, 1, 0},
	scripted.HugeError:        {remote.Refused, 1, 0},
}

// forever holds what happens when the server never does anything else, where
// that is different.
var forever = map[scripted.Behaviour]outcome{
	scripted.Slow:             {"", 1, 3 * time.Second},
	scripted.RateLimited:      {remote.RateLimited, 3, 14500 * ms},
	scripted.RateLimitedUntil: {remote.RateLimited, 3, 14500 * ms},
	scripted.RateLimitedMute:  {remote.RateLimited, 3, 750 * ms},
	scripted.ServerError:      {remote.ServerFault, 3, 750 * ms},
	scripted.Unavailable:      {remote.ServerFault, 3, 4500 * ms},
	scripted.Hang:             {remote.Timeout, 3, 90750 * ms},
	scripted.Dropped:          {remote.Connection, 3, 750 * ms},
	scripted.CutBody:          {remote.CutOff, 3, 750 * ms},
	scripted.CutJSON:          {remote.CutOff, 3, 750 * ms},
}

// vectorsOnly are behaviours that a reranker has no use for: it is served
// honestly.
var vectorsOnly = map[scripted.Behaviour]bool{
	scripted.WrongDimension: true, scripted.Ragged: true, scripted.Infinite: true,
	scripted.Zero: true, scripted.EmptyVector: true, scripted.HalfFloat: true,
}

func want(b scripted.Behaviour, always bool) outcome {
	if w, ok := forever[b]; ok && always {
		return w
	}
	return once[b]
}

// play runs call against a server with the behaviour, in a bubble of its own.
func play(t *testing.T, b scripted.Behaviour, always bool, want outcome, call func(*testing.T, *scripted.Server) error) {
	t.Helper()
	t.Run(string(b), func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := scripted.New(8, b)
			if always {
				s.Then(b)
			}
			s.Delay, s.Elsewhere = 3*time.Second, "http://elsewhere.test/v1/embeddings"
			start := time.Now()
			err := call(t, s)
			got := outcome{"", len(s.Requests()), time.Since(start)}
			if e, ok := errors.AsType[*remote.Error](err); ok {
				got.kind = e.Kind
				if !errors.Is(err, e.Kind) || errors.Is(err, remote.Cancelled) {
					t.Errorf("%v is not of its own kind only", err)
				}
				if e.Attempts != got.requests {
					t.Errorf("the error says %d attempts, the server saw %d", e.Attempts, got.requests)
				}
			} else if err != nil {
				t.Errorf("not an *Error: %v", err)
			}
			if got != want {
				t.Errorf("got %+v, want %+v (%v)", got, want, err)
			}
		})
	})
}

func TestEmbedMeetsEveryBehaviour(t *testing.T) {
	texts := []string{"where do I pay", "water bill", "library hours"}
	for _, always := range []bool{false, true} {
		for _, b := range scripted.All() {
			play(t, b, always, want(b, always), func(t *testing.T, s *scripted.Server) error {
				c := config()
				c.Dimensions = 8
				vectors, err := embedder(t, c, bubble(t, s)).Embed(t.Context(), texts)
				if (err == nil) != (len(vectors) == len(texts)) {
					t.Errorf("%d vectors with error %v", len(vectors), err)
				}
				for i, v := range vectors {
					if !reflect.DeepEqual(v, unit(texts[i], 8)) {
						t.Errorf("text %d: %v, want %v", i, v, unit(texts[i], 8))
					}
				}
				return err
			})
		}
	}
}

func TestRerankMeetsEveryBehaviour(t *testing.T) {
	texts := []string{"water bill", "library hours", "dog licence"}
	for _, always := range []bool{false, true} {
		for _, b := range scripted.All() {
			w := want(b, always)
			if vectorsOnly[b] {
				w = outcome{"", 1, 0}
			}
			play(t, b, always, w, func(t *testing.T, s *scripted.Server) error {
				r, err := remote.NewReranker(config(), bubble(t, s), half)
				if err != nil {
					t.Fatal(err)
				}
				scores, err := r.Rerank(t.Context(), "where do I pay", texts)
				if (err == nil) != (len(scores) == len(texts)) {
					t.Errorf("%d scores with error %v", len(scores), err)
				}
				for i, x := range scores {
					if x != scripted.Score("where do I pay", texts[i]) {
						t.Errorf("text %d has score %v", i, x)
					}
				}
				return err
			})
		}
	}
}
