// Package revision knows which versions of a message a ticket's events have made, and
// what has to be done so that the citizen sees the newest.
package revision

import (
	"fmt"
	"strings"

	"townclerk/bot"
	"townclerk/bot/escalate"
)

// Version is a message as it was from a time on, by Slack's clock.
type Version struct {
	At     string
	Text   string // for the citizen; empty: nothing
	ByHand bool   // sent by a button, though it has no mark

	Seq  int // of the event that it made; zero: none yet
	Kind bot.TicketEventKind
}

// byHand begins the reason of an event that a button made.
const byHand = "by_hand "

// Versions returns what events a message has made, in order. The first carries the
// message's own origin; which version it was is its reason where that was not the first
// one. The others carry their version behind the origin.
func Versions(t bot.Ticket, origin string) []Version {
	var out []Version
	_, ts, _ := cutLast(origin)
	for _, e := range t.Events {
		rest, ok := strings.CutPrefix(e.Origin, origin)
		if !ok || rest != "" && rest[0] != ':' {
			continue
		}
		v := Version{At: ts, Text: escalate.Message(e), Seq: e.Seq, Kind: e.Kind}
		reason, _ := e.Facts[bot.FactReason].(string)
		if at, ok := strings.CutPrefix(reason, byHand); ok {
			v.ByHand, v.At = true, at
		} else if reason != "" {
			v.At = reason
		}
		if rest != "" {
			v.At, _, _ = strings.Cut(rest[1:], ":")
		}
		if e.Kind == bot.TicketWithdrawn || e.Kind == bot.TicketNoted {
			v.Text = ""
		}
		out = append(out, v)
	}
	return out
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, ':')
	return s[:max(i, 0)], s[i+1:], i >= 0
}

// Next is what has to be done so that the citizen sees the newest version that is known:
// now, or one that made an event before; done: nothing. One that says nothing and comes
// first leaves a note, so that an older one that comes after it is not sent.
func Next(t bot.Ticket, origin string, now Version, by bot.Actor) (a escalate.Action, done bool) {
	history := Versions(t, origin)
	newest, sent, shown := now, 0, Version{}
	for _, v := range history {
		if v.At >= newest.At {
			newest = v
		}
		if sent == 0 && (v.Kind == bot.TicketReplied || v.Kind == bot.TicketAsked) {
			sent = v.Seq
		}
		shown = v
	}
	if len(history) > 0 && shown.At == newest.At {
		return a, true
	}
	return step(history, newest, sent, origin, by), false
}

// step is what has to be done so that the newest version is seen.
func step(history []Version, newest Version, sent int, origin string, by bot.Actor) escalate.Action {
	a := escalate.Action{By: by, Origin: origin, Text: newest.Text, Corrects: sent}
	switch _, first, _ := cutLast(origin); {
	case len(history) == 0 && newest.ByHand:
		a.Reason = byHand + newest.At
	case len(history) == 0 && newest.At != first:
		a.Reason = newest.At
	case len(history) > 0 && newest.Seq == 0:
		a.Origin += ":" + newest.At
	case len(history) > 0: // again, for an older one has overtaken it
		a.Origin += fmt.Sprintf(":%s:%d", newest.At, history[len(history)-1].Seq)
	}
	switch {
	case newest.Text == "" && (sent == 0 || history[len(history)-1].Text == ""):
		a.Kind, a.Text = bot.TicketNoted, "A message was taken back that the citizen did not see."
	case sent == 0:
		a.Kind = bot.TicketReplied
	case newest.Text == "":
		a.Kind = bot.TicketWithdrawn
	default:
		a.Kind = bot.TicketCorrected
	}
	return a
}
