package inbox

import (
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"townclerk/bot/account"
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

func seal(v visitor) string {
	if v.ID == "" {
		return ""
	}
	return v.token.Seal()
}
