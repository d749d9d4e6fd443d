package web

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"townclerk/bot"
)

// fakeReceipts names the conversation that a receipt is of.
type fakeReceipts struct{ fail error }

func (f *fakeReceipts) Receipt(_ context.Context, c bot.ConversationID) ([]byte, error) {
	return []byte("receipt of " + c + "\n"), f.fail
}

// A receipt goes to whoever holds the conversation's token, as a file, over the API and
// from the plain page; to others it is not there.
func TestReceipt(t *testing.T) {
	w := newWorld(t)
	id, token := w.begin()
	_, other := w.begin()
	path := "/v1/conversations/" + string(id) + "/receipt"
	cookie := func(t bot.Token) string { return "townclerk=" + string(id) + "." + string(t) }
	for _, c := range []struct {
		path, header, value string
		status              int
	}{
		{path, "Authorization", bearer(token), 200}, {path, "Authorization", bearer(other), 404}, {path, "Accept", "*/*", 404},
		{"/receipt.txt", "Cookie", cookie(token), 200}, {"/receipt.txt", "Cookie", cookie(other), 404}, {"/receipt.txt", "Accept", "*/*", 404},
	} {
		res, body := w.do("GET", c.path, "", c.header, c.value)
		if res.StatusCode != c.status {
			t.Errorf("%+v: %s", c, res.Status)
		}
		if mine := body == "receipt of "+string(id)+"\n"; mine != (c.status == 200) {
			t.Errorf("%+v: %s", c, body)
		}
		file := res.Header.Get("Content-Disposition") == `attachment; filename="townclerk-receipt.txt"` &&
			res.Header.Get("Content-Type") == "text/plain; charset=utf-8" && res.Header.Get("Cache-Control") == "no-store"
		if file != (c.status == 200) {
			t.Errorf("%+v: %v", c, res.Header)
		}
	}
	none := newWorld(t, func(s *Site) { s.Receipts = nil })
	id, token = none.begin()
	if res, _ := none.do("GET", "/v1/conversations/"+string(id)+"/receipt", "", "Authorization", bearer(token)); res.StatusCode != http.StatusNotFound {
		t.Errorf("without receipts: %s", res.Status)
	}
}

// The plain page offers it once something was asked.
func TestReceiptOnThePage(t *testing.T) {
	w := newWorld(t)
	id, token := w.begin()
	link := func() bool {
		_, page := w.do("GET", "/?lang=de", "", "Cookie", "townclerk="+string(id)+"."+string(token))
		return strings.Contains(page, `<a href="/receipt.txt?lang=de">Einen Beleg aufbewahren</a>`)
	}
	if link() {
		t.Error("of nothing")
	}
	w.talks.turns[id] = append(w.talks.turns[id], everyTurn(id, "text")...)
	if !link() {
		t.Error("it is not offered")
	}
}
