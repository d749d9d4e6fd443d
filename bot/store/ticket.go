package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"townclerk/bot"
	"townclerk/bot/escalate"
)

var _ escalate.Store = (*Store)(nil)

// OpenTicket records a ticket with its first event, and ends the turn that it is of, as
// escalate.Store says. The ticket's conversation is the turn's; its identifier, which
// the caller may choose, is made where it is empty. Where the ticket with this very
// identifier is there already, fresh is true: an earlier call was done whose result was
// lost. A turn that is unknown or erased is bot.NotFound, one that has ended ErrEnded.
func (s *Store) OpenTicket(ctx context.Context, o bot.Opening, end bot.TurnEnd) (t bot.Ticket, fresh bool, err error) {
	if o.Ticket.ID == "" {
		o.Ticket.ID = bot.NewTicketID()
	}
	origin, err := s.prepareTicketEvent(&o.Event)
	if err == nil && o.Event.Kind != bot.TicketOpened {
		err = fmt.Errorf("%w: a ticket opens with an opened event", ErrInvalidEvent)
	}
	if err == nil {
		end, err = s.prepareEnd(end)
	}
	if err != nil {
		return bot.Ticket{}, false, wrap(err, "open a ticket of turn %.40q", o.Ticket.Turn)
	}
	err = s.surely(ctx, func(ctx context.Context, tx *txn) (err error) {
		t, fresh, err = s.openTicketTx(ctx, tx, o, origin, end)
		return err
	})
	if err != nil {
		return bot.Ticket{}, false, wrap(err, "open a ticket of turn %.40q", o.Ticket.Turn)
	}
	return t, fresh, nil
}

func (s *Store) openTicketTx(ctx context.Context, tx *txn, o bot.Opening, origin string, end bot.TurnEnd) (bot.Ticket, bool, error) {
	h, err := s.holdOf(ctx, tx, o.Ticket.Turn)
	if err != nil {
		return bot.Ticket{}, false, err
	}
	sealer, err := s.sealer(h)
	if err != nil {
		return bot.Ticket{}, false, err
	}
	var there bot.TicketID
	err = tx.QueryRowContext(ctx, `
		SELECT id FROM tickets WHERE turn = $1 OR conversation = $2 AND over_at IS NULL AND alert = 0 AND $3 = 0
		ORDER BY turn <> $1 LIMIT 1`, string(o.Ticket.Turn), string(h.id), flag(o.Ticket.Alert)).Scan(&there)
	if errors.Is(err, sql.ErrNoRows) {
		there = o.Ticket.ID
		o.Ticket.Conversation = h.id
		err = s.insertTicket(ctx, tx, sealer, o, origin)
		if err == nil {
			err = s.endTurn(ctx, tx, sealer, end)
		}
	}
	if err != nil {
		return bot.Ticket{}, false, err
	}
	t, err := s.loadTicket(ctx, tx, there)
	return t, there == o.Ticket.ID, err
}

// insertTicket writes a ticket with its first event, and what is to be delivered.
func (s *Store) insertTicket(ctx context.Context, tx *txn, sealer *sealer, o bot.Opening, origin string) error {
	t := o.Ticket
	if t.OpenedAt.IsZero() {
		t.OpenedAt = o.Event.At
	}
	if t.State == "" {
		t.State = bot.TicketOpen
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO tickets (id, conversation, turn, department, state, version, claimant_kind, claimant_id,
			language, opened_at, alert, due, next_at, over_at)
		VALUES ($1, $2, $3, $4, $5, 1, $6, $7, $8, $9, $10, $11, $12, $13)`,
		string(t.ID), string(t.Conversation), string(t.Turn), string(t.Department), string(t.State), string(t.Claimant.Kind), t.Claimant.ID,
		t.Language, micros(t.OpenedAt), flag(t.Alert), moment(t.Due), moment(t.Next), over(t.State, o.Event.At))
	if err == nil {
		err = insertTicketEvent(ctx, tx, sealer, t.ID, 1, o.Event, origin)
	}
	for _, sink := range o.Sinks {
		if err != nil {
			break
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO deliveries (ticket, sink, version, done, channel, thread, attempts, next_at) VALUES ($1, $2, 1, 0, '', '', 0, $3)`,
			string(t.ID), sink, micros(s.now()))
	}
	return err
}

