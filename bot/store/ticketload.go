package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"townclerk/bot"
	"townclerk/bot/escalate"
)

// Ticket returns a ticket with its events, without texts where they were erased.
// Numbers among the facts come back as float64. An unknown one is bot.NotFound; a text
// that does not fit its commitment, or a missing event, is ErrTampered.
func (s *Store) Ticket(ctx context.Context, id bot.TicketID) (t bot.Ticket, err error) {
	err = s.db.Look(ctx, func(c *sql.Conn) error {
		t, err = s.loadTicket(ctx, c, id)
		return err
	})
	return t, wrap(err, "read ticket %.40q", id)
}

// TicketsOf returns all tickets of a conversation with their events, oldest first; none
// where it is unknown.
func (s *Store) TicketsOf(ctx context.Context, id bot.ConversationID) (tickets []bot.Ticket, err error) {
	err = s.db.Look(ctx, func(c *sql.Conn) error {
		tickets, err = s.loadTickets(ctx, c, "t.conversation = $1", "t.opened_at, t.id", lookup(id))
		return err
	})
	return tickets, wrap(err, "read the tickets of %.40q", id)
}

// Tickets returns those that fit, with their events, the newest first.
func (s *Store) Tickets(ctx context.Context, f escalate.Filter) (tickets []bot.Ticket, err error) {
	where, args := conditions(f)
	err = s.db.Look(ctx, func(c *sql.Conn) error {
		tickets, err = s.loadTickets(ctx, c, where, "t.opened_at DESC, t.id DESC", args...)
		return err
	})
	return tickets, wrap(err, "list tickets")
}

func conditions(f escalate.Filter) (where string, args []any) {
	parts := []string{"1 = 1"}
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	if len(f.Departments) > 0 {
		parts = append(parts, "department IN ("+list(arg, f.Departments)+")")
	}
	if len(f.States) > 0 {
		parts = append(parts, "state IN ("+list(arg, f.States)+")")
	}
	if f.Claimant != (bot.Actor{}) {
		parts = append(parts, "claimant_kind = "+arg(lookup(f.Claimant.Kind)), "claimant_id = "+arg(lookup(f.Claimant.ID)))
	}
	if !f.Before.IsZero() {
		parts = append(parts, "opened_at < "+arg(micros(f.Before)))
	}
	if f.Limit == 0 {
		f.Limit = 50
	}
	return "t.id IN (SELECT id FROM tickets WHERE " + strings.Join(parts, " AND ") +
		" ORDER BY opened_at DESC, id DESC LIMIT " + arg(int64(f.Limit)) + ")", args
}

func list[T ~string](arg func(any) string, values []T) string {
	marks := make([]string, len(values))
	for i, v := range values {
		marks[i] = arg(lookup(v))
	}
	return strings.Join(marks, ", ")
}

// DueTickets returns up to limit tickets that are not over and whose Next has come,
// the longest due first.
func (s *Store) DueTickets(ctx context.Context, limit int) ([]bot.TicketID, error) {
	return ids[bot.TicketID](s.column(ctx, "SELECT id FROM tickets WHERE over_at IS NULL AND next_at <= $1 ORDER BY next_at, id LIMIT $2",
		micros(s.now()), int64(limit)))
}

func ids[T ~string](values []string, err error) ([]T, error) {
	out := make([]T, len(values))
	for i, v := range values {
		out[i] = T(v)
	}
	return out, wrap(err, "list tickets")
}

// AnswerTimes returns how long tickets waited for a clerk's first reply or question: the
// last n of those that a department has now, and that had one, the newest first.
func (s *Store) AnswerTimes(ctx context.Context, d bot.DepartmentID, n int) (times []escalate.Waited, err error) {
	err = s.db.Look(ctx, func(c *sql.Conn) error {
		times = nil
		return each(ctx, c, func(rows *sql.Rows) error {
			var opened, replied int64
			err := rows.Scan(&opened, &replied)
			times = append(times, escalate.Waited{Opened: fromMicros(opened), Replied: fromMicros(replied)})
			return err
		}, `SELECT t.opened_at, min(e.at) FROM tickets t JOIN ticket_events e ON e.ticket = t.id
			WHERE t.department = $1 AND e.kind IN ('replied', 'asked') AND e.actor_kind = 'clerk'
			GROUP BY t.id, t.opened_at ORDER BY t.opened_at DESC, t.id DESC LIMIT $2`, lookup(d), int64(n))
	})
	return times, wrap(err, "read the answer times of %.40q", d)
}

