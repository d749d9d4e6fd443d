package web

import (
	"context"
	"net/http"
	"strings"

	"townclerk/bot"
)

// authenticated calls h when the request's token opens the conversation that
// its path names.
func (s *server) authenticated(h handle) handle {
	return func(w http.ResponseWriter, r *http.Request) error {
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !ok {
			return errNotFound
		}
		if err := s.authenticate(r.Context(), r.PathValue("id"), token); err != nil {
			return err
		}
		return h(w, r)
	}
}

// authenticate keeps what cannot be right away from the storage.
func (s *server) authenticate(ctx context.Context, id, token string) error {
	if !ids.MatchString(id) || token == "" || len(token) > 100 {
		return errNotFound
	}
	return s.talks.Authenticate(ctx, bot.ConversationID(id), bot.Token(token))
}

func (s *server) getSite(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "private, max-age=300")
	w.Header().Add("Vary", "Accept-Language")
	s.sendJSON(w, http.StatusOK, s.wireSite(s.language(r)))
	return nil
}

func (s *server) create(w http.ResponseWriter, r *http.Request) error {
	var lang string
	if err := s.decode(w, r, map[string]field{"language": {to: &lang}}); err != nil {
		return err
	}
	if err := checkTag(lang); err != nil {
		return err
	}
	id, token, err := s.talks.Create(r.Context(), lang)
	if err != nil {
		return err
	}
	s.sendJSON(w, http.StatusCreated, wireCreated{ID: id, Token: token, wireSite: s.wireSite(s.language(r))})
	return nil
}

func (s *server) transcript(w http.ResponseWriter, r *http.Request) error {
	id := bot.ConversationID(r.PathValue("id"))
	turns, err := s.talks.Transcript(r.Context(), id)
	if err != nil {
		return err
	}
	tickets, err := s.ticketViews(r.Context(), id)
	if err != nil {
		return err
	}
	s.sendJSON(w, http.StatusOK, wireTranscript{ID: id, wireSite: s.wireSite(s.language(r)), Turns: s.wireTurns(turns), Tickets: tickets})
	return nil
}

func (s *server) erase(w http.ResponseWriter, r *http.Request) error {
	if err := s.talks.Erase(r.Context(), bot.ConversationID(r.PathValue("id"))); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *server) feedback(w http.ResponseWriter, r *http.Request) error {
	var o bot.Opinion
	err := s.decode(w, r, map[string]field{"helpful": {to: &o.Helpful, required: true}, "wrong": {to: &o.Wrong}, "comment": {to: &o.Comment}})
	if err != nil {
		return err
	}
	if err := checkComment(o.Comment); err != nil {
		return err
	}
	turn := r.PathValue("turn")
	if !ids.MatchString(turn) {
		return errNotFound
	}
	ticket, err := s.desk.Feedback(r.Context(), bot.ConversationID(r.PathValue("id")), bot.TurnID(turn), o)
	if err != nil {
		return err
	}
	if ticket != nil {
		s.sendJSON(w, http.StatusOK, wireHandedOver{s.showTicket(*ticket)})
		return nil
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *server) message(w http.ResponseWriter, r *http.Request) error {
	m := bot.Incoming{Conversation: bot.ConversationID(r.PathValue("id"))}
	err := s.decode(w, r, map[string]field{
		"text": {to: &m.Text, required: true}, "key": {to: &m.Key}, "language": {to: &m.Language}, "to": {to: (*string)(&m.To)}})
	if err != nil {
		return err
	}
	for _, err := range []error{checkQuestion(m.Text), checkKey(m.Key), checkTag(m.Language), checkTo(m.To), s.admitAddress(r, m.Text)} {
		if err != nil {
			return err
		}
	}
	if strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
		return s.stream(w, r, m)
	}
	ctx, cancel := s.turnContext(r)
	defer cancel()
	a, err := s.ask(ctx, m, func(bot.Part) {})
	if err != nil {
		return err
	}
	s.sendJSON(w, http.StatusOK, s.showAnswer(a))
	return nil
}

// turnContext outlives the client: a turn that was begun is finished.
func (s *server) turnContext(r *http.Request) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(r.Context()), s.site.Timing.Turn)
}

// ask calls the desk, within the limits, and turns its panic into an error.
func (s *server) ask(ctx context.Context, m bot.Incoming, show func(bot.Part)) (_ bot.Answer, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = s.panicked(v)
		}
	}()
	if err := s.admit(ctx, m.Conversation, m.Text); err != nil {
		return bot.Answer{}, err
	}
	return s.desk.Ask(ctx, m, show)
}
