package form

import (
	"strings"

	api "github.com/slack-go/slack"

	"townclerk/bot"
)

// Letter is what comes from Slack, as far as it means something here.
type Letter struct {
	Type      string              `json:"type"`
	TeamID    string              `json:"team_id"`
	EventID   string              `json:"event_id"`
	Event     Event               `json:"event"`
	Challenge string              `json:"challenge"`
	TriggerID string              `json:"trigger_id"`
	Team      struct{ ID string } `json:"team"`
	User      struct {
		ID   string `json:"id"`
		Team string `json:"team_id"`
	} `json:"user"`
	Container struct {
		Channel string `json:"channel_id"`
		TS      string `json:"message_ts"`
		Thread  string `json:"thread_ts"`
	} `json:"container"`
	Actions []Click  `json:"actions"`
	View    api.View `json:"view"`
}

// Click is a button or menu that somebody used.
type Click struct {
	ID       string                 `json:"action_id"`
	Block    string                 `json:"block_id"`
	Value    string                 `json:"value"`
	Selected struct{ Value string } `json:"selected_option"`
}

// ID names a letter, so that the same one is dealt with once; empty: it means nothing.
func (l Letter) ID() string {
	switch {
	case l.Type == "event_callback" && l.EventID != "":
		return l.EventID
	case l.Type == "block_actions" && len(l.Actions) > 0 && l.TriggerID != "":
		return "click:" + l.TriggerID
	case l.Type == "view_submission" && l.View.ID != "":
		return "view:" + l.View.ID
	}
	return ""
}

// Of reports whether a letter and the person who caused it are of a workspace.
func (l Letter) Of(team string) bool {
	return l.TeamID+l.Team.ID == team && (l.User.Team == "" || l.User.Team == team) && (l.Event.UserTeam == "" || l.Event.UserTeam == team)
}

// Thread is the thread that something was clicked in.
func (l Letter) Thread() string {
	if l.Container.Thread != "" {
		return l.Container.Thread
	}
	return l.Container.TS
}

// Ticket is the one whose button it is; empty: no ticket's.
func (c Click) Ticket() bot.TicketID {
	id, ok := strings.CutPrefix(c.Block, TicketBlock)
	if !ok {
		return ""
	}
	return bot.TicketID(id)
}

// Event is an event of Slack's.
type Event struct {
	Post
	Channel  string `json:"channel"`
	UserTeam string `json:"user_team"`
	EventTS  string `json:"event_ts"`
	Message  *Post  `json:"message"`
	Previous *Post  `json:"previous_message"`
}

// Post is a message as Slack has it.
type Post struct {
	Type    string `json:"type"`
	Subtype string `json:"subtype"`
	User    string `json:"user"`
	BotID   string `json:"bot_id"`
	Text    string `json:"text"`
	TS      string `json:"ts"`
	Thread  string `json:"thread_ts"`
	Edited  *struct {
		TS string `json:"ts"`
	} `json:"edited"`
}

// Saying is a message of a person in a thread, as an event tells of it.
type Saying struct {
	Post
	Channel string
	Version string // when it became so, by Slack's clock
	Gone    bool   // deleted
	Before  string // its text, of an edit or deletion
}

// Why an event is no Saying.
const (
	NoMessage = "kind" // nothing that people write, or no change of it
	OfBot     = "bot"
	NoThread  = "elsewhere"
)

// Saying returns the message that an event is about, or why it is none for us.
func (e Event) Saying() (s Saying, why string) {
	s.Channel = e.Channel
	switch {
	case e.Subtype == "" || e.Subtype == "thread_broadcast" || e.Subtype == "file_share":
		s.Post, s.Version = e.Post, e.TS
	case e.Subtype == "message_changed" && e.Message != nil && e.Previous != nil && e.Message.Subtype == "tombstone",
		e.Subtype == "message_deleted" && e.Previous != nil:
		s.Post, s.Version, s.Gone, s.Before = *e.Previous, e.EventTS, true, e.Previous.Text
	case e.Subtype == "message_changed" && e.Message != nil && e.Message.Edited != nil:
		s.Post, s.Version = *e.Message, e.Message.Edited.TS
		if e.Previous != nil {
			s.Before = e.Previous.Text
		}
	default:
		return s, NoMessage
	}
	switch {
	case s.BotID != "" || s.User == "":
		return s, OfBot
	case s.Thread == "" || s.Thread == s.TS:
		return s, NoThread
	}
	return s, ""
}

// Marked returns what follows the mark of a message; false: the message is internal. A
// mark of ">>" is not the ">>>" that begins a quotation.
func Marked(text, mark string) (string, bool) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), Escaped(mark))
	if !ok || mark == "" || strings.HasPrefix(rest, Escaped(mark[len(mark)-1:])) {
		return "", false
	}
	return rest, true
}
