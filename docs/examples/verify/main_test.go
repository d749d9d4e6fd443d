package main

import (
	"bytes"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"townclerk/bot/ledger"
	"townclerk/bot/ledger/tile"
)

const origin = "example.gov/ledger"

// server serves a log of entries as docs/ledger.md says; change spoils what it sends.
type server struct {
	*httptest.Server
	lines  [][]byte
	hashes ledger.Memory
	signer note.Signer
	vkey   string
	change func(path string, data []byte) []byte
}

func newServer(t *testing.T, size int) *server {
	s := &server{change: func(_ string, data []byte) []byte { return data }}
	secret, public, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		t.Fatal(err)
	}
	if s.signer, err = note.NewSigner(secret); err != nil {
		t.Fatal(err)
	}
	s.vkey = public
	for i := range size {
		line, err := ledger.Encode(ledger.Entry{Type: ledger.Knowledge, Subject: strings.Repeat("ab", 16), Seq: int64(i + 1), Time: time.Unix(1_800_000_000, 0)})
		if err != nil {
			t.Fatal(err)
		}
		s.lines = append(s.lines, line)
	}
	b, err := ledger.Append(0, s.lines, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.hashes = b.Hashes
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *server) checkpoint(size int) ([]byte, error) {
	root, err := tlog.TreeHash(int64(size), s.hashes)
	if err != nil {
		return nil, err
	}
	return ledger.Sign(ledger.Checkpoint{Origin: origin, Size: int64(size), Root: root}, s.signer)
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/ledger/")
	data, err := s.get(path)
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	w.Write(s.change(path, data))
}

func (s *server) get(path string) ([]byte, error) {
	if path == "checkpoint" {
		return s.checkpoint(len(s.lines))
	}
	t, err := tile.ParsePath(path)
	if err != nil {
		return nil, err
	}
	if t.L == tile.Entries && tile.Exists(t, int64(len(s.lines))) {
		return tile.Bundle(s.lines[t.N*tile.Width:][:t.W])
	}
	return tile.Hashes(t, int64(len(s.lines)), s.hashes)
}

func (s *server) verify(index int, old string) (string, error) {
	args := []string{s.URL + "/ledger", s.vkey, strconv.Itoa(index)}
	if old != "" {
		args = append(args, old)
	}
	var out bytes.Buffer
	err := run(&out, args)
	return out.String(), err
}

func keep(t *testing.T, checkpoint []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "checkpoint")
	if err := os.WriteFile(file, checkpoint, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestVerify(t *testing.T) {
	for _, size := range []int{1, 255, 256, 300, 70_000} {
		s := newServer(t, size)
		for _, index := range []int{0, size / 3, size - 1} {
			kept, err := s.checkpoint(index + 1)
			if err != nil {
				t.Fatal(err)
			}
			out, err := s.verify(index, keep(t, kept))
			if err != nil || !strings.Contains(out, string(s.lines[index])) || !strings.Contains(out, "is part of it") {
				t.Errorf("entry %d of %d: %q %v", index, size, out, err)
			}
		}
		if _, err := s.verify(size, ""); err == nil {
			t.Errorf("an entry beyond %d is proved", size)
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	s := newServer(t, 300)
	for _, prefix := range []string{"checkpoint", "tile/0/", "tile/1/", "tile/entries/"} {
		s.change = func(path string, data []byte) []byte {
			if strings.HasPrefix(path, prefix) {
				data[len(data)-1] ^= 1
			}
			return data
		}
		if out, err := s.verify(299, ""); err == nil {
			t.Errorf("a bit of %s is flipped: %s", prefix, out)
		}
	}
	s.change = func(_ string, data []byte) []byte { return data }
	other := newServer(t, 200)
	other.signer, other.lines[7] = s.signer, []byte("another history")
	b, err := ledger.Append(0, other.lines, nil)
	if err != nil {
		t.Fatal(err)
	}
	other.hashes = b.Hashes
	kept, err := other.checkpoint(200)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.verify(290, keep(t, kept)); err == nil || !strings.Contains(err.Error(), "rewritten") {
		t.Errorf("another history: %v", err)
	}
}
