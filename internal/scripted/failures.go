package scripted

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// fail plays the behaviours that have no results, and reports whether it did.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, q Request) bool {
	key := strings.TrimPrefix(q.Header.Get("Authorization"), "Bearer ") + q.Header.Get("Api-Key")
	echo := fmt.Sprintf("key %q, input %q", key, q.Input)
	switch q.Played {
	case Slow:
		t := time.NewTimer(s.Delay)
		defer t.Stop()
		select {
		case <-t.C:
			return false
		case <-r.Context().Done():
		}
	case Hang:
		<-r.Context().Done()
	case Dropped:
		panic(http.ErrAbortHandler)
	case RateLimited:
		limited(w, "7")
	case RateLimitedUntil:
		limited(w, time.Now().Add(7*time.Second).UTC().Format(http.TimeFormat))
	case RateLimitedLong:
		limited(w, "3600")
	case RateLimitedMute:
		limited(w, "")
	case OutOfQuota:
		complain(w, 429, "insufficient_quota", "You exceeded your current quota")
	case ServerError:
		complain(w, 500, "server_error", "The server had an error")
	case Unavailable:
		w.Header().Set("Retry-After", "2")
		page(w, 503, "Service Unavailable")
	case BadKey:
		complain(w, 401, "invalid_api_key", "Incorrect API key provided: "+echo)
	case BadRequest:
		complain(w, 400, key, "Cannot encode "+echo)
	case TooLong:
		complain(w, 400, "context_length_exceeded", "Too long: "+echo)
	case Complaint:
		complain(w, 200, "overloaded", "Sorry: "+echo)
	case ModelMissing:
		complain(w, 404, "model_not_found", fmt.Sprintf("The model %q does not exist", q.Model))
	case PathMissing:
		page(w, 404, "Not Found")
	case HTML:
		page(w, 200, "Sign in to the guest network")
	case Moved:
		http.Redirect(w, r, s.Elsewhere, http.StatusTemporaryRedirect)
	case EmptyBody:
		w.Header().Set("Content-Type", "application/json")
	case Garbled:
		reply(w, `{"data": {"embedding": "?"}, "results": 7}`)
	case HugeBody:
		flood(w, r, 200)
	case HugeError:
		flood(w, r, 400)
	default:
		return false
	}
	return true
}

func limited(w http.ResponseWriter, after string) {
	if after != "" {
		w.Header().Set("Retry-After", after)
	}
	complain(w, 429, "rate_limit_exceeded", "Rate limit reached")
}

func complain(w http.ResponseWriter, status int, code, message string) {
	data, _ := json.Marshal(map[string]any{"error": map[string]any{
		"message": message, "type": "invalid_request_error", "param": nil, "code": code,
	}})
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(data)
}

func page(w http.ResponseWriter, status int, title string) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<!doctype html>\n<title>%s</title><h1>%[1]s</h1>", title)
}

// flood sends blanks until the client has had enough, or 256 MiB.
func flood(w http.ResponseWriter, r *http.Request, status int) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	blanks := []byte(strings.Repeat(" ", 1<<16))
	for range 4096 {
		if _, err := w.Write(blanks); err != nil || r.Context().Err() != nil {
			return
		}
	}
}

func reply(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprint(w, body)
}
