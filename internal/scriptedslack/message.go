package scriptedslack

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Message is a message as Slack writes it.
type Message struct {
	Type       string          `json:"type"`
	Subtype    string          `json:"subtype,omitempty"`
	User       string          `json:"user,omitempty"`
	BotID      string          `json:"bot_id,omitempty"`
	AppID      string          `json:"app_id,omitempty"`
	Team       string          `json:"team,omitempty"`
	Text       string          `json:"text"`
	TS         string          `json:"ts"`
	ThreadTS   string          `json:"thread_ts,omitempty"`
	Blocks     json.RawMessage `json:"blocks,omitempty"`
	Metadata   *Metadata       `json:"metadata,omitempty"`
	Edited     *Edited         `json:"edited,omitempty"`
	Reactions  []Reaction      `json:"reactions,omitempty"`
	ReplyCount int             `json:"reply_count,omitempty"`

	// For is the only one who sees an ephemeral message.
	For string `json:"-"`
}

// Metadata is what an app attached to a message for itself; every app can read it.
type Metadata struct {
	EventType    string         `json:"event_type"`
	EventPayload map[string]any `json:"event_payload"`
}

// Edited says who changed a message, and when.
type Edited struct {
	User string `json:"user"`
	TS   string `json:"ts"`
}

// Reaction is an emoji under a message.
type Reaction struct {
	Name  string   `json:"name"`
	Users []string `json:"users"`
	Count int      `json:"count"`
}

// Channel names a channel.
type Channel struct{ ID, Name string }

type channel struct {
	Channel
	messages []*Message // by timestamp
}

// channel returns the channel of that name or ID, which is made if there is none. The
// lock is held.
func (w *Workspace) channel(name string) *channel {
	if c := w.known(name); c != nil {
		return c
	}
	name = strings.TrimPrefix(name, "#")
	c := &channel{Channel: Channel{ID: "C0" + strings.ToUpper(strings.NewReplacer("-", "", "_", "").Replace(name)), Name: strings.ToLower(name)}}
	if looksLikeID(name) {
		c.ID = name
	}
	for w.known(c.ID) != nil {
		c.ID += "X"
	}
	w.channels = append(w.channels, c)
	return c
}

// Channel returns the ID of a channel, which is made if there is none.
func (w *Workspace) Channel(name string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.channel(name).ID
}

func looksLikeID(name string) bool {
	return len(name) >= 3 && strings.ContainsRune("CGD", rune(name[0])) && name == strings.ToUpper(name)
}

// known returns the channel of that name or ID, or nil. The lock is held.
func (w *Workspace) known(name string) *channel {
	for _, c := range w.channels {
		if c.ID == name || c.Name == strings.TrimPrefix(name, "#") {
			return c
		}
	}
	return nil
}

// find returns a message, or nil.
func (c *channel) find(ts string) *Message {
	i, ok := slices.BinarySearchFunc(c.messages, ts, func(m *Message, ts string) int { return strings.Compare(m.TS, ts) })
	if !ok {
		return nil
	}
	return c.messages[i]
}

// thread returns a message and the replies to it, in order.
func (c *channel) thread(ts string) []*Message {
	var out []*Message
	for _, m := range c.messages {
		if m.For == "" && (m.TS == ts || m.ThreadTS == ts) {
			out = append(out, m)
		}
	}
	return out
}

// add puts a message into a channel and tells the app of it. The lock is held.
func (w *Workspace) add(c *channel, m *Message) error {
	if m.ThreadTS != "" {
		root := c.find(m.ThreadTS)
		if root == nil {
			return failure("thread_not_found")
		}
		if root.ThreadTS != "" && root.ThreadTS != root.TS {
			root = c.find(root.ThreadTS)
		}
		m.ThreadTS = root.TS
		if m.For == "" {
			root.ThreadTS = root.TS
			root.ReplyCount++
		}
	}
	m.Type, m.Team, m.TS = "message", Team, w.stamp()
	c.messages = append(c.messages, m)
	if m.For == "" {
		event := asMap(m)
		event["channel"], event["channel_type"], event["event_ts"] = c.ID, "channel", m.TS
		w.event(event)
	}
	w.touch()
	return nil
}

