package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"townclerk/bot/account"
)

// What the command makes opens the inbox, until the account is disabled; invited again
// it keeps what the command does not say.
func TestAccounts(t *testing.T) {
	h := openAt(t, t.TempDir(), time.Now)
	h.config.Inbox.BaseURL = "https://help.example.gov"
	link, err := h.invite(t.Context(), accountInviteCmd{Name: " Dana@Example.gov ", Display: "Dana", Role: []string{"staff"}, Department: []string{"waste", "water"}})
	if err != nil || !strings.HasPrefix(link, "https://help.example.gov/inbox/invitation/") {
		t.Fatal(link, err)
	}
	list := func() string {
		var b strings.Builder
		if err := h.listAccounts(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		return strings.Join(strings.Fields(b.String()), " ")
	}
	const dana = "name display roles departments state dana@example.gov Dana staff waste,water "
	if got := list(); got != dana+"invited" {
		t.Error(got)
	}
	token := account.Token(link[strings.LastIndex(link, "/")+1:])
	if _, err := h.keeper().Accept(t.Context(), token, "otter kettle violin"); err != nil || list() != dana+"active" {
		t.Error(err, list())
	}
	a, err := h.store.AccountNamed(t.Context(), "dana@example.gov")
	if err != nil {
		t.Fatal(err)
	}
	a.Disabled = true
	if err := h.store.SaveAccount(t.Context(), a); err != nil || list() != dana+"disabled" {
		t.Error(err, list())
	}
	if _, err := h.invite(t.Context(), accountInviteCmd{Name: "dana@example.gov"}); err != nil || list() != dana+"active" {
		t.Error(err, list())
	}
	for _, bad := range []accountInviteCmd{
		{Name: ""}, {Name: "two words"}, {Name: "x", Role: []string{"king"}}, {Name: "x", Department: []string{"nosuch"}},
	} {
		if _, err := h.invite(t.Context(), bad); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}

// The inbox stands beside the chat, where it is not turned off.
func TestInboxIsServed(t *testing.T) {
	h := openAt(t, t.TempDir(), time.Now)
	for _, enabled := range []bool{true, false} {
		h.config.Inbox.Enabled = enabled
		handler, err := h.handler()
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(handler)
		client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		for path, want := range map[string]int{"/inbox": 303, "/inbox/": 303, "/inbox/sign-in": 200, "/inbox/nosuch": 404, "/inboxes": 404, "/": 200} {
			resp, err := client.Get(server.URL + path)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if !enabled && path != "/" {
				want = http.StatusNotFound
			}
			if resp.StatusCode != want {
				t.Errorf("enabled %v: %s: %d, want %d", enabled, path, resp.StatusCode, want)
			}
		}
		server.Close()
	}
}

// The demo prints a link for each clerk until they have used it.
func TestDemoInvites(t *testing.T) {
	h := openAt(t, t.TempDir(), time.Now)
	var b strings.Builder
	if err := h.inviteDemo(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], "Dana") {
		t.Fatal(b.String())
	}
	for _, line := range lines {
		u, err := url.Parse(line[strings.Index(line, "http"):])
		if err != nil {
			t.Fatal(err)
		}
		token := account.Token(u.Path[strings.LastIndex(u.Path, "/")+1:])
		if _, err := h.keeper().Accept(t.Context(), token, "otter kettle violin"); err != nil {
			t.Error(err)
		}
	}
	b.Reset()
	if err := h.inviteDemo(t.Context(), &b); err != nil || b.String() != "" {
		t.Errorf("who has a password is invited again: %v %s", err, &b)
	}
}
