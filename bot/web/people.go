package web

import (
	"context"
	"fmt"
	"net/http"
	"net/mail"
	"regexp"
	"strconv"
	"strings"
	"time"

	"townclerk/bot"
)

// Counter is where citizens reach people. It is safe for concurrent use. A
// conversation's tickets are nobody else's: those of others are bot.NotFound.
type Counter interface {
	// HandOver hands a question over, as the citizen wishes, and returns its ticket.
	HandOver(ctx context.Context, c bot.ConversationID, t bot.TurnID, reason string) (bot.TicketView, error)
	// Views returns the conversation's tickets, oldest first.
	Views(ctx context.Context, c bot.ConversationID) ([]bot.TicketView, error)
	// LeaveAddress keeps how the citizen wants to be reached.
	LeaveAddress(ctx context.Context, c bot.ConversationID, t bot.TicketID, a bot.Address) error
	// CallOff closes a ticket whose citizen needs no person any more.
	CallOff(ctx context.Context, c bot.ConversationID, t bot.TicketID) error
}

// forPeople serves h where there are people.
func (s *server) forPeople(h handle) handle {
	return func(w http.ResponseWriter, r *http.Request) error {
		if s.site.Counter == nil {
			return errNotFound
		}
		return h(w, r)
	}
}

func (s *server) handOver(w http.ResponseWriter, r *http.Request) error {
	turn := r.PathValue("turn")
	if !ids.MatchString(turn) {
		return errNotFound
	}
	ctx, cancel := s.turnContext(r)
	defer cancel()
	v, err := s.site.Counter.HandOver(ctx, bot.ConversationID(r.PathValue("id")), bot.TurnID(turn), bot.ForAsked)
	if err != nil {
		return err
	}
	s.sendJSON(w, http.StatusOK, wireHandedOver{s.showTicket(v)})
	return nil
}

// wireTickets is what a client that waits for people asks for again and again.
type wireTickets struct {
	Tickets []bot.TicketView `json:"tickets"`
}

// tickets sends the conversation's tickets, or that nothing has changed.
func (s *server) tickets(w http.ResponseWriter, r *http.Request) error {
	all, err := s.ticketViews(r.Context(), bot.ConversationID(r.PathValue("id")))
	if err != nil {
		return err
	}
	etag := `"` + stamp(all) + `"`
	w.Header().Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	s.sendJSON(w, http.StatusOK, wireTickets{all})
	return nil
}

// stamp changes with whatever is shown of the tickets.
func stamp(all []bot.TicketView) string {
	var b strings.Builder
	for _, t := range all {
		fmt.Fprintf(&b, "%s.%d.%t%t%t%d-", t.ID[:min(len(t.ID), 8)], t.Version, t.Late, t.Queued, t.Addressed, t.Opens.Unix())
	}
	return b.String()
}

// ticketViews are a conversation's tickets as they are shown; none without people.
func (s *server) ticketViews(ctx context.Context, c bot.ConversationID) ([]bot.TicketView, error) {
	out := []bot.TicketView{}
	if s.site.Counter == nil {
		return out, nil
	}
	all, err := s.site.Counter.Views(ctx, c)
	for _, v := range all {
		out = append(out, s.showTicket(v))
	}
	return out, err
}

func (s *server) showTicket(v bot.TicketView) bot.TicketView {
	if v.Contact != nil {
		c := *v.Contact
		c.URL = s.live(c.URL)
		v.Contact = &c
	}
	return v
}

