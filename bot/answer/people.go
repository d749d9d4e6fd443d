package answer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"townclerk/bot"
	"townclerk/bot/escalate"
	"townclerk/retrieval"
)

// taken passes a message on to people who have an inquiry of the conversation's, and
// reports whether it did. A citizen who writes to the assistant gets the assistant.
func (b *Bot) taken(ctx context.Context, turn bot.Turn, m bot.Message, t texts, trace *Trace, out *release) (bot.Answer, bool, error) {
	if b.desk == nil || m.To == bot.ToAssistant || turn.Number == 1 {
		return bot.Answer{}, false, nil
	}
	ticket, taking, err := b.desk.Taking(ctx, turn.Conversation)
	if err != nil || !taking {
		return bot.Answer{}, false, err
	}
	department := b.desk.Department(ticket.Department)
	trace.Decision = Decision{Reason: "people have the inquiry"}
	out.passed, out.message = ticket.ID, m.Text
	return bot.Answer{
		Turn: turn.ID, Outcome: bot.HandedOver, Closing: fillName(t.PassedOn, department.Name),
		People: &bot.People{Department: department.ID, Name: department.Name, Ticket: ticket.ID},
	}, true, nil
}

// reserved reports whether people have to answer the question, whatever the pages say.
func (b *Bot) reserved(ctx context.Context, turn bot.Turn, m bot.Message, t texts, trace *Trace) (bot.Answer, bool) {
	if b.desk == nil || !b.desk.Reserves(m.Text) {
		return bot.Answer{}, false
	}
	way := b.desk.Direct(ctx, b.matter(turn, m, trace))
	if way.Reserved == "" {
		return bot.Answer{}, false
	}
	trace.reason, trace.suggest = way.Reserved, trace.Decision.Answer
	trace.Decision.Answer, trace.Decision.Reason = false, "left to people: "+way.Reserved
	return bot.Answer{Turn: turn.ID, Outcome: bot.HandedOver, Closing: fillName(t.Reserved, way.Department.Name)}, true
}

// matter is what the turn is about, for people.
func (b *Bot) matter(turn bot.Turn, m bot.Message, trace *Trace) escalate.Matter {
	x := escalate.Matter{Turn: turn, Language: m.Language, Question: m.Text, Hits: trace.hits, Reason: trace.reason, Hazard: string(trace.Hazard)}
	for _, before := range trace.before {
		x.Earlier = append(x.Earlier, before.Question)
	}
	if trace.reason == bot.ForUnknown {
		x.Missing = trace.Decision.Reason
	}
	return x
}

// lead says which people an answer that is none leads to, and hands the question over
// to them where that was asked for. With nobody to hand over to, the agency's contact
// stands as it is.
func (b *Bot) lead(ctx context.Context, turn bot.Turn, m bot.Message, trace *Trace, out *release, a bot.Answer) bot.Answer {
	if trace.reason == "" && a.Outcome == bot.Abstained && trace.searched {
		trace.reason = bot.ForUnknown
	}
	if b.desk == nil || trace.reason == "" {
		return a
	}
	x, t := b.matter(turn, m, trace), b.texts[m.Language]
	if trace.reason == bot.ForAsked {
		x.Question, x.Earlier, x.Found = subject(m, trace.before)
		b.look(ctx, bot.Message{Text: x.Question, Language: m.Language}, trace.before[:len(x.Earlier)], trace)
		x.Hits = trace.hits
	}
	way := b.desk.Direct(ctx, x)
	trace.Route = &way.Route
	a.People, a.Person = &way.People, &way.Contact
	if e := way.People.Elsewhere; e != nil && trace.reason == bot.ForUnknown {
		a.Closing = strings.TrimSpace(a.Closing + " " + fillName(t.Elsewhere, e.Title))
		return a
	}
	if offered := trace.reason == bot.ForOwnCase || trace.reason == bot.ForAdvice || trace.reason == bot.ForUnknown && !b.desk.Always(); offered {
		a.People.Offered = way.Department.Mode != escalate.AlertsOnly
		return a
	}
	if x.Suggest = x.Found != nil || trace.suggest; x.Found == nil {
		x.Found = b.useful(ctx, trace)
	}
	opening, people, err := b.desk.Prepare(ctx, x, way)
	if err != nil { // the contact stands
		b.logger.Error("a ticket could not be prepared", "turn", turn.ID, "error", err)
		return a
	}
	out.opening, a.Outcome, a.People = &opening, bot.HandedOver, &people
	said := t.HandedOver
	if opening.Ticket.Alert {
		said = t.Alerted
	}
	if trace.reason == bot.ForAsked || trace.reason == bot.ForTopic || trace.reason == bot.ForPeople {
		a.Closing = "" // it says the same in other words
	}
	a.Closing = strings.TrimSpace(a.Closing + " " + fillName(said, people.Name))
	return a
}

