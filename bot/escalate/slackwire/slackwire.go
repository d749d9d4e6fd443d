// Package slackwire brings what Slack sends, by one of its two ways: a Handler takes
// requests that Slack signs, a Socket holds a connection to Slack. Both hand it to a
// Take and acknowledge it when that has it.
package slackwire

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Take stores something that Slack sent and returns the answer to it; an error has Slack
// send it again.
type Take func(ctx context.Context, body []byte) ([]byte, error)

const (
	maxBody  = 1 << 20
	freshFor = 5 * time.Minute
)

// Why a request is refused.
const (
	RefusedMethod    = "method"
	RefusedSize      = "size"
	RefusedSignature = "signature"
	RefusedStale     = "stale"
)

// Handler takes events and interactions at one address.
type Handler struct {
	Secret  string // signs the requests; empty: all are refused
	Take    Take
	Refused func(reason string)
	Now     func() time.Time
	Log     *slog.Logger
}

var _ http.Handler = (*Handler)(nil)

// ServeHTTP hands a request that Slack has signed on.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, why, status := h.read(w, r)
	if why != "" {
		h.Refused(why)
		http.Error(w, "refused", status)
		return
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			form = url.Values{}
		}
		body = []byte(form.Get("payload"))
	}
	answer, err := h.Take(r.Context(), body)
	if err != nil {
		h.Log.Error("what came from Slack could not be stored; it will come again", "error", err)
		http.Error(w, "try again", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if json.Valid(answer) {
		w.Header().Set("Content-Type", "application/json")
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Write(answer)
}

// read returns the body of a request that Slack has signed lately, or why it is refused.
// It goes by the clock of the rest, and tells nobody what the signature should have been.
func (h *Handler) read(w http.ResponseWriter, r *http.Request) (body []byte, why string, status int) {
	if r.Method != http.MethodPost {
		return nil, RefusedMethod, http.StatusMethodNotAllowed
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return nil, RefusedSize, http.StatusRequestEntityTooLarge
	}
	stamp := r.Header.Get("X-Slack-Request-Timestamp")
	mac := hmac.New(sha256.New, []byte(h.Secret))
	fmt.Fprintf(mac, "v0:%s:%s", stamp, body)
	hexed, v0 := strings.CutPrefix(r.Header.Get("X-Slack-Signature"), "v0=")
	given, err := hex.DecodeString(hexed)
	if h.Secret == "" || !v0 || err != nil || !hmac.Equal(given, mac.Sum(nil)) {
		return nil, RefusedSignature, http.StatusUnauthorized
	}
	at, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || h.Now().Sub(time.Unix(at, 0)).Abs() > freshFor {
		return nil, RefusedStale, http.StatusUnauthorized
	}
	return body, "", 0
}