func (s *server) leaveAddress(w http.ResponseWriter, r *http.Request) error {
	var a bot.Address
	var consent bool
	err := s.decode(w, r, map[string]field{"email": {to: &a.Email}, "phone": {to: &a.Phone}, "consent": {to: &consent, required: true}})
	if err == nil {
		err = s.keepAddress(r, bot.ConversationID(r.PathValue("id")), r.PathValue("ticket"), a, consent)
	}
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// keepAddress keeps an address that can be one, of a citizen who agreed.
func (s *server) keepAddress(r *http.Request, c bot.ConversationID, ticket string, a bot.Address, consent bool) error {
	a.Email, a.Phone = strings.TrimSpace(a.Email), strings.TrimSpace(a.Phone)
	parsed, err := mail.ParseAddress(a.Email)
	switch {
	case !ids.MatchString(ticket):
		return errNotFound
	case !consent:
		return invalid("address.consent.missing")
	case a.Email == "" && a.Phone == "",
		a.Email != "" && (err != nil || parsed.Address != a.Email || len(a.Email) > 254 || strings.ContainsAny(a.Email, "\r\n")),
		a.Phone != "" && !phones.MatchString(a.Phone):
		return invalid("address.bad")
	}
	return s.site.Counter.LeaveAddress(r.Context(), c, bot.TicketID(ticket), a)
}

var phones = regexp.MustCompile(`^\+?[0-9][0-9 ()./-]{4,28}[0-9]$`)

func (s *server) callOff(w http.ResponseWriter, r *http.Request) error {
	if !ids.MatchString(r.PathValue("ticket")) {
		return errNotFound
	}
	if err := s.site.Counter.CallOff(r.Context(), bot.ConversationID(r.PathValue("id")), bot.TicketID(r.PathValue("ticket"))); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// formPeople serves a form of the chat page that is about people, and leads back to
// the page.
func (s *server) formPeople(do func(r *http.Request, p pass) (notice, fragment string, err error)) handle {
	return s.forPeople(func(w http.ResponseWriter, r *http.Request) error {
		if err := s.form(w, r); err != nil {
			return err
		}
		p, err := s.pass(r)
		if err != nil {
			return err
		}
		notice, fragment, err := do(r, p)
		if err != nil {
			l := s.words.match(r.PostFormValue("lang"))
			problem := s.problem(err, l)
			s.report(w, r, err, problem)
			return s.showChat(w, r, problem.status, chatPage{words: l, Problem: problem.Message})
		}
		s.back(w, r, notice, fragment)
		return nil
	})
}

func (s *server) formHandOver(r *http.Request, p pass) (string, string, error) {
	turn := r.PostFormValue("turn")
	if !ids.MatchString(turn) {
		return "", "", errNotFound
	}
	ctx, cancel := s.turnContext(r)
	defer cancel()
	v, err := s.site.Counter.HandOver(ctx, p.id, bot.TurnID(turn), bot.ForAsked)
	return "handed", "ticket-" + string(v.ID), err
}

func (s *server) formAddress(r *http.Request, p pass) (string, string, error) {
	ticket := r.PostFormValue("ticket")
	a := bot.Address{Email: r.PostFormValue("email"), Phone: r.PostFormValue("phone")}
	return "kept", "ticket-" + ticket, s.keepAddress(r, p.id, ticket, a, r.PostFormValue("consent") == "yes")
}

func (s *server) formCallOff(r *http.Request, p pass) (string, string, error) {
	ticket := r.PostFormValue("ticket")
	if !ids.MatchString(ticket) {
		return "", "", errNotFound
	}
	return "ended", "ticket-" + ticket, s.site.Counter.CallOff(r.Context(), p.id, bot.TicketID(ticket))
}

// Moment writes a time for people, by the clock of the agency: today, tomorrow or the
// day, and the time of day.
func (l words) Moment(at, now time.Time, zone *time.Location) string {
	at, now = at.In(zone), now.In(zone)
	clock := strconv.Itoa(at.Hour()) + at.Format(":04")
	day := func(t time.Time) string { return t.Format(time.DateOnly) }
	switch day(at) {
	case day(now):
		return l.T("at.today", "time", clock)
	case day(now.AddDate(0, 0, 1)):
		return l.T("at.tomorrow", "time", clock)
	}
	weekday := strings.Split(l.T("weekdays"), " ")[at.Weekday()]
	return l.T("at.day", "weekday", weekday, "date", l.Date(day(at)), "time", clock)
}

// A ticketView is a ticket as page.html shows it, with what is said of it.
type ticketView struct {
	bot.TicketView
	Status []string
	Said   []saidView
	// Seen makes the link to the newest another address than the page's own: to the
	// same one with a fragment a browser would only scroll.
	Seen int64
}

type saidView struct {
	Who, Text, At, Note string
	Staff               bool
}

func (s *server) ticketPage(all []bot.TicketView, l words) []ticketView {
	var out []ticketView
	now := s.site.Now()
	for _, t := range all {
		v := ticketView{TicketView: t, Status: s.status(t, l, now), Seen: now.UnixMicro()}
		for _, m := range t.Messages {
			said := saidView{Text: m.Text, At: l.Moment(m.At, now, s.zone()), Staff: m.From == bot.Clerk}
			switch {
			case m.Withdrawn:
				said.Text, said.Note = "", l.T("ticket.withdrawn")
			case m.Corrected:
				said.Note = l.T("ticket.corrected")
			}
			switch m.From {
			case bot.Clerk:
				said.Who = t.Name
			case bot.Citizen:
				said.Who = l.T("ticket.you")
			default:
				said.Text = l.T("notice."+string(m.Notice), "department", t.Name)
			}
			v.Said = append(v.Said, said)
		}
		out = append(out, v)
	}
	return out
}

// attach puts tickets beside the turns that they are of, and returns the name of the
// department that takes what is written next.
func attach(turns []turnView, tickets []ticketView) (takes string) {
	for _, t := range tickets {
		if t.Takes {
			takes = t.Name
		}
		for i := range turns {
			if turns[i].ID == t.Turn {
				turns[i].Tickets = append(turns[i].Tickets, t)
			}
		}
	}
	return takes
}

// status are the sentences that say where a ticket stands.
func (s *server) status(t bot.TicketView, l words, now time.Time) (out []string) {
	say := func(name string, pairs ...string) {
		out = append(out, l.T(name, append(pairs, "department", isolate(t.Name))...))
	}
	say("state." + string(t.State))
	if t.Queued {
		say("ticket.queued")
	}
	if !t.Opens.IsZero() {
		say("ticket.opens", "when", l.Moment(t.Opens, now, s.zone()))
	}
	switch {
	case t.Late:
		say("ticket.late")
	case !t.Due.IsZero():
		say("ticket.due", "when", l.Moment(t.Due, now, s.zone()))
	}
	return out
}

// zone is the agency's time zone.
func (s *server) zone() *time.Location {
	if s.site.Zone == nil {
		return time.UTC
	}
	return s.site.Zone
}