// subject is what a citizen who asks for a person wants to talk about: the last
// question, with what was asked before it and the sentences that it was answered with;
// or what they said now where there is none.
func subject(m bot.Message, before []bot.Turn) (bot.Redacted, []bot.Redacted, []bot.Sentence) {
	for i, t := range slices.Backward(before) {
		if intentOf(t.Question.String()) != aQuestion {
			continue
		}
		var found []bot.Sentence
		if t.Answer != nil {
			found = t.Answer.Sentences
		}
		return t.Question, questions(before[:i]), found
	}
	return m.Text, nil, nil
}

// look searches for a question that people are to answer: what is found tells whose it
// is. Without it the words have to do.
func (b *Bot) look(ctx context.Context, m bot.Message, before []bot.Turn, trace *Trace) {
	q, followUp := b.understandAlone(m, before)
	q, found, err := b.search(ctx, q, followUp)
	if err != nil {
		b.logger.Warn("an inquiry is routed by its words alone", "error", err)
		return
	}
	trace.Query = q
	trace.found(found)
}

// useful are the nearest sentences of the pages, for staff; none where they cannot be
// read.
func (b *Bot) useful(ctx context.Context, trace *Trace) []bot.Sentence {
	if len(trace.hits) == 0 {
		return nil
	}
	found, err := b.extractive(ctx, trace.Query, retrieval.Result{Hits: trace.hits})
	if err != nil {
		b.logger.Warn("sentences for staff could not be read", "error", err)
	}
	return found
}

// HandOver hands a question of the conversation over to people, as the citizen wishes,
// and returns the ticket: the one that there is, where there is one already.
func (b *Bot) HandOver(ctx context.Context, c bot.ConversationID, id bot.TurnID, reason string) (bot.TicketView, error) {
	t := b.texts[b.config.Language]
	if b.desk == nil {
		return bot.TicketView{}, &bot.Error{Kind: bot.NotFound, Citizen: t.Person}
	}
	if ticket, taking, err := b.desk.Taking(ctx, c); err != nil || taking {
		return b.desk.View(ticket), t.orExplain(err)
	}
	turns, err := b.log.Recent(ctx, c, feedbackTurns)
	if err != nil {
		return bot.TicketView{}, t.explain(fmt.Errorf("hand over: %w", err))
	}
	i := slices.IndexFunc(turns, func(t bot.Turn) bool { return t.ID == id && t.Ended })
	if i < 0 {
		return bot.TicketView{}, &bot.Error{Kind: bot.NotFound, Citizen: t.NoAnswer}
	}
	if reason == bot.ForAsked && turns[i].Outcome == bot.Abstained {
		reason = bot.ForUnknown // the citizen takes what was offered
	}
	trace := &Trace{clock: b.now, last: b.now(), reason: reason, before: turns[:i]}
	m := bot.Message{Conversation: c, Text: turns[i].Question, Language: b.spokenIn(bot.Message{Text: turns[i].Question, Language: b.config.Language}, turns[:i])}
	b.look(ctx, m, turns[:i], trace)
	x := b.matter(turns[i], m, trace)
	if a := turns[i].Answer; a != nil && len(a.Sentences) > 0 {
		x.Found, x.Suggest = a.Sentences, reason != bot.ForWrong
	} else {
		x.Found = b.useful(ctx, trace)
	}
	opening, _, err := b.desk.Prepare(ctx, x, b.desk.Direct(ctx, x))
	if err != nil {
		return bot.TicketView{}, t.explain(fmt.Errorf("hand over: %w", err))
	}
	ticket, err := b.desk.Open(ctx, opening, bot.TurnEnd{Turn: id})
	return b.desk.View(ticket), t.orExplain(err)
}

// orExplain is explain for what may be no error.
func (t *texts) orExplain(err error) error {
	if err == nil {
		return nil
	}
	return t.explain(err)
}

func fillName(text, name string) string { return strings.ReplaceAll(text, "{department}", name) }

// record commits the events that end a turn, with the ticket that it opens or the
// message that it passes on.
func (b *Bot) record(ctx context.Context, out *release, events []bot.Event) error {
	end := bot.TurnEnd{Turn: out.turn.ID, Events: events}
	switch {
	case out.opening != nil:
		t, err := b.desk.Open(ctx, *out.opening, end)
		if err == nil && t.ID != out.opening.Ticket.ID && t.Turn != out.turn.ID {
			err = &bot.Error{Kind: bot.Busy, Err: errors.New("a ticket was opened meanwhile")}
		}
		return err
	case out.passed != "":
		_, err := b.desk.Act(ctx, out.passed, escalate.Action{
			Kind: bot.TicketSaid, By: bot.Actor{Kind: bot.Citizen}, Text: out.message.String(),
			Turn: out.turn.ID, Origin: "turn:" + string(out.turn.ID), End: []bot.TurnEnd{end},
		})
		if refused := (*escalate.Refusal)(nil); errors.As(err, &refused) {
			err = &bot.Error{Kind: bot.Busy, Err: err} // it is over; sent again, the assistant answers
		}
		return err
	}
	return b.log.Append(ctx, out.turn.ID, events...)
}
