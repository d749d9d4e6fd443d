package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"townclerk/bot"
)

// querier is a transaction or a connection.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Create starts a conversation. The language is a BCP 47 tag or empty; anything
// else is bot.Invalid, since it would lie in the clear.
func (s *Store) Create(ctx context.Context, language string) (bot.ConversationID, bot.Token, error) {
	if !isTag(language) {
		return "", "", &bot.Error{
			Kind:    bot.Invalid,
			Citizen: "We do not know the language of this page. Please reload it and try again.",
			Err:     fmt.Errorf("create a conversation: %.20q is no language tag", language),
		}
	}
	id, token := bot.NewConversationID(), bot.NewToken()
	dataKey := make([]byte, 32)
	rand.Read(dataKey)
	wrapped := s.wrap.Seal(nil, nil, dataKey, []byte(id))
	hash := sha256.Sum256([]byte(token))
	err := s.write(ctx, func(ctx context.Context, tx *txn) error {
		_, err := tx.ExecContext(ctx,
			"INSERT INTO conversations (id, language, created_at) VALUES ($1, $2, $3)",
			string(id), language, micros(s.now()))
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx,
			"INSERT INTO conversation_keys (conversation, token_hash, wrapped) VALUES ($1, $2, $3)",
			string(id), hash[:], wrapped)
		return err
	})
	if err != nil {
		return "", "", wrap(err, "create a conversation")
	}
	return id, token, nil
}

// Authenticate returns nil where token opens the conversation. An unknown
// conversation, a wrong token and an erased conversation give the same
// bot.NotFound, after the same query, hash and constant-time comparison.
func (s *Store) Authenticate(ctx context.Context, id bot.ConversationID, token bot.Token) error {
	want := make([]byte, sha256.Size)
	var erased sql.NullInt64
	err := s.db.Look(ctx, func(c *sql.Conn) error {
		return c.QueryRowContext(ctx, `
			SELECT k.token_hash, c.erased_at
			FROM conversations c JOIN conversation_keys k ON k.conversation = c.id
			WHERE c.id = $1`, lookup(id)).Scan(&want, &erased)
	})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return wrap(err, "authenticate %.40q", id)
	}
	got := sha256.Sum256([]byte(token))
	right := subtle.ConstantTimeCompare(got[:], want) == 1
	if err != nil || erased.Valid || !right {
		return wrap(errNotFound, "authenticate %.40q", id)
	}
	return nil
}

// lookup returns an identifier from outside as it is looked up. What holds bytes
// that no text in a database can hold is looked up as the empty one, which nothing
// has.
func lookup[T ~string](id T) string {
	if !utf8.ValidString(string(id)) || strings.ContainsRune(string(id), 0) {
		return ""
	}
	return string(id)
}

// isTag reports whether s has the form of a language tag, or is empty.
func isTag(s string) bool {
	if len(s) > 35 {
		return false
	}
	for i, c := range []byte(s) {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c != '-' && (c < '0' || c > '9')) {
			return false
		}
	}
	return true
}

func micros(t time.Time) int64 { return t.UnixMicro() }

func fromMicros(us int64) time.Time { return time.UnixMicro(us).UTC() }