// ticketLoading is the one statement that tickets are read with, so that texts and key
// are of one state.
const ticketLoading = `
	SELECT c.id, k.wrapped, c.erased_at, t.id, t.turn, t.department, t.state, t.version, t.claimant_kind, t.claimant_id,
		t.language, t.opened_at, t.alert, t.due, t.next_at,
		coalesce((SELECT max(d.done) FROM deliveries d WHERE d.ticket = t.id AND d.sink <> '` + escalate.MailSink + `'), t.version),
		e.seq, e.kind, e.at, e.actor_kind, e.actor_id, e.origin, e.facts, e.commitments, o.field, o.sealed
	FROM tickets t JOIN conversations c ON c.id = t.conversation JOIN conversation_keys k ON k.conversation = c.id
	JOIN ticket_events e ON e.ticket = t.id
	LEFT JOIN ticket_openings o ON o.ticket = e.ticket AND o.seq = e.seq
	WHERE %s ORDER BY %s, e.seq, o.field`

func (s *Store) loadTickets(ctx context.Context, q querier, where, order string, args ...any) ([]bot.Ticket, error) {
	l := ticketLoader{store: s}
	if err := each(ctx, q, l.row, fmt.Sprintf(ticketLoading, where, order), args...); err != nil {
		return nil, err
	}
	return l.tickets, l.settle()
}

// loadTicket returns errNoTicket for an unknown one.
func (s *Store) loadTicket(ctx context.Context, q querier, id bot.TicketID) (bot.Ticket, error) {
	tickets, err := s.loadTickets(ctx, q, "t.id = $1", "t.id", lookup(id))
	if err == nil && len(tickets) == 0 {
		err = errNoTicket
	}
	if err != nil {
		return bot.Ticket{}, err
	}
	return tickets[0], nil
}

// ticketLoader makes tickets of the rows of ticketLoading.
type ticketLoader struct {
	store   *Store
	tickets []bot.Ticket
	opener
}

// ticketRow is a row of ticketLoading.
type ticketRow struct {
	held
	bot.Ticket
	opened, alert      int64
	due, next          sql.NullInt64
	event              bot.TicketEvent
	at                 int64
	facts, commitments string
	field              sql.NullString
	sealed             []byte
}

func (l *ticketLoader) row(rows *sql.Rows) error {
	var r ticketRow
	err := rows.Scan(&r.held.id, &r.wrapped, &r.erased, &r.ID, &r.Turn, &r.Department, &r.State, &r.Version, &r.Claimant.Kind, &r.Claimant.ID,
		&r.Language, &r.opened, &r.alert, &r.due, &r.next, &r.Reached,
		&r.event.Seq, &r.event.Kind, &r.at, &r.event.By.Kind, &r.event.By.ID, &r.event.Origin, &r.facts, &r.commitments, &r.field, &r.sealed)
	if err != nil {
		return err
	}
	if at := (place{owner: ticketOwner(r.ID), seq: r.event.Seq}); at != l.place {
		if err := l.next(at, r); err != nil {
			return err
		}
	}
	if !r.field.Valid || l.sealer == nil {
		return nil
	}
	value, err := l.open(r.field.String, r.sealed)
	if err != nil {
		return err
	}
	l.last().Texts[r.field.String] = value
	return nil
}

func (l *ticketLoader) last() *bot.TicketEvent {
	t := &l.tickets[len(l.tickets)-1]
	return &t.Events[len(t.Events)-1]
}

// next appends the row's event, without texts, and its ticket before it.
func (l *ticketLoader) next(at place, r ticketRow) (err error) {
	if at.owner != l.place.owner {
		if err := l.settle(); err != nil {
			return err
		}
		if l.sealer = nil; !r.erased.Valid {
			if l.sealer, err = l.store.sealer(r.held); err != nil {
				return err
			}
		}
		l.tickets = append(l.tickets, r.ticket())
	} else if err := l.opener.settle(); err != nil {
		return err
	}
	e := r.event
	e.At = fromMicros(r.at)
	if strings.HasPrefix(e.Origin, ownOrigin) {
		e.Origin = ""
	}
	if e.Facts, e.Texts, err = l.begin(at, r.facts, r.commitments); err != nil {
		return err
	}
	t := &l.tickets[len(l.tickets)-1]
	t.Events = append(t.Events, e)
	return nil
}

// settle sees that the last ticket has all of its events, and these their texts.
func (l *ticketLoader) settle() error {
	if len(l.tickets) == 0 {
		return nil
	}
	if t := l.tickets[len(l.tickets)-1]; len(t.Events) != t.Version {
		return fmt.Errorf("ticket %s has %d events of %d: %w", t.ID, len(t.Events), t.Version, ErrTampered)
	}
	return l.opener.settle()
}

func (r *ticketRow) ticket() bot.Ticket {
	t := r.Ticket
	t.Conversation, t.Alert = r.held.id, r.alert == 1
	t.OpenedAt, t.Due, t.Next = fromMicros(r.opened), fromMoment(r.due), fromMoment(r.next)
	return t
}

func fromMoment(us sql.NullInt64) (t time.Time) {
	if us.Valid {
		t = fromMicros(us.Int64)
	}
	return t
}
