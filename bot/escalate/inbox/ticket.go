package inbox

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"townclerk/bot"
	"townclerk/bot/account"
	"townclerk/bot/escalate"
)

var ticketIDs = regexp.MustCompile(`^[0-9a-f]{32}$`)

// found is a sentence of the agency's pages with where it stands.
type found struct {
	Text  string
	Links []link
}

type link struct{ Title, URL string }

// likely is a department with what speaks for it.
type likely struct {
	Name    string
	Percent int
}

// entry is something that happened, as staff read it.
type entry struct {
	Seq        int
	Who, What  string
	At         moment
	Text, Lang string
	// Sent is a message of staff's, Said one of the citizen's, Note an internal one.
	Sent, Said, Note     bool
	Corrected, Withdrawn bool
}

// ticketPage is what ticket.html shows.
type ticketPage struct {
	page
	row
	Brief       bot.Inquiry
	Erased      bool
	Reason      string
	Found       []found
	Likely      []likely
	Entries     []entry
	Departments []choice // that it can be sent to
	TicketURL   string
	TicketSeen  int
	Nonce       string
	Live, Free  bool // it is not over; nobody has it
	Addressed   bool
	Address     *bot.Address
	Other       string // a colleague who has it
	Suggested   bool
	Offer       *draft // what can be offered as a page
	Refused     bool   // the offer was
}

// see returns a ticket that a visitor may see; errNotFound, whatever the reason.
func (s *server) see(ctx context.Context, id string, v visitor) (bot.Ticket, error) {
	if !ticketIDs.MatchString(id) {
		return bot.Ticket{}, errNotFound
	}
	t, err := s.Tickets.Ticket(ctx, bot.TicketID(id))
	if err != nil {
		return t, fmt.Errorf("read a ticket: %w", err)
	}
	if !account.Sees(v.Account, t.Department) {
		return bot.Ticket{}, errNotFound
	}
	return t, nil
}

func ticketTag(t bot.Ticket) string { return tag(fmt.Sprint(t.ID, " ", t.Version)) }

func (s *server) ticketVersion(w http.ResponseWriter, r *http.Request, v visitor) error {
	t, err := s.see(r.Context(), r.PathValue("id"), v)
	if err != nil {
		return err
	}
	return sendVersion(w, r, ticketTag(t))
}

func (s *server) ticket(w http.ResponseWriter, r *http.Request, v visitor) error {
	t, err := s.see(r.Context(), r.PathValue("id"), v)
	if err != nil {
		return err
	}
	p, err := s.ticketPage(r, v, t)
	if err != nil {
		return err
	}
	p.Notice = notices[r.URL.Query().Get("did")]
	if p.Suggested = r.URL.Query().Get("suggested") == "yes"; p.Suggested {
		p.Typed = p.Brief.Suggested
	}
	s.render(w, http.StatusOK, "ticket.html", p)
	return nil
}

// address shows how the citizen wants to be reached. The desk records that first.
func (s *server) address(w http.ResponseWriter, r *http.Request, v visitor) error {
	t, err := s.see(r.Context(), r.PathValue("id"), v)
	if err != nil {
		return err
	}
	if !addressed(t) {
		return &problem{http.StatusUnprocessableEntity, "The citizen has left no address, or it was erased."}
	}
	a, err := s.Desk.Address(r.Context(), t.ID, v.Actor())
	if err != nil {
		return err
	}
	if t, err = s.see(r.Context(), string(t.ID), v); err != nil {
		return err
	}
	p, err := s.ticketPage(r, v, t)
	if err != nil {
		return err
	}
	p.Address = &a
	s.render(w, http.StatusOK, "ticket.html", p)
	return nil
}

func addressed(t bot.Ticket) (is bool) {
	for _, e := range t.Events {
		switch e.Kind {
		case bot.TicketAddressed:
			is = true
		case bot.TicketForgotten, bot.TicketErased:
			is = false
		}
	}
	return is
}

