package inbox

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"townclerk/bot"
	"townclerk/bot/account"
	"townclerk/bot/escalate"
)

// How many tickets a list shows: of those that somebody has to do something about all,
// as far as a page can bear it, of the others the newest.
const (
	maxLive = 500
	maxOver = 100
)

var liveStates = []bot.TicketState{bot.TicketOpen, bot.TicketClaimed, bot.TicketWaiting, bot.TicketAnswered}

// choice is one of the values of a filter.
type choice struct {
	Value, Label string
	Chosen       bool
}

// count is how many tickets there are of a sort.
type count struct {
	Label string
	N     int
}

// row is a ticket in a list.
type row struct {
	ID, Question, Language string
	Department, State      string
	Who                    string
	Opened, Due            moment
	Late, Mine, Alert      bool
	Hazard                 string
}

// listPage is what list.html shows.
type listPage struct {
	page
	Departments, States []choice
	Mine                bool
	Counts              []count
	Rows                []row
	Full                bool
}

// wanted is what a list is of.
type wanted struct {
	department bot.DepartmentID
	state      string // empty: all that are not over
	mine       bool
}

func want(r *http.Request) wanted {
	q := r.URL.Query()
	return wanted{bot.DepartmentID(q.Get("department")), q.Get("state"), q.Get("mine") == "yes"}
}

// seen are the departments whose tickets a visitor sees.
func (s *server) seen(v visitor) (all []escalate.Department) {
	for _, d := range s.Desk.Departments() {
		if account.Sees(v.Account, d.ID) {
			all = append(all, d)
		}
	}
	return all
}

// find returns what a list shows to a visitor, what is due first before the rest.
func (s *server) find(ctx context.Context, v visitor, w wanted) (tickets []bot.Ticket, full bool, err error) {
	f := escalate.Filter{States: liveStates, Limit: maxLive}
	if slices.Contains([]bot.TicketState{bot.TicketClosed, bot.TicketExpired}, bot.TicketState(w.state)) {
		f.States, f.Limit = []bot.TicketState{bot.TicketState(w.state)}, maxOver
	}
	if w.mine {
		f.Claimant = v.Actor()
	}
	switch {
	case w.department != "" && !account.Sees(v.Account, w.department):
		return nil, false, errNotFound
	case w.department != "":
		f.Departments = []bot.DepartmentID{w.department}
	case !account.May(v.Account, account.SeeAll):
		if f.Departments = v.Departments; len(f.Departments) == 0 { // no departments would mean all
			return nil, false, nil
		}
	}
	if tickets, err = s.Tickets.Tickets(ctx, f); err != nil {
		return nil, false, fmt.Errorf("list tickets: %w", err)
	}
	slices.SortStableFunc(tickets, func(a, b bot.Ticket) int {
		return cmp.Or(turn(a)-turn(b), due(a).Compare(due(b)), a.OpenedAt.Compare(b.OpenedAt))
	})
	return tickets, len(tickets) == f.Limit, nil
}

// theirs is the turn of tickets that staff need do nothing about now.
const theirs = 3

// turn puts those first that staff have to do something about: danger before everything,
// and what nobody has before what somebody does.
func turn(t bot.Ticket) int {
	q, _ := t.Brief()
	switch {
	case t.State != bot.TicketOpen && t.State != bot.TicketClaimed:
		return theirs
	case q.Hazard != "":
		return 0
	case t.State == bot.TicketOpen:
		return 1
	}
	return 2
}

// due is when something has to be done; a ticket with no such time comes last.
func due(t bot.Ticket) time.Time {
	if t.Due.IsZero() || t.State.Over() {
		return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC).Add(-time.Duration(t.OpenedAt.Unix()))
	}
	return t.Due
}

// versionOf is a tag of what a list shows.
func versionOf(tickets []bot.Ticket) string {
	var b strings.Builder
	for _, t := range tickets {
		fmt.Fprintf(&b, "%s %d\n", t.ID, t.Version)
	}
	return tag(b.String())
}

func (s *server) listVersion(w http.ResponseWriter, r *http.Request, v visitor) error {
	tickets, _, err := s.find(r.Context(), v, want(r))
	if err != nil {
		return err
	}
	return sendVersion(w, r, versionOf(tickets))
}

func (s *server) list(w http.ResponseWriter, r *http.Request, v visitor) error {
	q := want(r)
	tickets, full, err := s.find(r.Context(), v, q)
	if err != nil {
		return err
	}
	p := listPage{page: s.page(r, v, "Inquiries"), Mine: q.mine, Full: full}
	p.Here, p.Version = "/inbox/version?"+r.URL.RawQuery, versionOf(tickets)
	p.Notice = notices[r.URL.Query().Get("did")]
	names := s.naming(r.Context())
	counts := map[bot.TicketState]int{}
	late := 0
	for _, t := range tickets {
		counts[t.State]++
		x := s.row(t, v, names)
		if x.Late {
			late++
		}
		if q.state == "" || q.state == string(t.State) {
			p.Rows = append(p.Rows, x)
		}
	}
	p.choices(q, s.seen(v), counts, late)
	s.render(w, http.StatusOK, "list.html", p)
	return nil
}

func (p *listPage) choices(q wanted, departments []escalate.Department, counts map[bot.TicketState]int, late int) {
	p.Departments = []choice{{"", "All", q.department == ""}}
	for _, d := range departments {
		p.Departments = append(p.Departments, choice{string(d.ID), d.Name, q.department == d.ID})
	}
	p.States = []choice{{"", "Not over", q.state == ""}}
	for _, state := range append(slices.Clone(liveStates), bot.TicketClosed, bot.TicketExpired) {
		p.States = append(p.States, choice{string(state), states[state], q.state == string(state)})
		if n := counts[state]; n > 0 {
			p.Counts = append(p.Counts, count{states[state], n})
		}
	}
	if late > 0 {
		p.Counts = append(p.Counts, count{"Overdue", late})
	}
}

// row is a ticket as a list shows it to a visitor.
func (s *server) row(t bot.Ticket, v visitor, names *naming) row {
	d := s.Desk.Department(t.Department)
	x := row{ID: string(t.ID), Language: t.Language, Department: d.Name, State: states[t.State], Who: names.of(t.Claimant),
		Opened: at(t.OpenedAt, d), Mine: t.Claimant == v.Actor(), Alert: t.Alert, Question: "(erased by the citizen)"}
	if turn(t) < theirs && !t.Due.IsZero() {
		x.Due, x.Late = at(t.Due, d), s.Now().After(t.Due)
	}
	if brief, ok := t.Brief(); ok {
		x.Question, x.Hazard = short(brief.Question.String()), brief.Hazard
	}
	return x
}

// short is the beginning of a text.
func short(text string) string {
	const most = 160
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most]) + "…"
}
