package remote_test

import (
	"context"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"townclerk/internal/httpx"
	"townclerk/internal/scripted"
	"townclerk/retrieval/remote"
)

const key = "sk-very/secret+key"

// half makes every jitter half of what it may be; time is a bubble's.
var half = httpx.Clock{Random: func() float64 { return 0.5 }}

// bubble serves h without a network, so that it works in a synctest bubble.
func bubble(t *testing.T, h http.Handler) *http.Client {
	l := pipes(make(chan net.Conn))
	server := &http.Server{Handler: h}
	go server.Serve(l)
	transport := &http.Transport{DialContext: l.dial, DisableCompression: true}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close()
	})
	return &http.Client{Transport: transport}
}

type pipes chan net.Conn

func (p pipes) dial(context.Context, string, string) (net.Conn, error) {
	here, there := net.Pipe()
	p <- there
	return here, nil
}

func (p pipes) Accept() (net.Conn, error) {
	c, ok := <-p
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (p pipes) Close() error   { close(p); return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// config is what most tests use: three attempts, one request at a time.
func config() remote.Config {
	return remote.Config{
		BaseURL: "http://model.test/v1", Model: "tiny", Key: key,
		Attempts: 3, Concurrency: 1, MaxBody: 1 << 20,
	}
}

func embedder(t testing.TB, c remote.Config, hc *http.Client) *remote.Embedder {
	t.Helper()
	e, err := remote.New(c, hc, half)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// local serves h over TCP and returns an embedder of it.
func local(t testing.TB, h http.Handler, c remote.Config) *remote.Embedder {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	c.BaseURL = server.URL + "/v1"
	return embedder(t, c, server.Client())
}

// unit is what becomes of the text's vector.
func unit(text string, dims int) []float32 {
	v, sum := scripted.Vector(text, dims), 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	for i := range v {
		v[i] = float32(float64(v[i]) / math.Sqrt(sum))
	}
	return v
}

func numbered(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = "text " + strconv.Itoa(i)
	}
	return out
}