func (s *server) ticketPage(r *http.Request, v visitor, t bot.Ticket) (ticketPage, error) {
	names := s.naming(r.Context())
	p := ticketPage{page: s.page(r, v, "Inquiry"), row: s.row(t, v, names), TicketURL: "/inbox/tickets/" + string(t.ID),
		TicketSeen: t.Version, Nonce: rand.Text(), Live: !t.State.Over(), Free: t.Claimant == bot.Actor{}, Addressed: addressed(t)}
	p.Here, p.Version = p.TicketURL+"/version", ticketTag(t)
	if !p.Free && !p.Mine && p.Live {
		p.Other = p.Who
	}
	brief, ok := t.Brief()
	p.Brief, p.Erased, p.Reason = brief, !ok, reasons[brief.Reason]
	for _, f := range brief.Found {
		p.Found = append(p.Found, s.found(f))
	}
	for _, l := range append([]bot.Likely{{Department: brief.Route.Department, Probability: brief.Route.Probability}}, brief.Route.Others...) {
		if l.Department != "" {
			p.Likely = append(p.Likely, likely{s.Desk.Department(l.Department).Name, int(l.Probability*100 + 0.5)})
		}
	}
	p.Entries = s.entries(t, names)
	for _, d := range s.Desk.Departments() {
		if d.ID != t.Department {
			p.Departments = append(p.Departments, choice{Value: string(d.ID), Label: d.Name})
		}
	}
	var err error
	p.Offer, err = s.proposed(r.Context(), t)
	return p, err
}

// found is a sentence with links to the page as it was cited and as it is now.
func (s *server) found(f bot.Sentence) found {
	x := found{Text: f.Text}
	for _, c := range f.Citations {
		q := url.Values{}
		for _, r := range c.Ranges {
			q.Add("r", fmt.Sprintf("%d-%d", r.Start, r.End))
		}
		x.Links = append(x.Links, link{c.Title, "/sources/" + url.PathEscape(string(c.Version)) + "?" + q.Encode()})
		if u, err := url.Parse(s.Live(c.URL)); err == nil && (u.Scheme == "https" || u.Scheme == "http") {
			x.Links = append(x.Links, link{"live page", u.String()})
		}
	}
	return x
}

// entries are the events, oldest first; of what was sent the newest form.
func (s *server) entries(t bot.Ticket, names *naming) []entry {
	d := s.Desk.Department(t.Department)
	var all []entry
	for _, e := range t.Events {
		x := entry{Seq: e.Seq, Who: names.of(e.By), What: happenings[e.Kind], At: at(e.At, d)}
		switch e.Kind {
		case bot.TicketReplied, bot.TicketAsked:
			x.Sent, x.Text, x.Lang = true, escalate.Message(e), ""
		case bot.TicketSaid:
			x.Said, x.Text, x.Lang = true, escalate.Message(e), t.Language
		case bot.TicketNoted:
			x.Note, x.Text = true, escalate.Message(e)
		case bot.TicketRerouted, bot.TicketBackedUp:
			to, _ := e.Facts[bot.FactTo].(string)
			x.What = strings.TrimSpace(x.What + " " + s.Desk.Department(bot.DepartmentID(to)).Name)
		case bot.TicketCorrected, bot.TicketWithdrawn:
			amend(all, e)
		}
		all = append(all, x)
	}
	return all
}

// amend shows a message in the form that the citizen sees now.
func amend(all []entry, e bot.TicketEvent) {
	for i := range all {
		if x := &all[i]; x.Seq == escalate.Corrects(e) {
			x.Text, x.Corrected, x.Withdrawn = escalate.Message(e), e.Kind == bot.TicketCorrected, e.Kind == bot.TicketWithdrawn
		}
	}
}

// refusal tells who has a ticket, or what it is.
func (s *server) refusal(ctx context.Context, err error) (string, bool) {
	var r *escalate.Refusal
	if !errors.As(err, &r) {
		return "", false
	}
	if r.Claimant != (bot.Actor{}) && !r.State.Over() {
		return s.naming(ctx).of(r.Claimant) + " has it already.", true
	}
	return "That cannot be done now: it is " + strings.ToLower(states[r.State]) + ".", true
}
