package remote_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"townclerk/internal/scripted"
	"townclerk/retrieval/remote"
)

// The servers here repeat the key and the texts in what they say. The key is in
// nothing that can be printed; the texts are not in an error's own text.
func TestKeyIsInNoErrorAndNoLog(t *testing.T) {
	const text = "my question about eviction"
	for _, b := range scripted.All() {
		synctest.Test(t, func(t *testing.T) {
			c := config()
			hc := bubble(t, scripted.New(8).Then(b))
			e := embedder(t, c, hc)
			r, err := remote.NewReranker(c, hc, half)
			if err != nil {
				t.Fatal(err)
			}
			_, failed := e.Embed(t.Context(), []string{text})
			_, failed2 := r.Rerank(t.Context(), text, []string{text})
			for _, v := range []any{failed, failed2, fmt.Errorf("sync: %w", failed), e, r, *r, c, e.Usage(), remote.Cached(e, nil)} {
				noKey(t, b, v)
			}
			for _, err := range []error{failed, failed2} {
				if err != nil && strings.Contains(err.Error(), "eviction") {
					t.Errorf("%s: the text is in %q", b, err)
				}
			}
		})
	}
}

func noKey(t *testing.T, b scripted.Behaviour, v any) {
	t.Helper()
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Error("x", "v", v)
	slog.New(slog.NewJSONHandler(&log, nil)).Error("x", "v", v)
	fmt.Fprintf(&log, "%v %+v %#v %q", v, v, v, v)
	data, _ := json.Marshal(v)
	log.Write(data)
	if err, ok := v.(error); ok {
		for ; err != nil; err = errors.Unwrap(err) {
			fmt.Fprintf(&log, "%v %#v", err, err)
			if e, ok := err.(*remote.Error); ok {
				fmt.Fprintf(&log, "%+v", *e)
			}
		}
	}
	for _, k := range []string{key, url.QueryEscape(key), url.PathEscape(key), fmt.Sprintf("%x", key), "very/secret"} {
		if strings.Contains(log.String(), k) {
			t.Errorf("%s: the key is in %T: %s", b, v, log.String())
		}
	}
}

func TestErrorTexts(t *testing.T) {
	for b, want := range map[scripted.Behaviour]string{
		scripted.WrongDimension:  "embed with tiny at model.test: a vector has the wrong dimension: vector 1 of 1 has 9 numbers, want 8",
		scripted.RateLimitedLong: "embed with tiny at model.test: too many requests (status 429, rate_limit_exceeded, asks to wait 1h0m0s)",
		scripted.ServerError:     "embed with tiny at model.test: the server failed (status 500, server_error, 3 attempts)",
		scripted.HTML:            "embed with tiny at model.test: the reply is not JSON; is the base URL right?: it is a web page",
		scripted.Moved:           "embed with tiny at model.test: nothing at this address; is the base URL right?: it redirects, which is not followed (status 307)",
		scripted.ModelMissing:    "embed with tiny at model.test: the server has no such model (or nothing at this address) (status 404, model_not_found)",
	} {
		synctest.Test(t, func(t *testing.T) {
			c, s := config(), scripted.New(8).Then(b)
			c.Dimensions, s.Elsewhere = 8, "http://elsewhere.test/"
			if _, err := embedder(t, c, bubble(t, s)).Embed(t.Context(), []string{"a"}); err == nil || err.Error() != want {
				t.Errorf("%s: %v", b, err)
			}
		})
	}
}

func TestDetailIsForPeople(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := config()
		_, err := embedder(t, c, bubble(t, scripted.New(8, scripted.BadKey))).Embed(t.Context(), []string{"a"})
		e, _ := errors.AsType[*remote.Error](err)
		if e.Detail != `Incorrect API key provided: key "[key]", input ["a"]` {
			t.Errorf("%q", e.Detail)
		}
		c.Key = ""
		_, err = embedder(t, c, bubble(t, scripted.New(8, scripted.BadKey))).Embed(t.Context(), []string{"a"})
		if !strings.Contains(err.Error(), "none is set") {
			t.Error(err)
		}
	})
}

// A server may call anything an error code.
func TestKeyIsNotAnErrorCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := config()
		c.Key = "sk-plain"
		_, err := embedder(t, c, bubble(t, scripted.New(8, scripted.BadRequest))).Embed(t.Context(), []string{"a"})
		if e, _ := errors.AsType[*remote.Error](err); e == nil || e.Kind != remote.Refused || strings.Contains(fmt.Sprintf("%#v", e), "plain") {
			t.Errorf("%#v", e)
		}
	})
}
