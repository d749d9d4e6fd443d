package inbox

import (
	"errors"
	"net/http"
	"regexp"

	"townclerk/bot/account"
)

// signPage is what signing in and accepting an invitation show.
type signPage struct {
	page
	Name, Next string
	Min, Max   int
	Display    string
}

// places are the pages that one can be sent to after signing in.
var places = regexp.MustCompile(`^/inbox/(?:drafts|tickets/[0-9a-f]{32})?$`)

func next(r *http.Request) string {
	if to := r.FormValue("next"); places.MatchString(to) {
		return to
	}
	return "/inbox/"
}

func (s *server) signInPage(w http.ResponseWriter, r *http.Request, _ visitor) error {
	s.render(w, http.StatusOK, "sign-in.html", signPage{page: page{Agency: s.Agency, Title: "Sign in"}, Next: next(r)})
	return nil
}

func (s *server) signIn(w http.ResponseWriter, r *http.Request, v visitor) error {
	name := r.PostFormValue("name")
	a, err := s.Keeper.Authenticate(r.Context(), name, r.PostFormValue("password"), s.from(r))
	if err == nil {
		return s.begin(w, r, v, a)
	}
	p := signPage{page: page{Agency: s.Agency, Title: "Sign in"}, Name: name, Next: next(r)}
	status := http.StatusForbidden
	var wait *account.Wait
	switch {
	case errors.As(err, &wait):
		status, p.Problem = http.StatusTooManyRequests, sentence(wait.Error())
		s.Log.Warn("too many tries to sign in to the inbox")
	case errors.Is(err, account.ErrRefused):
		p.Problem = sentence(account.ErrRefused.Error())
	default:
		return err
	}
	s.render(w, status, "sign-in.html", p)
	return nil
}

// begin signs somebody in, and out who was signed in before in the browser.
func (s *server) begin(w http.ResponseWriter, r *http.Request, before visitor, a account.Account) error {
	t, err := s.Keeper.Begin(r.Context(), a)
	if err == nil && before.ID != "" {
		err = s.Keeper.End(r.Context(), before.token)
	}
	if err != nil {
		return err
	}
	setCookie(w, r, t)
	http.Redirect(w, r, next(r), http.StatusSeeOther)
	return nil
}

func (s *server) signOut(w http.ResponseWriter, r *http.Request, v visitor) error {
	if err := s.Keeper.End(r.Context(), v.token); err != nil {
		return err
	}
	setCookie(w, r, "")
	http.Redirect(w, r, "/inbox/sign-in", http.StatusSeeOther)
	return nil
}

var errInvitation = &problem{http.StatusNotFound, "This link is not good any more. Ask an administrator for a new one."}

func (s *server) invitationPage(w http.ResponseWriter, r *http.Request, _ visitor) error {
	return s.showInvitation(w, r, http.StatusOK, "")
}

func (s *server) showInvitation(w http.ResponseWriter, r *http.Request, status int, what string) error {
	a, err := s.Keeper.Invited(r.Context(), account.Token(r.PathValue("token")))
	if errors.Is(err, account.ErrNotFound) {
		return errInvitation
	}
	if err != nil {
		return err
	}
	s.render(w, status, "invitation.html", signPage{page: page{Agency: s.Agency, Title: "Welcome", Problem: what},
		Name: a.Name, Display: a.Display, Min: account.MinPassword, Max: account.MaxPassword})
	return nil
}

func (s *server) accept(w http.ResponseWriter, r *http.Request, v visitor) error {
	if r.PostFormValue("password") != r.PostFormValue("again") {
		return s.showInvitation(w, r, http.StatusUnprocessableEntity, "The two passwords are not the same. Type them again.")
	}
	t, err := s.Keeper.Accept(r.Context(), account.Token(r.PathValue("token")), r.PostFormValue("password"))
	switch {
	case errors.Is(err, account.ErrNotFound):
		return errInvitation
	case errors.Is(err, account.ErrShort), errors.Is(err, account.ErrLong), errors.Is(err, account.ErrCommon):
		return s.showInvitation(w, r, http.StatusUnprocessableEntity, sentence(err.Error()))
	case err != nil:
		return err
	}
	if v.ID != "" {
		if err := s.Keeper.End(r.Context(), v.token); err != nil {
			return err
		}
	}
	setCookie(w, r, t)
	http.Redirect(w, r, "/inbox/", http.StatusSeeOther)
	return nil
}
