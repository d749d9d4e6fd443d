package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"index/suffixarray"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/bot/guard"
	"townclerk/internal/pgdb"
	"townclerk/internal/pgtest"
	"townclerk/internal/scripted"
)

// planted is a message of the guard's test set, with the personal data in it.
type planted struct {
	Text   string
	Values []struct{ Kind, Text string }
}

// Of 2,000 messages with personal data (300 with -short) none of what the guard
// recognises is left anywhere: not in the database, not in the logs, not in what the
// embedding model and the model that writes receive, and not in what is shown.
func TestPersonalDataStaysNowhere(t *testing.T) {
	for engine, database := range map[string]string{"sqlite": "", "postgres": pgtest.URL(t)} {
		t.Run(engine, func(t *testing.T) {
			c := demoConfig()
			c.Data, c.Database, c.Answer.CaseNumbers = t.TempDir(), database, []string{plantedCases}
			models := scripted.New(48)
			c.Embeddings = embeddingsConfig{BaseURL: address(t, models), Model: "embedder"}
			c.Model = modelConfig{BaseURL: address(t, models), Name: "writer"}
			logs := &keeper{}
			h, err := openClock(t.Context(), c, slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug})), time.Now)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { h.Close() })
			syncRiverton(t, h)
			before := sinks(t, h, c, models, logs)
			n := 2000
			if testing.Short() {
				n = 300
			}
			messages := append(personalMessages(t, n), planted{Text: harmless})
			shown := talkWith(t, h, messages)
			after := sinks(t, h, c, models, logs)
			after["answers"] = shown
			if !bytes.Contains(after["models"], []byte("quagga")) || !bytes.Contains(shown, []byte("quagga")) {
				t.Error("a harmless word is not where it belongs, so the search proves nothing")
			}
			checkNowhere(t, messages, before, after)
		})
	}
}

const (
	harmless     = "may I keep a quagga in my yard"
	plantedCases = `RIV-\d{2}-\d{5}` // as the messages write case numbers
)

// checkNowhere looks for every recognised value in every sink, as it was typed and
// as guard.Clean leaves it. A value that was there before anybody asked, such as a
// street's name, proves nothing. Only names are not recognised, and few of them.
func checkNowhere(t *testing.T, messages []planted, before, after map[string][]byte) {
	t.Helper()
	known, names := recognised(t, messages)
	for sink, content := range after {
		index, was := suffixarray.New(content), suffixarray.New(before[sink])
		for _, v := range known {
			if index.Lookup([]byte(v), 1) != nil && was.Lookup([]byte(v), 1) == nil {
				t.Errorf("%q is in the %s", v, sink)
			}
		}
	}
	t.Logf("%d values looked for, %d names not recognised; %d bytes of database, %d of logs, %d to the models, %d shown",
		len(known), names, len(after["database"]), len(after["logs"]), len(after["models"]), len(after["answers"]))
	if len(known) < len(messages)*9/10 || names > len(messages)/50 {
		t.Errorf("only %d values were looked for, of %d messages", len(known), len(messages))
	}
}

// recognised returns the values that the guard takes out of every message that has
// them, each way they may be spelled once, and counts the names that it does not. A
// value of another kind that it does not recognise is an error.
func recognised(t *testing.T, messages []planted) (known []string, names int) {
	t.Helper()
	g, err := guard.New([]string{plantedCases})
	if err != nil {
		t.Fatal(err)
	}
	left := map[string]bool{}
	for _, m := range messages {
		screened := g.In(m.Text).Text.String()
		for _, v := range m.Values {
			is := strings.Contains(screened, guard.Clean(v.Text))
			if is && v.Kind != "name" {
				t.Errorf("not recognised: %s %q in %q", v.Kind, v.Text, m.Text)
			}
			for _, spelled := range []string{v.Text, guard.Clean(v.Text)} {
				left[spelled] = left[spelled] || is
			}
		}
	}
	for v, is := range left {
		if is {
			names++
		} else {
			known = append(known, v)
		}
	}
	return known, names
}

// personalMessages are n messages, taken evenly from the guard's test set.
func personalMessages(t *testing.T, n int) []planted {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "bot", "guard", "testdata", "personal.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	var out []planted
	for i := range n {
		var m planted
		if err := json.Unmarshal([]byte(lines[i*len(lines)/n]), &m); err != nil {
			t.Fatal(err)
		}
		out = append(out, m)
	}
	return out
}

// talkWith sends the messages over HTTP, twenty a conversation, and returns all that
// was shown, each transcript included.
func talkWith(t *testing.T, h *house, messages []planted) []byte {
	t.Helper()
	base := serveHouse(t, h)
	var shown bytes.Buffer
	keep := func(r io.Reader) { io.Copy(&shown, r) }
	var me talker
	for i, m := range messages {
		if i%20 == 0 {
			me = newTalker(t, base)
		}
		me.say(t, m.Text, keep)
		if i%20 == 19 || i == len(messages)-1 {
			me.call(t, "GET", "", nil, keep)
		}
	}
	return shown.Bytes()
}

func serveHouse(t *testing.T, h *house) string {
	t.Helper()
	handler, err := h.handler()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// talker is a conversation over the API.
type talker struct{ address, token string }

func newTalker(t *testing.T, base string) talker {
	t.Helper()
	var created struct{ ID, Token string }
	me := talker{address: base + "/v1/conversations"}
	me.call(t, "POST", "", nil, func(r io.Reader) { json.NewDecoder(r).Decode(&created) })
	return talker{me.address + "/" + created.ID, created.Token}
}

func (me talker) say(t *testing.T, text string, read func(io.Reader)) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"text": text})
	if err != nil {
		t.Fatal(err)
	}
	me.call(t, "POST", "/messages", body, read)
}

