package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"townclerk/bot"
	"townclerk/bot/store"
	"townclerk/internal/litedb"
)

// A turn from the question to the transcript.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "townclerk")
	check(err)
	defer os.RemoveAll(dir)
	db, err := litedb.Open(filepath.Join(dir, "bot.db"))
	check(err)
	defer db.Close()
	s, err := store.New(ctx, db, store.NewKey(), nil)
	check(err)

	id, token, err := s.Create(ctx, "en")
	check(err)
	check(s.Authenticate(ctx, id, token))
	turn, fresh, err := s.Open(ctx,
		bot.Message{Conversation: id, Key: "1"},
		bot.Event{Kind: bot.Opened, Texts: map[string]json.RawMessage{
			bot.TextQuestion: json.RawMessage(`"When is the library open?"`),
		}},
		time.Now().Add(time.Minute))
	check(err)
	check(s.Append(ctx, turn.ID,
		bot.Event{Kind: bot.Shown, Texts: map[string]json.RawMessage{
			bot.TextAnswer: json.RawMessage(`{"sentences":[{"text":"The library is open from 9 to 5."}]}`),
		}},
		bot.Event{Kind: bot.Ended, Facts: map[string]any{bot.FactOutcome: bot.Answered}}))
	turns, err := s.Transcript(ctx, id)
	check(err)
	fmt.Println(fresh, turns[0].Question, turns[0].Outcome, turns[0].Answer.Sentences[0].Text)

	check(s.Erase(ctx, id))
	fmt.Println(bot.KindOf(s.Authenticate(ctx, id, token)))
	// Output:
	// true When is the library open? answered The library is open from 9 to 5.
	// not_found
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
