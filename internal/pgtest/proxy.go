package pgtest

import (
	"bytes"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
)

// Fate is what becomes of a COMMIT at which a Proxy cuts the connection.
type Fate string

// The fates. The client cannot tell them apart.
const (
	Lost     Fate = "lost"      // it never reaches the server
	Done     Fate = "done"      // the server has answered that it is done
	UnderWay Fate = "under way" // the server has it and goes on
)

// Proxy stands between a client and a server, and cuts a connection in the moment
// in which only the server can know what became of a transaction.
type Proxy struct {
	// URL is that of the database by way of the proxy.
	URL string

	server string
	mu     sync.Mutex
	fate   Fate // of the next COMMIT; empty: none is cut
	cuts   int
}

// NewProxy returns a proxy before the database at address.
func NewProxy(t testing.TB, address string) *Proxy {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{server: u.Host}
	u.Host = l.Addr().String()
	p.URL = u.String()
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go p.pass(client)
		}
	}()
	return p
}

// CutNextCommit makes the next COMMIT end its connection.
func (p *Proxy) CutNextCommit(f Fate) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fate = f
}

// Cuts returns how many connections were cut.
func (p *Proxy) Cuts() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cuts
}

// take returns what is to become of a COMMIT.
func (p *Proxy) take() Fate {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.fate
	if p.fate = ""; f != "" {
		p.cuts++
	}
	return f
}

// cancelRequest begins the connection on which a driver asks the server to give up
// what another one had begun. It gets lost with the other one.
var cancelRequest = []byte{0, 0, 0, 16, 0x04, 0xd2, 0x16, 0x2e}

// pass copies between a client and the server until one of them leaves.
func (p *Proxy) pass(client net.Conn) {
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		client.Close()
		return
	}
	var mute atomic.Bool // the client hears nothing more
	go func() {
		defer client.Close()
		defer server.Close()
		for buf := make([]byte, 64<<10); ; {
			n, err := server.Read(buf)
			if err != nil || mute.Load() {
				return
			}
			if _, err := client.Write(buf[:n]); err != nil {
				return
			}
		}
	}()
	for buf := make([]byte, 64<<10); ; {
		n, err := client.Read(buf)
		if err != nil {
			server.Close()
			return
		}
		fate := Fate("")
		if bytes.HasPrefix(buf[:n], cancelRequest) {
			fate = Lost
		}
		if bytes.HasSuffix(buf[:n], []byte("commit\x00")) {
			fate = p.take()
		}
		if fate == Lost {
			server.Close()
			return
		}
		mute.Store(fate != "")
		server.Write(buf[:n]) // where that fails, so does the reading
		switch fate {
		case UnderWay:
			client.Close()
			return
		case Done:
			return
		}
	}
}