func (me talker) call(t *testing.T, method, path string, body []byte, read func(io.Reader)) {
	t.Helper()
	if status, err := request(t.Context(), method, me.address+path, me.token, body, read); status >= 300 || err != nil {
		t.Errorf("%s %s: %d %v", method, body, status, err)
	}
}

// keeper keeps what is written to it.
type keeper struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (k *keeper) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.buf.Write(p)
}

func (k *keeper) bytes() []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	return bytes.Clone(k.buf.Bytes())
}

// sinks are the places that a message's words could get to.
func sinks(t *testing.T, h *house, c config, models *scripted.Server, logs *keeper) map[string][]byte {
	t.Helper()
	var requests bytes.Buffer
	for _, r := range models.Requests() {
		fmt.Fprintf(&requests, "%+v\n", r)
	}
	return map[string][]byte{"database": dump(t, h, c.Data), "logs": logs.bytes(), "models": requests.Bytes()}
}

// dump returns all files of the data folder, and on Postgres every row of every
// table as text, and what its byte strings hold.
func dump(t *testing.T, h *house, folder string) []byte {
	t.Helper()
	var all bytes.Buffer
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(content)
	}
	if db, ok := h.turns.(*pgdb.DB); ok {
		dumpTables(t, db, &all)
	}
	if all.Len() < 1<<16 {
		t.Fatalf("the database has only %d bytes", all.Len())
	}
	return all.Bytes()
}

func dumpTables(t *testing.T, db *pgdb.DB, all io.Writer) {
	t.Helper()
	each := func(query string, do func(column string)) {
		rows, err := db.SQL.QueryContext(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var s []byte
			if err := rows.Scan(&s); err != nil {
				t.Fatal(err)
			}
			do(string(s))
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	var queries []string
	each(`SELECT format(CASE WHEN data_type = 'bytea' THEN 'SELECT %I FROM %I.%I WHERE %1$I IS NOT NULL' ELSE 'SELECT %I::text FROM %I.%I WHERE %1$I IS NOT NULL' END, column_name, table_schema, table_name)
		FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
		WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`, func(q string) { queries = append(queries, q) })
	for _, q := range queries {
		each(q, func(value string) { fmt.Fprintln(all, value) })
	}
}

// Hostile strings pass through the API and the page: each is a turn like any
// other, is shown as text, and adds no markup.
func TestHostileStringsAreText(t *testing.T) {
	if *data == "" {
		t.Skip("needs the real datasets: make eval DATA=...")
	}
	c := demoConfig()
	c.Data = t.TempDir()
	h := housed(t, c)
	syncRiverton(t, h)
	base := serveHouse(t, h)
	var api talker
	var page *browser
	for i, s := range hostileStrings(t) {
		if i%40 == 0 {
			api, page = newTalker(t, base), newBrowser(t, base)
		}
		if guard.Clean(s) == "" {
			continue // both refuse an empty message
		}
		api.say(t, s, func(r io.Reader) {
			if body, err := io.ReadAll(r); err != nil || !bytes.Contains(body, []byte("event: end")) {
				t.Errorf("%q: %v %s", s, err, body)
			}
		})
		page.say(t, s)
	}
}

func hostileStrings(t *testing.T) []string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(*data, "guard", "strings.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(content)) {
		var s struct{ Text string }
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s.Text)
	}
	return out
}

// browser is a citizen without JavaScript.
type browser struct {
	http.Client
	base  string
	marks int // tags of script, image and frame on the page before anything was said
}

func newBrowser(t *testing.T, base string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{Client: http.Client{Jar: jar}, base: base}
	status, body := b.get(t)
	if status != http.StatusOK {
		t.Fatal(status)
	}
	b.marks = marks(body)
	return b
}

func marks(page string) int {
	n := 0
	for _, tag := range []string{"<script", "<img", "<iframe", "<svg", "<object", "<style", "<base", "<meta", `href="javascript`} {
		n += strings.Count(strings.ToLower(page), tag)
	}
	return n
}

func (b *browser) get(t *testing.T) (int, string) {
	t.Helper()
	return b.read(t, func() (*http.Response, error) { return b.Get(b.base + "/") })
}

func (b *browser) read(t *testing.T, do func() (*http.Response, error)) (int, string) {
	t.Helper()
	resp, err := do()
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// say sends the form. The page that comes back shows the message as text.
func (b *browser) say(t *testing.T, text string) {
	t.Helper()
	status, body := b.read(t, func() (*http.Response, error) {
		return b.PostForm(b.base+"/ask", url.Values{"text": {text}, "lang": {"en"}, "nonce": {string(bot.NewTurnID())}})
	})
	shown := strings.ReplaceAll(html.EscapeString(guard.In(text).Text.String()), "+", "&#43;") // as html/template does
	if status != http.StatusOK || !strings.Contains(body, ">"+shown+"<") {
		t.Errorf("%q: %d, and it is not on the page as %q", text, status, shown)
	}
	if n := marks(body); n != b.marks {
		t.Errorf("%q: the page has %d marks, before it had %d", text, n, b.marks)
	}
}
