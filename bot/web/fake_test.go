package web

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"townclerk/bot"
	"townclerk/knowledge"
)

// fakeTalks keeps conversations in memory.
type fakeTalks struct {
	mu     sync.Mutex
	tokens map[bot.ConversationID]bot.Token
	turns  map[bot.ConversationID][]bot.Turn
	fail   error // returned by all but Authenticate
}

var _ Conversations = (*fakeTalks)(nil)

func newTalks() *fakeTalks {
	return &fakeTalks{tokens: map[bot.ConversationID]bot.Token{}, turns: map[bot.ConversationID][]bot.Turn{}}
}

func (f *fakeTalks) Create(context.Context, string) (bot.ConversationID, bot.Token, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return "", "", f.fail
	}
	id, token := bot.NewConversationID(), bot.NewToken()
	f.tokens[id] = token
	return id, token, nil
}

func (f *fakeTalks) Authenticate(_ context.Context, id bot.ConversationID, token bot.Token) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if t, ok := f.tokens[id]; !ok || t != token {
		return &bot.Error{Kind: bot.NotFound, Citizen: "why: " + string(id)}
	}
	return nil
}

func (f *fakeTalks) Transcript(_ context.Context, id bot.ConversationID) ([]bot.Turn, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]bot.Turn(nil), f.turns[id]...), f.fail
}

func (f *fakeTalks) Erase(_ context.Context, id bot.ConversationID) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return f.fail
	}
	delete(f.tokens, id)
	delete(f.turns, id)
	return nil
}

func (f *fakeTalks) add(m bot.Incoming, a bot.Answer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.turns[m.Conversation] = append(f.turns[m.Conversation], bot.Turn{ID: a.Turn, Conversation: m.Conversation, Key: m.Key,
		OpenedAt: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), Question: bot.AsRedacted(m.Text), Ended: true, Outcome: a.Outcome, Answer: &a})
}

// fakeDesk answers every question from the sample version, unless ask is set.
type fakeDesk struct {
	talks    *fakeTalks
	ask      func(ctx context.Context, m bot.Incoming, show func(bot.Part)) (bot.Answer, error)
	mu       sync.Mutex
	asked    []bot.Incoming
	opinions []bool
	leads    *bot.TicketView // what an opinion leads to
	fail     error           // returned by Feedback
}

var _ Desk = (*fakeDesk)(nil)

func (f *fakeDesk) Ask(ctx context.Context, m bot.Incoming, show func(bot.Part)) (bot.Answer, error) {
	f.mu.Lock()
	f.asked = append(f.asked, m)
	f.mu.Unlock()
	if f.ask != nil {
		return f.ask(ctx, m, show)
	}
	a := sampleAnswer(bot.NewTurnID(), m.Text)
	for _, s := range a.Sentences {
		show(bot.Part{Turn: a.Turn, Sentences: []bot.Sentence{s}})
	}
	f.talks.add(m, a)
	return a, nil
}

func (f *fakeDesk) Feedback(_ context.Context, _ bot.ConversationID, _ bot.TurnID, o bot.Opinion) (*bot.TicketView, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.opinions = append(f.opinions, o.Helpful)
	return f.leads, f.fail
}

func (f *fakeDesk) questions() []bot.Incoming {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]bot.Incoming(nil), f.asked...)
}

// sampleAnswer cites the sample version, or abstains where the question names
// dragons.
func sampleAnswer(turn bot.TurnID, question string) bot.Answer {
	v := sampleVersion()
	if strings.Contains(question, "dragon") {
		return bot.Answer{Turn: turn, Outcome: bot.Abstained,
			Closing: "The published pages do not answer this. A person can help you.",
			Nearest: []bot.Page{{Title: "Pets and animals", URL: "https://old.riverton.example/pets"}}, Person: new(sampleContact())}
	}
	cite := func(from int, quotes ...string) bot.Citation {
		c := bot.Citation{Version: v.ID, Title: v.Title, URL: v.URL + "#fees", Passage: knowledge.NewPassageID(v.ID, 0)}
		for _, q := range quotes {
			at := from + strings.Index(v.Text[from:], q)
			c.Ranges = append(c.Ranges, knowledge.Range{Start: at, End: at + len(q)})
		}
		return c
	}
	return bot.Answer{Turn: turn, Outcome: bot.Answered, Sentences: []bot.Sentence{
		{Text: "A certified copy of a birth certificate costs $15.", Citations: []bot.Citation{cite(strings.Index(v.Text, "Document\t"), "Document", "Birth certificate", "Fee", "$15")}},
		{Text: "You can apply in person or by mail.", Citations: []bot.Citation{cite(0, "You can apply in person or by mail.")}},
	}}
}

func sampleContact() bot.Contact {
	return bot.Contact{Name: "Riverton Town Hall", Phone: "(555) 010-0100", Email: "help@riverton.example",
		URL: "https://old.riverton.example/contact", Hours: "Monday to Friday, 9 am to 5 pm"}
}

func sampleSite() Site {
	return Site{Agency: "City of Riverton", Contact: sampleContact(), Origins: []string{"https://www.riverton.example"},
		LiveLinks: map[string]string{"https://old.riverton.example/": "https://www.riverton.example/"},
		Examples:  []string{"How much is a birth certificate?", "When is bulky waste collected?"}}
}

// fakeLibrary has versions in memory.
type fakeLibrary map[knowledge.VersionID]knowledge.Version

var _ Library = fakeLibrary(nil)

func (f fakeLibrary) Version(_ context.Context, id knowledge.VersionID) (knowledge.Version, error) {
	v, ok := f[id]
	if !ok {
		return v, knowledge.ErrNotFound
	}
	return v, nil
}

// A world is a served site with fakes behind it.
type world struct {
	*httptest.Server
	t     *testing.T
	talks *fakeTalks
	desk  *fakeDesk
	log   *syncBuffer

	counter  *fakeCounter
	receipts *fakeReceipts
}

func newWorld(t *testing.T, change ...func(*Site)) *world {
	t.Helper()
	site, counter := sampleSite(), newCounter()
	receipts := &fakeReceipts{}
	site.Counter, site.Receipts = counter, receipts
	for _, c := range change {
		c(&site)
	}
	w := &world{t: t, talks: newTalks(), log: &syncBuffer{}, counter: counter, receipts: receipts}
	w.desk = &fakeDesk{talks: w.talks}
	library := fakeLibrary{}
	for _, v := range []knowledge.Version{sampleVersion(), hostileVersion()} {
		library[v.ID] = v
	}
	h, err := New(site, w.desk, w.talks, library, slog.New(slog.NewTextHandler(w.log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	w.Server = httptest.NewServer(h)
	t.Cleanup(w.Close)
	return w
}

// begin makes a conversation behind the API's back.
func (w *world) begin() (bot.ConversationID, bot.Token) {
	id, token, _ := w.talks.Create(w.t.Context(), "en")
	return id, token
}

// do sends a request; headers are pairs of name and value. Redirects are not
// followed.
func (w *world) do(method, path, body string, headers ...string) (*http.Response, string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.URL+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := w.Client().Transport.RoundTrip(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return res, string(got)
}

func bearer(t bot.Token) string { return "Bearer " + string(t) }

// syncBuffer is a log that the server writes while the test reads.
type syncBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
