package answer

import (
	"townclerk/bot"
	"townclerk/bot/guard"
	"townclerk/retrieval"
)

// inDanger answers a message of somebody in danger with the help lines, and reports
// whether it is one, in the language of the cry. It reads nothing: whatever else is
// out of reach, this is not.
func (b *Bot) inDanger(turn bot.Turn, m bot.Message, trace *Trace) (bot.Answer, bool) {
	hazard, language := guard.DangerIn(m.Text.String())
	if hazard == guard.None {
		return bot.Answer{}, false
	}
	trace.Hazard, trace.reason, trace.Decision = hazard, bot.ForHazard, Decision{Reason: "speaks of danger: " + string(hazard)}
	return bot.Answer{Turn: turn.ID, Outcome: bot.HandedOver, Closing: b.texts[b.language(language)].Emergency,
		Person: &b.config.Contact, Help: guard.Help(b.config.Help, hazard, language)}, true
}

// atOnce answers a message that is no question for the pages, and reports whether it
// is one.
func (b *Bot) atOnce(turn bot.Turn, m bot.Message, t texts, trace *Trace) (bot.Answer, bool) {
	a := bot.Answer{Turn: turn.ID, Outcome: bot.HandedOver, Person: &b.config.Contact}
	switch intentOf(m.Text.String()) {
	case wantsPerson:
		trace.reason, trace.Decision = bot.ForAsked, Decision{Reason: "asked for a person"}
		a.Closing = t.Person
	case smallTalk:
		trace.Decision = Decision{Reason: "no question in it"}
		a.Outcome, a.Closing = bot.Abstained, fill(t.Greeting, b.config.Agency, 0)
	case offTopic:
		trace.Decision = Decision{Reason: "nothing that an agency is for"}
		a.Outcome, a.Closing = bot.Abstained, fill(t.OffTopic, b.config.Agency, 0)
	default:
		return bot.Answer{}, false
	}
	return a, true
}

// forPeople sends a citizen who asks about their own case, or for advice, to a
// person, with the pages that may help; it reports whether the message does so.
func (b *Bot) forPeople(turn bot.Turn, m bot.Message, t texts, found retrieval.Result, trace *Trace) (bot.Answer, bool) {
	a := b.abstain(turn, t, m.Text.String(), found)
	a.Outcome = bot.HandedOver
	door := guard.DoorOf(m.Text.String())
	switch door {
	case guard.OwnCase:
		a.Closing, trace.reason = t.OwnCase, bot.ForOwnCase
	case guard.Advice:
		a.Closing, trace.reason = t.Advice, bot.ForAdvice
	default:
		return bot.Answer{}, false
	}
	trace.Decision.Answer, trace.Decision.Reason = false, "asks for what only people can do: "+string(door)
	return a, true
}
