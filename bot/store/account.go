package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"townclerk/bot/account"
)

var _ account.Store = (*Store)(nil)

// SaveAccount writes an account, as account.Directory says.
func (s *Store) SaveAccount(ctx context.Context, a account.Account) error {
	roles, err := json.Marshal(append([]account.Role{}, a.Roles...))
	if err != nil {
		return err
	}
	departments, err := json.Marshal(append([]string{}, plain(a.Departments)...))
	if err != nil {
		return err
	}
	err = s.surely(ctx, func(ctx context.Context, tx *txn) error {
		var taken int
		err := tx.QueryRowContext(ctx, "SELECT count(*) FROM accounts WHERE name = $1 AND id <> $2", lookup(a.Name), lookup(a.ID)).Scan(&taken)
		if err == nil && taken > 0 {
			err = account.ErrTaken
		}
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO accounts (id, name, display, roles, departments, disabled, password, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (id) DO UPDATE SET name = excluded.name, display = excluded.display, roles = excluded.roles,
				departments = excluded.departments, disabled = excluded.disabled, password = excluded.password`,
			string(a.ID), a.Name, a.Display, string(roles), string(departments), flag(a.Disabled), a.Password, micros(a.CreatedAt))
		if err == nil && a.Disabled {
			_, err = tx.ExecContext(ctx, "DELETE FROM sessions WHERE account = $1", string(a.ID))
		}
		if err == nil && a.Disabled {
			_, err = tx.ExecContext(ctx, "DELETE FROM invitations WHERE account = $1", string(a.ID))
		}
		return err
	})
	return staffError(err, "save account %.40q", a.Name)
}

// plain makes strings of texts of another type.
func plain[T ~string](values []T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

// staffError is wrap for what staff are told, not citizens.
func staffError(err error, format string, args ...any) error {
	if errors.Is(err, sql.ErrNoRows) {
		err = account.ErrNotFound
	}
	if errors.Is(err, account.ErrNotFound) || errors.Is(err, account.ErrTaken) {
		return fmt.Errorf(format+": %w", append(args, err)...)
	}
	return wrap(err, format, args...)
}

const accountColumns = "a.id, a.name, a.display, a.roles, a.departments, a.disabled, a.password, a.created_at"

// scanAccount reads accountColumns, and more behind them.
func scanAccount(row interface{ Scan(...any) error }, more ...any) (a account.Account, err error) {
	var roles, departments string
	var disabled, created int64
	into := append([]any{&a.ID, &a.Name, &a.Display, &roles, &departments, &disabled, &a.Password, &created}, more...)
	if err := row.Scan(into...); err != nil {
		return a, err
	}
	if err := json.Unmarshal([]byte(roles), &a.Roles); err != nil {
		return a, fmt.Errorf("roles of account %s: %w", a.ID, ErrTampered)
	}
	if err := json.Unmarshal([]byte(departments), &a.Departments); err != nil {
		return a, fmt.Errorf("departments of account %s: %w", a.ID, ErrTampered)
	}
	a.Disabled, a.CreatedAt = disabled == 1, fromMicros(created)
	return a, nil
}

// Account returns the account of an ID.
func (s *Store) Account(ctx context.Context, id account.ID) (account.Account, error) {
	return s.oneAccount(ctx, "a.id = $1", lookup(id))
}

// AccountNamed returns the account of a name.
func (s *Store) AccountNamed(ctx context.Context, name string) (account.Account, error) {
	return s.oneAccount(ctx, "a.name = $1", lookup(name))
}

func (s *Store) oneAccount(ctx context.Context, where string, arg any) (a account.Account, err error) {
	err = s.db.Look(ctx, func(c *sql.Conn) error {
		a, err = scanAccount(c.QueryRowContext(ctx, "SELECT "+accountColumns+" FROM accounts a WHERE "+where, arg))
		return err
	})
	return a, staffError(err, "read an account")
}

// Accounts returns all, by name.
func (s *Store) Accounts(ctx context.Context) (all []account.Account, err error) {
	err = s.db.Look(ctx, func(c *sql.Conn) error {
		all = nil
		return each(ctx, c, func(rows *sql.Rows) error {
			a, err := scanAccount(rows)
			all = append(all, a)
			return err
		}, "SELECT "+accountColumns+" FROM accounts a ORDER BY a.name")
	})
	return all, staffError(err, "list accounts")
}

// Invite keeps an invitation, in place of an earlier one of the account.
func (s *Store) Invite(ctx context.Context, i account.Invitation) error {
	err := s.surely(ctx, func(ctx context.Context, tx *txn) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO invitations (account, digest, expires_at) VALUES ($1, $2, $3)
			ON CONFLICT (account) DO UPDATE SET digest = excluded.digest, expires_at = excluded.expires_at`,
			string(i.Account), i.Digest[:], micros(i.Expires))
		return err
	})
	return staffError(err, "invite account %.40q", i.Account)
}

// Only an account that is not disabled is invited.
const invited = `SELECT ` + accountColumns + ` FROM accounts a JOIN invitations i ON i.account = a.id
	WHERE i.digest = $1 AND i.expires_at > $2 AND a.disabled = 0`

// Invited returns the account that an invitation is for.
func (s *Store) Invited(ctx context.Context, d account.Digest) (a account.Account, err error) {
	err = s.db.Look(ctx, func(c *sql.Conn) error {
		a, err = scanAccount(c.QueryRowContext(ctx, invited, d[:], micros(s.now())))
		return err
	})
	return a, staffError(err, "look for an invitation")
}

// Accept takes an invitation, as account.Invitations says. Where the result of the
// commit is lost the invitation is used, and another one is needed.
func (s *Store) Accept(ctx context.Context, d account.Digest, password string) (a account.Account, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *txn) error {
		if a, err = scanAccount(tx.QueryRowContext(ctx, invited, d[:], micros(s.now()))); err != nil {
			return err
		}
		gone, err := tx.ExecContext(ctx, "DELETE FROM invitations WHERE digest = $1", d[:])
		if err != nil {
			return err
		}
		if n, err := gone.RowsAffected(); err != nil || n != 1 { // another one was here first
			return errors.Join(account.ErrNotFound, err)
		}
		a.Password = password
		_, err = tx.ExecContext(ctx, "UPDATE accounts SET password = $1 WHERE id = $2", password, string(a.ID))
		if err == nil {
			_, err = tx.ExecContext(ctx, "DELETE FROM sessions WHERE account = $1", string(a.ID))
		}
		return err
	})
	return a, staffError(err, "accept an invitation")
}
