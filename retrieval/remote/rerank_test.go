package remote_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"townclerk/internal/scripted"
	"townclerk/retrieval/remote"
)

func TestRerankRequestOnTheWire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := scripted.New(8), config()
		c.TextTokens, c.PricePerMillionTokens = 2, 1e6
		r, err := remote.NewReranker(c, bubble(t, s), half)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Rerank(t.Context(), "who", []string{"a text that is long", "b"}); err != nil {
			t.Fatal(err)
		}
		q := s.Requests()[0]
		if q.Path != "/v1/rerank" || q.Header.Get("Authorization") != "Bearer "+key || q.Model != "tiny" || q.Question != "who" || len(q.Input) != 2 || q.Input[0] != "a text t" {
			t.Errorf("%+v", q)
		}
		want := remote.Usage{Requests: 1, Texts: 2, Truncated: 1, Tokens: 5, Cost: 5}
		if u := r.Usage(); u != want {
			t.Errorf("%+v, want %+v", u, want)
		}
		if r.Fingerprint() != "rerank:tiny" {
			t.Error(r.Fingerprint())
		}
		if scores, err := r.Rerank(t.Context(), "who", nil); err != nil || len(scores) != 0 || len(s.Requests()) != 1 {
			t.Errorf("no texts: %v, %v", scores, err)
		}
		if _, err := r.Rerank(t.Context(), "", []string{"a"}); !errors.Is(err, remote.BadInput) {
			t.Errorf("no query: %v", err)
		}
	})
}
