package web

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"townclerk/bot"
	"townclerk/knowledge"
)

// A problem is what a client sees of an error. The contact is always there:
// whoever cannot be served by the machine can turn to a person.
type problem struct {
	Kind    bot.Kind    `json:"kind"`
	Message string      `json:"message"`
	Contact bot.Contact `json:"contact"`
	status  int
	after   time.Duration // when to try again; zero: the status's
}

// A fault is an error of this package: a status, and the word that says what
// happened, with its arguments.
type fault struct {
	kind   bot.Kind
	status int // zero: the kind's
	word   string
	args   []string
	after  time.Duration // when to try again; zero: the status's
}

func (f *fault) Error() string { return f.word }

var (
	errNotFound = &fault{kind: bot.NotFound, word: "error.not_found"}
	errOrigin   = &fault{kind: bot.Invalid, status: http.StatusForbidden, word: "error.origin"}
	errMethod   = &fault{kind: bot.Invalid, status: http.StatusMethodNotAllowed, word: "error.method"}
	errMedia    = &fault{kind: bot.Invalid, status: http.StatusUnsupportedMediaType, word: "error.media"}
	errTooLarge = &fault{kind: bot.TooLarge, word: "error.too_large"}
	errPanic    = &fault{kind: bot.Internal, word: "error.internal"}
)

func invalid(word string, args ...string) error {
	return &fault{kind: bot.Invalid, word: word, args: args}
}

var statusOf = map[bot.Kind]int{
	bot.Invalid:     http.StatusBadRequest,
	bot.TooLarge:    http.StatusRequestEntityTooLarge,
	bot.NotFound:    http.StatusNotFound,
	bot.Busy:        http.StatusConflict,
	bot.Reused:      http.StatusConflict,
	bot.Limited:     http.StatusTooManyRequests,
	bot.Unavailable: http.StatusServiceUnavailable,
	bot.Internal:    http.StatusInternalServerError,
}

// kindOf classifies an error; a deadline that ran out is no fault of ours.
func kindOf(err error) bot.Kind {
	var f *fault
	var e *bot.Error
	switch {
	case errors.As(err, &f):
		return f.kind
	case errors.As(err, &e) && statusOf[e.Kind] != 0:
		return e.Kind
	case errors.Is(err, knowledge.ErrNotFound):
		return bot.NotFound
	case errors.Is(err, context.DeadlineExceeded):
		return bot.Unavailable
	}
	return bot.Internal
}

// problem maps an error to what is sent. What an error says to the operator
// stays here. Nothing is said about a conversation that is not found beyond
// that, so that all the reasons look alike.
func (s *server) problem(err error, l words) problem {
	kind := kindOf(err)
	p := problem{Kind: kind, status: statusOf[kind], Contact: s.site.Contact}
	p.Contact.URL = s.live(p.Contact.URL)
	var f *fault
	var e *bot.Error
	switch {
	case errors.As(err, &f):
		p.Message, p.after = l.T(f.word, f.args...), f.after
		if f.status != 0 {
			p.status = f.status
		}
	case errors.As(err, &e) && e.Citizen != "" && kind != bot.NotFound:
		p.Message = e.Citizen
	default:
		p.Message = l.T("error."+string(kind), "contact", s.site.Contact.Name)
	}
	return p
}

// report sets what goes with a problem's status and logs what is ours.
func (s *server) report(w http.ResponseWriter, r *http.Request, err error, p problem) {
	switch p.Kind { // trying a reused key again never helps
	case bot.Busy, bot.Limited, bot.Unavailable:
		after := cmp.Or(p.after, 5*time.Second)
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(after.Seconds()))))
	}
	s.logProblem(r, err, p)
}

func (s *server) logProblem(r *http.Request, err error, p problem) {
	if p.status >= 500 && err != errPanic { // a panic was logged with its stack
		s.log.Error("request failed", "route", r.Pattern, "kind", p.Kind, "err", err)
	}
}

func (s *server) sendProblem(w http.ResponseWriter, r *http.Request, err error) {
	p := s.problem(err, s.language(r))
	s.report(w, r, err, p)
	w.Header().Set("Cache-Control", "no-store")
	s.sendJSON(w, p.status, p)
}

func (s *server) sendJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil { // of our own types, none of which can fail
		s.log.Error("response not encoded", "err", err)
		status, body = http.StatusInternalServerError, []byte(`{"kind":"internal","message":""}`)
	}
	s.sendBytes(w, status, "application/json", append(body, '\n'))
}

// sendBytes writes a whole response within the write deadline. A client that
// does not take it is gone; nobody is left to tell.
func (s *server) sendBytes(w http.ResponseWriter, status int, media string, body []byte) {
	http.NewResponseController(w).SetWriteDeadline(time.Now().Add(s.site.Timing.Write))
	w.Header().Set("Content-Type", media)
	w.WriteHeader(status)
	w.Write(body)
}
