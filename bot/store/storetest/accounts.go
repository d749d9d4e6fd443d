package storetest

import (
	"errors"
	"reflect"
	"slices"
	"sync/atomic"
	"time"

	"townclerk/bot"
	"townclerk/bot/account"
)

// newAccount saves an account of a name.
func (h *harness) newAccount(name string) account.Account {
	h.Helper()
	a := account.Account{ID: account.NewID(), Name: name, Display: name + " ünï", Roles: []account.Role{account.Staff, account.Auditor},
		Departments: []bot.DepartmentID{"waste", "parks"}, CreatedAt: h.now().UTC().Truncate(time.Microsecond)}
	h.must(h.s.SaveAccount(h.Context(), a))
	return a
}

func (h *harness) wantGone(what string, err error) {
	h.Helper()
	if !errors.Is(err, account.ErrNotFound) {
		h.Errorf("%s: %v", what, err)
	}
}

func accounts(h *harness) {
	ctx := h.Context()
	ann, ben := h.newAccount("ann@example.gov"), h.newAccount("ben")
	for _, want := range []account.Account{ann, ben} {
		got, err := h.s.Account(ctx, want.ID)
		if err != nil || !reflect.DeepEqual(got, want) {
			h.Errorf("%+v, %v", got, err)
		}
		if got, err = h.s.AccountNamed(ctx, want.Name); err != nil || got.ID != want.ID {
			h.Errorf("%+v, %v", got, err)
		}
	}
	ben.Display, ben.Roles, ben.Departments, ben.Password = "Ben", []account.Role{account.Manager}, []bot.DepartmentID{}, "hash"
	h.must(h.s.SaveAccount(ctx, ben))
	all, err := h.s.Accounts(ctx)
	if err != nil || len(all) != 2 || !reflect.DeepEqual(all[1], ben) || all[0].ID != ann.ID {
		h.Errorf("%+v, %v", all, err)
	}
	ben.Name = ann.Name
	if err := h.s.SaveAccount(ctx, ben); !errors.Is(err, account.ErrTaken) {
		h.Errorf("a name that is taken: %v", err)
	}
	for _, name := range []string{"", "nobody", "ANN@example.gov", "a\x00", "\xff"} {
		_, err := h.s.AccountNamed(ctx, name)
		h.wantGone(name, err)
		_, err = h.s.Account(ctx, account.ID(name))
		h.wantGone(name, err)
	}
}

func invitations(h *harness) {
	ctx, ann := h.Context(), h.newAccount("ann")
	invite := func() account.Digest {
		d := account.NewToken().Digest()
		h.must(h.s.Invite(ctx, account.Invitation{Digest: d, Account: ann.ID, Expires: h.now().Add(time.Hour)}))
		return d
	}
	old, fresh := invite(), invite()
	_, err := h.s.Invited(ctx, old)
	h.wantGone("one that was replaced", err)
	if got, err := h.s.Invited(ctx, fresh); err != nil || got.ID != ann.ID {
		h.Errorf("%+v, %v", got, err)
	}
	s := h.session(ann)
	var accepted atomic.Int32
	together(10, func(int) {
		switch a, err := h.s.Accept(ctx, fresh, "hash"); {
		case err == nil && a.Password == "hash" && a.ID == ann.ID:
			accepted.Add(1)
		case !errors.Is(err, account.ErrNotFound):
			h.Errorf("%+v, %v", a, err)
		}
	})
	if got, err := h.s.Account(ctx, ann.ID); err != nil || got.Password != "hash" || accepted.Load() != 1 {
		h.Errorf("%d accepted, %+v, %v", accepted.Load(), got, err)
	}
	_, err = h.s.Session(ctx, s)
	h.wantGone("a session from before the new password", err)

	late := invite()
	h.later(2 * time.Hour)
	_, err = h.s.Accept(ctx, late, "x")
	h.wantGone("one that is too old", err)
	barred := invite()
	ann.Disabled = true
	h.must(h.s.SaveAccount(ctx, ann))
	_, err = h.s.Accept(ctx, barred, "x")
	h.wantGone("one of an account that is disabled", err)
	ann.Disabled = false
	h.must(h.s.SaveAccount(ctx, ann))
	_, err = h.s.Invited(ctx, barred)
	h.wantGone("one from before the account was disabled", err)
}

