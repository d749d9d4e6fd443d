package slack

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"townclerk/bot"
	"townclerk/bot/escalate/slack/form"
)

const (
	namesKept = time.Hour
	staffKept = 5 * time.Minute
	colleague = "a colleague"
)

// name names who did something to a ticket, for staff.
func (b *Bridge) name(ctx context.Context, a bot.Actor) string {
	switch user, here := strings.CutPrefix(a.ID, "slack:"+b.config.Team+":"); {
	case a.Kind == bot.Citizen:
		return "the citizen"
	case a.Kind == bot.System:
		return "the system"
	case here:
		return b.user(ctx, user)
	case b.Clerk != nil:
		return cmp.Or(b.Clerk(ctx, a), colleague)
	}
	return colleague
}

// NameOf is what the workspace calls one of its people; empty: it is none of them.
func (b *Bridge) NameOf(ctx context.Context, a bot.Actor) string {
	if user, here := strings.CutPrefix(a.ID, "slack:"+b.config.Team+":"); here {
		return b.user(ctx, user)
	}
	return ""
}

// user is a user's name; where Slack does not say, a colleague's.
func (b *Bridge) user(ctx context.Context, id string) string {
	id, label, _ := strings.Cut(id, "|")
	b.mu.Lock()
	known := b.names[id]
	b.mu.Unlock()
	if b.Now().Before(known.until) {
		return known.of
	}
	u, err := b.client.GetUserInfoContext(ctx, id)
	if err != nil {
		b.Log.Warn("Slack did not say who somebody is", "error", err)
		return cmp.Or(known.of, cmp.Or(label, colleague))
	}
	known = kept[string]{cmp.Or(u.Profile.RealName, cmp.Or(u.Profile.DisplayName, colleague)), b.Now().Add(namesKept)}
	b.mu.Lock()
	b.names[id] = known
	b.mu.Unlock()
	return known.of
}

// spoken is a message of Slack as plain text.
func (b *Bridge) spoken(ctx context.Context, text string) string {
	return form.Spoken(text, func(user string) string { return b.user(ctx, user) })
}

// may reports whether a user may act on tickets.
func (b *Bridge) may(ctx context.Context, user string) (bool, error) {
	if b.config.StaffGroup == "" {
		return true, nil
	}
	b.mu.Lock()
	staff := b.staff
	b.mu.Unlock()
	if !b.Now().Before(staff.until) {
		members, err := b.client.GetUserGroupMembersContext(ctx, b.config.StaffGroup)
		if err != nil {
			return false, fmt.Errorf("members of user group %s: %w", b.config.StaffGroup, err)
		}
		staff = kept[[]string]{members, b.Now().Add(staffKept)}
		b.mu.Lock()
		b.staff = staff
		b.mu.Unlock()
	}
	return slices.Contains(staff.of, user), nil
}

// me is the app's own bot_id. It fails where the token is of another workspace.
func (b *Bridge) me(ctx context.Context) (string, error) {
	b.mu.Lock()
	self := b.self
	b.mu.Unlock()
	if self != "" {
		return self, nil
	}
	a, err := b.client.AuthTestContext(ctx)
	switch {
	case err != nil:
		return "", fmt.Errorf("ask Slack whose token it is: %w", err)
	case a.TeamID != b.config.Team:
		return "", fmt.Errorf("the token is of workspace %s, but the configuration says %s", a.TeamID, b.config.Team)
	}
	b.mu.Lock()
	b.self = a.BotID
	b.mu.Unlock()
	return a.BotID, nil
}
