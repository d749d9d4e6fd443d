package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"time"
)

//go:embed *.html *.css widget/*.js widget/*.css openapi.yaml favicon.svg
var assetFiles embed.FS

// widgetParts are the sources of widget.js, in the order in which they need
// each other.
var widgetParts = []string{"widget/stream.js", "widget/session.js", "widget/answer.js", "widget/people.js", "widget/view.js", "widget/element.js"}

// An asset is a file as it is served.
type asset struct {
	body  []byte
	media string
	etag  string
}

func newAsset(media string, body []byte) asset {
	sum := sha256.Sum256(body)
	return asset{body: body, media: media, etag: `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`}
}

// loadAssets reads what is embedded, so that nothing can fail while serving.
func (s *server) loadAssets() error {
	var err error
	if s.words, err = loadWords(s.site.Language); err != nil {
		return err
	}
	funcs := template.FuncMap{"tel": telephone}
	if s.pages, err = template.New("").Funcs(funcs).ParseFS(assetFiles, "*.html"); err != nil {
		return err
	}
	widget, err := s.widget()
	if err != nil {
		return err
	}
	style, err := concat("style.css", "chat.css")
	if err != nil {
		return err
	}
	api, err := concat("openapi.yaml")
	if err != nil {
		return err
	}
	icon, err := concat("favicon.svg")
	if err != nil {
		return err
	}
	s.files = map[string]asset{
		"widget.js":    newAsset("text/javascript; charset=utf-8", widget),
		"style.css":    newAsset("text/css; charset=utf-8", style),
		"openapi.yaml": newAsset("application/yaml", api),
		"favicon.svg":  newAsset("image/svg+xml", icon),
	}
	return nil
}

// widget assembles the one script that agencies load: every language's texts,
// the styles, and the sources, in a scope of their own.
func (s *server) widget() ([]byte, error) {
	texts := map[string]map[string]string{}
	for _, l := range s.words.all {
		texts[l.Lang] = l.texts
	}
	style, err := concat("chat.css", "widget/widget.css")
	if err != nil {
		return nil, err
	}
	source, err := concat(widgetParts...)
	if err != nil {
		return nil, err
	}
	constants, err := json.Marshal(map[string]any{"texts": texts, "fallback": s.words.all[0].Lang, "style": string(style)})
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "(() => {\n\"use strict\";\nconst BUILT = %s;\n%s})();\n", constants, source), nil
}

func concat(names ...string) ([]byte, error) {
	var all bytes.Buffer
	for _, name := range names {
		b, err := assetFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		all.Write(b)
	}
	return all.Bytes(), nil
}

// getFile serves an asset. It may be loaded into any site, and is checked for
// changes after five minutes.
func (s *server) getFile(name string) handle {
	return func(w http.ResponseWriter, r *http.Request) error {
		f := s.files[name]
		http.NewResponseController(w).SetWriteDeadline(time.Now().Add(s.site.Timing.Write))
		w.Header().Set("Content-Type", f.media)
		w.Header().Set("ETag", f.etag)
		w.Header().Set("Cache-Control", "public, max-age=300, must-revalidate")
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.body))
		return nil
	}
}
