package store

import (
	"context"
	"database/sql"
	"time"

	"townclerk/bot"
)

// Relabelled returns the questions of the tickets that a clerk has sent to another
// department, each with the one to which a clerk sent it last; the oldest tickets
// first, without those that were erased, and without those of which a clerk said only
// that they are not for their department.
func (s *Store) Relabelled(ctx context.Context) (labelled []bot.Labelled, err error) {
	ids, err := s.column(ctx, `
		SELECT t.id FROM tickets t JOIN conversations c ON c.id = t.conversation WHERE c.erased_at IS NULL AND EXISTS (
			SELECT 1 FROM ticket_events e WHERE e.ticket = t.id AND e.kind = 'rerouted' AND e.actor_kind = 'clerk')
		ORDER BY t.opened_at, t.id`)
	for _, id := range ids {
		if err != nil {
			break
		}
		var l bot.Labelled
		if l, err = s.label(ctx, bot.TicketID(id)); err == nil && l != (bot.Labelled{}) {
			labelled = append(labelled, l)
		}
	}
	return labelled, wrap(err, "read what clerks have re-routed")
}

// label returns the label that a clerk gave to the question of a ticket; zero where it
// was erased meanwhile.
func (s *Store) label(ctx context.Context, id bot.TicketID) (l bot.Labelled, err error) {
	err = s.db.Look(ctx, func(c *sql.Conn) error {
		t, err := s.loadTicket(ctx, c, id)
		if err != nil {
			return err
		}
		l = bot.Labelled{}
		for _, e := range t.Events {
			if to, ok := e.Facts[bot.FactTo].(string); ok && e.Kind == bot.TicketRerouted && e.By.Kind == bot.Clerk && e.Facts[bot.FactReason] != bot.ReasonNotOurs {
				l.Department = bot.DepartmentID(to)
			}
		}
		h, err := s.loadAsked(ctx, c, t.Turn)
		if l.Text = h.Question; h.erased || l.Department == "" {
			l = bot.Labelled{}
		}
		return err
	})
	return l, err
}

// Unanswered returns up to limit turns that were opened since a time and ended without
// an answer, or with one that was called unhelpful; the newest first, with their
// questions, without those that were erased.
func (s *Store) Unanswered(ctx context.Context, since time.Time, limit int) (turns []bot.Turn, err error) {
	ids, err := s.column(ctx, `
		SELECT t.id FROM turns t JOIN conversations c ON c.id = t.conversation
		WHERE t.opened_at >= $1 AND c.erased_at IS NULL AND (t.outcome IN ('abstained', 'handed_over') OR EXISTS (
			SELECT 1 FROM events e WHERE e.turn = t.id AND e.kind = 'feedback' AND e.facts LIKE '%"helpful":false%'))
		ORDER BY t.opened_at DESC, t.id LIMIT $2`, micros(since), int64(limit))
	for _, id := range ids {
		if err != nil {
			break
		}
		var h asking
		err = s.db.Look(ctx, func(c *sql.Conn) error {
			h, err = s.loadAsked(ctx, c, bot.TurnID(id))
			return err
		})
		if err == nil && !h.erased {
			turns = append(turns, h.Turn)
		}
	}
	return turns, wrap(err, "read what was not answered")
}

// asking is a turn with its question and answer, and whether it was erased.
type asking struct {
	bot.Turn
	erased bool
}

func (s *Store) loadAsked(ctx context.Context, q querier, id bot.TurnID) (asking, error) {
	l := loader{store: s, fields: []string{bot.TextQuestion, bot.TextAnswer}}
	err := l.run(ctx, q, "t.id = $1", "(SELECT conversation FROM turns WHERE id = $1)", string(id))
	if err == nil && len(l.histories) == 0 {
		err = errNotFound
	}
	if err != nil {
		return asking{}, err
	}
	return asking{l.histories[0].Turn, l.sealer == nil}, nil
}
