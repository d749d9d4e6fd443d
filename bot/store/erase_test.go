package store_test

import (
	"bytes"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/bot/ledger"
	"townclerk/bot/store"
	"townclerk/bot/store/storetest"
	"townclerk/internal/litedb"
)

// Nothing that was typed or shown is in the files, before and after erasure.
func TestFilesHoldNoClearText(t *testing.T) {
	s, db := open(t)
	id, token, err := s.Create(t.Context(), "en")
	if err != nil {
		t.Fatal(err)
	}
	planted := []string{"planted-question", "planted-answer", "planted-comment", "planted-key", string(token)}
	m := bot.Message{Conversation: id, Key: "planted-key"}
	turn, _, err := s.Open(t.Context(), m, storetest.Question("planted-question "+strings.Repeat("x", 20000)),
		time.Now().Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	err = s.Append(t.Context(), turn.ID, storetest.Shown("planted-answer"), storetest.Ended(bot.Answered),
		storetest.Feedback("planted-comment"))
	if err != nil {
		t.Fatal(err)
	}
	search(t, db, "before erasure", planted)
	if err := s.Erase(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	search(t, db, "after erasure", planted)
	var rows int
	if err := db.Read.QueryRow("SELECT count(*) FROM openings").Scan(&rows); err != nil || rows != 0 {
		t.Errorf("%d openings are left (%v)", rows, err)
	}
}

// The keys of erased conversations are in none of the files, however SQLite has
// moved its rows meanwhile. For the ciphertext that is tried too.
func TestFilesHoldNoErasedKeys(t *testing.T) {
	s, db := open(t)
	ids := make([]bot.ConversationID, 150)
	for i := range ids {
		ids[i], _, _ = s.Create(t.Context(), "en")
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 3 {
		random.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		for i, id := range ids {
			turn := askIn(t, s, id, strings.Repeat("q", random.IntN(300)))
			trace := storetest.Ended(bot.Answered)
			trace.Texts[bot.TextTrace] = json.RawMessage(`"` + strings.Repeat("t", random.IntN(6000)) + `"`)
			if err := s.Append(t.Context(), turn.ID, storetest.Shown("a"), trace); err != nil {
				t.Fatal(i, err)
			}
		}
	}
	for batch := range slices.Chunk(ids[:100], 20) {
		var keys, texts [][]byte
		for _, id := range batch {
			keys = append(keys, blobs(t, db, "SELECT wrapped FROM conversation_keys WHERE conversation = $1", id)...)
			keys = append(keys, blobs(t, db, "SELECT token_hash FROM conversation_keys WHERE conversation = $1", id)...)
			texts = append(texts, blobs(t, db,
				"SELECT sealed FROM openings WHERE turn IN (SELECT id FROM turns WHERE conversation = $1)", id)...)
		}
		if len(keys) != 40 || len(texts) != 180 {
			t.Fatalf("%d keys, %d texts", len(keys), len(texts))
		}
		for _, id := range batch {
			if err := s.Erase(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		search(t, db, "key of an erased conversation", keys)
		search(t, db, "ciphertext of an erased conversation", texts)
	}
}

// A reader of an old state keeps old pages alive: Erase says so, Reap goes on.
func TestErasureWaitsForReaders(t *testing.T) {
	s, db := open(t)
	turn := ask(t, s, "q")
	if _, err := db.Write.Exec("PRAGMA busy_timeout = 50"); err != nil {
		t.Fatal(err)
	}
	keys := blobs(t, db, "SELECT wrapped FROM conversation_keys WHERE conversation = $1", turn.Conversation)
	reader, err := db.Read.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Rollback()
	var n int
	if err := reader.QueryRow("SELECT count(*) FROM openings").Scan(&n); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	for range 2 {
		if err := s.Erase(t.Context(), turn.Conversation); bot.KindOf(err) != bot.Unavailable {
			t.Fatalf("got %v, want Unavailable", err)
		}
	}
	if _, err := s.Transcript(t.Context(), turn.Conversation); bot.KindOf(err) != bot.NotFound {
		t.Errorf("the conversation is not erased: %v", err)
	}
	if _, err := s.Reap(t.Context()); bot.KindOf(err) != bot.Unavailable {
		t.Errorf("reaping gives %v", err)
	}
	if err := reader.Rollback(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Reap(t.Context()); err != nil {
		t.Fatal(err)
	}
	search(t, db, "erased key after the reader left", keys)
}

// The record of an erased conversation confirms no guess.
func TestCommitments(t *testing.T) {
	s, db := open(t)
	turn := ask(t, s, "yes")
	var text string
	row := db.Read.QueryRow("SELECT commitments FROM events WHERE turn = $1", string(turn.ID))
	if err := row.Scan(&text); err != nil {
		t.Fatal(err)
	}
	var commitments map[string]string
	if err := json.Unmarshal([]byte(text), &commitments); err != nil {
		t.Fatal(err)
	}
	salt, value := store.OpenForTest(t, s, turn, 1, bot.TextQuestion)
	got := ledger.Commitment(salt, bot.TextQuestion, value)
	if string(value) != `"yes"` || hex.EncodeToString(got[:]) != commitments[bot.TextQuestion] {
		t.Fatalf("salt and %s do not give the commitment %s", value, text)
	}
	search(t, db, "salt of a live conversation", [][]byte{salt})
	for name, other := range map[string][32]byte{
		"value": ledger.Commitment(salt, bot.TextQuestion, []byte(`"no"`)),
		"field": ledger.Commitment(salt, bot.TextComment, value),
		"salt":  ledger.Commitment(make([]byte, 32), bot.TextQuestion, value),
		"none":  ledger.Commitment(nil, bot.TextQuestion, value),
	} {
		if other == got {
			t.Errorf("another %s gives the same commitment", name)
		}
	}
	if err := s.Erase(t.Context(), turn.Conversation); err != nil {
		t.Fatal(err)
	}
	search(t, db, "salt of an erased conversation", [][]byte{salt})
	var after string
	row = db.Read.QueryRow("SELECT commitments FROM events WHERE turn = $1 AND seq = 1", string(turn.ID))
	if err := row.Scan(&after); err != nil || after != text {
		t.Errorf("the commitment became %s (%v)", after, err)
	}
}

// search fails where one of the needles is in one of the database's files, as it
// is or, where it is short, encoded.
func search[T string | []byte](t *testing.T, db *litedb.DB, what string, needles []T) {
	t.Helper()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		content, err := os.ReadFile(db.Path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		for _, needle := range needles {
			// The middle of a long one: the ends may lie on different pages.
			middle := []byte(needle)
			if len(middle) > 200 {
				middle = middle[len(middle)/2:][:100]
			}
			forms := [][]byte{middle}
			if len(needle) < 64 {
				forms = append(forms, []byte(hex.EncodeToString(middle)), []byte(base64.RawStdEncoding.EncodeToString(middle)))
			}
			for _, form := range forms {
				if bytes.Contains(content, form) {
					t.Errorf("%s: %.40q is in the file %q", what, needle, "bot.db"+suffix)
				}
			}
		}
	}
}

func blobs(t *testing.T, db *litedb.DB, query string, id bot.ConversationID) (all [][]byte) {
	t.Helper()
	rows, err := db.Read.Query(query, string(id))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var b []byte
		if err := rows.Scan(&b); err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(fmt.Errorf("%s: %w", query, err))
	}
	return all
}

// Nothing is left that an erased question could be recognised by.
func TestErasureForgetsTheQuestion(t *testing.T) {
	lite, liteDB := open(t)
	postgres, postgresDB := openPostgres(t)
	for s, db := range map[*store.Store]store.Database{lite: liteDB, postgres: postgresDB} {
		turn := ask(t, s, "q")
		if err := s.Remember(t.Context(), bot.Asked{Question: turn.Question}, turn.ID); err != nil {
			t.Fatal(err)
		}
		for _, want := range []int{1, 0} {
			var n int
			err := db.Snapshot(t.Context(), func(tx *sql.Tx) error { return tx.QueryRow("SELECT count(*) FROM remembered").Scan(&n) })
			if err != nil || n != want {
				t.Errorf("%s: %d questions are remembered, want %d (%v)", db.Dialect(), n, want, err)
			}
			if err := s.Erase(t.Context(), turn.Conversation); err != nil {
				t.Fatal(err)
			}
		}
	}
}
