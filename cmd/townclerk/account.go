package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"townclerk/bot"
	"townclerk/bot/account"
)

type accountCmd struct {
	Invite  accountInviteCmd  `cmd:"" help:"Make an account, or change one, and print a link to set its password with: good once, for a week."`
	List    accountListCmd    `cmd:"" help:"List the accounts."`
	Disable accountDisableCmd `cmd:"" help:"Disable an account: nobody signs in by it until it is invited again."`
	Revoke  accountRevokeCmd  `cmd:"" help:"Sign an account out everywhere, and take its invitation back."`
}

type accountInviteCmd struct {
	Name       string   `arg:"" help:"What they sign in with, such as an e-mail address."`
	Display    string   `help:"What colleagues see; default: the name."`
	Role       []string `help:"staff, manager, auditor or administrator; may be given several times. Default for a new account: staff."`
	Department []string `help:"Identifier of a department whose inquiries they answer; may be given several times."`
}

func (cmd *accountInviteCmd) Run(ctx context.Context, g *Globals) error {
	return withHouse(ctx, g, func(h *house) error {
		link, err := h.invite(ctx, *cmd)
		if err != nil {
			return err
		}
		fmt.Printf("Give this link to %s; it is good once, for seven days:\n%s\n", cmd.Name, link)
		return nil
	})
}

// invite makes or changes an account, and returns the link that its owner sets the
// password with. What the command does not say stays as it was.
func (h *house) invite(ctx context.Context, cmd accountInviteCmd) (string, error) {
	name := account.CleanName(cmd.Name)
	if name == "" || strings.ContainsAny(name, " \t\n") || len(name) > 254 {
		return "", fmt.Errorf("%q is no name to sign in with: give an e-mail address or a word", cmd.Name)
	}
	a, err := h.store.AccountNamed(ctx, name)
	if errors.Is(err, account.ErrNotFound) {
		a, err = account.Account{Name: name, Roles: []account.Role{account.Staff}}, nil
	}
	if err != nil {
		return "", err
	}
	a.Disabled, a.Display = false, cmp.Or(strings.TrimSpace(cmd.Display), a.Display, name)
	if len(cmd.Role) > 0 {
		a.Roles = nil
		for _, r := range cmd.Role {
			if !slices.Contains(account.Roles(), account.Role(r)) {
				return "", fmt.Errorf("%q is none of the roles %q", r, account.Roles())
			}
			a.Roles = append(a.Roles, account.Role(r))
		}
	}
	if len(cmd.Department) > 0 {
		a.Departments = nil
		for _, d := range cmd.Department {
			if !slices.ContainsFunc(h.config.Departments, func(known departmentConfig) bool { return known.ID == d }) {
				return "", fmt.Errorf("the configuration has no department %q", d)
			}
			a.Departments = append(a.Departments, bot.DepartmentID(d))
		}
	}
	token, err := h.keeper().Invite(ctx, a)
	return cmp.Or(h.config.Inbox.BaseURL, "http://"+h.config.Web.Listen) + "/inbox/invitation/" + string(token), err
}

type accountListCmd struct{}

func (cmd *accountListCmd) Run(ctx context.Context, g *Globals) error {
	return withHouse(ctx, g, func(h *house) error { return h.listAccounts(ctx, os.Stdout) })
}

func (h *house) listAccounts(ctx context.Context, w io.Writer) error {
	all, err := h.store.Accounts(ctx)
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "name\tdisplay\troles\tdepartments\tstate")
	for _, a := range all {
		state := "active"
		switch {
		case a.Disabled:
			state = "disabled"
		case a.Password == "":
			state = "invited"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", a.Name, a.Display, joined(a.Roles), joined(a.Departments), state)
	}
	return t.Flush()
}

func joined[T ~string](values []T) string {
	var b strings.Builder
	for i, v := range values {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString(string(v))
	}
	return b.String()
}

type accountDisableCmd struct {
	Name string `arg:"" help:"Of the account."`
}

func (cmd *accountDisableCmd) Run(ctx context.Context, g *Globals) error {
	return withAccount(ctx, g, cmd.Name, func(h *house, a account.Account) error {
		a.Disabled = true
		return h.store.SaveAccount(ctx, a)
	})
}

type accountRevokeCmd struct {
	Name string `arg:"" help:"Of the account."`
}

func (cmd *accountRevokeCmd) Run(ctx context.Context, g *Globals) error {
	return withAccount(ctx, g, cmd.Name, func(h *house, a account.Account) error {
		return h.store.EndSessions(ctx, account.Digest{}, a.ID)
	})
}

func withAccount(ctx context.Context, g *Globals, name string, do func(*house, account.Account) error) error {
	return withHouse(ctx, g, func(h *house) error {
		a, err := h.store.AccountNamed(ctx, account.CleanName(name))
		if errors.Is(err, account.ErrNotFound) {
			return fmt.Errorf("there is no account %q; `townclerk account list` shows them", name)
		}
		if err != nil {
			return err
		}
		return do(h, a)
	})
}

func withHouse(ctx context.Context, g *Globals, do func(*house) error) error {
	c, err := loadConfig(g)
	if err != nil {
		return err
	}
	h, err := open(ctx, c, slog.Default())
	if err != nil {
		return err
	}
	return errors.Join(do(h), h.Close())
}
