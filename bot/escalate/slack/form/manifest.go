package form

import (
	"encoding/json"

	api "github.com/slack-go/slack"
)

// Manifest describes the app to Slack, which makes it from that: over Socket Mode where
// requestURL is empty, else with events and interactions sent there.
func Manifest(name, requestURL string) ([]byte, error) {
	m := api.Manifest{
		Metadata: api.ManifestMetadata{MajorVersion: 2, MinorVersion: 1},
		Display:  api.Display{Name: name, Description: "Citizens' inquiries, answered where you work", BackgroundColor: "#1f3a5f"},
		Features: api.Features{
			AppHome: api.AppHome{HomeTabEnabled: true},
			BotUser: api.BotUser{DisplayName: name, AlwaysOnline: true},
		},
		OAuthConfig: api.OAuthConfig{Scopes: api.OAuthScopes{Bot: []string{
			"channels:history", "chat:write", "groups:history", "metadata.message:read", "reactions:write", "usergroups:read", "users:read",
		}}},
		Settings: api.Settings{
			EventSubscriptions: &api.EventSubscriptions{RequestUrl: requestURL, BotEvents: []string{"app_home_opened", "message.channels", "message.groups"}},
			Interactivity:      &api.Interactivity{IsEnabled: true, RequestUrl: requestURL},
			SocketModeEnabled:  requestURL == "",
		},
	}
	return json.MarshalIndent(m, "", "  ")
}