// change replaces a message and tells the app of it. The lock is held.
func (w *Workspace) change(c *channel, m *Message, by string, to Message) {
	before := asMap(m)
	to.Edited = &Edited{by, w.stamp()}
	*m = to
	w.changedEvent(c, "message_changed", map[string]any{"message": asMap(m), "previous_message": before})
}

func (w *Workspace) changedEvent(c *channel, subtype string, fields map[string]any) {
	ts := w.stamp()
	event := map[string]any{"type": "message", "subtype": subtype, "hidden": true, "channel": c.ID, "channel_type": "channel", "ts": ts, "event_ts": ts}
	for k, v := range fields {
		event[k] = v
	}
	w.event(event)
	w.touch()
}

// remove deletes a message and tells the app of it: of one with replies a tombstone
// stays, as in Slack. The lock is held.
func (w *Workspace) remove(c *channel, m *Message) {
	if m.ReplyCount > 0 {
		w.change(c, m, m.User, Message{Type: "message", Subtype: "tombstone", User: "USLACKBOT", Text: "This message was deleted.",
			TS: m.TS, ThreadTS: m.ThreadTS, ReplyCount: m.ReplyCount})
		return
	}
	c.messages = slices.DeleteFunc(c.messages, func(o *Message) bool { return o == m })
	if root := c.find(m.ThreadTS); root != nil && m.For == "" {
		root.ReplyCount--
	}
	if m.For == "" {
		w.changedEvent(c, "message_deleted", map[string]any{"deleted_ts": m.TS, "previous_message": asMap(m)})
	}
}

// Say posts as a person and returns the message's timestamp; threadTS is "" outside
// threads. It is "" when there is no such thread.
func (w *Workspace) Say(user, channel, threadTS, text string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := &Message{User: user, Text: text, ThreadTS: threadTS}
	if w.add(w.channel(channel), m) != nil {
		return ""
	}
	return m.TS
}

// Edit changes the text of a person's own message.
func (w *Workspace) Edit(user, channel, ts, text string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, m, err := w.own(user, channel, ts)
	if err == nil {
		to := *m
		to.Text = text
		w.change(c, m, user, to)
	}
	return err
}

// Delete deletes a person's own message.
func (w *Workspace) Delete(user, channel, ts string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, m, err := w.own(user, channel, ts)
	if err == nil {
		w.remove(c, m)
	}
	return err
}

func (w *Workspace) own(user, name, ts string) (*channel, *Message, error) {
	c := w.known(name)
	if c == nil || c.find(ts) == nil {
		return nil, nil, fmt.Errorf("there is no message %s in %s", ts, name)
	}
	if m := c.find(ts); m.User == user && m.Subtype == "" {
		return c, m, nil
	}
	return nil, nil, fmt.Errorf("message %s in %s is not one of %s", ts, name, user)
}

// Channels returns the channels, oldest first.
func (w *Workspace) Channels() []Channel {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []Channel
	for _, c := range w.channels {
		out = append(out, c.Channel)
	}
	return out
}

// Messages returns the messages of a channel outside threads, oldest first.
func (w *Workspace) Messages(channel string) []Message {
	return w.choose(channel, func(m *Message) bool { return m.For == "" && (m.ThreadTS == "" || m.ThreadTS == m.TS) })
}

// Thread returns a message and the replies to it, oldest first.
func (w *Workspace) Thread(channel, ts string) []Message {
	return w.choose(channel, func(m *Message) bool { return m.For == "" && (m.TS == ts || m.ThreadTS == ts) })
}

// Private returns the ephemeral messages that a person sees in a channel.
func (w *Workspace) Private(user, channel string) []Message {
	return w.choose(channel, func(m *Message) bool { return m.For == user })
}

func (w *Workspace) choose(name string, keep func(*Message) bool) []Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []Message
	if c := w.known(name); c != nil {
		for _, m := range c.messages {
			if keep(m) {
				out = append(out, *m)
			}
		}
	}
	return out
}

// asMap is a value as the JSON object that it is written as.
func asMap(v any) map[string]any {
	data, err := json.Marshal(v)
	out := map[string]any{}
	if err == nil {
		err = json.Unmarshal(data, &out)
	}
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	return out
}
