package main

import (
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/evals/datasets/riverton"
	"townclerk/internal/pgtest"
	"townclerk/knowledge/ingest"
)

// BenchmarkAsk is a whole turn without HTTP, over Riverton, with its commits.
func BenchmarkAsk(b *testing.B) {
	for engine, database := range map[string]string{"sqlite": "", "postgres": pgtest.URL(b)} {
		b.Run(engine, func(b *testing.B) {
			c := demoConfig()
			c.Data, c.Database = b.TempDir(), database
			h, err := openClock(b.Context(), c, slog.New(slog.NewTextHandler(io.Discard, nil)), time.Now)
			if err != nil {
				b.Fatal(err)
			}
			defer h.Close()
			if _, err := ingest.Sync(b.Context(), riverton.Pages{}, h.knowledge, h.models, ingest.Options{}); err != nil {
				b.Fatal(err)
			}
			questions := []string{"how much is a replacement cart?", "when is the library open?", "how do I get a parking permit", "is there fluoride in the water?", "what does a dog license cost"}
			var id bot.ConversationID
			for i := 0; b.Loop(); i++ {
				if i%5 == 0 {
					if id, _, err = h.store.Create(b.Context(), "en"); err != nil {
						b.Fatal(err)
					}
				}
				in := bot.Incoming{Conversation: id, Key: fmt.Sprint(i), Text: questions[i%len(questions)], Language: "en"}
				if _, err := h.bot.Ask(b.Context(), in, func(bot.Part) {}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
