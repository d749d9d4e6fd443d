package account

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// How long things last.
const (
	InvitationLasts = 7 * 24 * time.Hour
	IdleLasts       = 30 * time.Minute
	SessionLasts    = 12 * time.Hour
	useEvery        = time.Minute // so exactly it is known when a session was used
)

// How often somebody may try to sign in within a time: with one name from one address,
// with one name, and from one address.
const (
	triesWindow   = 15 * time.Minute
	triesBoth     = 5
	triesOfName   = 100
	triesFrom     = 50
	verifyAtOnce  = 2 // each takes 19 MiB
	maxNameLength = 254
)

// Keeper signs people in. It is safe for concurrent use.
type Keeper struct {
	store  Store
	now    func() time.Time
	nobody string // the hash that an unknown name is verified against
	turns  chan struct{}
}

var _ Authenticator = (*Keeper)(nil)

// NewKeeper returns a keeper over a store.
func NewKeeper(s Store, now func() time.Time) *Keeper {
	return &Keeper{store: s, now: now, nobody: Hash(string(NewToken())), turns: make(chan struct{}, verifyAtOnce)}
}

// Wait says that there were too many tries.
type Wait struct{ After time.Duration }

func (w *Wait) Error() string {
	return fmt.Sprintf("there were too many tries to sign in: wait %d minutes, or have an administrator invite you anew", int(w.After.Minutes())+1)
}

// CleanName is a name as accounts have it.
func CleanName(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// Authenticate returns the account of a name and its password.
func (k *Keeper) Authenticate(ctx context.Context, name, password, address string) (Account, error) {
	if name = CleanName(name); len(name) > maxNameLength {
		name = name[:maxNameLength]
	}
	tries := []struct {
		who   string
		limit int
	}{{"both " + address + " " + name, triesBoth}, {"name " + name, triesOfName}, {"from " + address, triesFrom}}
	for _, t := range tries {
		n, first, err := k.store.Attempt(ctx, t.who, k.now().Add(-triesWindow))
		if err != nil {
			return Account{}, fmt.Errorf("count tries to sign in: %w", err)
		}
		if n > t.limit {
			return Account{}, &Wait{After: first.Add(triesWindow).Sub(k.now())}
		}
	}
	a, err := k.store.AccountNamed(ctx, name)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Account{}, fmt.Errorf("sign in: %w", err)
	}
	hash := a.Password
	if hash == "" {
		hash = k.nobody
	}
	if right, err := k.verify(ctx, hash, password); err != nil || !right || a.Disabled || a.Password == "" {
		return Account{}, errors.Join(ErrRefused, err)
	}
	for _, t := range tries[:2] {
		if err := k.store.Succeed(ctx, t.who); err != nil {
			return Account{}, fmt.Errorf("sign in: %w", err)
		}
	}
	return a, nil
}

// verify waits for its turn, so that many tries at once do not eat the memory.
func (k *Keeper) verify(ctx context.Context, hash, password string) (bool, error) {
	select {
	case k.turns <- struct{}{}:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	defer func() { <-k.turns }()
	return Verify(hash, password), nil
}

// Begin begins a session of an account that somebody has proved to be theirs.
func (k *Keeper) Begin(ctx context.Context, a Account) (Token, error) {
	t := NewToken()
	err := k.store.BeginSession(ctx, Session{Digest: t.Digest(), Account: a, Begun: k.now(), Used: k.now()})
	if err != nil {
		return "", fmt.Errorf("begin a session: %w", err)
	}
	return t, nil
}

// Session returns the session that a token opens; ErrNotFound where it opens none, or
// that is over. Where it is used it goes on for another while.
func (k *Keeper) Session(ctx context.Context, t Token, use bool) (Session, error) {
	s, err := k.store.Session(ctx, t.Digest())
	if err != nil {
		return s, fmt.Errorf("session: %w", err)
	}
	now := k.now()
	if now.Sub(s.Used) >= IdleLasts || now.Sub(s.Begun) >= SessionLasts || s.Account.Disabled {
		return Session{}, errors.Join(ErrNotFound, k.store.EndSessions(ctx, s.Digest, ""))
	}
	if use && now.Sub(s.Used) >= useEvery {
		if err := k.store.UseSession(ctx, s.Digest, now); err != nil {
			return s, fmt.Errorf("session: %w", err)
		}
		s.Used = now
	}
	return s, nil
}

// End ends the session that a token opens.
func (k *Keeper) End(ctx context.Context, t Token) error {
	return k.store.EndSessions(ctx, t.Digest(), "")
}

// Invite saves an account and returns what its owner sets the password with, once. A
// new account gets its ID and the time.
func (k *Keeper) Invite(ctx context.Context, a Account) (Token, error) {
	if a.ID == "" {
		a.ID, a.CreatedAt = NewID(), k.now()
	}
	if err := k.store.SaveAccount(ctx, a); err != nil {
		return "", fmt.Errorf("invite %s: %w", a.Name, err)
	}
	t := NewToken()
	err := k.store.Invite(ctx, Invitation{Digest: t.Digest(), Account: a.ID, Expires: k.now().Add(InvitationLasts)})
	if err != nil {
		return "", fmt.Errorf("invite %s: %w", a.Name, err)
	}
	return t, nil
}

// Invited returns whom an invitation is for.
func (k *Keeper) Invited(ctx context.Context, t Token) (Account, error) {
	return k.store.Invited(ctx, t.Digest())
}

// Accept sets the password of the account that an invitation is for, and begins a
// session. ErrShort, ErrLong and ErrCommon say what is wrong with the password; the
// invitation is still good then.
func (k *Keeper) Accept(ctx context.Context, t Token, password string) (Token, error) {
	a, err := k.store.Invited(ctx, t.Digest())
	if err != nil {
		return "", fmt.Errorf("accept an invitation: %w", err)
	}
	if err := Acceptable(a, password); err != nil {
		return "", err
	}
	if a, err = k.store.Accept(ctx, t.Digest(), Hash(password)); err != nil {
		return "", fmt.Errorf("accept an invitation: %w", err)
	}
	return k.Begin(ctx, a)
}
