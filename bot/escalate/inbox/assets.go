package inbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"time"

	"townclerk/bot/account"
)

// page is what every page is made of.
type page struct {
	Agency, Title string
	Visitor       account.Account
	Seal          string
	// Here is the address of this page; Version what it shows, for the script to compare.
	Here, Version string
	Notice        string
	Problem       string
	Typed         string
}

// asset is a file as it is served.
type asset struct {
	body        []byte
	media, etag string
}

func loadAssets() (map[string]asset, error) {
	all := map[string]asset{}
	for name, media := range map[string]string{"style.css": "text/css; charset=utf-8", "inbox.js": "text/javascript; charset=utf-8"} {
		body, err := files.ReadFile("pages/" + name)
		if err != nil {
			return nil, err
		}
		all[name] = asset{body, media, tag(string(body))}
	}
	return all, nil
}

// tag is an ETag of a text.
func tag(text string) string {
	sum := sha256.Sum256([]byte(text))
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
}

func (s *server) file(name string) handle {
	return func(w http.ResponseWriter, r *http.Request, _ visitor) error {
		a := s.assets[name]
		w.Header().Set("Content-Type", a.media)
		w.Header().Set("ETag", a.etag)
		w.Header().Set("Cache-Control", "public, max-age=300, must-revalidate")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.body))
		return nil
	}
}

// sendVersion tells the script what a page would show now.
func sendVersion(w http.ResponseWriter, r *http.Request, version string) error {
	w.Header().Set("ETag", version)
	w.Header().Set("Cache-Control", "private, no-cache")
	if r.Header.Get("If-None-Match") == version {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err := w.Write([]byte(version))
	return err
}
