package inbox

import (
	"fmt"
	"net/http"

	"townclerk/bot/account"
	"townclerk/bot/contribute"
)

// offered is a reply that was offered, as a visitor reads it.
type offered struct {
	draft                              // as it stands
	Form                         draft // as its form has it
	Ticket, Department, Language string
	Author, Approver             string
	At, Due                      moment
	Reason                       string // of a rejection
	Typed                        string // why, by who could not take a step
	Wrote, Open                  bool   // the visitor wrote some of it; its form is open
}

// draftsPage is what drafts.html shows.
type draftsPage struct {
	page
	Drafts, Pages []offered
	Rejected      []offered // that the visitor offered
	Approves      bool      // the visitor may approve
	// Again is where a step is sent once more that was recorded without taking effect.
	Again string
}

func (s *server) drafts(w http.ResponseWriter, r *http.Request, v visitor) error {
	p, err := s.draftsPage(r, v)
	if err != nil {
		return err
	}
	p.Notice = turned[contribute.Kind(r.URL.Query().Get("did"))]
	s.render(w, http.StatusOK, "drafts.html", p)
	return nil
}

func (s *server) draftsPage(r *http.Request, v visitor) (draftsPage, error) {
	p := draftsPage{page: s.page(r, v, "Replies as pages"), Approves: account.May(v.Account, account.Approve)}
	f := contribute.Filter{States: []contribute.State{contribute.Draft, contribute.Approved, contribute.Rejected}}
	if !account.May(v.Account, account.SeeAll) {
		if f.Departments = v.Departments; len(f.Departments) == 0 { // no departments would mean all
			return p, nil
		}
	}
	all, err := s.Office.Contributions(r.Context(), f)
	if err != nil {
		return p, fmt.Errorf("list what was offered: %w", err)
	}
	names := s.naming(r.Context())
	for _, c := range all {
		switch {
		case c.State == contribute.Draft:
			p.Drafts = append(p.Drafts, s.offered(c, v, names))
		case c.State == contribute.Approved:
			p.Pages = append(p.Pages, s.offered(c, v, names))
		case c.Author == v.Actor():
			p.Rejected = append(p.Rejected, s.offered(c, v, names))
		}
	}
	return p, nil
}

func (s *server) offered(c contribute.Contribution, v visitor, names *naming) offered {
	d := s.Desk.Department(c.Department)
	text := draft{string(c.ID), c.Question, c.Answer}
	x := offered{draft: text, Form: text, Ticket: string(c.Ticket), Department: d.Name, Language: c.Language,
		Author: names.of(c.Author), Approver: names.of(c.Approver), At: at(c.Offered, d), Wrote: c.Wrote(v.Actor()),
		Reason: c.Steps[len(c.Steps)-1].Text.Reason}
	if !c.ReviewDue.IsZero() {
		x.Due = at(c.ReviewDue, d)
	}
	return x
}
