package run

import (
	"context"
	"encoding/json"
	"time"

	"townclerk/bot"
	"townclerk/bot/answer"
	"townclerk/bot/guard"
	"townclerk/bot/understand"
)

// caseLog is the record of one case: earlier turns to read, and the trace of
// the one turn that is asked.
type caseLog struct {
	earlier []understand.Turn
	trace   answer.Trace
}

var _ answer.Log = (*caseLog)(nil)

func (l *caseLog) Open(_ context.Context, m bot.Message, _ bot.Event, deadline time.Time) (bot.Turn, bool, error) {
	return bot.Turn{ID: "case", Conversation: m.Conversation, Key: m.Key, Question: m.Text, Deadline: deadline}, true, nil
}

func (l *caseLog) Append(_ context.Context, _ bot.TurnID, events ...bot.Event) error {
	for _, e := range events {
		if data := e.Texts[bot.TextTrace]; data != nil {
			return json.Unmarshal(data, &l.trace)
		}
	}
	return nil
}

func (l *caseLog) Recent(context.Context, bot.ConversationID, int) ([]bot.Turn, error) {
	var out []bot.Turn
	for _, t := range l.earlier {
		turn := bot.Turn{Question: guard.In(t.Question).Text, Ended: true}
		if t.Answer != "" {
			turn.Answer = &bot.Answer{Sentences: []bot.Sentence{{Text: t.Answer}}}
		}
		out = append(out, turn)
	}
	return out, nil
}
