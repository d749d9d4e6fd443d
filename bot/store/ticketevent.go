package store

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"townclerk/bot"
)

// updateTicket writes the ticket as it is after its next event, and that this is to be
// delivered: at once where nothing was, else when the one before is.
func (s *Store) updateTicket(ctx context.Context, tx *txn, t, after bot.Ticket, at time.Time) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE tickets SET department = $1, state = $2, version = $3, claimant_kind = $4, claimant_id = $5, due = $6, next_at = $7,
			over_at = CASE WHEN $8 = 1 THEN coalesce(over_at, $9) END WHERE id = $10`,
		string(after.Department), string(after.State), t.Version+1, string(after.Claimant.Kind), after.Claimant.ID,
		moment(after.Due), moment(after.Next), flag(after.State.Over()), micros(at), string(t.ID))
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE deliveries SET version = $1, next_at = CASE WHEN done = version THEN $2 ELSE next_at END WHERE ticket = $3`,
		t.Version+1, micros(s.now()), string(t.ID))
	return err
}

// insertTicketEvent writes an event with its openings. Where it has no texts the sealer
// may be nil.
func insertTicketEvent(ctx context.Context, tx *txn, s *sealer, id bot.TicketID, seq int, e bot.TicketEvent, origin string) error {
	facts, err := encodeFacts(e.Facts)
	if err != nil {
		return fmt.Errorf("%w: facts of a ticket's %s event: %w", ErrInvalidEvent, e.Kind, err)
	}
	commitments, commits, openings := s.sealAll(ticketOwner(id), seq, e.Texts)
	_, err = tx.ExecContext(ctx, `
		INSERT INTO ticket_events (ticket, seq, kind, at, actor_kind, actor_id, origin, facts, commitments)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		string(id), seq, string(e.Kind), micros(e.At), string(e.By.Kind), e.By.ID, origin, facts, commitments)
	for _, o := range openings {
		if err != nil {
			break
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO ticket_openings (ticket, seq, field, sealed) VALUES ($1, $2, $3, $4)",
			string(id), seq, o.field, o.sealed)
	}
	tx.log(ticketEntry(id, e, origin, facts, commitments, commits), seq)
	return err
}

// endTurn appends the events that end a turn of the conversation that the sealer is of.
func (s *Store) endTurn(ctx context.Context, tx *txn, sealer *sealer, end bot.TurnEnd) error {
	if len(end.Events) == 0 {
		return nil
	}
	t, err := loadTail(ctx, tx, end.Turn)
	if err != nil {
		return err
	}
	if t.of.id != sealer.conversation { // nobody holds it
		return errNotFound
	}
	return t.append(ctx, tx, sealer, end.Events...)
}

// prepareEnd checks events and gives them times where they have none.
func (s *Store) prepareEnd(end bot.TurnEnd) (bot.TurnEnd, error) {
	end.Events = slices.Clone(end.Events)
	for i := range end.Events {
		if err := s.prepare(&end.Events[i]); err != nil {
			return end, err
		}
	}
	return end, nil
}

// ownOrigin begins the origins that this package makes.
const ownOrigin = "~"

// prepareTicketEvent checks an event, gives it a time where it has none, and returns
// the origin that it is stored with.
func (s *Store) prepareTicketEvent(e *bot.TicketEvent) (origin string, err error) {
	if e.At.IsZero() {
		e.At = s.now()
	}
	if err := checkTexts(e.Texts); err != nil {
		return "", fmt.Errorf("%w: of a ticket's %.20q event %w", ErrInvalidEvent, e.Kind, err)
	}
	switch {
	case !isName(string(e.Kind)) || !isName(string(e.By.Kind)):
		return "", fmt.Errorf("%w: the kind %.20q or the kind of actor %.20q is no name", ErrInvalidEvent, e.Kind, e.By.Kind)
	case lookup(e.By.ID) != e.By.ID || lookup(e.Origin) != e.Origin || strings.HasPrefix(e.Origin, ownOrigin):
		return "", fmt.Errorf("%w: the actor or the origin of a ticket's %s event is no text, or the origin begins with %s", ErrInvalidEvent, e.Kind, ownOrigin)
	case e.Origin == "":
		return ownOrigin + rand.Text(), nil
	}
	return e.Origin, nil
}

// moment is a time as it is stored; nil where there is none.
func moment(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return micros(t)
}

func over(state bot.TicketState, at time.Time) any {
	if !state.Over() {
		return nil
	}
	return micros(at)
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