// session begins a session of an account.
func (h *harness) session(a account.Account) account.Digest {
	h.Helper()
	d := account.NewToken().Digest()
	h.must(h.s.BeginSession(h.Context(), account.Session{Digest: d, Account: a, Begun: h.now(), Used: h.now()}))
	return d
}

func sessions(h *harness) {
	ctx, ann, ben := h.Context(), h.newAccount("ann"), h.newAccount("ben")
	first, second, other := h.session(ann), h.session(ann), h.session(ben)
	h.later(time.Hour)
	h.must(h.s.UseSession(ctx, second, h.now()))
	got, err := h.s.Session(ctx, second)
	if err != nil || got.Account.ID != ann.ID || got.Used.Sub(got.Begun) < 59*time.Minute || got.Digest != second {
		h.Errorf("%+v, %v", got, err)
	}
	h.must(h.s.UseSession(ctx, second, h.now().Add(-time.Hour)))
	if again, err := h.s.Session(ctx, second); err != nil || !again.Used.Equal(got.Used) {
		h.Errorf("an older use counts: %+v, %v", again, err)
	}
	h.must(h.s.EndSessions(ctx, first, ""))
	_, err = h.s.Session(ctx, first)
	h.wantGone("one that was ended", err)
	third, link := h.session(ann), account.NewToken().Digest()
	h.must(h.s.Invite(ctx, account.Invitation{Digest: link, Account: ann.ID, Expires: h.now().Add(time.Hour)}))
	h.must(h.s.EndSessions(ctx, account.Digest{}, ann.ID))
	_, err = h.s.Invited(ctx, link)
	h.wantGone("an invitation that was taken back", err)
	for _, d := range []account.Digest{second, third, {}, account.NewToken().Digest()} {
		_, err := h.s.Session(ctx, d)
		h.wantGone("one of whose account all were ended", err)
	}
	if _, err := h.s.Session(ctx, other); err != nil {
		h.Error(err)
	}
	ben.Disabled = true
	h.must(h.s.SaveAccount(ctx, ben))
	_, err = h.s.Session(ctx, other)
	h.wantGone("one of an account that is disabled", err)
	ben.Disabled = false
	h.must(h.s.SaveAccount(ctx, ben))
	_, err = h.s.Session(ctx, other)
	h.wantGone("one from before the account was disabled", err)
	old := h.session(ben)
	h.later(8 * 24 * time.Hour)
	_, err = h.s.Reap(ctx)
	h.must(err)
	_, err = h.s.Session(ctx, old)
	h.wantGone("one of last week", err)
}

// Of tries at once each counts, and no two are the third.
func attempts(h *harness) {
	ctx, since := h.Context(), h.now().Add(-time.Minute)
	counts := make([]int, 20)
	together(len(counts), func(i int) {
		n, first, err := h.s.Attempt(ctx, "ann from here", since)
		if counts[i] = n; err != nil || first.Before(since) {
			h.Errorf("%v, %v", first, err)
		}
	})
	slices.Sort(counts)
	for i, n := range counts {
		if n != i+1 {
			h.Fatalf("counted %v", counts)
		}
	}
	try := func(who string, since time.Time, want int) {
		h.Helper()
		if n, _, err := h.s.Attempt(ctx, who, since); err != nil || n != want {
			h.Errorf("%s: %d tries, %v, want %d", who, n, err, want)
		}
	}
	try("ann from there", since, 1)
	h.later(time.Hour)
	try("ann from here", h.now().Add(-time.Minute), 1)
	try("ann from here", since, 22)
	h.must(h.s.Succeed(ctx, "ann from here"))
	try("ann from here", since, 1)
	try("ann from there", since, 2)
	h.later(25 * time.Hour)
	_, err := h.s.Reap(ctx)
	h.must(err)
	try("ann from there", since, 1)
}
