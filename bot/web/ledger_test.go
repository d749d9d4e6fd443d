package web

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	signing "golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"townclerk/bot"
	"townclerk/bot/ledger"
	"townclerk/bot/ledger/tile"
)

// fakeLedger is a log in memory.
type fakeLedger struct {
	hashes ledger.Memory
	note   []byte
}

func (l *fakeLedger) LastCheckpoint(context.Context) ([]byte, error) { return l.note, nil }
func (l *fakeLedger) Hashes(context.Context) tlog.HashReader         { return l.hashes }

// Public tools read the tree over HTTP: a proof made of tiles alone fits the checkpoint.
func TestLedgerIsServed(t *testing.T) {
	const signed, all = 700, 720
	var lines [][]byte
	for i := range all {
		lines = append(lines, fmt.Appendf(nil, "entry %d", i))
	}
	now, err := ledger.Append(0, lines[:signed], nil)
	if err != nil {
		t.Fatal(err)
	}
	l := &fakeLedger{hashes: now.Hashes}
	more, err := ledger.Append(signed, lines[signed:], l.hashes)
	if err != nil {
		t.Fatal(err)
	}
	l.hashes = append(l.hashes, more.Hashes...)
	secret, public, err := signing.GenerateKey(rand.Reader, "example.gov/ledger")
	if err != nil {
		t.Fatal(err)
	}
	signer, _ := signing.NewSigner(secret)
	verifier, _ := signing.NewVerifier(public)
	if l.note, err = ledger.Sign(ledger.Checkpoint{Origin: "example.gov/ledger", Size: signed, Root: now.Root}, signer); err != nil {
		t.Fatal(err)
	}
	site := Site{Agency: "A", Contact: bot.Contact{Name: "B"}, Ledger: l}
	h, err := New(site, nil, nil, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	defer server.Close()
	fetch := func(path string) ([]byte, *http.Response) {
		resp, err := http.Get(server.URL + "/ledger/" + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return b, resp
	}
	got, resp := fetch("checkpoint")
	c, err := ledger.Open(got, ledger.LogKey{Verifier: verifier})
	if err != nil || resp.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%v, %v", err, resp.Header)
	}
	r := tile.Reader(c, func(path string) ([]byte, error) {
		b, resp := fetch(path)
		if resp.StatusCode != http.StatusOK || resp.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" {
			return nil, fmt.Errorf("%s: %s %v", path, resp.Status, resp.Header)
		}
		return b, nil
	})
	for _, i := range []int64{0, 255, 256, 511, 699} {
		proof, err := tlog.ProveRecord(c.Size, i, r)
		if err == nil {
			err = c.Includes(i, lines[i], proof)
		}
		if err != nil {
			t.Errorf("entry %d: %v", i, err)
		}
	}
	for _, path := range []string{"tile/0/002.p/200", "tile/0/003", "tile/entries/000", "tile/entries/002.p/5", "tile/0/0", "tile/", "tile/9/000", "x"} {
		if _, resp := fetch(path); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
}
