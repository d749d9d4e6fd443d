package slack

import (
	"context"
	"fmt"
	"strings"

	"townclerk/bot"
	"townclerk/bot/escalate"
)

// version is a message as it was from a time on, by Slack's clock.
type version struct {
	at     string
	text   string // for the citizen; empty: nothing
	byHand bool   // sent by a button, though it has no mark

	seq  int // of the event that it made; zero: none yet
	kind bot.TicketEventKind
}

// byHand begins the reason of an event that a button made.
const byHand = "by_hand "

// versions returns what events a message has made, in order. The first carries the
// message's own origin; which version it was is its reason where that was not the first
// one. The others carry their version behind the origin.
func versions(t bot.Ticket, origin string) []version {
	var out []version
	_, ts, _ := cutLast(origin)
	for _, e := range t.Events {
		rest, ok := strings.CutPrefix(e.Origin, origin)
		if !ok || rest != "" && rest[0] != ':' {
			continue
		}
		v := version{at: ts, text: escalate.Message(e), seq: e.Seq, kind: e.Kind}
		reason, _ := e.Facts[bot.FactReason].(string)
		if at, ok := strings.CutPrefix(reason, byHand); ok {
			v.byHand, v.at = true, at
		} else if reason != "" {
			v.at = reason
		}
		if rest != "" {
			v.at, _, _ = strings.Cut(rest[1:], ":")
		}
		if e.Kind == bot.TicketWithdrawn || e.Kind == bot.TicketNoted {
			v.text = ""
		}
		out = append(out, v)
	}
	return out
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, ':')
	return s[:max(i, 0)], s[i+1:], i >= 0
}

// settle makes the citizen see the newest version of a message that is known: the one
// that an event tells of, or one that made an event of the ticket before. Versions may
// come in any order and more than once, and on several servers at a time: each looks
// again after it has acted. One that says nothing and comes first leaves a note, so that
// an older one that comes after it is not sent.
func (b *Bridge) settle(ctx context.Context, t bot.Ticket, p place, ts string, now version) error {
	origin := b.origin(p.channel, ts)
	for range 8 {
		history := versions(t, origin)
		newest, sent, shown := now, 0, version{}
		for _, v := range history {
			if v.at >= newest.at {
				newest = v
			}
			if sent == 0 && (v.kind == bot.TicketReplied || v.kind == bot.TicketAsked) {
				sent = v.seq
			}
			shown = v
		}
		if len(history) > 0 && shown.at == newest.at {
			return nil
		}
		var err error
		if t, err = b.Desk.Act(ctx, t.ID, step(history, newest, sent, origin, b.actor(p.user))); err != nil {
			return err
		}
	}
	return fmt.Errorf("message %s of %s does not come to rest", ts, p.channel)
}

// step is what has to be done so that the newest version is seen.
func step(history []version, newest version, sent int, origin string, by bot.Actor) escalate.Action {
	a := escalate.Action{By: by, Origin: origin, Text: newest.text, Corrects: sent}
	switch _, first, _ := cutLast(origin); {
	case len(history) == 0 && newest.byHand:
		a.Reason = byHand + newest.at
	case len(history) == 0 && newest.at != first:
		a.Reason = newest.at
	case len(history) > 0 && newest.seq == 0:
		a.Origin += ":" + newest.at
	case len(history) > 0: // again, for an older one has overtaken it
		a.Origin += fmt.Sprintf(":%s:%d", newest.at, history[len(history)-1].seq)
	}
	switch {
	case newest.text == "" && (sent == 0 || history[len(history)-1].text == ""):
		a.Kind, a.Text = bot.TicketNoted, "A message was taken back that the citizen did not see."
	case sent == 0:
		a.Kind = bot.TicketReplied
	case newest.text == "":
		a.Kind = bot.TicketWithdrawn
	default:
		a.Kind = bot.TicketCorrected
	}
	return a
}
