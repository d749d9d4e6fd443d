package web

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"testing"

	"townclerk/knowledge"
)

// TestServeForBrowser serves a site of fakes and a page that embeds the widget
// for tests/browser, when TOWNCLERK_SERVE is "chat address,site address". It
// runs until its process is ended.
func TestServeForBrowser(t *testing.T) {
	var chat, page string
	if _, err := fmt.Sscanf(os.Getenv("TOWNCLERK_SERVE"), "%s %s", &chat, &page); err != nil {
		t.Skip(`set TOWNCLERK_SERVE="127.0.0.1:8101 127.0.0.1:8102" to serve`)
	}
	site := sampleSite()
	site.Origins = []string{"http://" + page}
	talks := newTalks()
	v := sampleVersion()
	h, err := New(site, &fakeDesk{talks: talks}, talks, fakeLibrary{v.ID: v}, slog.Default())
	if err != nil {
		t.Fatal(err)
	}
	embed := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src http://"+chat+"; connect-src http://"+chat)
		fmt.Fprintf(w, `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>City of Riverton</title><main><h1>City of Riverton</h1><p>Welcome to the city of Riverton. <a href="#x" id="x">Services</a></p></main>
<townclerk-chat><a href="http://%[1]s/">Ask a question</a></townclerk-chat>
<script src="http://%[1]s/widget.js" defer></script></html>`, chat)
	})
	failed := make(chan error, 2)
	for address, handler := range map[string]http.Handler{chat: h, page: embed} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		go func() { failed <- http.Serve(l, handler) }()
	}
	t.Log("serving", site.Agency, knowledge.VersionID(v.ID))
	t.Fatal(<-failed)
}
