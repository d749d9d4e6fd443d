// Package account says who works with Townclerk, what each may do, and how they prove
// who they are: by a password that only its hash is kept of, chosen over a link that is
// good once, and by sessions that end by themselves.
//
// Names, displays and departments are no secrets of citizens and lie in the clear.
// Tokens are 256 random bits; the store has their SHA-256 alone, so that its reader can
// open nothing. What of a password is kept is argon2id's, at the least that OWASP's
// Password Storage Cheat Sheet (2024) asks for: 19 MiB, two passes, one lane.
//
// Whoever signs in is told one thing, whatever is wrong: an unknown name costs a
// verification too. Each try is on the books before the password is looked at, so that
// many at once are counted as many.
package account

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"townclerk/bot"
)

// ID names an account: "a" and 128 random bits in hexadecimal. It stands in the record
// as a clerk's bot.Actor.
type ID string

// NewID returns a fresh random identifier.
func NewID() ID {
	var b [16]byte
	rand.Read(b[:]) // never fails: the runtime ends the process instead
	return ID("a" + hex.EncodeToString(b[:]))
}

// Role is what somebody does here.
type Role string

// The roles. An account may have several, and may do what any of them may.
const (
	Staff         Role = "staff"         // answers inquiries of their departments
	Manager       Role = "manager"       // answers any inquiry, and approves knowledge
	Auditor       Role = "auditor"       // reads the record
	Administrator Role = "administrator" // invites and disables accounts
)

// Roles returns all roles.
func Roles() []Role { return []Role{Staff, Manager, Auditor, Administrator} }

// Account is somebody who works with Townclerk.
type Account struct {
	ID ID
	// Name is what they sign in with, such as an e-mail address: in small letters, and
	// nobody else's. Display is what colleagues see; citizens never do.
	Name, Display string
	Roles         []Role
	Departments   []bot.DepartmentID
	Disabled      bool
	// Password is the encoded hash; empty: they have not accepted an invitation yet.
	Password  string
	CreatedAt time.Time
}

// Actor is the account as it stands in the record.
func (a Account) Actor() bot.Actor { return bot.Actor{Kind: bot.Clerk, ID: string(a.ID)} }

// In reports whether the account is of a department.
func (a Account) In(d bot.DepartmentID) bool { return slices.Contains(a.Departments, d) }

// Errors for the caller to tell apart.
var (
	// ErrNotFound says that there is no such account, session or invitation, or that it
	// is over, used or disabled: they look the same.
	ErrNotFound = errors.New("no such account, session or invitation, or it is over")
	// ErrTaken says that another account has the name.
	ErrTaken = errors.New("there is an account of that name already; `townclerk account list` shows it")
	// ErrRefused says that nobody is signed in by this, whatever the reason.
	ErrRefused = errors.New("the name or the password is wrong, or the account is disabled")
)

// Digest is the SHA-256 of a token.
type Digest [32]byte

// Invitation lets somebody set the password of an account, once.
type Invitation struct {
	Digest  Digest
	Account ID
	Expires time.Time
}

// Session is an account that is signed in.
type Session struct {
	Digest      Digest
	Account     Account
	Begun, Used time.Time
}

// Directory keeps accounts. It commits before it returns.
type Directory interface {
	// SaveAccount writes an account, a new one or in place of the one with its ID;
	// ErrTaken where another has its name. Sessions of one that is disabled are over.
	SaveAccount(ctx context.Context, a Account) error
	// Account returns the account of an ID, AccountNamed that of a name; ErrNotFound.
	Account(ctx context.Context, id ID) (Account, error)
	AccountNamed(ctx context.Context, name string) (Account, error)
	// Accounts returns all, by name.
	Accounts(ctx context.Context) ([]Account, error)
}

// Invitations keeps invitations. It commits before it returns.
type Invitations interface {
	// Invite keeps an invitation, in place of an earlier one of the account.
	Invite(ctx context.Context, i Invitation) error
	// Invited returns the account that an invitation is for; ErrNotFound.
	Invited(ctx context.Context, d Digest) (Account, error)
	// Accept takes an invitation, gives its account the password, and ends the sessions
	// that it had. Of two who accept at once one gets ErrNotFound.
	Accept(ctx context.Context, d Digest, password string) (Account, error)
}

// Sessions keeps sessions. It commits before it returns.
type Sessions interface {
	BeginSession(ctx context.Context, s Session) error
	// Session returns a session with its account as it is now; ErrNotFound. Where the
	// account is disabled the session is over.
	Session(ctx context.Context, d Digest) (Session, error)
	// UseSession says when a session was used last.
	UseSession(ctx context.Context, d Digest, at time.Time) error
	// EndSessions ends a session; where an account is given, all of it, and its
	// invitation.
	EndSessions(ctx context.Context, d Digest, of ID) error
}

// Attempts counts tries. It commits before it returns.
type Attempts interface {
	// Attempt notes a try of somebody, and returns how many there were since a time, this
	// one included, and when the first of these was.
	Attempt(ctx context.Context, who string, since time.Time) (n int, first time.Time, err error)
	// Succeed forgets the tries of somebody.
	Succeed(ctx context.Context, who string) error
}

// Store is all that is kept.
type Store interface {
	Directory
	Invitations
	Sessions
	Attempts
}

// Authenticator is a way to prove who one is. A Keeper's passwords are one; a provider
// that says who somebody is, as by OpenID Connect, can be another.
type Authenticator interface {
	// Authenticate returns the account that a name and a secret belong to; ErrRefused, or
	// a *Wait. Address is where the try comes from.
	Authenticate(ctx context.Context, name, secret, address string) (Account, error)
}
