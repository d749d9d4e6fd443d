package store_test

import (
	"sync"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/bot/store"
	"townclerk/bot/store/storetest"
	"townclerk/internal/pgdb"
	"townclerk/internal/pgtest"
)

// Sixty-four writers append an event each, again and again, with its opening and its
// leaf; against sixty-four that insert as many bytes into a table without keys, with a
// connection each and a commit each. The figure that counts is the ratio.
func BenchmarkAppend(b *testing.B) {
	const writers, each = 64, 40
	s, plain := openPostgres(b)
	db, err := pgdb.Open(b.Context(), pgtest.URL(b), pgdb.Options{MaxConns: writers})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if _, err := db.SQL.Exec("CREATE TABLE bare (line BYTEA NOT NULL)"); err != nil {
		b.Fatal(err)
	}
	var turns [writers]bot.TurnID
	for i := range turns {
		turns[i] = ask(b, s, "q").ID
	}
	var recorded, bare time.Duration
	var bytes int64
	for b.Loop() {
		before := size(b, plain)
		recorded += atOnce(b, writers, func(i int) error { return appendAll(b, s, turns[i], each) })
		bytes = (size(b, plain) - before) / (writers * each)
		value := make([]byte, bytes)
		bare += atOnce(b, writers, func(int) error {
			for range each {
				if _, err := db.SQL.ExecContext(b.Context(), "INSERT INTO bare (line) VALUES ($1)", value); err != nil {
					return err
				}
			}
			return nil
		})
	}
	n := float64(b.N * writers * each)
	b.ReportMetric(n/recorded.Seconds(), "appends/s")
	b.ReportMetric(n/bare.Seconds(), "inserts/s")
	b.ReportMetric(bare.Seconds()/recorded.Seconds(), "ratio")
	b.ReportMetric(float64(bytes), "bytes/append")
	b.ReportMetric(0, "ns/op")
}

func appendAll(b *testing.B, s *store.Store, turn bot.TurnID, n int) error {
	for range n {
		if err := s.Append(b.Context(), turn, storetest.Shown("a")); err != nil {
			return err
		}
	}
	return nil
}

// size is how many bytes of values the tables hold that an append writes to.
func size(b *testing.B, db *pgdb.DB) (n int64) {
	b.Helper()
	err := db.SQL.QueryRow(`SELECT
		(SELECT coalesce(sum(length(turn) + 8 + length(kind) + 8 + length(facts) + length(commitments)), 0) FROM events) +
		(SELECT coalesce(sum(length(turn) + 8 + length(field) + length(sealed)), 0) FROM openings) +
		(SELECT coalesce(sum(8 + length(type) + length(subject) + 16 + length(line)), 0) FROM ledger_entries) +
		(SELECT coalesce(sum(8 + length(hash)), 0) FROM ledger_hashes)`).Scan(&n)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// atOnce runs fn for each writer at once and returns how long all took.
func atOnce(b *testing.B, writers int, fn func(i int) error) time.Duration {
	start := time.Now()
	var group sync.WaitGroup
	for i := range writers {
		group.Go(func() {
			if err := fn(i); err != nil {
				b.Error(err)
			}
		})
	}
	group.Wait()
	return time.Since(start)
}
