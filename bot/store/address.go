package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"townclerk/bot"
	"townclerk/bot/ledger"
)

// KeepAddress seals an address under a key of its own, in place of an earlier one, in the
// transaction in which the event is recorded as Change does it; where none is recorded
// no address is kept. Neither the event nor the conversation's key has to do with it.
func (s *Store) KeepAddress(ctx context.Context, id bot.TicketID, a bot.Address, decide func(bot.Ticket) (bot.Ticket, *bot.TicketEvent, error)) (bot.Ticket, error) {
	body, err := json.Marshal(a)
	if err != nil {
		return bot.Ticket{}, wrap(err, "keep the address of ticket %.40q", id)
	}
	key := make([]byte, 32)
	rand.Read(key)
	aead, err := newAEAD(key, "townclerk/address/v1")
	if err != nil {
		return bot.Ticket{}, wrap(err, "keep the address of ticket %.40q", id)
	}
	sealed := aead.Seal(nil, nil, body, []byte(id))
	wrapped := s.wrapAddress.Seal(nil, nil, key, []byte(id))
	t, err := s.change(ctx, id, decide, nil, func(ctx context.Context, tx *txn, h held) error {
		if h.erased.Valid {
			return errNotFound
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO address_keys (ticket, wrapped, unscrubbed) VALUES ($1, $2, 0)
			ON CONFLICT (ticket) DO UPDATE SET wrapped = excluded.wrapped, unscrubbed = 1`, string(id), wrapped)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO addresses (ticket, sealed) VALUES ($1, $2)
			ON CONFLICT (ticket) DO UPDATE SET sealed = excluded.sealed`, string(id), sealed)
		return err
	})
	return t, err
}

// Address returns it; bot.NotFound where there is none or it was erased.
func (s *Store) Address(ctx context.Context, id bot.TicketID) (a bot.Address, err error) {
	var wrapped, sealed []byte
	err = s.db.Look(ctx, func(c *sql.Conn) error {
		return none(c.QueryRowContext(ctx, `
			SELECT k.wrapped, a.sealed FROM addresses a JOIN address_keys k ON k.ticket = a.ticket WHERE a.ticket = $1`,
			lookup(id)).Scan(&wrapped, &sealed))
	})
	if err == nil {
		a, err = s.openAddress(id, wrapped, sealed)
	}
	return a, wrap(err, "read the address of ticket %.40q", id)
}

func (s *Store) openAddress(id bot.TicketID, wrapped, sealed []byte) (a bot.Address, err error) {
	key, err := s.wrapAddress.Open(nil, nil, wrapped, []byte(id))
	if err != nil {
		return a, fmt.Errorf("key of the address: %w", ErrTampered)
	}
	aead, err := newAEAD(key, "townclerk/address/v1")
	if err != nil {
		return a, err
	}
	body, err := aead.Open(nil, nil, sealed, []byte(id))
	if err != nil || json.Unmarshal(body, &a) != nil { // its error may quote the address
		return bot.Address{}, fmt.Errorf("address: %w", ErrTampered)
	}
	return a, nil
}

// OldAddresses returns the tickets that were over before a time and still have an
// address, the oldest first.
func (s *Store) OldAddresses(ctx context.Context, before time.Time) ([]bot.TicketID, error) {
	return ids[bot.TicketID](s.column(ctx,
		"SELECT t.id FROM addresses a JOIN tickets t ON t.id = a.ticket WHERE t.over_at < $1 ORDER BY t.over_at, t.id", micros(before)))
}

// ForgetAddress erases a ticket's address as Erase does a conversation's texts, in the
// transaction in which the event is recorded as Change does it; where none is recorded
// nothing is erased. As there, bot.Unavailable may mean that it is erased but that old
// rows linger.
func (s *Store) ForgetAddress(ctx context.Context, id bot.TicketID, decide func(bot.Ticket) (bot.Ticket, *bot.TicketEvent, error)) error {
	_, err := s.change(ctx, id, decide, nil, func(ctx context.Context, tx *txn, _ held) error {
		tx.log(ledger.Entry{Type: ledger.Erasure, Subject: string(id), Facts: map[string]any{ledger.FactField: "address"}}, 0)
		return forgetAddress(ctx, tx, "= $1", string(id))
	})
	if err != nil {
		return err
	}
	return wrap(s.scrub(ctx), "forget the address of ticket %.40q", id)
}

// forgetAddress erases the addresses of tickets. The keys keep their sizes: SQLite
// overwrites a row where it lies.
func forgetAddress(ctx context.Context, tx *txn, which string, arg any) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM addresses WHERE ticket "+which, arg); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "UPDATE address_keys SET wrapped = $2, unscrubbed = 1 WHERE ticket "+which, arg, make([]byte, 60))
	return err
}
