package main

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"townclerk/bot"
	"townclerk/bot/account"
	"townclerk/bot/escalate/inbox"
	"townclerk/bot/web"
)

// inboxConfig is where people answer inquiries without Slack.
type inboxConfig struct {
	Enabled bool `yaml:"enabled"`
	// BaseURL is the address that staff's browsers know the server by; it stands in
	// invitations.
	BaseURL string `yaml:"base_url"`
}

func (c *inboxConfig) check(add func(field, format string, args ...any)) {
	if c.BaseURL != "" && !origin(c.BaseURL) {
		add("inbox.base_url", "%q is no address such as https://help.example.gov (small letters, no path, no slash at the end)", c.BaseURL)
	}
}

// withInbox serves the inbox beside the chat, where there is somebody to hand over to.
func (h *house) withInbox(chat http.Handler) (http.Handler, error) {
	if h.desk == nil || !h.config.Inbox.Enabled {
		return chat, nil
	}
	office, err := h.office()
	if err != nil {
		return nil, err
	}
	c := inbox.Config{
		Agency: h.config.Agency.Name, Desk: h.desk, Tickets: h.store, Office: office, Accounts: h.store, Keeper: h.keeper(),
		BaseURL: h.config.Inbox.BaseURL, AddressHeader: h.config.Limits.AddressHeader, Live: h.live, Now: h.now, Log: h.logger,
	}
	if h.slack != nil {
		c.Names = h.slack.NameOf
	}
	staff, err := inbox.New(c)
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/inbox":
			http.Redirect(w, r, "/inbox/", http.StatusSeeOther)
		case strings.HasPrefix(r.URL.Path, "/inbox/"):
			staff.ServeHTTP(w, r)
		default:
			chat.ServeHTTP(w, r)
		}
	}), nil
}

// keeper signs people in.
func (h *house) keeper() *account.Keeper { return account.NewKeeper(h.store, h.now) }

// nameOf is what colleagues call who has an account; empty: nobody has that one.
func (h *house) nameOf(ctx context.Context, a bot.Actor) string {
	known, err := h.store.Account(ctx, account.ID(a.ID))
	if err != nil && !errors.Is(err, account.ErrNotFound) {
		h.logger.Warn("a clerk's name cannot be read", "error", err)
	}
	return known.Display
}

// live is where a page of the agency is shown.
func (h *house) live(address string) string { return web.Live(h.config.Web.LiveLinks, address) }
