package mailer

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// smtpServer is a server of the protocol (RFC 5321) that does as its script says: verb to
// reply, "" to hang up. It keeps what it was told and what it has taken.
type smtpServer struct {
	net.Listener
	roots *x509.CertPool
	cert  tls.Certificate

	mu     sync.Mutex
	script map[string]string
	told   []string
	taken  []string
}

func newSMTPServer(t *testing.T) *smtpServer {
	t.Helper()
	s := &smtpServer{script: map[string]string{}, roots: x509.NewCertPool()}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	s.roots.AddCert(parsed)
	s.cert = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	if s.Listener, err = net.Listen("tcp", "localhost:0"); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := s.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { s.converse(c) })
		}
	})
	t.Cleanup(func() { s.Close(); wg.Wait() })
	return s
}

func (s *smtpServer) port() int { return s.Addr().(*net.TCPAddr).Port }

// says has the server answer a verb otherwise; "-" takes that back.
func (s *smtpServer) says(verb, reply string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.script[verb] = reply; reply == "-" {
		delete(s.script, verb)
	}
}

func (s *smtpServer) reply(verb, usual string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if reply, ok := s.script[verb]; ok {
		return reply
	}
	return usual
}

func (s *smtpServer) note(into *[]string, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*into = append(*into, text)
}

// got returns what was taken since it was asked last, and what was said.
func (s *smtpServer) got() (taken []string, told string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken, told = s.taken, strings.Join(s.told, "\n")
	s.taken, s.told = nil, nil
	return taken, told
}

func (s *smtpServer) converse(c net.Conn) {
	defer func() { c.Close() }()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	in := bufio.NewReader(c)
	say := func(text string) bool {
		if text == "" {
			return false
		}
		_, err := c.Write([]byte(text + "\r\n"))
		return err == nil
	}
	if !say("220 mail.example.gov ESMTP") {
		return
	}
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		s.note(&s.told, line)
		verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
		verb, _, _ = strings.Cut(verb, ":")
		usual := "250 fine"
		switch verb {
		case "EHLO":
			usual = "250-mail.example.gov\r\n250-STARTTLS\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME"
		case "STARTTLS":
			usual = "220 go"
		case "AUTH":
			usual = "235 welcome"
		case "DATA":
			usual = "354 go on"
		case "QUIT":
			usual = "221 bye"
		}
		if !say(s.reply(verb, usual)) {
			return
		}
		switch {
		case verb == "STARTTLS" && s.reply(verb, usual) == usual:
			c = tls.Server(c, &tls.Config{Certificates: []tls.Certificate{s.cert}})
			in = bufio.NewReader(c)
		case verb == "DATA" && strings.HasPrefix(s.reply(verb, usual), "354"):
			if !s.take(in) || !say(s.reply("DONE", "250 taken")) {
				return
			}
		}
	}
}

// take reads a message to its end.
func (s *smtpServer) take(in *bufio.Reader) bool {
	var b strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			s.note(&s.taken, b.String())
			return true
		}
		b.WriteString(strings.TrimPrefix(line, "."))
	}
}
