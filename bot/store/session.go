package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"time"

	"townclerk/bot/account"
)

// How long what nobody can use any more is kept: longer than any session or any
// window in which tries are counted.
const (
	keepSessions = 7 * 24 * time.Hour
	keepAttempts = 24 * time.Hour
)

// BeginSession keeps a session.
func (s *Store) BeginSession(ctx context.Context, x account.Session) error {
	err := s.surely(ctx, func(ctx context.Context, tx *txn) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO sessions (digest, account, begun_at, used_at) VALUES ($1, $2, $3, $4) ON CONFLICT (digest) DO NOTHING",
			x.Digest[:], string(x.Account.ID), micros(x.Begun), micros(x.Used))
		return err
	})
	return staffError(err, "begin a session")
}

// Session returns a session with its account as it is now.
func (s *Store) Session(ctx context.Context, d account.Digest) (x account.Session, err error) {
	err = s.db.Look(ctx, func(c *sql.Conn) error {
		var begun, used int64
		x.Account, err = scanAccount(c.QueryRowContext(ctx, `SELECT `+accountColumns+`, s.begun_at, s.used_at
			FROM sessions s JOIN accounts a ON a.id = s.account WHERE s.digest = $1 AND a.disabled = 0`, d[:]), &begun, &used)
		x.Digest, x.Begun, x.Used = d, fromMicros(begun), fromMicros(used)
		return err
	})
	return x, staffError(err, "look for a session")
}

// UseSession says when a session was used last.
func (s *Store) UseSession(ctx context.Context, d account.Digest, at time.Time) error {
	err := s.surely(ctx, func(ctx context.Context, tx *txn) error {
		_, err := tx.ExecContext(ctx, "UPDATE sessions SET used_at = $1 WHERE digest = $2 AND used_at < $1", micros(at), d[:])
		return err
	})
	return staffError(err, "use a session")
}

// EndSessions ends a session, or all of an account with its invitation.
func (s *Store) EndSessions(ctx context.Context, d account.Digest, of account.ID) error {
	err := s.surely(ctx, func(ctx context.Context, tx *txn) (err error) {
		if of != "" {
			_, err = tx.ExecContext(ctx, "DELETE FROM sessions WHERE account = $1", lookup(of))
			if err == nil {
				_, err = tx.ExecContext(ctx, "DELETE FROM invitations WHERE account = $1", lookup(of))
			}
		} else {
			_, err = tx.ExecContext(ctx, "DELETE FROM sessions WHERE digest = $1", d[:])
		}
		return err
	})
	return staffError(err, "end a session")
}

// who is somebody who tries to sign in, as it is stored.
func (s *Store) who(name string) []byte {
	mac := hmac.New(sha256.New, s.tries)
	mac.Write([]byte(name))
	return mac.Sum(nil)
}

// Attempt notes a try, as account.Attempts says. Of many at once each is counted by
// those after it.
func (s *Store) Attempt(ctx context.Context, who string, since time.Time) (n int, first time.Time, err error) {
	nonce, at := rand.Text(), micros(s.now())
	err = s.surely(ctx, func(ctx context.Context, tx *txn) error {
		if s.postgres { // who comes second waits here, on SQLite for the file
			if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(hashtext(encode($1::bytea, 'hex')))", s.who(who)); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO attempts (who, at, nonce) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", s.who(who), at, nonce)
		if err != nil {
			return err
		}
		var earliest int64
		err = tx.QueryRowContext(ctx, "SELECT count(*), min(at) FROM attempts WHERE who = $1 AND at > $2 OR who = $1 AND nonce = $3",
			s.who(who), micros(since), nonce).Scan(&n, &earliest)
		first = fromMicros(earliest)
		return err
	})
	return n, first, staffError(err, "count tries")
}

// Succeed forgets the tries of somebody.
func (s *Store) Succeed(ctx context.Context, who string) error {
	err := s.surely(ctx, func(ctx context.Context, tx *txn) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM attempts WHERE who = $1", s.who(who))
		return err
	})
	return staffError(err, "forget tries")
}

// reapSessions deletes what nobody can use any more.
func (s *Store) reapSessions(ctx context.Context) error {
	return s.write(ctx, func(ctx context.Context, tx *txn) error {
		now := s.now()
		_, err := tx.ExecContext(ctx, "DELETE FROM sessions WHERE begun_at < $1", micros(now.Add(-keepSessions)))
		if err == nil {
			_, err = tx.ExecContext(ctx, "DELETE FROM invitations WHERE expires_at < $1", micros(now))
		}
		if err == nil {
			_, err = tx.ExecContext(ctx, "DELETE FROM attempts WHERE at < $1", micros(now.Add(-keepAttempts)))
		}
		return err
	})
}
