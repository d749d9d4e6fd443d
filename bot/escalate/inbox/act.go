package inbox

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"townclerk/bot"
	"townclerk/bot/account"
	"townclerk/bot/escalate"
)

// deed makes an action of a form.
type deed func(r *http.Request, t bot.Ticket) (escalate.Action, error)

// actions are what can be done to a ticket, by the last part of their address.
func (s *server) actions() map[string]deed {
	return map[string]deed{
		"claim":    plain(bot.TicketTaken),
		"release":  plain(bot.TicketReleased),
		"resolve":  plain(bot.TicketResolved),
		"reply":    saying(bot.TicketReplied),
		"ask":      saying(bot.TicketAsked),
		"note":     plain(bot.TicketNoted),
		"correct":  amending(bot.TicketCorrected),
		"withdraw": amending(bot.TicketWithdrawn),
		"reroute":  rerouting,
		"not-ours": s.notOurs,
	}
}

func plain(kind bot.TicketEventKind) deed {
	return func(r *http.Request, _ bot.Ticket) (escalate.Action, error) {
		return escalate.Action{Kind: kind, Text: r.PostFormValue("text")}, nil
	}
}

// newer says that the clerk has not seen all that was said.
type newer struct{ by bot.Actor }

func (*newer) Error() string { return "something was said meanwhile" }

// saying speaks to the citizen, unless somebody said something that the clerk has not
// seen yet. What this very form has said before is not that.
func saying(kind bot.TicketEventKind) deed {
	return func(r *http.Request, t bot.Ticket) (escalate.Action, error) {
		seen, _ := strconv.Atoi(r.PostFormValue("seen"))
		for _, e := range t.Events {
			switch e.Kind {
			case bot.TicketSaid, bot.TicketReplied, bot.TicketAsked, bot.TicketCorrected, bot.TicketWithdrawn:
				if e.Seq > seen && e.Origin != origin(r) {
					return escalate.Action{}, &newer{e.By}
				}
			}
		}
		return escalate.Action{Kind: kind, Text: r.PostFormValue("text")}, nil
	}
}

func amending(kind bot.TicketEventKind) deed {
	return func(r *http.Request, _ bot.Ticket) (escalate.Action, error) {
		seq, _ := strconv.Atoi(r.PostFormValue("corrects"))
		return escalate.Action{Kind: kind, Text: r.PostFormValue("text"), Corrects: seq}, nil
	}
}

func rerouting(r *http.Request, t bot.Ticket) (escalate.Action, error) {
	to := bot.DepartmentID(r.PostFormValue("department"))
	if to == "" || to == t.Department {
		return escalate.Action{}, &problem{http.StatusUnprocessableEntity, "Choose the department that it belongs to."}
	}
	return escalate.Action{Kind: bot.TicketRerouted, To: to, Text: r.PostFormValue("text")}, nil
}

// notOurs sends a ticket to the next likely department that has not had it, and else to
// the one that gets what no other is known for.
func (s *server) notOurs(_ *http.Request, t bot.Ticket) (escalate.Action, error) {
	had := map[bot.DepartmentID]bool{t.Department: true}
	for _, e := range t.Events {
		if to, ok := e.Facts[bot.FactTo].(string); ok {
			had[bot.DepartmentID(to)] = true
		}
	}
	brief, _ := t.Brief()
	others := append([]bot.Likely{{Department: brief.Route.Department}}, brief.Route.Others...)
	for _, l := range append(others, bot.Likely{Department: s.Desk.Department("").ID}) {
		if l.Department != "" && !had[l.Department] && s.Desk.Department(l.Department).ID == l.Department {
			return escalate.Action{Kind: bot.TicketRerouted, To: l.Department, Reason: bot.ReasonNotOurs}, nil
		}
	}
	return escalate.Action{}, &problem{http.StatusUnprocessableEntity, "No other department is likely. Choose one under “Send to another department”."}
}

var nonces = regexp.MustCompile(`^[A-Z2-7]{26}$`)

// origin names a form, so that what is sent twice is done once.
func origin(r *http.Request) string {
	if n := r.PostFormValue("nonce"); nonces.MatchString(n) {
		return "inbox:" + n
	}
	return "inbox:" + rand.Text()
}

// acting does something to a ticket that the visitor may see.
func (s *server) acting(do deed) handle {
	return func(w http.ResponseWriter, r *http.Request, v visitor) error {
		t, err := s.see(r.Context(), r.PathValue("id"), v)
		if err != nil {
			return err
		}
		a, err := do(r, t)
		if err == nil {
			a.By, a.Origin = v.Actor(), origin(r)
			t, err = s.act(r.Context(), t, a)
		}
		if err != nil {
			return s.notDone(w, r, v, err)
		}
		to := "/inbox/tickets/" + string(t.ID)
		if !account.Sees(v.Account, t.Department) {
			to = "/inbox/"
		}
		http.Redirect(w, r, to+"?did="+string(a.Kind), http.StatusSeeOther)
		return nil
	}
}

// act does it. What is said of a re-routing is noted for the next department before.
func (s *server) act(ctx context.Context, t bot.Ticket, a escalate.Action) (bot.Ticket, error) {
	if a.Kind == bot.TicketRerouted && strings.TrimSpace(a.Text) != "" {
		note := escalate.Action{Kind: bot.TicketNoted, By: a.By, Text: a.Text, Origin: a.Origin + "-note"}
		if _, err := s.Desk.Act(ctx, t.ID, note); err != nil {
			return t, err
		}
	}
	return s.Desk.Act(ctx, t.ID, a)
}

// notDone shows the ticket as it is now, with why it was not done and with what was
// typed.
func (s *server) notDone(w http.ResponseWriter, r *http.Request, v visitor, err error) error {
	status, what := http.StatusConflict, ""
	if n, ok := err.(*newer); ok {
		what = cmp.Or(s.naming(r.Context()).of(n.by), "Somebody") + " wrote meanwhile. Nothing was sent: read it, then send yours again."
	} else if text, ok := s.refusal(r.Context(), err); ok {
		what = text
	} else if p := told(err); p.status == http.StatusUnprocessableEntity {
		status, what = p.status, p.message
	} else {
		return err
	}
	t, err := s.see(r.Context(), r.PathValue("id"), v)
	if err != nil {
		return err
	}
	p, err := s.ticketPage(r, v, t)
	if err != nil {
		return err
	}
	p.Problem, p.Typed = what, r.PostFormValue("text")
	s.render(w, status, "ticket.html", p)
	return nil
}
