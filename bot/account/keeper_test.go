package account_test

import (
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"townclerk/bot/account"
	"townclerk/bot/store"
	"townclerk/internal/litedb"
)

const password = "otter kettle violin"

// office is a keeper over a real store, with a clock that stands.
type office struct {
	*testing.T
	*account.Keeper
	store *store.Store
	clock time.Time
}

func newOffice(t *testing.T) *office {
	t.Helper()
	db, err := litedb.Open(filepath.Join(t.TempDir(), "office.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	o := &office{T: t, clock: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	if o.store, err = store.New(t.Context(), db, store.NewKey(), o.now); err != nil {
		t.Fatal(err)
	}
	o.Keeper = account.NewKeeper(o.store, o.now)
	return o
}

func (o *office) now() time.Time { return o.clock }

// hire invites somebody who accepts.
func (o *office) hire(name string) account.Token {
	o.Helper()
	invitation, err := o.Invite(o.Context(), account.Account{Name: name, Display: name, Roles: []account.Role{account.Staff}})
	if err != nil {
		o.Fatal(err)
	}
	session, err := o.Accept(o.Context(), invitation, password)
	if err != nil {
		o.Fatal(err)
	}
	if _, err := o.Accept(o.Context(), invitation, password); !errors.Is(err, account.ErrNotFound) {
		o.Errorf("an invitation is good twice: %v", err)
	}
	return session
}

func (o *office) signedIn(t account.Token, use, want bool) {
	o.Helper()
	if _, err := o.Session(o.Context(), t, use); (err == nil) != want || err != nil && !errors.Is(err, account.ErrNotFound) {
		o.Errorf("at %v: %v, want it to be open: %v", o.clock, err, want)
	}
}

func TestSessionsEndByThemselves(t *testing.T) {
	o := newOffice(t)
	idle := o.hire("ann")
	o.clock = o.clock.Add(29 * time.Minute)
	o.signedIn(idle, false, true) // looking does not count
	o.clock = o.clock.Add(time.Minute)
	o.signedIn(idle, true, false)
	o.signedIn("", true, false)

	a, err := o.Authenticate(t.Context(), " ANN ", password, "here")
	if err != nil {
		t.Fatal(err)
	}
	busy, err := o.Begin(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	for range 28 {
		o.clock = o.clock.Add(25 * time.Minute)
		o.signedIn(busy, true, true)
	}
	o.clock = o.clock.Add(20 * time.Minute) // twelve hours
	o.signedIn(busy, true, false)
	other, err := o.Begin(t.Context(), a)
	if err != nil || o.End(t.Context(), other) != nil {
		t.Fatal(err)
	}
	o.signedIn(other, true, false)
}

// Whatever is wrong, it is told alike.
func TestRefusalsLookAlike(t *testing.T) {
	o := newOffice(t)
	o.hire("ann")
	o.hire("ben")
	ben, err := o.store.AccountNamed(t.Context(), "ben")
	if err != nil {
		t.Fatal(err)
	}
	ben.Disabled = true
	if _, err := o.Invite(t.Context(), account.Account{Name: "cho"}); err != nil || o.store.SaveAccount(t.Context(), ben) != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for name, secret := range map[string]string{"ann": "wrong wrong wrong", "ben": password, "cho": "", "nobody": password, "": ""} {
		_, err := o.Authenticate(t.Context(), name, secret, "here "+name)
		if !errors.Is(err, account.ErrRefused) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		said[err.Error()] = true
	}
	if len(said) != 1 {
		t.Errorf("they are told %v", said)
	}
}

// Of many tries at once five are looked at. Who is right forgets the tries before, and
// from elsewhere the owner gets in meanwhile.
func TestTriesAreLimited(t *testing.T) {
	o := newOffice(t)
	o.hire("ann")
	var refused, waited atomic.Int32
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			_, err := o.Authenticate(t.Context(), "ann", "wrong wrong wrong", "there")
			if w := (*account.Wait)(nil); errors.As(err, &w) && w.After == 15*time.Minute {
				waited.Add(1)
			} else if errors.Is(err, account.ErrRefused) {
				refused.Add(1)
			}
		})
	}
	wg.Wait()
	if refused.Load() != 5 || waited.Load() != 7 {
		t.Errorf("%d were looked at, %d told to wait", refused.Load(), waited.Load())
	}
	if _, err := o.Authenticate(t.Context(), "ann", password, "there"); err == nil {
		t.Error("the right password after too many tries")
	}
	if _, err := o.Authenticate(t.Context(), "ann", password, "home"); err != nil {
		t.Errorf("from elsewhere: %v", err)
	}
	o.clock = o.clock.Add(16 * time.Minute)
	if _, err := o.Authenticate(t.Context(), "ann", password, "there"); err != nil {
		t.Errorf("after the wait: %v", err)
	}
}

func TestInvitationsEndAndKeepAfterABadPassword(t *testing.T) {
	o := newOffice(t)
	invitation, err := o.Invite(t.Context(), account.Account{Name: "ann", Display: "Ann"})
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"short", "passwordpassword"} {
		if _, err := o.Accept(t.Context(), invitation, bad); err == nil || errors.Is(err, account.ErrNotFound) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	if a, err := o.Invited(t.Context(), invitation); err != nil || a.Display != "Ann" {
		t.Errorf("%+v, %v", a, err)
	}
	o.clock = o.clock.Add(7 * 24 * time.Hour)
	if _, err := o.Accept(t.Context(), invitation, password); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("after a week: %v", err)
	}
	if _, err := o.Invite(t.Context(), account.Account{Name: "ann"}); !errors.Is(err, account.ErrTaken) {
		t.Errorf("two of a name: %v", err)
	}
}
