package scriptedslack

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// UseHTTP makes events go to a URL, and interactions and commands to another or the
// same, instead of over Socket Mode. The first must answer Slack's challenge. With ""
// twice Socket Mode is back.
func (w *Workspace) UseHTTP(ctx context.Context, events, interactive string) error {
	if events != "" {
		if err := w.challenge(ctx, events); err != nil {
			return err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events, w.interactive = events, interactive
	return nil
}

func (w *Workspace) challenge(ctx context.Context, to string) error {
	w.mu.Lock()
	word := w.id("challenge-")
	w.mu.Unlock()
	body := asJSON(map[string]any{"token": "scripted", "challenge": word, "type": "url_verification"})
	req, err := w.signed(ctx, to, "application/json", body, "")
	if err != nil {
		return err
	}
	res, err := w.opt.HTTP.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK || !strings.Contains(string(answer), word) {
		return fmt.Errorf("%s answers %s to the challenge of url_verification, without the challenge", to, res.Status)
	}
	return nil
}

// post brings a delivery to a URL; it returns the answer, or why there is none.
func (w *Workspace) post(to string, d *delivery) ([]byte, string) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	timeout := w.opt.After(w.opt.Ack)
	go func() {
		select {
		case <-timeout:
			cancel()
		case <-ctx.Done():
		}
	}()
	kind, body := d.form()
	var trick Mishap
	if d.Attack {
		trick = d.Mishap
	}
	req, err := w.signed(ctx, to, kind, body, trick)
	if err != nil {
		return nil, err.Error()
	}
	if d.Attempt > 0 {
		req.Header.Set("X-Slack-Retry-Num", strconv.Itoa(d.Attempt))
		req.Header.Set("X-Slack-Retry-Reason", d.Failed)
	}
	res, err := w.opt.HTTP.Do(req)
	switch {
	case errors.Is(err, context.Canceled):
		return nil, "http_timeout"
	case err != nil:
		return nil, "connection_failed"
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	d.Status = res.StatusCode
	switch {
	case err != nil:
		return nil, "connection_failed"
	case res.StatusCode/100 != 2:
		return nil, "http_error"
	}
	return answer, ""
}

// form is a delivery as it goes over HTTP.
func (d *delivery) form() (kind string, body []byte) {
	switch d.Kind {
	case "interactive":
		return "application/x-www-form-urlencoded", []byte(url.Values{"payload": {string(asJSON(d.payload))}}.Encode())
	case "slash_commands":
		v := url.Values{}
		for k, field := range d.payload {
			v.Set(k, fmt.Sprint(field))
		}
		return "application/x-www-form-urlencoded", []byte(v.Encode())
	}
	return "application/json", asJSON(d.payload)
}

// signed is a request with Slack's signature, or with that of an attacker.
func (w *Workspace) signed(ctx context.Context, to, kind string, body []byte, trick Mishap) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("request URL %q: %w", to, err)
	}
	at, secret := w.opt.Now(), Secret
	switch trick {
	case Replayed:
		at = at.Add(-10 * time.Minute)
	case Forged:
		secret = "a guess"
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	req.Header.Set("Content-Type", kind)
	req.Header.Set("X-Slack-Request-Timestamp", stamp)
	req.Header.Set("X-Slack-Signature", Sign(secret, stamp, body))
	return req, nil
}

// Sign returns Slack's signature (v0) of a body at a time in seconds.
func Sign(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "v0:%s:%s", timestamp, body)
	return "v0=" + hex.EncodeToString(mac.Sum(nil))
}

func asJSON(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		return []byte("null")
	}
	return data
}
