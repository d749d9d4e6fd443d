package inbox

import (
	"bytes"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"townclerk/bot"
	"townclerk/bot/account"
	"townclerk/bot/escalate"
)

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// secure sets what every response carries. Our own origin is told where a form stood:
// without it browsers that speak no Sec-Fetch-Site would send no Origin either.
func secure(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

const (
	maxBody   = 128 << 10
	writeTime = 10 * time.Second
)

// visitor is who asks.
type visitor struct {
	account.Account // zero: not signed in
	token           account.Token
}

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

// gate lets through who may, and shows errors.
func (s *server) gate(need account.Action, h handle) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if v := recover(); v != nil {
				s.Log.Error("panic in the inbox", "route", r.Pattern, "stack", string(debug.Stack()))
				s.fail(w, r, visitor{}, errors.New("panic"))
			}
		}()
		http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTime))
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		v, err := s.visitor(r)
		if err == nil {
			err = s.admit(r, v, need)
		}
		switch {
		case err == errSignedOut && r.Method == http.MethodGet && !quiet(r):
			s.toSignIn(w, r)
			return
		case err == nil:
			err = h(w, r, v)
		}
		if err != nil {
			s.fail(w, r, v, err)
		}
	})
}

// admit says whether a visitor may make a request at all.
func (s *server) admit(r *http.Request, v visitor, need account.Action) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		if s.origins.Check(r) != nil || r.Header.Get("Origin") == "" && r.Header.Get("Sec-Fetch-Site") == "" {
			return errForm
		}
		if err := r.ParseForm(); err != nil {
			return errTooLarge
		}
	}
	switch {
	case need == open:
		return nil
	case v.ID == "":
		return errSignedOut
	case r.Method == http.MethodPost && !v.token.Sealed(r.PostFormValue("seal")):
		return errForm
	case need != anybody && !account.May(v.Account, need):
		return errForbidden
	}
	return nil
}

// visitor finds out who asks; nobody is no error.
func (s *server) visitor(r *http.Request) (visitor, error) {
	c, err := r.Cookie(cookieName(r))
	if err != nil {
		return visitor{}, nil
	}
	t := account.Token(c.Value)
	session, err := s.Keeper.Session(r.Context(), t, !quiet(r))
	if errors.Is(err, account.ErrNotFound) {
		return visitor{}, nil
	}
	return visitor{session.Account, t}, err
}

// quiet reports whether nobody sees what comes of a request: a script asks whether there
// is something new. That keeps no session alive.
func quiet(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/version") }

// overTLS says whether the browser speaks TLS, to us or to a proxy.
func overTLS(r *http.Request) bool {
	return r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
}

func cookieName(r *http.Request) string {
	if overTLS(r) {
		return "__Host-townclerk-staff"
	}
	return "townclerk-staff"
}

// setCookie keeps a token in the browser until that is closed; an empty one goes.
func setCookie(w http.ResponseWriter, r *http.Request, t account.Token) {
	c := &http.Cookie{Name: cookieName(r), Value: string(t), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: overTLS(r)}
	if t == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// toSignIn has who asks sign in first. A browser that follows a link of another site
// keeps a strict cookie to itself; it gets a page that loads itself again.
func (s *server) toSignIn(w http.ResponseWriter, r *http.Request) {
	if _, err := r.Cookie(cookieName(r)); err != nil && r.Header.Get("Sec-Fetch-Site") == "cross-site" {
		s.render(w, http.StatusOK, "again.html", page{Agency: s.Agency, Title: "One moment", Here: r.URL.RequestURI()})
		return
	}
	to := "/inbox/sign-in"
	if r.URL.Path != "/inbox/" {
		to += "?next=" + url.QueryEscape(r.URL.Path)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// from is where a request comes from, for counting tries.
func (s *server) from(r *http.Request) string {
	if said := r.Header.Values(s.AddressHeader); s.AddressHeader != "" && len(said) > 0 {
		last := said[len(said)-1]
		return strings.TrimSpace(last[strings.LastIndex(last, ",")+1:])
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	return peer.Addr().Unmap().String()
}

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
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &e) && e.Kind == bot.NotFound:
		return errNotFound
	case errors.As(err, &e) && e.Kind == bot.Unavailable:
		return &problem{http.StatusServiceUnavailable, "The records are out of reach right now. Try again in a few minutes."}
	}
	for _, known := range []error{escalate.ErrNoText, escalate.ErrLong, escalate.ErrNoDepartment, escalate.ErrNoMessage, escalate.ErrAlertOnly} {
		if errors.Is(err, known) {
			return &problem{http.StatusUnprocessableEntity, sentence(known.Error())}
		}
	}
	return &problem{http.StatusInternalServerError, "Something went wrong on our side. Try again, and tell your administrator if it stays."}
}

// sentence makes a sentence of an error.
func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] + "." }

func seal(v visitor) string {
	if v.ID == "" {
		return ""
	}
	return v.token.Seal()
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
