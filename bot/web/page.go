package web

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"time"

	"townclerk/bot"
)

// A chatPage is what page.html shows.
type chatPage struct {
	words
	Site  wireSite
	Turns []turnView
	// Takes is the department that has what is written next; empty: the assistant does.
	Takes   string
	Text    string // what was typed and could not be taken
	Nonce   string // makes the form's message key
	Notice  string // of what was done
	Problem string // of what could not be done
	// Enhance is whether the script takes over. A conversation that was begun
	// without it goes on without it, for its cookie is hidden from scripts.
	Enhance bool
	Max     int
}

// chat shows the page with the conversation of the cookie.
func (s *server) chat(w http.ResponseWriter, r *http.Request) error {
	l := s.language(r)
	page := chatPage{words: l}
	switch r.URL.Query().Get("notice") {
	case "thanks":
		page.Notice = l.T("helpful.thanks")
	case "handed", "kept", "ended":
		page.Notice = l.T("notice." + r.URL.Query().Get("notice"))
	case "deleted":
		page.Notice = l.T("deleted")
	case "asked":
		if _, err := r.Cookie(cookieName(r)); err != nil {
			page.Problem = l.T("cookie")
		}
	}
	return s.showChat(w, r, http.StatusOK, page)
}

func (s *server) showChat(w http.ResponseWriter, r *http.Request, status int, page chatPage) error {
	p, err := s.pass(r)
	switch {
	case err == nil:
		turns, err := s.talks.Transcript(r.Context(), p.id)
		if err != nil {
			return err
		}
		page.Turns = s.turnViews(turns, page.words)
		tickets, err := s.ticketViews(r.Context(), p.id)
		if err != nil {
			return err
		}
		page.Takes = attach(page.Turns, s.ticketPage(tickets, page.words))
	case kindOf(err) != bot.NotFound:
		return err
	}
	page.Site, page.Max = s.wireSite(page.words), bot.MaxQuestion
	page.Enhance = err != nil && page.Problem == "" && page.Text == ""
	if page.Nonce == "" {
		page.Nonce = rand.Text()
	}
	return s.render(w, status, "page.html", page)
}

// formAsk answers the form of the chat page and leads back to the page, at the
// new turn. What cannot be taken is shown again, with nothing lost.
func (s *server) formAsk(w http.ResponseWriter, r *http.Request) error {
	if err := s.form(w, r); err != nil {
		return err
	}
	l := s.words.match(r.PostFormValue("lang"))
	page := chatPage{words: l, Text: r.PostFormValue("text"), Nonce: r.PostFormValue("nonce")}
	turn, err := s.askForm(w, r, page)
	if err != nil {
		p := s.problem(err, l)
		s.report(w, r, err, p)
		page.Problem = p.Message
		if showErr := s.showChat(w, r, p.status, page); showErr != nil {
			return err
		}
		return nil
	}
	s.back(w, r, "asked", "turn-"+string(turn))
	return nil
}

func (s *server) askForm(w http.ResponseWriter, r *http.Request, page chatPage) (bot.TurnID, error) {
	if err := errors.Join(checkQuestion(page.Text), checkKey(page.Nonce), s.admitAddress(r, page.Text)); err != nil {
		return "", err
	}
	ctx, cancel := s.turnContext(r)
	defer cancel()
	p, err := s.pass(r)
	if kindOf(err) == bot.NotFound && err != nil {
		if p.id, p.token, err = s.talks.Create(ctx, page.Lang); err == nil {
			setPass(w, r, p)
		}
	}
	if err != nil {
		return "", err
	}
	m := bot.Incoming{Conversation: p.id, Key: formKey(page.Nonce+r.PostFormValue("to"), page.Text), Text: page.Text, Language: page.Lang}
	if r.PostFormValue("to") == string(bot.ToAssistant) {
		m.To = bot.ToAssistant
	}
	a, err := s.ask(ctx, m, func(bot.Part) {})
	return a.Turn, err
}

// formKey returns the key of a message sent by form: the same for the same text
// on the same rendering of the page, so that sending twice asks once, and
// another one for a text that was changed.
func formKey(nonce, text string) string {
	sum := sha256.Sum256([]byte(nonce + "\x00" + text))
	return hex.EncodeToString(sum[:16])
}

func (s *server) formFeedback(w http.ResponseWriter, r *http.Request) error {
	if err := s.form(w, r); err != nil {
		return err
	}
	p, err := s.pass(r)
	if err != nil {
		return err
	}
	turn, helpful := r.PostFormValue("turn"), r.PostFormValue("helpful")
	if !ids.MatchString(turn) || helpful != "yes" && helpful != "no" && helpful != "wrong" {
		return invalid("error.form")
	}
	ticket, err := s.desk.Feedback(r.Context(), p.id, bot.TurnID(turn), bot.Opinion{Helpful: helpful == "yes", Wrong: helpful == "wrong"})
	if err != nil {
		return err
	}
	if ticket != nil {
		s.back(w, r, "handed", "ticket-"+string(ticket.ID))
		return nil
	}
	s.back(w, r, "thanks", "notice")
	return nil
}

func (s *server) formErase(w http.ResponseWriter, r *http.Request) error {
	if err := s.form(w, r); err != nil {
		return err
	}
	p, err := s.pass(r)
	if err == nil {
		err = s.talks.Erase(r.Context(), p.id)
	}
	if err != nil && kindOf(err) != bot.NotFound {
		return err
	}
	dropPass(w, r)
	s.back(w, r, "deleted", "notice")
	return nil
}

// form reads a form of limited size.
func (s *server) form(w http.ResponseWriter, r *http.Request) error {
	rc := http.NewResponseController(w)
	rc.SetReadDeadline(time.Now().Add(s.site.Timing.Read))
	defer rc.SetReadDeadline(time.Time{})
	r.Body = http.MaxBytesReader(w, r.Body, 4*maxBody) // percent-encoding takes up to three bytes for one
	err := r.ParseForm()
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return errTooLarge
	} else if err != nil {
		return invalid("error.form")
	}
	return nil
}

// back leads to the chat page; nothing but what was done is in the address.
func (s *server) back(w http.ResponseWriter, r *http.Request, notice, fragment string) {
	l := s.words.match(r.PostFormValue("lang"))
	w.Header().Set("Location", "/?lang="+l.Lang+"&notice="+notice+"#"+fragment)
	w.WriteHeader(http.StatusSeeOther)
}

// render writes a page, or nothing of it when the template fails.
func (s *server) render(w http.ResponseWriter, status int, name string, data any) error {
	var page bytes.Buffer
	if err := s.pages.ExecuteTemplate(&page, name, data); err != nil {
		return err
	}
	w.Header().Add("Vary", "Accept-Language")
	s.sendBytes(w, status, "text/html; charset=utf-8", page.Bytes())
	return nil
}

// showProblem shows an error as a page of its own.
func (s *server) showProblem(w http.ResponseWriter, r *http.Request, err error) {
	l := s.language(r)
	p := s.problem(err, l)
	s.report(w, r, err, p)
	w.Header().Set("Cache-Control", "no-store")
	page := struct {
		words
		Site    wireSite
		Message string
	}{l, s.wireSite(l), p.Message}
	if err := s.render(w, p.status, "problem.html", page); err != nil {
		s.log.Error("problem page not rendered", "err", err)
		s.sendJSON(w, p.status, p)
	}
}
