package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"townclerk/bot/ledger"
	"townclerk/bot/ledger/tile"
)

// Ledger is the record as anybody may check it: signed checkpoints and the hashes of
// the tree. It is safe for concurrent use.
type Ledger interface {
	// LastCheckpoint returns the last signed note; nil: there is none yet.
	LastCheckpoint(ctx context.Context) ([]byte, error)
	Hashes(ctx context.Context) tlog.HashReader
}

// forLedger serves what is public wherever it is asked for from, as C2SP's tlog-tiles
// says.
func (s *server) forLedger(h func(w http.ResponseWriter, r *http.Request, note []byte) error) http.Handler {
	return s.forPage(func(w http.ResponseWriter, r *http.Request) error {
		if s.site.Ledger == nil {
			return errNotFound
		}
		note, err := s.site.Ledger.LastCheckpoint(r.Context())
		if err != nil {
			return err
		}
		if note == nil {
			return errNotFound
		}
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		return h(w, r, note)
	})
}

func (s *server) checkpoint(w http.ResponseWriter, _ *http.Request, note []byte) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Write(note) // a client that is gone is no error
	return nil
}

// tile serves a tile of hashes of what is signed. It never changes. Bundles of entries
// are not public.
func (s *server) tile(w http.ResponseWriter, r *http.Request, note []byte) error {
	t, err := tile.ParsePath("tile/" + r.PathValue("tile"))
	if err != nil || t.L < 0 {
		return errNotFound
	}
	text, _, _ := strings.Cut(string(note), "\n\n")
	c, err := ledger.ParseCheckpoint(text + "\n")
	if err != nil {
		return err
	}
	data, err := tile.Hashes(t, c.Size, s.site.Ledger.Hashes(r.Context()))
	if errors.Is(err, tile.ErrNone) {
		return errNotFound
	}
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Write(data) // a client that is gone is no error
	return nil
}
