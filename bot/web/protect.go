package web

import (
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"runtime/debug"
)

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// secure sets what every response carries. A conversation is never cached;
// what may be says so itself.
func secure(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// origin refuses requests of pages that are neither ours nor listed, and lets
// listed ones read the response.
func (s *server) origin(w http.ResponseWriter, r *http.Request) error {
	w.Header().Add("Vary", "Origin")
	o := r.Header.Get("Origin")
	switch {
	case s.allowed[o]:
		w.Header().Set("Access-Control-Allow-Origin", o)
		return nil
	case s.api.Check(r) != nil:
		return errOrigin
	case o == "" || r.Header.Get("Sec-Fetch-Site") == "same-origin":
		return nil
	}
	if u, err := url.Parse(o); err != nil || u.Host == "" || u.Host != r.Host {
		return errOrigin
	}
	return nil
}

// preflight tells browsers which requests listed origins may make.
func (s *server) preflight(w http.ResponseWriter, r *http.Request) {
	o := r.Header.Get("Origin")
	w.Header().Add("Vary", "Origin")
	if !s.allowed[o] {
		s.sendProblem(w, r, errOrigin)
		return
	}
	w.Header().Set("Access-Control-Allow-Origin", o)
	w.Header().Set("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE")
	w.Header().Set("Access-Control-Allow-Headers", "Authorization, Content-Type, If-None-Match")
	w.Header().Set("Access-Control-Expose-Headers", "ETag")
	w.Header().Set("Access-Control-Max-Age", "7200")
	w.WriteHeader(http.StatusNoContent)
}

// forAPI serves JSON: errors are sent as problems.
func (s *server) forAPI(h handle) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := s.origin(w, r)
		if err == nil {
			err = h(w, r)
		}
		if err != nil {
			s.sendProblem(w, r, err)
		}
	})
}

// forPage serves pages and forms: errors are shown as a page.
func (s *server) forPage(h handle) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := error(nil)
		if s.forms.Check(r) != nil {
			err = errOrigin
		} else {
			err = h(w, r)
		}
		if err != nil {
			s.showProblem(w, r, err)
		}
	})
}

// recovering turns a panic into a problem where nothing was sent yet. The
// panics of a desk do not come this far, see ask.
func (s *server) recovering(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if v := recover(); v == http.ErrAbortHandler {
				panic(v)
			} else if v != nil {
				s.sendProblem(w, r, s.panicked(v))
			}
		}()
		h.ServeHTTP(w, r)
	})
}

// panicked logs a panic and returns the error that stands for it. Of a value
// that is not the runtime's only the type is logged, because a message might
// hold what a citizen typed.
func (s *server) panicked(v any) error {
	what := fmt.Sprintf("%T", v)
	if e, ok := v.(runtime.Error); ok {
		what = e.Error()
	}
	s.log.Error("panic while serving", "panic", what, "stack", string(debug.Stack()))
	return errPanic
}
