package slack

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	api "github.com/slack-go/slack"

	"townclerk/bot"
	"townclerk/bot/escalate"
	"townclerk/bot/escalate/slack/form"
)

const (
	eventType = "townclerk_ticket"
	clockSkew = 10 * time.Minute // between Slack's clock and ours
	pageSize  = 200
)

// marker is a message's metadata, by which it is found again. Every app of the workspace
// can read it.
func marker(id bot.TicketID, seq int) api.SlackMetadata {
	return api.SlackMetadata{EventType: eventType, EventPayload: map[string]any{"ticket": string(id), "seq": strconv.Itoa(seq)}}
}

// marks returns the ticket and event that a message is of; false: it is not ours.
func marks(m api.Message, self string) (id bot.TicketID, seq int, ok bool) {
	if m.BotID != self || m.Metadata.EventType != eventType {
		return "", 0, false
	}
	ticket, _ := m.Metadata.EventPayload["ticket"].(string)
	text, _ := m.Metadata.EventPayload["seq"].(string)
	seq, err := strconv.Atoi(text)
	return bot.TicketID(ticket), seq, err == nil
}

// news is an event on its way to the workspace.
type news struct {
	bot.Ticket
	event    bot.TicketEvent
	delivery bot.Delivery
}

func (n news) key() string { return string(n.ID) + "/" + strconv.Itoa(n.event.Seq) }

// shown is a message: its blocks, and the line that stands for them in notifications,
// which holds nothing of outside.
func shown(line string, blocks []api.Block) api.MsgOption {
	return api.MsgOptionCompose(api.MsgOptionText(form.Escaped(form.Clean(line)), false), api.MsgOptionBlocks(blocks...),
		api.MsgOptionDisableLinkUnfurl(), api.MsgOptionDisableMediaUnfurl())
}

// post posts the message of an event, in a thread or outside, unless it is there
// already, and returns its timestamp. An event has one message in a channel.
func (b *Bridge) post(ctx context.Context, n news, at bot.Place, message api.MsgOption) (string, error) {
	if n.delivery.Attempts > b.gate.Waited(n.key()) { // an earlier attempt may have arrived
		if ts, err := b.search(ctx, n, at); err != nil || ts != "" {
			return ts, err
		}
	}
	if wait := b.gate.Pass(at.Channel, n.key()); wait > 0 {
		return "", &escalate.Later{After: wait, Err: errors.New("the channel takes a message a second")}
	}
	options := []api.MsgOption{message, api.MsgOptionMetadata(marker(n.ID, n.event.Seq))}
	if at.Thread != "" {
		options = append(options, api.MsgOptionTS(at.Thread))
	}
	_, ts, err := b.client.PostMessageContext(ctx, at.Channel, options...)
	if r := (*api.RateLimitedError)(nil); errors.As(err, &r) {
		b.gate.Hold(at.Channel, r.RetryAfter)
	}
	return ts, failed(err, "post to "+at.Channel)
}

// search returns the timestamp of an event's message; empty: there is none.
func (b *Bridge) search(ctx context.Context, n news, at bot.Place) (string, error) {
	self, err := b.me(ctx)
	if err != nil {
		return "", failed(err, "look for a message")
	}
	found := ""
	oldest := fmt.Sprintf("%d.000000", n.event.At.Add(-clockSkew).Unix())
	err = b.each(ctx, at, oldest, func(m api.Message) bool {
		if id, seq, ok := marks(m, self); ok && id == n.ID && seq == n.event.Seq {
			found = m.Timestamp
		}
		return found == ""
	})
	return found, err
}

// each calls f with the messages of a thread, or of a channel outside threads, from a
// timestamp on, until it returns false.
func (b *Bridge) each(ctx context.Context, at bot.Place, oldest string, f func(api.Message) bool) error {
	for cursor, more := "", true; more; {
		var page []api.Message
		var err error
		if at.Thread != "" {
			page, more, cursor, err = b.client.GetConversationRepliesContext(ctx, &api.GetConversationRepliesParameters{
				ChannelID: at.Channel, Timestamp: at.Thread, Oldest: oldest, Cursor: cursor, Limit: pageSize, Inclusive: true, IncludeAllMetadata: true})
		} else {
			var h *api.GetConversationHistoryResponse
			h, err = b.client.GetConversationHistoryContext(ctx, &api.GetConversationHistoryParameters{
				ChannelID: at.Channel, Oldest: oldest, Cursor: cursor, Limit: pageSize, Inclusive: true, IncludeAllMetadata: true})
			if err == nil {
				page, more, cursor = h.Messages, h.HasMore, h.ResponseMetaData.NextCursor
			}
		}
		if err != nil {
			return failed(err, "read "+at.Channel)
		}
		for _, m := range page {
			if !f(m) {
				return nil
			}
		}
		more = more && cursor != ""
	}
	return nil
}

// update replaces a message. One that somebody deleted stays away.
func (b *Bridge) update(ctx context.Context, at bot.Place, message api.MsgOption) error {
	_, _, _, err := b.client.UpdateMessageContext(ctx, at.Channel, at.Thread, message)
	if says(err, "message_not_found") {
		return nil
	}
	return failed(err, "update a message in "+at.Channel)
}

// blank replaces what the app wrote in a thread by a line.
func (b *Bridge) blank(ctx context.Context, at bot.Place, line string) error {
	self, err := b.me(ctx)
	if err != nil {
		return failed(err, "look for messages")
	}
	var ours []string
	err = b.each(ctx, at, "", func(m api.Message) bool {
		if _, _, ok := marks(m, self); ok && m.Text != form.Escaped(line) {
			ours = append(ours, m.Timestamp)
		}
		return true
	})
	if says(err, "thread_not_found") {
		return nil
	}
	for _, ts := range ours {
		if err == nil {
			err = b.update(ctx, bot.Place{Channel: at.Channel, Thread: ts}, shown(line, []api.Block{form.Section(line)}))
		}
	}
	return err
}

// says reports whether an error is that answer of Slack's.
func says(err error, code string) bool {
	var r api.SlackErrorResponse
	return errors.As(err, &r) && r.Err == code
}

// failed wraps an error of Slack's with what was tried and, where it is known, what
// helps. A limit says when to try again.
func failed(err error, what string) error {
	if err == nil {
		return nil
	}
	if r := (*api.RateLimitedError)(nil); errors.As(err, &r) {
		return &escalate.Later{After: r.RetryAfter, Err: fmt.Errorf("%s: %w", what, err)}
	}
	hint := ""
	switch {
	case says(err, "not_in_channel"), says(err, "channel_not_found"):
		hint = " (invite the app to the channel: /invite @townclerk)"
	case says(err, "missing_scope"):
		hint = " (install the app again with the manifest of `townclerk slack manifest`)"
	case says(err, "invalid_auth"), says(err, "token_revoked"), says(err, "account_inactive"):
		hint = " (the bot's token is not valid any more: set TOWNCLERK_SLACK_TOKEN anew)"
	}
	return fmt.Errorf("%s: %w%s", what, err, hint)
}
