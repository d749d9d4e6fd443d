package scriptedslack

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// compose reads the message of a call, judges it and gives its blocks identifiers.
func (w *Workspace) compose(method string, a args) (*Message, error) {
	m := &Message{User: BotUser, BotID: BotID, AppID: App, Text: a.Get("text")}
	if meta := a.Get("metadata"); meta != "" {
		m.Metadata = &Metadata{}
		if json.Unmarshal([]byte(meta), m.Metadata) != nil || m.Metadata.EventType == "" {
			return nil, failure("invalid_metadata_format")
		}
	}
	blocks, err := w.blocks(a.Get("blocks"))
	if err != nil {
		return nil, err
	}
	m.Blocks = blocks
	w.judge(method, a, m)
	switch {
	case m.Text == "" && len(m.Blocks) == 0:
		return nil, failure("no_text")
	case utf8.RuneCountInString(m.Text) > maxText:
		return nil, failure("msg_too_long")
	case len(overLimits(m.Blocks, maxMessageBlocks)) > 0:
		return nil, failure("invalid_blocks")
	}
	return m, nil
}

// blocks gives each block an identifier where it has none.
func (w *Workspace) blocks(text string) (json.RawMessage, error) {
	var blocks []map[string]any
	if text == "" || text == "null" {
		return nil, nil
	}
	if json.Unmarshal([]byte(text), &blocks) != nil {
		return nil, failure("invalid_blocks_format")
	}
	if len(blocks) == 0 {
		return nil, nil
	}
	for _, b := range blocks {
		if id, _ := b["block_id"].(string); id == "" {
			b["block_id"] = w.id("k")
		}
	}
	return json.Marshal(blocks)
}

func (w *Workspace) postMessage(a args) (reply, error) {
	if a.Get("channel") == "" {
		return nil, failure("channel_not_found")
	}
	m, err := w.compose("chat.postMessage", a)
	if err != nil {
		return nil, err
	}
	c := w.channel(a.Get("channel"))
	m.ThreadTS = a.Get("thread_ts")
	if err := w.add(c, m); err != nil {
		return nil, err
	}
	return reply{"channel": c.ID, "ts": m.TS, "message": *m}, nil
}

func (w *Workspace) postEphemeral(a args) (reply, error) {
	c := w.known(a.Get("channel"))
	if c == nil {
		return nil, failure("channel_not_found")
	}
	if _, ok := w.user(a.Get("user")); !ok {
		return nil, failure("user_not_in_channel")
	}
	m, err := w.compose("chat.postEphemeral", a)
	if err != nil {
		return nil, err
	}
	m.For, m.ThreadTS = a.Get("user"), a.Get("thread_ts")
	if err := w.add(c, m); err != nil {
		return nil, err
	}
	return reply{"message_ts": m.TS}, nil
}

// ours returns a message that the app posted.
func (w *Workspace) ours(a args, otherwise failure) (*channel, *Message, error) {
	c := w.known(a.Get("channel"))
	if c == nil {
		return nil, nil, failure("channel_not_found")
	}
	m := c.find(a.Get("ts"))
	switch {
	case m == nil || m.For != "":
		return nil, nil, failure("message_not_found")
	case m.BotID != BotID:
		return nil, nil, otherwise
	}
	return c, m, nil
}

func (w *Workspace) updateMessage(a args) (reply, error) {
	c, m, err := w.ours(a, "cant_update_message")
	if err != nil {
		return nil, err
	}
	next, err := w.compose("chat.update", a)
	if err != nil {
		return nil, err
	}
	to := *m
	to.Text, to.Blocks = next.Text, next.Blocks
	if next.Metadata != nil {
		to.Metadata = next.Metadata
	}
	w.change(c, m, BotUser, to)
	return reply{"channel": c.ID, "ts": m.TS, "text": m.Text, "message": *m}, nil
}

func (w *Workspace) deleteMessage(a args) (reply, error) {
	c, m, err := w.ours(a, "cant_delete_message")
	if err != nil {
		return nil, err
	}
	w.remove(c, m)
	return reply{"channel": c.ID, "ts": m.TS}, nil
}

func (w *Workspace) permalink(a args) (reply, error) {
	c := w.known(a.Get("channel"))
	if c == nil {
		return nil, failure("channel_not_found")
	}
	ts := a.Get("message_ts")
	if c.find(ts) == nil {
		return nil, failure("message_not_found")
	}
	return reply{"channel": c.ID, "permalink": "http://" + a.host + "/channel/" + c.ID + "/p" + strings.Replace(ts, ".", "", 1)}, nil
}

func (w *Workspace) react(a args) (reply, error) {
	c := w.known(a.Get("channel"))
	if c == nil {
		return nil, failure("channel_not_found")
	}
	m := c.find(a.Get("timestamp"))
	if m == nil {
		return nil, failure("message_not_found")
	}
	name := a.Get("name")
	if slices.ContainsFunc(m.Reactions, func(r Reaction) bool { return r.Name == name }) {
		return nil, failure("already_reacted")
	}
	m.Reactions = append(slices.Clone(m.Reactions), Reaction{name, []string{BotUser}, 1})
	return reply{}, nil
}
