package scriptedslack

import (
	"fmt"
	"time"
)

// person begins the payload of what a person did. The lock is held.
func (w *Workspace) person(user, kind string) map[string]any {
	u, _ := w.user(user)
	return map[string]any{
		"type": kind, "token": "scripted", "api_app_id": App, "enterprise": nil, "is_enterprise_install": false,
		"team": map[string]any{"id": Team, "domain": "riverton"},
		"user": map[string]any{"id": u.ID, "username": u.Name, "name": u.Name, "team_id": Team},
	}
}

// Click presses the button with that action, and that value where one is given, under
// a message that the person sees, and waits for the app's acknowledgement. Without one
// it is an error, as Slack shows one; Slack does not try again.
func (w *Workspace) Click(user, channel, messageTS, actionID, value string) error {
	return w.act(user, channel, messageTS, actionID, value)
}

// Select chooses the option with that value of the menu with that action, as Click.
func (w *Workspace) Select(user, channel, messageTS, actionID, value string) error {
	return w.act(user, channel, messageTS, actionID, value)
}

func (w *Workspace) act(user, name, ts, actionID, value string) error {
	w.mu.Lock()
	c := w.known(name)
	var m *Message
	if c != nil {
		m = c.find(ts)
	}
	if m == nil || m.For != "" && m.For != user {
		w.mu.Unlock()
		return fmt.Errorf("%s sees no message %s in %s", user, ts, name)
	}
	payload, err := w.acted(user, m.Blocks, actionID, value)
	if err != nil {
		w.mu.Unlock()
		return err
	}
	id := w.id("R")
	w.responses[id] = answerTo{c, ts, user, w.opt.Now().Add(30 * time.Minute)}
	container := map[string]any{"type": "message", "message_ts": ts, "channel_id": c.ID, "is_ephemeral": m.For != ""}
	if m.ThreadTS != "" {
		container["thread_ts"] = m.ThreadTS
	}
	payload["container"], payload["channel"], payload["message"] = container, map[string]any{"id": c.ID, "name": c.Name}, asMap(m)
	payload["response_url"] = "http://" + w.host + "/response/" + id
	w.mu.Unlock()
	_, err = w.interact("interactive", payload)
	return err
}

// ClickView presses a button, or chooses from a menu, of a view that the person sees:
// a dialog or the home tab.
func (w *Workspace) ClickView(user, viewID, actionID, value string) error {
	w.mu.Lock()
	v := w.view(viewID)
	if v == nil || v.User != user {
		w.mu.Unlock()
		return fmt.Errorf("%s sees no view %s", user, viewID)
	}
	payload, err := w.acted(user, v.Blocks, actionID, value)
	if err != nil {
		w.mu.Unlock()
		return err
	}
	payload["container"], payload["view"] = map[string]any{"type": "view", "view_id": v.ID}, asMap(v)
	w.mu.Unlock()
	_, err = w.interact("interactive", payload)
	return err
}

// acted is the payload of a click, without where. The lock is held.
func (w *Workspace) acted(user string, blocks []byte, actionID, value string) (map[string]any, error) {
	b, e, ok := action(blocks, actionID, value)
	if !ok {
		return nil, fmt.Errorf("there is no action %q with value %q to click", actionID, value)
	}
	did := e.filled(value)
	if did == nil || e.Type == "static_select" && value == "" {
		return nil, fmt.Errorf("action %q has no choice %q", actionID, value)
	}
	if e.Type == "button" {
		did["value"], did["text"] = e.Value, e.Text
	}
	did["action_id"], did["block_id"], did["action_ts"] = e.ActionID, b.BlockID, w.stamp()
	payload := w.person(user, "block_actions")
	payload["actions"], payload["trigger_id"] = []any{did}, w.trigger(user)
	payload["state"] = map[string]any{"values": map[string]any{}}
	return payload, nil
}

// OpenHome opens the app's home tab: the app hears of it and may publish a view.
func (w *Workspace) OpenHome(user string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	event := map[string]any{"type": "app_home_opened", "user": user, "channel": "D0" + user, "tab": "home", "event_ts": w.stamp()}
	for _, v := range w.views {
		if v.User == user && v.Type == "home" {
			event["view"] = asMap(v)
		}
	}
	w.event(event)
	w.touch()
}

// Command types a slash command and returns what the app answered.
func (w *Workspace) Command(user, channel, command, text string) ([]byte, error) {
	w.mu.Lock()
	u, _ := w.user(user)
	c := w.channel(channel)
	payload := map[string]any{"token": "scripted", "team_id": Team, "team_domain": "riverton", "channel_id": c.ID, "channel_name": c.Name,
		"user_id": u.ID, "user_name": u.Name, "command": command, "text": text, "api_app_id": App, "trigger_id": w.trigger(user)}
	w.mu.Unlock()
	return w.interact("slash_commands", payload)
}
