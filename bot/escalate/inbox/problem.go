package inbox

import (
	"bytes"
	"errors"
	"net/http"
	"strings"

	"townclerk/bot"
	"townclerk/bot/contribute"
	"townclerk/bot/escalate"
)

// problem is an error as staff see it.
type problem struct {
	status  int
	message string
}

func (p *problem) Error() string { return p.message }

var (
	errNotFound  = &problem{http.StatusNotFound, "There is nothing here, or it is not for you."}
	errForbidden = &problem{http.StatusForbidden, "Your account may not do this. Ask an administrator whether it should."}
	errForm      = &problem{http.StatusForbidden, "This form is no longer good. Go back, load the page again, and send it once more."}
	errSignedOut = &problem{http.StatusForbidden, "You were signed out. Sign in, and send it once more."}
	errTooLarge  = &problem{http.StatusRequestEntityTooLarge, "That is too much text. Send it in parts."}
)

// fail shows what is wrong. What was typed is given back, for it may be the work of an
// hour.
func (s *server) fail(w http.ResponseWriter, r *http.Request, v visitor, err error) {
	p := told(err)
	if p.status >= http.StatusInternalServerError {
		s.Log.Error("the inbox failed", "route", r.Pattern, "error", err)
	}
	if quiet(r) {
		http.Error(w, p.message, p.status)
		return
	}
	about := page{Agency: s.Agency, Title: "That did not work", Visitor: v.Account, Seal: seal(v), Problem: p.message}
	if p == errForm || p == errSignedOut || p.status == http.StatusServiceUnavailable {
		about.Typed = r.PostFormValue("text")
	}
	s.render(w, p.status, "problem.html", about)
}

// told is an error as staff are told of it.
func told(err error) *problem {
	var p *problem
	var e *bot.Error
	var personal *contribute.Personal
	var unfit *contribute.Unfit
	var refused *contribute.Refusal
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, new(*contribute.Unpublished)):
		return &problem{http.StatusServiceUnavailable, "It was recorded, but what citizens find is not up to date yet. Do it once more, and tell your administrator if that does not help."}
	case errors.As(err, &personal):
		return &problem{http.StatusUnprocessableEntity, sentence(personal.Error())}
	case errors.As(err, &unfit):
		return &problem{http.StatusUnprocessableEntity, sentence(unfit.Error())}
	case errors.As(err, &refused):
		return &problem{http.StatusUnprocessableEntity, sentence(refused.Error())}
	case errors.As(err, &e) && e.Kind == bot.NotFound:
		return errNotFound
	case errors.As(err, &e) && e.Kind == bot.Unavailable:
		return &problem{http.StatusServiceUnavailable, "The records are out of reach right now. Try again in a few minutes."}
	}
	for _, known := range []error{escalate.ErrNoText, escalate.ErrLong, escalate.ErrNoDepartment, escalate.ErrNoMessage, escalate.ErrAlertOnly,
		contribute.ErrOwn, contribute.ErrErased, contribute.ErrReview, contribute.ErrNotOver, contribute.ErrVerbatim, contribute.ErrOffered} {
		if errors.Is(err, known) {
			return &problem{http.StatusUnprocessableEntity, sentence(known.Error())}
		}
	}
	return &problem{http.StatusInternalServerError, "Something went wrong on our side. Try again, and tell your administrator if it stays."}
}

// sentence makes a sentence of an error.
func sentence(text string) string {
	return strings.ToUpper(text[:1]) + strings.TrimSuffix(text[1:], ".") + "."
}

// render sends a page, whole or not at all.
func (s *server) render(w http.ResponseWriter, status int, name string, data any) {
	var b bytes.Buffer
	if err := s.pages.ExecuteTemplate(&b, name, data); err != nil {
		s.Log.Error("a page of the inbox cannot be made", "page", name, "error", err)
		http.Error(w, "Something went wrong on our side.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(b.Bytes())
}
