package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"townclerk/bot"
	"townclerk/bot/contribute"
)

var _ contribute.Store = (*Store)(nil)

// AddContribution records a contribution with its first step. A ticket has at most one
// that is not over: contribute.ErrOffered. The same one again does nothing.
func (s *Store) AddContribution(ctx context.Context, c contribute.Contribution) error {
	if len(c.Steps) != 1 {
		return wrap(fmt.Errorf("%w: a contribution begins with one step", ErrInvalidEvent), "add contribution %.40q", c.ID)
	}
	var refused error
	err := s.surely(ctx, func(ctx context.Context, tx *txn) error {
		h, err := s.holdTicket(ctx, tx, c.Ticket)
		if err == nil && h.erased.Valid {
			err = errNoTicket
		}
		if err != nil {
			return err
		}
		var there string
		err = tx.QueryRowContext(ctx, "SELECT id FROM contributions WHERE ticket = $1 AND state IN ('draft', 'approved')", string(c.Ticket)).Scan(&there)
		switch {
		case err == nil && there == string(c.ID):
			return nil
		case err == nil:
			refused = contribute.ErrOffered
			return refused
		case !errors.Is(err, sql.ErrNoRows):
			return err
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO contributions (id, ticket, department, language, state, version, offered_at) VALUES ($1, $2, $3, $4, $5, 0, $6)`,
			string(c.ID), string(c.Ticket), string(c.Department), c.Language, string(c.State), micros(c.Offered))
		if err != nil {
			return err
		}
		return s.insertStep(ctx, tx, c.ID, c.State, 1, c.Steps[0])
	})
	if err != nil && refused != nil {
		return refused
	}
	return wrap(err, "add contribution %.40q", c.ID)
}

// insertStep writes a step, and the contribution as it is after it.
func (s *Store) insertStep(ctx context.Context, tx *txn, id contribute.ID, state contribute.State, seq int, step contribute.Step) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO contribution_steps (contribution, seq, kind, at, actor_kind, actor_id) VALUES ($1, $2, $3, $4, $5, $6)",
		string(id), int64(seq), string(step.Kind), micros(step.At), string(step.By.Kind), step.By.ID)
	if err == nil {
		_, err = tx.ExecContext(ctx, "UPDATE contributions SET state = $1, version = $2 WHERE id = $3", string(state), int64(seq), string(id))
	}
	if err != nil || step.Text == (contribute.Text{}) {
		return err
	}
	text, err := json.Marshal(step.Text)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO contribution_texts (contribution, seq, sealed) VALUES ($1, $2, $3)",
		string(id), int64(seq), s.contributions.Seal(nil, nil, text, stepPlace(id, seq)))
	return err
}

// ChangeContribution records the step that decide makes of a contribution, as
// contribute.Store says. decide runs in the transaction: it must not call the Store. It
// can be called more than once, but at most once for what is recorded. A commit whose
// result is lost is an error: the caller looks again.
func (s *Store) ChangeContribution(ctx context.Context, id contribute.ID, decide func(contribute.Contribution) (*contribute.Step, error)) (c contribute.Contribution, err error) {
	var refused error
	err = s.write(ctx, func(ctx context.Context, tx *txn) error {
		refused = nil
		query := "SELECT id FROM contributions WHERE id = $1"
		if s.postgres { // on SQLite the transaction holds the file
			query += " FOR NO KEY UPDATE"
		}
		var held string
		if err := tx.QueryRowContext(ctx, query, lookup(id)).Scan(&held); err != nil {
			return noContribution(err)
		}
		all, err := s.loadContributions(ctx, tx, "c.id = $1", lookup(id))
		if err != nil {
			return err
		}
		c = all[0]
		step, err := decide(c)
		if err != nil || step == nil {
			refused = err
			return err
		}
		if c, err = contribute.Apply(c, *step); err != nil {
			refused = err
			return err
		}
		return s.insertStep(ctx, tx, id, c.State, len(c.Steps), *step)
	})
	if err != nil && refused != nil {
		return contribute.Contribution{}, refused
	}
	return c, wrap(err, "change contribution %.40q", id)
}

// Contribution returns one with its steps. An unknown one is bot.NotFound; a text that
// was changed or moved is ErrTampered.
func (s *Store) Contribution(ctx context.Context, id contribute.ID) (contribute.Contribution, error) {
	var all []contribute.Contribution
	err := s.db.Look(ctx, func(c *sql.Conn) (err error) {
		all, err = s.loadContributions(ctx, c, "c.id = $1", lookup(id))
		return err
	})
	if err == nil && len(all) == 0 {
		err = noContribution(sql.ErrNoRows)
	}
	if err != nil {
		return contribute.Contribution{}, wrap(err, "read contribution %.40q", id)
	}
	return all[0], nil
}

// Contributions returns those that fit with their steps, the oldest first.
func (s *Store) Contributions(ctx context.Context, f contribute.Filter) (all []contribute.Contribution, err error) {
	where, args := []string{"1 = 1"}, []any(nil)
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	if len(f.Departments) > 0 {
		where = append(where, "c.department IN ("+list(arg, f.Departments)+")")
	}
	if len(f.States) > 0 {
		where = append(where, "c.state IN ("+list(arg, f.States)+")")
	}
	err = s.db.Look(ctx, func(c *sql.Conn) error {
		all, err = s.loadContributions(ctx, c, strings.Join(where, " AND "), args...)
		return err
	})
	return all, wrap(err, "list contributions")
}

// loadContributions reads contributions in one statement: their steps with those texts
// that were not erased.
func (s *Store) loadContributions(ctx context.Context, q querier, where string, args ...any) (all []contribute.Contribution, err error) {
	err = each(ctx, q, func(rows *sql.Rows) error {
		var c contribute.Contribution
		var step contribute.Step
		var sealed []byte
		var at int64
		err := rows.Scan(&c.ID, &c.Ticket, &c.Department, &c.Language, &step.Seq, &step.Kind, &at, &step.By.Kind, &step.By.ID, &sealed)
		if err != nil {
			return err
		}
		step.At = fromMicros(at)
		if step.Text, err = s.openStep(c.ID, step.Seq, sealed); err != nil {
			return err
		}
		if n := len(all); n == 0 || all[n-1].ID != c.ID {
			all = append(all, c)
		}
		last := &all[len(all)-1]
		if *last, err = contribute.Apply(*last, step); err != nil {
			return fmt.Errorf("contribution %.40q: %w: %w", c.ID, ErrTampered, err)
		}
		return nil
	}, `SELECT c.id, c.ticket, c.department, c.language, s.seq, s.kind, s.at, s.actor_kind, s.actor_id, t.sealed
		FROM contributions c JOIN contribution_steps s ON s.contribution = c.id
		LEFT JOIN contribution_texts t ON t.contribution = s.contribution AND t.seq = s.seq
		WHERE `+where+" ORDER BY c.offered_at, c.id, s.seq", args...)
	return all, err
}

func (s *Store) openStep(id contribute.ID, seq int, sealed []byte) (text contribute.Text, err error) {
	if sealed == nil {
		return text, nil
	}
	plain, err := s.contributions.Open(nil, nil, sealed, stepPlace(id, seq))
	if err != nil || json.Unmarshal(plain, &text) != nil {
		return text, fmt.Errorf("step %d of contribution %.40q: %w", seq, id, ErrTampered)
	}
	return text, nil
}

// stepPlace is a step's place as associated data. Identifiers hold no blank.
func stepPlace(id contribute.ID, seq int) []byte { return []byte(string(id) + " " + strconv.Itoa(seq)) }

// eraseContributions rejects the drafts of a conversation's tickets, and erases the texts
// of all that are no pages: what was approved is the agency's own.
func (s *Store) eraseContributions(ctx context.Context, tx *txn, id bot.ConversationID) error {
	const mine = "ticket IN (SELECT id FROM tickets WHERE conversation = $1)"
	if s.postgres { // on SQLite the transaction holds the file
		if _, err := tx.ExecContext(ctx, "SELECT id FROM contributions WHERE "+mine+" ORDER BY id FOR NO KEY UPDATE", string(id)); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO contribution_steps (contribution, seq, kind, at, actor_kind, actor_id)
		SELECT id, version + 1, CAST($2 AS TEXT), CAST($3 AS BIGINT), CAST($4 AS TEXT), '' FROM contributions WHERE `+mine+" AND state = 'draft'",
		string(id), string(contribute.Rejects), micros(s.now()), string(bot.System))
	if err == nil {
		_, err = tx.ExecContext(ctx, "UPDATE contributions SET state = 'rejected', version = version + 1 WHERE "+mine+" AND state = 'draft'", string(id))
	}
	if err == nil {
		_, err = tx.ExecContext(ctx, "DELETE FROM contribution_texts WHERE contribution IN (SELECT id FROM contributions WHERE "+mine+" AND state <> 'approved')", string(id))
	}
	return err
}

func noContribution(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return &bot.Error{Kind: bot.NotFound, Citizen: errNoTicket.Citizen, Err: errors.New("there is no such contribution")}
	}
	return err
}
