package main

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/bot/budget"
	"townclerk/internal/pgtest"
	"townclerk/internal/scripted"
)

// Two hundred questions at once, at two servers that share a database: the cap holds
// at every moment, the model is asked as often as it allows, and who comes after
// that gets sentences of the pages.
func TestBudgetHolds(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			model := scripted.New(1).Then(scripted.NoUsage) // so what was set aside stays spent
			model.First = 50 * time.Millisecond
			c := demoConfig()
			c.Data = t.TempDir()
			if engine == "postgres" {
				c.Database = pgtest.URL(t)
			}
			c.Model = modelConfig{BaseURL: address(t, model) + "/v1", Name: "scripted", Cost: costConfig{Input: 1, Output: 10}, DailyBudget: 0.3}
			houses := []*house{housed(t, c), housed(t, c)}
			syncRiverton(t, houses[0])
			limit := budget.AmountOf(c.Model.DailyBudget)
			var over sync.Once
			check := func() {
				s, err := houses[0].budget.State(t.Context())
				if err != nil || s.Today > limit {
					over.Do(func() { t.Errorf("%v of %v are spent (%v)", s.Today, limit, err) })
				}
			}
			var mu sync.Mutex
			kinds := map[string]int{}
			var all sync.WaitGroup
			for i := range 200 {
				h := houses[i%2]
				all.Go(func() {
					id, _, err := h.store.Create(t.Context(), "en")
					if err != nil {
						t.Error(err)
						return
					}
					a, err := h.bot.Ask(t.Context(), bot.Incoming{Conversation: id, Text: fmt.Sprintf("question %d: how much is a replacement cart?", i)}, func(bot.Part) { check() })
					if err != nil || a.Outcome != bot.Answered {
						t.Errorf("%+v, %v", a, err)
						return
					}
					mu.Lock()
					defer mu.Unlock()
					kinds[kindOf(a)]++
				})
			}
			all.Wait()
			check()
			s, err := houses[1].budget.State(t.Context())
			if err != nil || s.Today < limit*9/10 || len(model.Requests()) == 0 || kinds[extractive] < 100 {
				t.Errorf("%v spent, %d requests, answers %v (%v)", s.Today, len(model.Requests()), kinds, err)
			}
			t.Logf("%d requests for %v of %v, answers %v", len(model.Requests()), s.Today, limit, kinds)
			for _, h := range houses {
				wantReady(t, h, budgetUsed, nil)
			}
			var out bytes.Buffer
			if err := houses[0].printBudget(t.Context(), &out); err != nil || !strings.Contains(out.String(), fmt.Sprintf("today: %v (of 0.3000), until", s.Today)) {
				t.Errorf("%s %v", out.String(), err)
			}
		})
	}
}
