package remote_test

import (
	"errors"
	"net"
	"net/http/httptest"
	"strings"
	"testing"

	"townclerk/internal/scripted"
	"townclerk/retrieval/remote"
)

// These meet a real network, for what pipes do not have.

func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := config()
	c.BaseURL, c.Attempts = "http://"+l.Addr().String(), 1
	l.Close()
	_, err = embedder(t, c, nil).Check(t.Context())
	if op, ok := errors.AsType[*net.OpError](err); !errors.Is(err, remote.Connection) || !ok || op.Op != "dial" || !strings.Contains(err.Error(), "refused") {
		t.Errorf("%v", err)
	}
}

func TestCertificates(t *testing.T) {
	s := scripted.New(8)
	server := httptest.NewTLSServer(s)
	defer server.Close()
	server.Config.ErrorLog = nil
	c := config()
	c.BaseURL = server.URL
	if _, err := embedder(t, c, nil).Check(t.Context()); !errors.Is(err, remote.Untrusted) {
		t.Errorf("%v", err)
	}
	if n, err := embedder(t, c, server.Client()).Check(t.Context()); n != 8 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	c.BaseURL = strings.Replace(server.URL, "https:", "http:", 1)
	if _, err := embedder(t, c, nil).Check(t.Context()); !errors.Is(err, remote.WrongAddress) && !errors.Is(err, remote.Refused) {
		t.Errorf("http to https: %v", err)
	}
	plainly := httptest.NewServer(s)
	defer plainly.Close()
	c.BaseURL = strings.Replace(plainly.URL, "http:", "https:", 1)
	if _, err := embedder(t, c, nil).Check(t.Context()); !errors.Is(err, remote.WrongAddress) {
		t.Errorf("https to http: %v", err)
	}
	if len(s.Requests()) != 1 {
		t.Errorf("%d requests got through", len(s.Requests()))
	}
}
