package web

import (
	"net/http"
	"strings"

	"townclerk/bot"
)

// A pass opens a conversation. The plain chat page keeps it in a cookie, which
// lasts until the browser is closed.
type pass struct {
	id    bot.ConversationID
	token bot.Token
}

// overTLS says whether the citizen's browser speaks TLS, to us or to a proxy.
func overTLS(r *http.Request) bool {
	return r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
}

// cookieName has, over TLS, the prefix that keeps other hosts of the domain
// from setting the cookie.
func cookieName(r *http.Request) string {
	if overTLS(r) {
		return "__Host-townclerk"
	}
	return "townclerk"
}

func setPass(w http.ResponseWriter, r *http.Request, p pass) {
	http.SetCookie(w, &http.Cookie{Name: cookieName(r), Value: string(p.id) + "." + string(p.token),
		Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: overTLS(r)})
}

func dropPass(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{Name: cookieName(r), Path: "/", MaxAge: -1,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: overTLS(r)})
}

// pass returns the request's pass if it opens a conversation, and an error of
// kind bot.NotFound if there is none or it does not.
func (s *server) pass(r *http.Request) (pass, error) {
	c, err := r.Cookie(cookieName(r))
	if err != nil {
		return pass{}, errNotFound
	}
	id, token, _ := strings.Cut(c.Value, ".")
	if err := s.authenticate(r.Context(), id, token); err != nil {
		return pass{}, err
	}
	return pass{bot.ConversationID(id), bot.Token(token)}, nil
}