// Change records what decide makes of a ticket, as escalate.Store says. decide is given
// the ticket and its events and returns the ticket after the event; of that its
// department, state, claimant, Due and Next are kept, the event gets its Seq and, where
// it has none, a time. decide runs in the transaction: it must not call the Store.
// It can be called more than once, where the database refuses the transaction and it is
// tried again, but at most once for what is recorded. Where a ticket of an erased
// conversation is changed the event may have no texts.
//
// A commit whose result was lost is tried once more, and finds its event where it was
// done; for that an event without an Origin gets a random one, which nobody is shown.
func (s *Store) Change(ctx context.Context, id bot.TicketID, decide func(bot.Ticket) (bot.Ticket, *bot.TicketEvent, error), end ...bot.TurnEnd) (bot.Ticket, error) {
	return s.change(ctx, id, decide, end, nil)
}

// change is Change that also runs a function in the transaction where it records.
func (s *Store) change(ctx context.Context, id bot.TicketID, decide func(bot.Ticket) (bot.Ticket, *bot.TicketEvent, error), end []bot.TurnEnd,
	also func(context.Context, *txn, held) error) (t bot.Ticket, err error) {
	c := &change{store: s, decide: decide, also: also}
	for _, e := range end {
		if e, err = s.prepareEnd(e); err != nil {
			return bot.Ticket{}, wrap(err, "change ticket %.40q", id)
		}
		c.ends = append(c.ends, e)
	}
	err = s.surely(ctx, func(ctx context.Context, tx *txn) (err error) {
		t, err = c.run(ctx, tx, id)
		return err
	})
	switch {
	case err != nil && c.refused != nil:
		return bot.Ticket{}, c.refused
	case err != nil:
		return bot.Ticket{}, wrap(err, "change ticket %.40q", id)
	}
	return t, nil
}

// change is one that is under way.
type change struct {
	store   *Store
	decide  func(bot.Ticket) (bot.Ticket, *bot.TicketEvent, error)
	ends    []bot.TurnEnd
	also    func(context.Context, *txn, held) error
	origin  string // of the event that a try before this one wrote
	refused error  // decide's
}

func (c *change) run(ctx context.Context, tx *txn, id bot.TicketID) (bot.Ticket, error) {
	s := c.store
	h, err := s.holdTicket(ctx, tx, id)
	if err != nil {
		return bot.Ticket{}, err
	}
	t, err := s.loadTicket(ctx, tx, id)
	if err != nil {
		return bot.Ticket{}, err
	}
	if c.origin != "" {
		var done int
		err = tx.QueryRowContext(ctx, "SELECT count(*) FROM ticket_events WHERE ticket = $1 AND origin = $2", string(id), c.origin).Scan(&done)
		if err != nil || done > 0 {
			return t, err
		}
	}
	after, e, err := c.decide(t)
	if err != nil {
		c.refused = err
		return t, err
	}
	if e == nil || e.Origin != "" && slices.ContainsFunc(t.Events, func(x bot.TicketEvent) bool { return x.Origin == e.Origin }) {
		return t, nil
	}
	if err := c.record(ctx, tx, h, t, after, *e); err != nil {
		return t, err
	}
	return s.loadTicket(ctx, tx, id)
}

// record writes the event with all that goes with it.
func (c *change) record(ctx context.Context, tx *txn, h held, t, after bot.Ticket, e bot.TicketEvent) (err error) {
	s := c.store
	var sealer *sealer
	if !h.erased.Valid || len(e.Texts) > 0 || len(c.ends) > 0 {
		if sealer, err = s.sealer(h); err != nil {
			return err
		}
	}
	if c.origin, err = s.prepareTicketEvent(&e); err != nil {
		return err
	}
	if e.Kind == bot.TicketOpened {
		return fmt.Errorf("%w: a ticket is opened once", ErrInvalidEvent)
	}
	if err := s.updateTicket(ctx, tx, t, after, e.At); err != nil {
		return err
	}
	if err := insertTicketEvent(ctx, tx, sealer, t.ID, t.Version+1, e, c.origin); err != nil {
		return err
	}
	for _, end := range c.ends {
		if err := s.endTurn(ctx, tx, sealer, end); err != nil {
			return err
		}
	}
	if c.also != nil {
		return c.also(ctx, tx, h)
	}
	return nil
}
